import { connect, createServer } from 'node:net';
import { rmSync } from 'node:fs';
import { type ClientHttp2Session, connect as http2 } from 'node:http2';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RawClient, request } from '../servers/raw-client.js';
import { Project, type Running, until } from './project.js';

const project = Project.forTests();
const MAIN = `
import { Bottle, template } from 'bottlenose';
import { text } from './deep/one.js';
export const app = new Bottle();
app.get('/', () => text);
app.get('/page', () => template('page', { n: 1 }));
app.get('/where', ({}, { request }) => ({ pid: process.pid, remote: request.remoteAddr, url: request.url }));
`;
const FILES = {
  'main.ts': MAIN,
  'deep/one.ts': "export { text } from './two.js';\n",
  'deep/two.ts': "export const text: string = 'first';\n",
  'views/page.tpl': 'old {{n}}',
};

async function get(
  base: string,
  path = '/',
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await fetch(`${base}${path}`, {
    headers: { connection: 'close', ...headers },
    signal: AbortSignal.timeout(15_000),
  });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}

/** Waits until a path is answered with a text. */
const sees = (base: string, text: string, path = '/') => until(async () => (await get(base, path)).text === text);

async function over(session: ClientHttp2Session): Promise<string> {
  const stream = session.request({ ':path': '/' }).setEncoding('utf8');
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

async function end(running: Running): Promise<void> {
  running.child.kill('SIGTERM');
  await running.ended;
}

describe('--reload', () => {
  it('restarts when a deep import changes, when a template changes, and when one is added', async () => {
    project.write(FILES);
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    expect((await get(url)).text).toBe('first');
    project.write({ 'deep/two.ts': "export const text: string = 'second';\n" });
    await sees(url, 'second');
    expect((await get(url, '/page')).text).toBe('old 1');
    project.write({ 'views/page.tpl': 'new {{n}}' });
    await sees(url, 'new 1', '/page');
    const { pid } = JSON.parse((await get(url, '/where')).text);
    project.write({ 'views/deep/other.tpl': 'other' });
    await until(async () => JSON.parse((await get(url, '/where')).text).pid !== pid);
    expect(running.stderr()).toContain('two.ts changed');
    await end(running);
  }, 120_000);

  it('restarts when a file changes before the watching process has noticed', async () => {
    project.write({
      'main.js': `
        import { existsSync, writeFileSync } from 'node:fs';
        import { Bottle } from 'bottlenose';
        if (!existsSync('stopped')) {
          writeFileSync('stopped', '');
          process.kill(process.ppid, 'SIGSTOP');
        }
        const { text } = await import('./text.js');
        export const app = new Bottle().get('/', () => text);
        console.log('loaded');`,
      'text.js': "export const text = 'first';",
    });
    const running = project.start(['--reload', '-b', ':0', 'main.js']);
    await until(() => running.output().includes('loaded'));
    project.write({ 'text.js': "export const text = 'second';" });
    running.child.kill('SIGCONT');
    await sees(await running.url(), 'second');
    await end(running);
  }, 120_000);

  it('leaves alone what was not loaded', async () => {
    project.write({
      ...FILES,
      'deep/unused.ts': 'export {};',
      'node_modules/pack/index.js': 'export const n = 1;',
      'node_modules/pack/package.json': '{"type":"module","main":"index.js"}',
    });
    project.write({ 'main.ts': `import 'pack';${MAIN}` });
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    const before = (await get(url, '/where')).text;
    project.write({
      'deep/unused.ts': 'export const other = 1;',
      'node_modules/pack/index.js': 'export const n = 2;',
      'deep/new.ts': '',
    });
    // A change that counts, after those: had one of them counted, it would be named.
    project.write({ 'deep/two.ts': "export const text: string = 'second';\n" });
    await sees(url, 'second');
    expect((await get(url, '/where')).text).not.toBe(before);
    // The file may be seen twice: while it is written, and afterwards.
    expect(new Set(running.stderr().match(/\S+(?: and \d+ more)? changed/g))).toEqual(new Set([join('deep', 'two.ts changed')]));
    await end(running);
  }, 120_000);

  it('restarts when a file of configuration changes, whether the command line or the app loads it', async () => {
    project.write({
      'main.js':
        "import { Bottle } from 'bottlenose'; export const app = new Bottle(); app.config.loadFile('b.json'); app.get('/', () => app.config.get('a') + app.config.get('b'));",
      'a.ini': '[ROOT]\na = 1\n',
      'b.json': '{"b":"1"}',
    });
    const running = project.start(['--reload', '-c', 'a.ini', '-b', ':0', 'main.js']);
    const url = await running.url();
    expect((await get(url)).text).toBe('11');
    project.write({ 'a.ini': '[ROOT]\na = 22\n' });
    await sees(url, '221');
    project.write({ 'b.json': '{"b":"22"}' });
    await sees(url, '2222');
    await end(running);
  }, 120_000);

  it('follows what CommonJS modules require', async () => {
    project.write({
      'main.cjs':
        "const { Bottle } = require('bottlenose'); const app = new Bottle(); app.get('/', () => require('./text.cjs')); require('./text.cjs'); module.exports = { app };",
      'text.cjs': "module.exports = 'first';",
    });
    const running = project.start(['--reload', '-b', ':0', 'main.cjs']);
    const url = await running.url();
    expect((await get(url)).text).toBe('first');
    project.write({ 'text.cjs': "module.exports = 'second';" });
    await sees(url, 'second');
    await end(running);
  }, 120_000);

  it('refuses no connection and breaks no answer through ten reloads under a polling client', async () => {
    project.write(FILES);
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    const seen = new Set<string>();
    const failures: unknown[] = [];
    let isDone = false;
    const poll = async (): Promise<void> => {
      while (!isDone) {
        try {
          const { status, text } = await get(url);
          if (status !== 200) failures.push(`${status} ${text.slice(0, 200)}`);
          seen.add(text);
        } catch (error) {
          failures.push((error as Error).cause ?? error);
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const polling = [poll(), poll(), poll()];
    await until(() => seen.has('first'));
    for (let i = 1; i <= 10; i++) {
      project.write({ 'deep/two.ts': `export const text: string = 'version ${i}';\n` });
      await until(() => seen.has(`version ${i}`));
    }
    isDone = true;
    await Promise.all(polling);
    expect(failures).toEqual([]);
    expect([...seen]).toEqual(['first', ...Array.from({ length: 10 }, (_, i) => `version ${i + 1}`)]);
    await end(running);
  }, 180_000);

  it('a request that is being answered is finished by the old process, and clients are who they are', async () => {
    project.write({
      ...FILES,
      'main.ts': `${MAIN}app.get('/slow', async () => { console.log('taken'); await new Promise((done) => setTimeout(done, 1500)); return 'slow ' + text; });`,
    });
    const running = project.start(['--reload', '-b', '127.0.0.1:0', 'main.ts']);
    const url = await running.url();
    expect(JSON.parse((await get(url, '/where')).text)).toMatchObject({ remote: '127.0.0.1', url: `${url}/where` });
    const slow = get(url, '/slow');
    await until(() => running.output().includes('taken'));
    project.write({ 'deep/two.ts': "export const text: string = 'second';\n" });
    await sees(url, 'second');
    expect(await slow).toMatchObject({ status: 200, text: 'slow first' });
    await end(running);
  }, 120_000);

  it('shows a syntax error as a page, text or problem details meanwhile, and recovers', async () => {
    project.write(FILES);
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    project.write({ 'deep/two.ts': "export const text: string = '<b>' + = 1;\n" });
    const page = await until(async () => {
      const answer = await get(url, '/', { accept: 'text/html' });
      return answer.status === 500 && answer;
    });
    expect(page.type).toBe('text/html; charset=UTF-8');
    expect(page.text).toContain('deep/two.ts:1:37');
    expect(page.text).toContain('&lt;b&gt;');
    expect(page.text).not.toContain('<b>&#39;');
    const text = await get(url, '/any', { accept: 'text/plain' });
    expect(text).toMatchObject({ status: 500, type: 'text/plain; charset=UTF-8' });
    expect(text.text).toMatch(/SyntaxError: deep\/two\.ts:1:37/);
    const problem = await get(url, '/any', { accept: 'application/json' });
    expect(problem.type).toBe('application/problem+json');
    expect(JSON.parse(problem.text)).toMatchObject({ status: 500, detail: expect.stringContaining('deep/two.ts:1:37') });
    expect(running.stderr()).toMatch(/deep\/two\.ts:1:37[\s\S]*waits for a file to change/);
    project.write({ 'deep/two.ts': "export const text: string = 'well again';\n" });
    await sees(url, 'well again');
    await end(running);
  }, 120_000);

  it('starts with a broken app, too: a wiring error, a missing file that comes, a module that throws', async () => {
    project.write({
      'main.ts':
        "import { Bottle } from 'bottlenose'; import { n } from './late.js'; export const app = new Bottle(); app.get('/<id:int>', ({ ide }: any) => n + ide);",
    });
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    const page = () => get(url, '/7', { accept: 'text/html' });
    const shows = async (pattern: RegExp) => {
      await until(async () => pattern.test((await page()).text));
      expect(await page()).toMatchObject({ status: 500, text: expect.stringMatching(pattern) });
    };
    await shows(/late\.js/);
    project.write({ 'late.ts': 'throw new RangeError("thrown <i>here</i>"); export const n = 1;' });
    await shows(/RangeError[\s\S]*thrown &lt;i&gt;here/);
    project.write({ 'late.ts': 'export const n = 1;' });
    await shows(/WiringError[\s\S]*Did you mean <code>id<\/code>\?/);
    project.write({
      'main.ts':
        "import { Bottle } from 'bottlenose'; import { n } from './late.js'; export const app = new Bottle(); app.get('/<id:int>', ({ id }) => n + id);",
    });
    await sees(url, '8', '/7');
    expect(await page()).toMatchObject({ status: 200, text: '8' });
    await end(running);
  }, 120_000);

  it('an app that crashes while it serves is shown with its error, and restarted by the next change', async () => {
    project.write({
      ...FILES,
      'main.ts': `${MAIN}app.get('/crash', () => { setTimeout(() => { throw new Error('crashed'); }, 10); return 'soon'; });`,
    });
    const running = project.start(['--reload', '-b', ':0', 'main.ts']);
    const url = await running.url();
    expect((await get(url, '/crash')).text).toBe('soon');
    await until(async () =>
      /crashed[\s\S]*main\.ts/.test((await get(url, '/', { accept: 'text/plain' }).catch(() => ({ text: '' }))).text),
    );
    project.write({ 'deep/two.ts': "export const text: string = 'second';\n" });
    await sees(url, 'second');
    await end(running);
  }, 120_000);

  it('ends with everything that it started', async () => {
    project.write(FILES);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const running = project.start(['--reload', '-b', ':0', 'main.ts']);
      const url = await running.url();
      const { pid } = JSON.parse((await get(url, '/where')).text);
      running.child.kill(signal);
      await running.ended;
      await until(() => !isAlive(pid));
      expect(await connects(Number(new URL(url).port))).toBe(false);
    }
  }, 120_000);

  it('keeps the port with http2, for clients of either version', async () => {
    project.write(FILES);
    const running = project.start(['--reload', '-s', 'http2', '-b', ':0', 'main.ts']);
    const url = await running.url();
    const session = http2(url);
    expect(await over(session)).toBe('first');
    expect((await get(url)).text).toBe('first');
    project.write({ 'deep/two.ts': 'export const text: string = ;' });
    await until(async () => (await get(url)).status === 500);
    project.write({ 'deep/two.ts': "export const text: string = 'second';\n" });
    await sees(url, 'second');
    const later = http2(url);
    expect(await over(later)).toBe('second');
    later.close();
    session.destroy();
    await end(running);
  }, 120_000);

  it('a port in use is told in one line', async () => {
    project.write(FILES);
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const { status, stderr } = await project.run('--reload', '-b', `127.0.0.1:${port}`, 'main.ts');
    server.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bottlenose: Port \d+ of 127\.0\.0\.1 is in use: [^\n]*\n$/);
  }, 60_000);
});

describe('run({ reloader: true })', () => {
  it.each(['node', 'http2'])(
    'ends connections that are idle when it ends, and then the plugins (%s)',
    async (server) => {
      project.write({
        'main.js': `
        import { Bottle } from 'bottlenose';
        const app = new Bottle().get('/', () => 'home');
        app.install({ name: 'p', setup() {}, close: () => console.log('closed') });
        await app.run({ port: 0, server: '${server}', reloader: true, shutdownTimeout: 60_000 });`,
      });
      const running = project.program(['main.js']);
      const client = await RawClient.connect(await running.url());
      expect((await client.send(request('GET', '/')).answer())?.text).toBe('home');
      await end(running);
      await client.closed;
      // One that waited for the timeout would have been killed.
      expect(running.output()).toContain('closed');
    },
    60_000,
  );

  it("restarts a program of one's own, whose rest runs only where it serves", async () => {
    project.write({
      'main.js': `
        import { Bottle } from 'bottlenose';
        import { text } from './text.js';
        const app = new Bottle();
        app.get('/', () => text);
        const { url } = await app.run({ port: 0, reloader: true });
        console.log('served ' + new URL(url).port);`,
      'text.js': "export const text = 'first';",
    });
    const running = project.program(['main.js']);
    const url = await running.url();
    await sees(url, 'first');
    await until(() => running.output().includes(`served ${new URL(url).port}\n`));
    project.write({ 'text.js': "export const text = 'second';" });
    await sees(url, 'second');
    project.write({ 'text.js': 'export const text = = 1;' });
    await until(async () => /SyntaxError/.test((await get(url, '/', { accept: 'text/plain' })).text));
    project.write({ 'text.js': "export const text = 'third';" });
    await sees(url, 'third');
    // At the same address, once for each program that could be started.
    const served = () => running.output().match(/^served \d+$/gm) ?? [];
    await until(() => served().length === 3);
    expect(new Set(served())).toEqual(new Set([`served ${new URL(url).port}`]));
    await end(running);
  }, 120_000);

  it('in a module that the command serves, it is the command that decides', async () => {
    project.write({
      'main.js':
        "import { Bottle } from 'bottlenose'; export const app = new Bottle(); app.get('/', () => 'hello'); await app.run({ port: 1, reloader: true });",
    });
    const running = project.start(['-b', ':0', 'main.js']);
    expect((await get(await running.url())).text).toBe('hello');
    expect(running.stderr()).not.toContain('restarts');
    await end(running);
  }, 60_000);

  it('works with an adapter of your own, which listens itself', async () => {
    project.write({
      'main.js': `
        import { createServer } from 'node:http';
        import { Bottle } from 'bottlenose';
        import { text } from './text.js';
        class Mine {
          async listen(app, { host = '127.0.0.1', port }) {
            const server = createServer(app.listener);
            await new Promise((resolve, reject) => server.on('error', reject).listen(port, host, resolve));
            return { url: 'http://' + host + ':' + port, close: () => new Promise((resolve) => server.close(resolve)) };
          }
        }
        const app = new Bottle();
        app.get('/', () => text);
        await app.run({ port: Number(process.env.PORT), server: Mine, reloader: true });`,
      'text.js': "export const text = 'first';",
    });
    const probe = createServer();
    const port = await new Promise<number>((resolve) => {
      probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port));
    });
    await new Promise((resolve) => probe.close(resolve));
    const running = project.program(['main.js'], { env: { PORT: String(port) } });
    const url = await running.url();
    expect(new URL(url).port).toBe(String(port));
    const comes = (text: string) =>
      until(async () => (await get(url, '/', { accept: 'text/plain' }).catch(() => ({ text: '' }))).text.includes(text));
    await comes('first');
    project.write({ 'text.js': 'export const text = = 1;' });
    await comes('SyntaxError');
    project.write({ 'text.js': "export const text = 'second';" });
    await comes('second');
    await end(running);
  }, 120_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

it('the folder may vanish under it', async () => {
  project.write(FILES);
  const running = project.start(['--reload', '-b', ':0', 'main.ts']);
  const url = await running.url();
  rmSync(join(project.folder, 'deep'), { recursive: true });
  const page = () => get(url, '/', { accept: 'text/plain' });
  await until(async () => (await page()).text.includes('deep/one'));
  expect((await page()).status).toBe(500);
  project.write(FILES);
  await sees(url, 'first');
  expect((await page()).status).toBe(200);
  await end(running);
}, 120_000);
