import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Project } from './project.js';

const project = Project.forTests();
const APP = `
import { Bottle, Body, Controller, Get, Post, Query } from 'bottlenose';
import { guard } from 'bottlenose/kit';
class Clock { now() { return 'noon'; } }
@Controller('/posts')
class Posts {
  @Get('/<id:int>', { name: 'post' }) show(id: number, clock: Clock) { return id; }
  @Post('/') create(@Body() post: object, @Query('draft') draft: boolean) { return post; }
}
class ClockPlugin {
  provides = { keyword: 'clock', type: Clock };
  apply(callback: any, route: any) { return route.wants(this) ? (context: any) => callback(context) : callback; }
}
export const app = new Bottle();
app.install(new ClockPlugin());
app.mount('/api', Posts);
const admin = new Bottle();
admin.get('/users/<name>', function users({ name }) { return name; });
admin.install({ name: 'silent', around: (next: any) => next });
admin.install({ name: 'timer', around: (next: any) => (context: any) => next(context) });
app.mount('/admin', admin, { apply: guard('admins', () => {}) });
export const broken = new Bottle();
broken.mount('/api', Posts);
broken.get('/x/<y>', function odd({ z }: any) { return z; });
`;

it('routes prints verb, rule, handler, where each parameter comes from, and the plugins in effect, around mounts too', async () => {
  project.write({ 'main.ts': APP });
  const { status, stdout, stderr } = await project.run('routes', 'main.ts:app');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    `
VERB  RULE                        HANDLER       PARAMETERS                         PLUGINS
GET   /api/posts/<id:int> (post)  Posts.show    id: number from wildcard <id:int>  ClockPlugin
                                                clock: Clock from ClockPlugin
POST  /api/posts/                 Posts.create  post from the body
                                                draft: boolean from query 'draft'
GET   /admin/users/<name>         users         name from wildcard <name>          admins → timer

3 routes
`.trimStart(),
  );
}, 60_000);

it('check ends with 0 for an app that is whole, and with 1 and everything that is wrong for one that is not', async () => {
  project.write({ 'main.ts': APP });
  expect(await project.run('check', 'main.ts')).toEqual({
    status: 0,
    stdout: 'main.ts is whole: 3 routes, nothing wrong.\n',
    stderr: '',
  });
  const { status, stdout } = await project.run('check', 'main.ts:broken');
  expect(status).toBe(1);
  expect(stdout).toContain('This app cannot be wired, for 2 reasons:');
  expect(stdout).toContain('Posts.show(id: number, clock: Clock)');
  expect(stdout).toContain("destructures 'z' from its arguments");
  const routes = await project.run('routes', 'main.ts:broken');
  expect(routes).toMatchObject({ status: 1 });
  expect(routes.stderr).toContain('for 2 reasons');
  // Serving proves the same, and says it without a trace.
  const served = await project.run('-b', ':0', 'main.ts:broken');
  expect(served.status).toBe(1);
  expect(served.stderr).toContain('for 2 reasons');
  expect(served.stderr).not.toMatch(/\n\s+at /);
}, 60_000);

it('says where an error with a code is explained', async () => {
  project.write({
    'main.js': "import { Bottle } from 'bottlenose'; export const app = new Bottle(); app.get('/<id:nothing>', () => 'x');",
  });
  const { status, stderr } = await project.run('check', 'main.js');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^bottlenose: .* \(node_modules\/bottlenose\/docs\/errors\.md#bn_route_syntax\)\n$/);
}, 60_000);

it('check also reports what is found while the module loads, in debug mode', async () => {
  project.write({ 'main.ts': APP });
  const { status, stdout } = await project.run('check', '--debug', 'main.ts:app');
  expect(status).toBe(1);
  expect(stdout).toContain('This app cannot be wired, for one reason:');
}, 60_000);

it('check and routes see the plugins that are installed from the command line', async () => {
  project.write({
    'main.js': "import { Bottle } from 'bottlenose'; export const app = new Bottle(); app.get('/', ({ db }) => db.name);",
  });
  expect((await project.run('check', 'main.js')).status).toBe(1);
  expect((await project.run('check', '-p', "sqlite({ file: ':memory:' })", 'main.js')).status).toBe(0);
}, 60_000);

it('openapi prints the document, or writes it to a file', async () => {
  project.write({ 'main.ts': APP });
  const { status, stdout } = await project.run('openapi', '--title', 'Blog', '--version', '2.1', 'main.ts');
  expect(status).toBe(0);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Blog', version: '2.1' } });
  expect(Object.keys(document.paths)).toContain('/api/posts/{id}');
  expect(await project.run('openapi', 'main.ts', '-o', 'api.json', '--title', 'Blog', '--version', '2.1')).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
  expect(readFileSync(join(project.folder, 'api.json'), 'utf8')).toBe(stdout);
  const described = `${APP}app.install(new OpenAPIPlugin({ title: 'Tracker', version: '1.2.3', ui: false }));\n`;
  project.write({ 'main.ts': described.replace('import {', "import { OpenAPIPlugin } from 'bottlenose/openapi';\nimport {") });
  expect(JSON.parse((await project.run('openapi', 'main.ts')).stdout).info).toEqual({ title: 'Tracker', version: '1.2.3' });
  expect(JSON.parse((await project.run('openapi', '--version', '2.1', 'main.ts')).stdout).info.version).toBe('2.1');
  const refused = await project.run('openapi', 'main.ts', '-o', 'no/such/folder.json');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/^bottlenose: no\/such\/folder\.json cannot be written: [^\n]*\n$/);
}, 60_000);
