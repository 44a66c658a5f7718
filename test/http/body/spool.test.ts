import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { Bottle, HTTPError, type Request } from 'bottlenose';
import { bodyLimit } from 'bottlenose/plugins';
import { file, multipartBody, multipartType, post } from './form-bodies.js';
import { until } from '../../servers/raw-client.js';

const bases: string[] = [];
const servers: Server[] = [];

function tempBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'bn-test-'));
  bases.push(base);
  return base;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const base of bases.splice(0)) rmSync(base, { recursive: true, force: true });
});

/** The files that this process has open below a directory: unlinked ones are listed, too. */
function openFiles(base: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(base) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** All that has a name below a directory, besides the private directories themselves. */
function namedFiles(base: string): string[] {
  return readdirSync(base).flatMap((directory) => readdirSync(join(base, directory)));
}

const hasProc = process.platform === 'linux';
const onLinux = hasProc ? it : it.skip;

interface Receiver {
  base: string;
  app: Bottle;
  /** What was open and named while the handler ran. */
  seen: { open: number; named: number }[];
}

function receiver(handler: (request: Request) => unknown, options: ConstructorParameters<typeof Bottle>[0] = {}): Receiver {
  const base = tempBase();
  const seen: { open: number; named: number }[] = [];
  const app = new Bottle({ tempDir: base, memfileMax: 1000, logger: () => undefined, ...options });
  app.post('/', (_args, { request }) => {
    seen.push({ open: hasProc ? openFiles(base).length : -1, named: namedFiles(base).length });
    return handler(request);
  });
  return { base, app, seen };
}

async function listen(app: Bottle): Promise<number> {
  const server = createServer(app.listener);
  server.on('checkContinue', app.listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const seenBefore = (): boolean => false;
const big = Buffer.alloc(300_000, 'abcdefg');
const bigForm = multipartBody([file('f', 'big.bin', big)]);
const plain = 'application/octet-stream';

describe('a body larger than memfileMax', () => {
  onLinux('waits in a file without a name, which is gone after the response', async () => {
    const { app, base, seen } = receiver((request) => `${request.body.length} ${request.body.equals(big)}`);
    const response = await app.fetch(post(big, plain));
    expect(await response.text()).toBe('300000 true');
    expect(seen).toEqual([{ open: 1, named: 0 }]);
    await until(() => openFiles(base).length === 0);
  });

  onLinux('is not written anywhere while it is small enough', async () => {
    const { app, base, seen } = receiver((request) => request.text);
    expect(await (await app.fetch(post(Buffer.from('x'.repeat(1000)), plain))).text()).toHaveLength(1000);
    expect(seen).toEqual([{ open: 0, named: 0 }]);
    expect(readdirSync(base)).toEqual([]);
  });

  it('can be streamed, and is still available as a whole', async () => {
    const { app } = receiver(async (request) => {
      const sizes = [];
      let size = 0;
      for await (const chunk of request.stream) {
        sizes.push(chunk.length);
        size += chunk.length;
      }
      return [size, Math.max(...sizes) <= 64 * 1024, request.body.length];
    });
    expect(await (await app.fetch(post(big, plain))).json()).toEqual([300_000, true, 300_000]);
  });

  it('is parsed as JSON, text and a form as any other', async () => {
    const { app } = receiver((request) => [request.json !== undefined, request.text.length, [...request.forms].length]);
    const json = Buffer.from(JSON.stringify('ü'.repeat(3000)));
    expect(await (await app.fetch(post(json, 'application/json'))).json()).toEqual([true, 3002, 0]);
    const form = Buffer.from(`a=${'x'.repeat(5000)}&b=2`);
    expect(await (await app.fetch(post(form, 'application/x-www-form-urlencoded'))).json()).toEqual([false, 5006, 2]);
  });

  onLinux('can be answered with itself', async () => {
    const { app, base } = receiver((request) => request.stream);
    const echoed = Buffer.from(await (await app.fetch(post(big, plain))).arrayBuffer());
    expect(echoed.equals(big)).toBe(true);
    await until(() => openFiles(base).length === 0);
  });

  onLinux.each([
    [
      'throws',
      (): never => {
        throw new Error('no');
      },
      500,
    ],
    [
      'throws an HTTPError',
      (): never => {
        throw new HTTPError(418);
      },
      418,
    ],
    ['rejects', () => Promise.reject(new Error('no')), 500],
    ['returns a value that is not a response', () => () => 1, 500],
    [
      'streams and fails',
      async function* (): AsyncGenerator<string> {
        yield 'a';
        throw new Error('no');
      },
      200,
    ],
    [
      'fails before it streams',
      async function* (): AsyncGenerator<string> {
        if (seenBefore()) yield 'a';
        throw new Error('no');
      },
      500,
    ],
  ] as const)('is gone when the handler %s', async (_what, handler, status) => {
    for (const [body, type] of [
      [big, plain],
      [bigForm, multipartType],
    ] as const) {
      const { app, base, seen } = receiver(handler);
      const response = await app.fetch(post(body, type));
      expect(response.status).toBe(status);
      await response.text().catch(() => undefined);
      expect(seen).toEqual([{ open: 1, named: 0 }]);
      await until(() => openFiles(base).length === 0);
      expect(namedFiles(base)).toEqual([]);
    }
  });

  onLinux('is gone when an error is let through', async () => {
    const { app, base } = receiver(
      (): never => {
        throw new Error('let through');
      },
      { catchall: false },
    );
    await expect(app.fetch(post(big, plain))).rejects.toThrow('let through');
    await until(() => openFiles(base).length === 0);
  });

  onLinux('is gone when it turns out to be too large', async () => {
    for (const [body, type] of [
      [big, plain],
      [bigForm, multipartType],
    ] as const) {
      const { app, base, seen } = receiver(() => 'never', { maxBody: 200_000 });
      const pieces = Array.from({ length: 100 }, (_, i) => body.subarray(i * 4000, (i + 1) * 4000));
      expect((await app.fetch(post(pieces, type))).status).toBe(413);
      expect(seen).toEqual([]);
      await until(() => openFiles(base).length === 0);
      expect(namedFiles(base)).toEqual([]);
    }
  });

  onLinux('is gone when it is malformed, or one of its texts is', async () => {
    const { app, base } = receiver(() => 'never');
    const tail = 'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=nope\r\n\r\nx\r\n--XX--\r\n';
    const badCharset = Buffer.concat([bigForm.subarray(0, -4), Buffer.from(`\r\n${tail}`)]);
    for (const body of [bigForm.subarray(0, -8), badCharset]) {
      expect((await app.fetch(post(body, multipartType))).status).toBe(400);
      await until(() => openFiles(base).length === 0);
      expect(namedFiles(base)).toEqual([]);
    }
  });

  onLinux('is gone when the client leaves before it is complete', async () => {
    const { app, base, seen } = receiver(() => 'never');
    const port = await listen(app);
    for (const [body, type] of [
      [big, plain],
      [bigForm, multipartType],
    ] as const) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body.subarray(0, 100_000));
      await until(() => openFiles(base).length === 1);
      socket.destroy();
      await until(() => openFiles(base).length === 0);
    }
    expect(seen).toEqual([]);
    expect(namedFiles(base)).toEqual([]);
  });

  onLinux('stays while the handler works though the client has left, and is gone then', async () => {
    let finish = (): void => undefined;
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const read: number[] = [];
    const { app, base, seen } = receiver(async (request) => {
      await running;
      read.push((await request.files.f!.bytes()).length);
      return 'late';
    });
    const socket = connect(await listen(app), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: ${bigForm.length}\r\n\r\n`);
    socket.write(bigForm);
    await until(() => seen.length === 1);
    socket.destroy();
    await sleep(30);
    expect(openFiles(base)).toHaveLength(1);
    finish();
    await until(() => openFiles(base).length === 0);
    expect(read).toEqual([300_000]);
  });

  onLinux('is gone when the client leaves in the middle of the response', async () => {
    const { app, base } = receiver(async function* (request) {
      for (;;) {
        yield request.body.subarray(0, 10_000);
        await sleep(5);
      }
    } as (request: Request) => unknown);
    const socket = connect(await listen(app), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${big.length}\r\n\r\n`);
    socket.write(big);
    await once(socket, 'data');
    expect(openFiles(base)).toHaveLength(1);
    socket.destroy();
    await until(() => openFiles(base).length === 0);
  });
});

describe('limits of bodies', () => {
  const size = (request: Request): string => String(request.body.length);
  const status = async (app: Bottle, bytes: number, path = '/'): Promise<number> =>
    (await app.fetch(post(Buffer.alloc(bytes), plain, path))).status;

  it('refuse with 413 what is larger than maxBody, 10 MiB unless set, and say so', async () => {
    const app = new Bottle();
    app.post('/', (_args, { request }) => size(request));
    expect(await status(app, 10 * 1024 * 1024)).toBe(200);
    const refused = await app.fetch(post(Buffer.alloc(10 * 1024 * 1024 + 1), plain));
    expect([refused.status, await refused.text()]).toEqual([413, expect.stringContaining('10485760 bytes')]);
  });

  it('are set by the app, its configuration, or a route', async () => {
    const app = new Bottle({ maxBody: 10 });
    app.post('/', (_args, { request }) => size(request));
    app.post('/more', { config: { maxBody: 20 } }, (_args, { request }) => size(request));
    expect([await status(app, 10), await status(app, 11)]).toEqual([200, 413]);
    expect([await status(app, 20, '/more'), await status(app, 21, '/more')]).toEqual([200, 413]);
    app.config.loadDict({ maxBody: '5', multipart: { maxFiles: '3' } });
    expect([await status(app, 5), await status(app, 6), await status(app, 20, '/more')]).toEqual([200, 413, 200]);
    expect(app.config.get('multipart.maxFiles')).toBe(3);
  });

  it('must be numbers', () => {
    expect(() => new Bottle({ maxBody: -1 })).toThrow(/"maxBody" is refused: a limit is a number, 0 or more/);
    expect(() => new Bottle().config.set('multipart.maxParts', 'many')).toThrow(/"multipart.maxParts" is refused/);
  });

  it('do not hold for routes that stream, unless they set one', async () => {
    const count = async (request: Request): Promise<string> => {
      let length = 0;
      for await (const chunk of request.stream) length += chunk.length;
      return String(length);
    };
    const app = new Bottle({ maxBody: 10, logger: () => undefined });
    app.post('/', { stream: true }, (_args, { request }) => count(request));
    app.post('/limited', { stream: true, config: { maxBody: 1000 } }, (_args, { request }) => count(request));
    expect(await (await app.fetch(post(Buffer.alloc(50_000), plain))).text()).toBe('50000');
    expect(await status(app, 1000, '/limited')).toBe(200);
    expect(await status(app, 1001, '/limited')).toBe(413);
    app.post('/applied', { stream: true, apply: bodyLimit(1000) }, (_args, { request }) => count(request));
    expect([await status(app, 1000, '/applied'), await status(app, 1001, '/applied')]).toEqual([200, 413]);
    // Announced, it is refused before the handler runs.
    const announced = { method: 'POST', headers: { 'Content-Length': '1001' }, body: 'x' };
    expect((await app.fetch(new globalThis.Request('http://localhost/limited', announced))).status).toBe(413);
  });

  it('hold for mounted listeners whose mount sets one', async () => {
    const app = new Bottle({ logger: () => undefined });
    const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      let length = 0;
      for await (const chunk of request) length += chunk.length;
      response.end(String(length));
    };
    app.mount('/limited', listener, { config: { maxBody: 1000 } });
    app.mount('/free', listener);
    const port = await listen(app);
    const send = async (path: string, length: number, headers: object): Promise<unknown> => {
      const client = httpRequest({ port, path, method: 'POST', headers: { ...headers } });
      client.end(Buffer.alloc(length));
      const [response] = await once(client, 'response').catch(() => [{ statusCode: 'cut', resume: () => undefined }]);
      response.resume();
      return response.statusCode;
    };
    const chunked = { 'Transfer-Encoding': 'chunked' };
    expect([await send('/free', 99_999, chunked), await send('/free', 99_999, { 'Content-Length': 99_999 })]).toEqual([200, 200]);
    expect([await send('/limited', 1000, chunked), await send('/limited', 1000, { 'Content-Length': 1000 })]).toEqual([200, 200]);
    // A listener for node:http notices an incomplete body only by the loss of its connection.
    expect([await send('/limited', 1001, chunked), await send('/limited', 1001, { 'Content-Length': 1001 })]).toEqual([
      'cut',
      413,
    ]);
  });

  it('are told to a client that is still sending', async () => {
    const app = new Bottle({ maxBody: 1000 });
    app.post('/', (_args, { request }) => size(request));
    const port = await listen(app);
    for (const headers of [{ 'Content-Length': 4_000_000 }, { 'Transfer-Encoding': 'chunked' }]) {
      const client = httpRequest({ port, method: 'POST', headers });
      client.write(Buffer.alloc(2_000_000));
      client.end(Buffer.alloc(2_000_000));
      client.on('error', () => undefined);
      const [response] = await once(client, 'response');
      expect(response.statusCode).toBe(413);
    }
  });

  it('are told to a client that asks before it sends', async () => {
    const app = new Bottle({ maxBody: 1000 });
    app.post('/', (_args, { request }) => size(request));
    const { url, close } = await app.run({ port: 0, quiet: true });
    const ask = async (length: number): Promise<unknown[]> => {
      const headers = { 'Content-Length': length, Expect: '100-continue' };
      const client = httpRequest(url, { method: 'POST', headers });
      let invited = false;
      client.on('error', () => undefined);
      client.on('continue', () => {
        invited = true;
        client.end(Buffer.alloc(length));
      });
      client.flushHeaders();
      const [response] = await once(client, 'response');
      response.resume();
      client.destroy();
      return [response.statusCode, invited];
    };
    expect(await ask(1000)).toEqual([200, true]);
    expect(await ask(1001)).toEqual([413, false]);
    await close();
  });
});

