import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { RecordReader, RecordType, writeRecord } from '../../../src/servers/fastcgi/fastcgi-records.js';
import { http1Target } from '../../conformance/client.js';
import { beginning, connectTo } from '../../conformance/fronts/fastcgi-client.js';
import { until } from '../raw-client.js';

const empty = Buffer.alloc(0);

function makeApp(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/where', (_args, { request }) => `${request.scriptName} ${request.path}`);
  app.post('/echo', (_args, { request }) => request.text);
  return app;
}

/** Runs an app as a FastCGI program, and connects to it. */
async function speaking(options: object, use: (socket: Socket, url: string) => Promise<void>, app = makeApp()): Promise<void> {
  const server = await app.run({ server: 'fastcgi', quiet: true, shutdownTimeout: 200, ...options });
  const socket = connectTo(server.url);
  await once(socket, 'connect');
  try {
    await use(socket, server.url);
  } finally {
    socket.destroy();
    await server.close();
  }
}

/** The next answer on a connection: what the program has written, once it says that it is complete. */
async function answer(socket: Socket): Promise<string> {
  const reader = new RecordReader();
  let text = '';
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    reader.push(chunk);
    for (let record = reader.next(); record !== undefined; record = reader.next()) {
      if (record.type === RecordType.stdout) text += record.content;
      if (record.type === RecordType.endRequest) return text;
    }
  }
}

describe('a FastCGI program', () => {
  it('ignores the header Proxy, whose variable means something else to programs', async () => {
    const app = makeApp();
    app.get('/proxy', (_args, { request }) => ({
      header: request.getHeader('Proxy') ?? null,
      names: [...request.headers.keys()],
      environ: Object.keys(request.environ as object).filter((name) => name.startsWith('HTTP_')),
    }));
    await speaking(
      { port: 0 },
      async (socket) => {
        const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/proxy', HTTP_PROXY: 'http://192.0.2.9', HTTP_PROXY_TYPE: 'x' };
        socket.write(beginning(1, variables, { keep: true }));
        const [, body] = (await answer(socket)).split('\r\n\r\n');
        expect(JSON.parse(body as string)).toEqual({ header: null, names: ['Proxy-Type'], environ: ['HTTP_PROXY_TYPE'] });
      },
      app,
    );
  });

  it('answers on a kept connection, and closes the others', async () => {
    await speaking({ port: 0 }, async (socket, url) => {
      expect(url).toMatch(/^fastcgi:\/\/127\.0\.0\.1:\d+$/);
      const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/where', SCRIPT_NAME: '/where' };
      socket.write(beginning(1, variables, { keep: true }));
      expect(await answer(socket)).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n\/ \/where$/);
      socket.write(beginning(2, { ...variables, PATH_INFO: '/where', REQUEST_URI: '/shop/where', SCRIPT_NAME: '/shop' }));
      expect(await answer(socket)).toMatch(/\r\n\r\n\/shop\/ \/where$/);
      await once(socket, 'close');
    });
  });

  it('listens on a Unix socket, and stands where it is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fcgi-'));
    await speaking({ socket: join(folder, 's'), scriptName: '/shop' }, async (socket, url) => {
      expect(url).toBe(`unix:${join(folder, 's')}`);
      socket.write(beginning(1, { REQUEST_METHOD: 'GET', REQUEST_URI: '/shop/where', SCRIPT_NAME: '/shop/where' }));
      expect(await answer(socket)).toMatch(/\/shop\/ \/where$/);
    });
    rmSync(folder, { recursive: true });
  });

  it('aborts the request when the front end says so, and takes the next one', async () => {
    const app = makeApp();
    let isAborted = false;
    app.get('/wait', async (_args, { request }) => {
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      isAborted = true;
    });
    await speaking(
      { port: 0 },
      async (socket) => {
        socket.write(beginning(1, { REQUEST_METHOD: 'GET', REQUEST_URI: '/wait' }, { keep: true }));
        socket.write(writeRecord(RecordType.abortRequest, 1, empty));
        expect(await answer(socket)).toBe('');
        await until(() => isAborted);
        socket.write(beginning(1, { REQUEST_METHOD: 'GET', REQUEST_URI: '/where' }, { keep: true }));
        expect(await answer(socket)).toMatch(/ \/where$/);
      },
      app,
    );
  });

  it('answers 400 to a body that ends before its announced length', async () => {
    await speaking({ port: 0 }, async (socket) => {
      socket.write(beginning(1, { REQUEST_METHOD: 'POST', REQUEST_URI: '/echo', CONTENT_LENGTH: '10' }));
      socket.write(writeRecord(RecordType.stdin, 1, Buffer.from('short')));
      socket.write(writeRecord(RecordType.stdin, 1, empty));
      expect(await answer(socket)).toMatch(/^Status: 400 /);
    });
  });

  it('closes the connection of who speaks another protocol', async () => {
    await speaking({ port: 0 }, async (socket, url) => {
      let got = '';
      socket.setEncoding('latin1').on('data', (text: string) => (got += text));
      socket.write('GET / HTTP/1.1\r\n\r\n');
      await once(socket, 'close');
      expect(got).toBe('');
      const other = connectTo(url);
      other.write(beginning(1, { REQUEST_METHOD: 'GET', REQUEST_URI: '/where', SCRIPT_NAME: '/where' }));
      expect(await answer(other)).toMatch(/\r\n\r\n\/ \/where$/);
      other.destroy();
    });
  });

  it('listens on the socket that it is given as standard input', async () => {
    const fixture = fileURLToPath(new URL('../../conformance/serve.mjs', import.meta.url));
    const given = createServer().listen(0, '127.0.0.1');
    await once(given, 'listening');
    const { port } = given.address() as { port: number };
    const { fd } = (given as unknown as { _handle: { fd: number } })._handle;
    // Without a port in the options, because a port of the user takes precedence over the socket.
    const program = `import { app } from ${JSON.stringify(fixture.replace('serve.mjs', 'app.mjs'))}; console.log((await app.run({ server: 'fastcgi', quiet: true })).url);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: [fd, 'pipe', 'inherit'],
    });
    let line = '';
    child.stdout?.on('data', (chunk: Buffer) => (line += chunk));
    await until(() => line.includes('\n'), 'the program to listen', 20_000);
    given.close();
    expect(line.trim()).toBe(`fastcgi://127.0.0.1:${port}`);
    const socket = connectTo(line.trim());
    socket.write(beginning(1, { REQUEST_METHOD: 'GET', REQUEST_URI: '/' }));
    expect(await answer(socket)).toMatch(/home$/);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }, 40_000);
});

