import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Project } from './project.js';

const project = Project.forTests();
const HELLO = "import { Bottle } from 'bottlenose';\nexport const app = new Bottle();\napp.get('/', () => 'hello');\n";

/** Serves, asks once, and gives the answer. */
async function ask(path: string, ...args: string[]): Promise<{ status: number; text: string; headers: Headers }> {
  const running = project.start(['--bind', ':0', ...args]);
  const answer = await fetch(`${await running.url()}${path}`);
  const text = await answer.text();
  running.child.kill('SIGTERM');
  await running.ended;
  return { status: answer.status, text, headers: answer.headers };
}

describe('serving', () => {
  it('serves the app that module:app stands for, at the address that --bind says', async () => {
    project.write({ 'main.js': HELLO });
    const running = project.start(['-b', '127.0.0.1:0', 'main.js:app']);
    const url = await running.url();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(url)).text()).toBe('hello');
    running.child.kill('SIGTERM');
    await running.ended;
  }, 60_000);

  it('listens on an IPv6 address in brackets', async () => {
    project.write({ 'main.js': HELLO });
    const running = project.start(['--bind=[::1]:0', 'main.js']);
    const url = await running.url();
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await (await fetch(url)).text()).toBe('hello');
  }, 60_000);

  it.each([
    ['the export app, where nothing is said', 'main.js', HELLO],
    ['a module without its ending', 'main', HELLO],
    ['the default export', 'main.js', HELLO.replace('export const app =', 'const app =').concat('export default app;')],
    [
      'the default export, named',
      'main.js:default',
      HELLO.replace('export const app =', 'const app =').concat('export default app;'),
    ],
    [
      'what a function makes',
      "main.js:makeApp('hello')",
      "import { Bottle } from 'bottlenose';\nexport function makeApp(text) { const app = new Bottle(); app.get('/', () => text); return app; }",
    ],
    ['what a function promises', 'main.js:makeApp()', `${HELLO}export const makeApp = async () => app;`],
    ['a member', 'main.js:apps.admin', `${HELLO}export const apps = { admin: app };`],
    ['the default app', 'main.js', "import { get } from 'bottlenose'; get('/', () => 'hello');"],
    ['the default app, though app is asked for', 'main.js:app', "import { get } from 'bottlenose'; get('/', () => 'hello');"],
    ['the app that the module would have run', 'main.js', `${HELLO.replace('export ', '')} await app.run({ port: 1 });`],
    [
      'one that the module runs itself, without a second server',
      'main.js',
      `${HELLO} const { url } = await app.run({ port: 1 }); if (url) throw new Error(url);`,
    ],
    ['a module that waits at its top level', 'main.js', `await new Promise((done) => setTimeout(done, 5));\n${HELLO}`],
  ])(
    'serves %s',
    async (_, target, text) => {
      project.write({ 'main.js': text });
      expect((await ask('/', target)).text).toBe('hello');
    },
    60_000,
  );

  it('serves a CommonJS module', async () => {
    project.write({
      'main.cjs':
        "const { Bottle } = require('bottlenose');\nconst made = new Bottle();\nmade.get('/', () => 'common');\nmodule.exports = { apps: { made } };",
    });
    expect((await ask('/', 'main.cjs:apps.made')).text).toBe('common');
  }, 60_000);

  it('serves with the adapter that --server names', async () => {
    project.write({ 'main.js': HELLO });
    expect((await ask('/', '-s', 'node', 'main.js')).text).toBe('hello');
  }, 60_000);
});

describe('options', () => {
  it('--conf and --param configure the app, the latter over the former, in their order', async () => {
    project.write({
      'main.js': `${HELLO}app.get('/config', () => app.config.toNested('my'));`,
      'a.ini': '[my]\none = 1\ntwo = 2\n',
      'b.json': '{"my":{"two":"b","three":3}}',
      '.env': 'MY__FOUR=4\n',
    });
    const { text } = await ask(
      '/config',
      '-c',
      'a.ini',
      '-c',
      'b.json',
      '-c',
      '.env',
      '-C',
      'my.three=c=d',
      '-Cmy.five',
      'main.js',
    );
    expect(JSON.parse(text)).toEqual({ one: '1', two: 'b', three: 'c=d', four: '4', five: true });
  }, 60_000);

  it('--plugin installs a function, a factory with arguments, a class with and without them, and one of this package', async () => {
    project.write({
      'main.js': `${HELLO}app.get('/all', ({ a, b }) => ({ a, b, plugins: app.plugins.map(({ name }) => name) }));`,
      'plugins.js': `
        const stamp = (name) => ({ name, apply: (callback) => one(name, callback) });
        const one = (name, callback) => (context) => { context.response.addHeader('Stamp', name); return callback(context); };
        export const plain = stamp('plain');
        export const timing = ({ label }) => stamp(label);
        export const lazy = () => stamp('lazy');
        export class Giver {
          constructor({ keyword = 'a' } = {}) { this.name = 'giver-' + keyword; this.provides = { keyword }; }
          apply(callback) { return (context) => { context.provide(this.provides.keyword, 7); return callback(context); }; }
        }`,
    });
    const plugins = [
      './plugins.js:plain',
      "./plugins.js:timing({ label: 'a:b' })",
      'plugins:lazy',
      './plugins.js:Giver',
      "./plugins.js:Giver({ keyword: 'b' })",
      "cors({ origin: 'https://example.com' })",
      'etag',
      "bottlenose/sqlite:SQLitePlugin({ file: ':memory:' })",
    ].flatMap((text) => ['-p', text]);
    const { text, headers } = await ask('/all', ...plugins, 'main.js');
    expect(JSON.parse(text)).toMatchObject({ a: 7, b: 7 });
    expect(JSON.parse(text).plugins).toEqual(expect.arrayContaining(['giver-a', 'giver-b', 'cors', 'etag', 'sqlite']));
    expect(headers.get('stamp')).toBe('plain, a:b, lazy');
  }, 60_000);

  it('--debug shows the error, and only --debug', async () => {
    project.write({ 'main.js': `${HELLO}app.get('/boom', () => { throw new Error('the detail') });` });
    expect((await ask('/boom', '--debug', 'main.js')).text).toContain('the detail');
    expect((await ask('/boom', 'main.js')).text).not.toContain('the detail');
  }, 60_000);

  it('--version and --help answer at once, without an app', async () => {
    const { version } = JSON.parse(readFileSync(join(project.bin, '../../../package.json'), 'utf8'));
    expect(await project.run('--version')).toEqual({ status: 0, stdout: `bottlenose ${version}\n`, stderr: '' });
    const help = await project.run('-h');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const option of ['--bind', '--server', '--plugin', '--conf', '--param', '--debug', '--reload', '--version', '--help']) {
      expect(help.stdout).toContain(option);
    }
    expect(help.stdout).toMatch(/routes[\s\S]*check[\s\S]*openapi/);
  }, 60_000);
});