describe('a body that is left to the handler', () => {
  it('is read no faster than the handler reads', async () => {
    const app = new Bottle();
    let read = 0;
    let go = (): void => undefined;
    const ready = new Promise<void>((resolve) => (go = resolve));
    app.post('/', { stream: true }, async (_args, { request }) => {
      const pieces = request.stream[Symbol.asyncIterator]();
      read += (await pieces.next()).value.length;
      await ready;
      for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) read += piece.value.length;
      return String(read);
    });
    const client = httpRequest({ port: await listen(app), method: 'POST' });
    let sent = 0;
    const total = 64 * 1024 * 1024;
    const answered = once(client, 'response');
    const pump = (): void => {
      while (sent < total && client.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
      if (sent >= total) client.end();
    };
    client.on('drain', () => {
      sent += 64 * 1024;
      pump();
    });
    pump();
    await until(() => read > 0, 'the first piece');
    let before = -1;
    while (before !== sent) {
      before = sent;
      await sleep(50);
    }
    // What the system keeps between the two is all that has gone out.
    expect(sent).toBeLessThan(total / 2);
    go();
    const [response] = await answered;
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(Number(text)).toBeGreaterThanOrEqual(total);
  });

  it('cannot be asked for as a form', async () => {
    const errors: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => errors.push(error) });
    const asked = ['forms', 'files', 'params', 'body', 'text'] as const;
    for (const what of asked) app.post(`/${what}`, { stream: true }, (_args, { request }) => String(request[what]));
    for (const what of asked) {
      const type = what === 'text' || what === 'body' ? plain : multipartType;
      expect((await app.fetch(post(bigForm, type, `/${what}`))).status).toBe(500);
    }
    expect(errors).toHaveLength(asked.length);
    for (const error of errors)
      expect(error).toMatchObject({ code: 'BN_BODY_UNREAD', message: expect.stringMatching(/stream: true/) });
  });

  it('does not end the process when its client leaves', async () => {
    const app = new Bottle();
    const failures: unknown[] = [];
    let begun = false;
    app.post('/', { stream: true }, async (_args, { request }) => {
      begun = true;
      request.stream.resume();
      await new Promise((resolve) => request.stream.once('close', resolve));
      failures.push(request.stream.errored);
    });
    const socket = connect(await listen(app), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
    await until(() => begun, 'the handler');
    socket.destroy();
    await until(() => failures.length === 1);
    expect(failures[0]).toMatchObject({ status: 400 });
  });
});

