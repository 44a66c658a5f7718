import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Bottle, type RunningServer } from 'bottlenose';
import { http1Target } from '../conformance/client.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Those of a test that fails, too, or jest would not end.
const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function run(options: object): Promise<RunningServer> {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', (_args, { request }) => ({
    url: request.url,
    remoteAddr: request.remoteAddr ?? null,
    route: request.remoteRoute,
  }));
  const server = await app.run({ quiet: true, shutdownTimeout: 300, ...options });
  running.push(server);
  return server;
}

async function failure(options: object): Promise<{ message: string; code?: string }> {
  return run(options).then(
    async (server) => {
      await server.close();
      throw new Error(`It listens on ${server.url}.`);
    },
    (error) => error,
  );
}

/** A file that a process has left which did not close its socket. */
async function staleSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit');
  expect(existsSync(path)).toBe(true);
}

describe('a Unix socket', () => {
  it.each([
    ['socket', (path: string) => ({ socket: path })],
    ['host', (path: string) => ({ host: `unix:${path}` })],
  ])('is listened at, given by %s, and its file is removed at the end', async (_name, options) => {
    const path = join(folder, 'app.sock');
    const server = await run(options(path));
    expect(server.url).toBe(`unix:${path}`);
    const { status, json } = await http1Target(server.url).ask('GET', '/');
    expect([status, json]).toEqual([200, { url: 'http://localhost/', remoteAddr: null, route: [] }]);
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  it('has the permissions of socketMode', async () => {
    for (const socketMode of [0o600, 0o666]) {
      const path = join(folder, 'mode.sock');
      const server = await run({ socket: path, socketMode });
      expect(lstatSync(path).mode & 0o777).toBe(socketMode);
      await server.close();
    }
  });

  it('takes the place of one whose server is gone', async () => {
    const path = join(folder, 'stale.sock');
    await staleSocket(path);
    const server = await run({ socket: path });
    expect((await http1Target(server.url).ask('GET', '/')).status).toBe(200);
    await server.close();
  });

  it('does not take the place of one that is served, nor of a file', async () => {
    const path = join(folder, 'taken.sock');
    const server = await run({ socket: path });
    expect(await failure({ socket: path })).toMatchObject({
      code: 'EADDRINUSE',
      message: `Another server listens on ${path}: stop it, or choose another path.`,
    });
    expect((await http1Target(server.url).ask('GET', '/')).status).toBe(200);
    await server.close();
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'precious');
    expect((await failure({ socket: file })).message).toContain('exists and is not a socket');
    expect(existsSync(file)).toBe(true);
  });

  it('needs a directory, and a path that is not too long', async () => {
    expect((await failure({ socket: join(folder, 'none', 'app.sock') })).message).toMatch(/^The directory of .* does not exist/);
    expect((await failure({ socket: join(folder, 'x'.repeat(200)) })).message).toContain('1 to 103 bytes');
    expect((await failure({ socket: '' })).message).toContain('1 to 103 bytes');
  });
});

describe('a server that cannot listen', () => {
  it.each([
    [
      { port: 0, host: '192.0.2.1' },
      'EADDRNOTAVAIL',
      'This machine has no address 192.0.2.1: choose one of its addresses, 127.0.0.1 or 0.0.0.0.',
    ],
    [{ port: 0, host: 'no-such-host.invalid' }, /ENOTFOUND|EAI_AGAIN/, /^The host 'no-such-host\.invalid' is unknown: /],
    [{ port: 70_000 }, undefined, 'The port must be a whole number from 0 to 65535, not 70000.'],
    [{ port: '8080x' }, undefined, 'The port must be a whole number from 0 to 65535, not 8080x.'],
    [{ fd: 1 }, /EINVAL|ENOTSOCK|EBADF/, 'Descriptor 1 is not a listening socket: the parent process must pass one.'],
  ] as const)('says in one line what to do: %j', async (options, code, message) => {
    const error = await failure(options);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    if (typeof code === 'string') expect(error.code).toBe(code);
    else if (code !== undefined) expect(error.code).toMatch(code);
  });

  it('says so when the port is in use, and when the user may not open it', async () => {
    const taken = createServer().listen(0, '127.0.0.1').unref();
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    expect(await failure({ port })).toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} of 127.0.0.1 is in use: stop the program that listens there, or choose another port (0 for any free port).`,
    });
    taken.close();
    if (process.getuid?.() === 0) return;
    expect((await failure({ port: 1 })).message).toContain('choose a port above 1023');
  });
});

describe('options', () => {
  it.each([
    [{ keepAliveTimeout: -1 }, 'keepAliveTimeout must be a number of at least 0, not -1.'],
    [{ maxConnections: '5' }, 'maxConnections must be a number of at least 0, not 5.'],
    [
      { headersTimeout: 2000, requestTimeout: 1000 },
      'headersTimeout (2000) must not be longer than requestTimeout (1000), which includes it.',
    ],
    [{ key: 'x' }, "https needs both a key and a certificate (PEM): 'key' is set, but 'cert' is missing."],
    [{ cert: 'x' }, "https needs both a key and a certificate (PEM): 'cert' is set, but 'key' is missing."],
  ])('that make no sense are refused: %j', async (options, message) => {
    expect((await failure({ port: 0, ...options })).message).toBe(message);
  });

  it('take a short requestTimeout alone', async () => {
    const { url } = await run({ port: 0, requestTimeout: 1000 });
    expect((await http1Target(url).ask('GET', '/')).status).toBe(200);
  });
});

describe('systemd', () => {
  const script = fileURLToPath(new URL('./fixtures/activated.mjs', import.meta.url));

  /** A process that gets the socket of this one as its descriptor 3, as systemd does it. */
  async function activate(server: Server, pid: string) {
    const command = `LISTEN_PID=${pid} LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$0" --import tsx "$1"`;
    const handle = (server as unknown as { _handle: { fd: number } })._handle.fd;
    const child = spawn('sh', ['-c', command, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit', handle],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // It would accept connections itself. The process has its own descriptor by now.
    server.close();
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    const stop = async (): Promise<void> => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    };
    return { ...(JSON.parse(line) as { urls: string[]; left: string[] }), stop };
  }

  it('passes its socket, to one server, and once', async () => {
    const parent = createServer().listen(0, '127.0.0.1');
    await once(parent, 'listening');
    const { port } = parent.address() as { port: number };
    const { urls, left, stop } = await activate(parent, '$$');
    try {
      expect(urls[0]).toBe(`http://127.0.0.1:${port}`);
      expect(urls[1]).not.toBe(urls[0]);
      expect(left).toEqual([]);
      expect((await http1Target(urls[0] as string).ask('GET', '/')).text).toBe('activated');
    } finally {
      await stop();
    }
  }, 30_000);

  it('passes a Unix socket', async () => {
    const path = join(folder, 'activated.sock');
    const parent = createServer().listen(path);
    await once(parent, 'listening');
    // Another name for it: its own goes with the server of this process.
    linkSync(path, `${path}.kept`);
    const { urls, stop } = await activate(parent, '$$');
    try {
      expect(urls[0]).toMatch(/^(unix:|fd:3)/);
      expect((await http1Target(`unix:${path}.kept`).ask('GET', '/')).text).toBe('activated');
    } finally {
      await stop();
    }
  }, 30_000);

  it('is not listened to when it means another process', async () => {
    const parent = createServer().listen(0, '127.0.0.1');
    await once(parent, 'listening');
    const { port } = parent.address() as { port: number };
    const { urls, stop } = await activate(parent, '1');
    try {
      expect(urls[0]).not.toBe(`http://127.0.0.1:${port}`);
    } finally {
      await stop();
    }
  }, 30_000);
});