const nginx = '/usr/sbin/nginx';
const behindNginx = existsSync(nginx) ? it : it.skip;

describe('behind nginx', () => {
  behindNginx(
    'it answers, and knows where it stands',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
      const [socket, front] = [join(folder, 'app.sock'), join(folder, 'front.sock')];
      const server = await makeApp().run({ server: 'fastcgi', socket, quiet: true });
      const params = 'include /etc/nginx/fastcgi_params;';
      writeFileSync(
        join(folder, 'nginx.conf'),
        `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 64; }
       http {
         access_log off; client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fcgi;
         proxy_temp_path ${folder}/proxy; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
         upstream app { server unix:${socket}; keepalive 2; }
         server {
           listen unix:${front};
           location / { ${params} fastcgi_keep_conn on; fastcgi_pass app; }
           location /shop {
             ${params} fastcgi_split_path_info ^(/shop)(.*)$; fastcgi_param SCRIPT_NAME $fastcgi_script_name;
             fastcgi_param PATH_INFO $fastcgi_path_info; fastcgi_keep_conn on; fastcgi_pass app;
           }
         }
       }`,
      );
      const child = spawn(nginx, ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
      await until(() => existsSync(front), 'nginx', 10_000);
      const { ask } = http1Target(`unix:${front}`);
      try {
        expect((await ask('GET', '/where')).text).toBe('/ /where');
        expect((await ask('GET', '/shop/where')).text).toBe('/shop/ /where');
        const body = 'x'.repeat(100_000);
        expect((await ask('POST', '/echo', { body })).text).toBe(body);
        expect((await ask('GET', '/none')).status).toBe(404);
      } finally {
        child.kill('SIGQUIT');
        await once(child, 'exit');
        await server.close();
        rmSync(folder, { recursive: true });
      }
    },
    40_000,
  );
});