describe('the directory of temporary files', () => {
  const compiled = (base: string): string => {
    const { code } = transformFileSync(join(import.meta.dirname, '../../../src/http/body/temp-file.ts'), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const path = join(base, 'temp-dir.mjs');
    writeFileSync(path, code);
    return path;
  };

  /** Runs a program that opens a temporary file, up to the point where it says so. */
  async function program(work: string, base: string, rest: string): Promise<ReturnType<typeof spawn>> {
    const script = join(work, 'main.mjs');
    writeFileSync(
      script,
      `import { openTempFile } from ${JSON.stringify(compiled(work))};
      const file = await openTempFile(${JSON.stringify(base)});
      await file.handle.write('x');
      console.log('open');
      ${rest}`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    return child;
  }

  onLinux('is for its owner alone', async () => {
    const { app, base } = receiver((request) => request.text.length);
    await app.fetch(post(big, plain));
    const [directory] = readdirSync(base);
    expect(directory).toMatch(new RegExp(`^bottlenose-${process.pid}-`));
    expect(statSync(join(base, directory!)).mode & 0o777).toBe(0o700);
  });

  onLinux('goes when the process exits', async () => {
    const base = tempBase();
    const child = await program(tempBase(), base, 'setTimeout(() => process.exit(3), 20);');
    expect(readdirSync(base)).toHaveLength(1);
    expect(await once(child, 'exit')).toEqual([3, null]);
    expect(readdirSync(base)).toEqual([]);
  });

  onLinux('is empty after a crash, and goes when the next process makes its own', async () => {
    const base = tempBase();
    const child = await program(tempBase(), base, 'setInterval(() => {}, 1000);');
    const [left] = readdirSync(base);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(base)).toEqual([left]);
    expect(readdirSync(join(base, left!))).toEqual([]);
    mkdirSync(join(base, 'bottlenose-1-notours'));
    mkdirSync(join(base, `bottlenose-${process.pid}-abcdef`));
    const { app } = receiver((request) => request.text.length, { tempDir: base });
    await app.fetch(post(big, plain));
    expect(readdirSync(base)).not.toContain(left);
    // What is not known to be a left-over stays.
    expect(readdirSync(base)).toEqual(expect.arrayContaining(['bottlenose-1-notours', `bottlenose-${process.pid}-abcdef`]));
  });

  onLinux('is made again when somebody has removed it', async () => {
    const { app, base } = receiver((request) => request.text.length);
    for (let i = 0; i < 2; i++) {
      expect(await (await app.fetch(post(big, plain))).text()).toBe('300000');
      for (const directory of readdirSync(base)) rmSync(join(base, directory), { recursive: true });
    }
  });

  it('fails the request, and no more than that, when it cannot be made', async () => {
    const errors: unknown[] = [];
    const logger = (_message: string, error: unknown): void => void errors.push(error);
    const { app } = receiver((request) => request.text.length, { tempDir: '/nowhere/at/all', logger });
    for (const [body, type] of [
      [big, plain],
      [bigForm, multipartType],
    ] as const) {
      expect((await app.fetch(post(body, type))).status).toBe(500);
    }
    expect(errors).toEqual([expect.objectContaining({ code: 'ENOENT' }), expect.objectContaining({ code: 'ENOENT' })]);
  });
});