describe('mistakes are told in one line', () => {
  const BROKEN_APP = { 'main.js': `${HELLO}export const makeApp = () => app; export class Posts {}; export const n = 5;` };
  it.each([
    [[], 2, /name the app: bottlenose MODULE\[:APP\]/],
    [['--prot', '1', 'main.js'], 2, /unknown option --prot/],
    [['--relod', 'main.js'], 2, /unknown option --relod\. Did you mean --reload\?/],
    [['main.js', '--bind'], 2, /--bind.*argument missing/],
    [['-b', ':99999', 'main.js'], 2, /99999 is not a port; choose one from 0 to 65535/],
    [['-b', '[::zz]:80', 'main.js'], 2, /is not an address: write ADDRESS:PORT/],
    [['main.js', 'other.js'], 2, /more than one app is given: other\.js/],
    [['main.js', 'routes'], 2, /more than one app is given/],
    [['-b', ':0', 'routes', 'main.js'], 2, /write the command first: bottlenose routes/],
    [['routes'], 2, /bottlenose routes MODULE\[:APP\]/],
    [['nowhere.js'], 2, /there is no module nowhere\.js \(looked for .*nowhere\.js\)/],
    [['main.ts'], 2, /there is no module main\.ts .* Did you mean main\.js\?/],
    [['main.js:ap'], 2, /main\.js has no 'ap': it exports .*Did you mean 'app'\?/],
    [['main.js:makeApp'], 2, /is not an app, but a function\. If it creates an app, call it: 'main\.js:makeApp\(\)'/],
    [['main.js:Posts'], 2, /is not an app, but the class Posts\. Mount a controller on an app/],
    [['main.js:n'], 2, /is not an app, but a number/],
    [['main.js:makeApp('], 2, /is not an expression/],
    [['main.js:app) } globalThis.process.exit(0); with ({}) { ('], 2, /is not an expression/],
    [['empty.js'], 2, /exports no app, and adds no route to the default app/],
    [['-s', 'nod', 'main.js'], 2, /unknown server 'nod'\. Did you mean 'node'\?/],
    [['-p', 'corss', 'main.js'], 2, /no plugin 'corss'\. Did you mean 'cors'\?/],
    [['-p', 'main.js:n', 'main.js'], 2, /--plugin 'main\.js:n' is not a plugin/],
    [['-p', 'main.js:nope()', 'main.js'], 2, /main\.js has no 'nope'/],
    [['-c', 'nowhere.ini', 'main.js'], 2, /Configuration file nowhere\.ini: there is no such file/],
    [['-C', '=1', 'main.js'], 2, /--param =1 has no name/],
    [['needs.js'], 1, /needs\.js needs the package left-padding, which is not installed: npm install left-padding/],
    [['needs.cjs'], 1, /needs\.cjs needs the package @left\/padding, which is not installed: npm install @left\/padding/],
    [['lost.js'], 1, /lost\.js imports gone\.js, which does not exist/],
  ])(
    '%j',
    async (args, status, message) => {
      project.write({
        ...BROKEN_APP,
        'empty.js': 'export const nothing = 1;',
        'needs.js': "import 'left-padding';",
        'needs.cjs': "require('@left/padding');",
        'lost.js': "import './gone.js';",
      });
      const outcome = await project.run(...args);
      expect(outcome).toMatchObject({ status, stdout: '' });
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr).toMatch(/^bottlenose: [^\n]+\n$/);
    },
    60_000,
  );

  it('a port in use', async () => {
    project.write({ 'main.js': `${HELLO}setInterval(() => {}, 1000);` });
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const outcome = await project.run('-b', `127.0.0.1:${port}`, 'main.js');
    server.close();
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^bottlenose: Port \d+ of 127\.0\.0\.1 is in use: [^\n]*\n$/);
  }, 60_000);

  it('with --debug, the trace as well', async () => {
    const { status, stderr } = await project.run('--debug', 'nowhere.js');
    expect(status).toBe(2);
    expect(stderr).toMatch(/no module nowhere\.js[\s\S]*\n\s+at /);
  }, 60_000);

  it("but what the app's own code throws comes with its trace", async () => {
    project.write({ 'main.js': 'function fail() {\n  throw new RangeError("mine");\n}\nfail();' });
    const { status, stderr } = await project.run('main.js');
    expect(status).toBe(1);
    expect(stderr).toMatch(/RangeError: mine[\s\S]*main\.js:2:9/);
  }, 60_000);
});
