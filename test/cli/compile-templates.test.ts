import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { SimpleTemplate } from '../../src/templates/index.js';
import { Project } from './project.js';

const project = Project.forTests();
const FLAG = '--disallow-code-generation-from-strings';

const VIEWS = {
  'views/posts.tpl': "% rebase('layout', { title: 'Posts' })\n% for post of posts:\n% include('parts/post', { post })\n% end\n",
  'views/layout.html': '<title>{{title}}</title>\n{{!base}}',
  'views/parts/post.tpl': '<li>{{post.title}}</li>\n',
  'views/slow.stpl': '{{ await later }}\n',
  'views/failing.tpl': 'one\n% function name(post):\n%   return post.author.name\n% end\n\n{{ name(post) }}\n',
  'views/notes.txt': '% this is not a template {{',
};

const APP = `
import { existsSync } from 'node:fs';
import { Bottle, Controller, Get, SimpleTemplate, template, View } from 'bottlenose';
import './templates.js';

@Controller('/')
class Pages {
  @Get('/view') @View('posts') view() { return { posts: [{ title: 'a < b' }] }; }
  @Get('/template') template() { return template('posts', { posts: [] }); }
  @Get('/async') @View('slow') async() { return { later: Promise.resolve('later') }; }
  @Get('/stream') stream() { return new SimpleTemplate({ name: 'posts' }).stream({ posts: [{ title: 'streamed' }] }); }
  @Get('/async-stream') asyncStream() { return new SimpleTemplate({ name: 'slow' }).streamAsync({ later: 'streamed' }); }
  @Get('/failing') failing() { return template('failing', { post: {} }); }
  @Get('/absent') absent() { return template('absent'); }
  @Get('/text') text() { return template('Hello {{name}}!', { name: 'x' }); }
}
export const app = new Bottle({ logger(...parts) { console.log(parts.at(-1).message); } });
app.mount(Pages);
const result = {};
for (const path of process.argv.slice(2)) {
  let error = '';
  console.log = (text) => { error ||= text; };
  const response = await app.fetch(new Request('http://localhost' + path));
  const text = await response.text();
  result[path] = response.status === 200 ? text : error;
}
process.stdout.write(JSON.stringify(result));
`;

const TSCONFIG = '{ "compilerOptions": { "target": "es2022", "experimentalDecorators": true } }';

/** Bundles the app with everything that it imports, as for Workers. */
async function bundle(minify: boolean): Promise<void> {
  await build({
    absWorkingDir: project.folder,
    entryPoints: ['app.ts'],
    outfile: join(project.folder, 'dist/app.mjs'),
    bundle: true,
    minify,
    platform: 'node',
    format: 'esm',
    packages: minify ? 'bundle' : 'external',
    banner: { js: "import { createRequire as make } from 'node:module'; const require = make(import.meta.url);" },
    external: ['@swc/core', 'class-validator', 'class-transformer', 'ws', 'better-sqlite3'],
    logLevel: 'error',
  });
}

async function answers(...paths: string[]): Promise<Record<string, string>> {
  const { status, stdout, stderr } = await project.program([FLAG, 'dist/app.mjs', ...paths]).ended;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

async function compile(...options: string[]): Promise<void> {
  const args = ['templates', 'views', '-o', 'templates.js', ...options];
  expect(await project.run(...args)).toEqual({ status: 0, stdout: '', stderr: '' });
}

describe('where code generation is forbidden', () => {
  it.each([
    ['files of a project', false, false],
    ['one minified bundle without the files of the templates, as on Workers', true, true],
  ])(
    'an application renders compiled templates from %s',
    async (_, minify, removed) => {
      project.write({ ...VIEWS, 'app.ts': APP, 'tsconfig.json': TSCONFIG });
      await compile();
      await bundle(minify);
      if (removed) rmSync(join(project.folder, 'views'), { recursive: true });
      expect(await answers('/view', '/template', '/async', '/stream', '/async-stream', '/failing', '/absent', '/text')).toEqual({
        '/view': '<title>Posts</title>\n<li>a &lt; b</li>\n',
        '/template': '<title>Posts</title>\n',
        '/async': 'later\n',
        '/stream': '<title>Posts</title>\n<li>streamed</li>\n',
        '/async-stream': 'streamed\n',
        '/failing': expect.stringMatching(
          /^failing:3:5: TypeError: Cannot read properties of undefined \(reading 'name'\)[\s\S]*> 3 \| % {3}return post\.author/,
        ),
        '/absent': expect.stringMatching(/^absent: template not found in .*views/),
        '/text': expect.stringMatching(
          /^<template>:1:1: this text was not compiled beforehand, and this runtime forbids code generation: .*`bottlenose templates FOLDER -o templates\.js`/,
        ),
      });
    },
    120_000,
  );

  it('a template that was not compiled, or has changed, tells its name and the command', async () => {
    project.write({ ...VIEWS, 'app.ts': APP, 'tsconfig.json': TSCONFIG });
    await compile();
    await bundle(false);
    project.write({ 'views/absent.tpl': 'new', 'views/parts/post.tpl': '<b>changed</b>' });
    expect(await answers('/absent', '/view')).toEqual({
      '/absent': expect.stringMatching(/^absent:1:1: the template was not compiled beforehand.* import templates\.js/),
      '/view': expect.stringMatching(
        /^parts\/post:1:1: the template has changed since it was compiled.*`bottlenose templates` again/,
      ),
    });
    await compile('--syntax', '<? ?> @ [[ ]]');
    await bundle(false);
    const { '/view': message } = await answers('/view');
    expect(message).toMatch(/^posts:1:1: the template was compiled with another syntax.* --syntax/);
  }, 120_000);

  it('the other engines tell that they cannot run', async () => {
    project.write({
      'engines.mjs': `
        import { ejsTemplate, etaTemplate, handlebarsTemplate, nunjucksTemplate } from 'bottlenose/templates';
        for (const render of [ejsTemplate, etaTemplate, handlebarsTemplate, nunjucksTemplate]) {
          try { console.log(render({ source: 'x' })); } catch (error) { console.log(error.code, error.message); }
        }`,
    });
    const { stdout } = await project.program([FLAG, 'engines.mjs']).ended;
    for (const title of ['EJS', 'Eta', 'Handlebars', 'Nunjucks']) {
      expect(stdout).toMatch(
        new RegExp(
          `^BN_TEMPLATE_ENGINE <template>: ${title} generates code from templates, which this runtime forbids\\. Use SimpleTemplate`,
          'm',
        ),
      );
    }
  }, 60_000);
});

it('a module of another version is refused when it is imported', async () => {
  project.write(VIEWS);
  await compile();
  const code = readFileSync(join(project.folder, 'templates.js'), 'utf8');
  project.write({ 'templates.js': code.replace(/format: \d+/, 'format: 0') });
  const { stderr } = await project.program(['templates.js']).ended;
  expect(stderr).toMatch(/another version of bottlenose has compiled these templates.* Run `bottlenose templates` again/);
}, 60_000);

/** Templates with code at every place that code can be, which the two kinds of code have to run alike. */
const TEMPLATES = {
  blocks:
    '% for x of [3, 2, 1, 0]:\n% if x > 2:\nbig\n% elif x > 1:\nmiddle\n% else if (x > 0):\nsmall\n% else:\nnone\n% end\n% end\n',
  loops:
    '% for let i = 0; i < 3; i++:\n{{i}}\n% end\n% let n = 2\n% while n --> 0:\n{{n}}\n% end\n% do {\n{{n++}}\n% } while (n < 2)\n',
  choices: '% switch v.length:\n% case [1].length:\none\n% break\n% case 2: {\ntwo\n% }\n% default:\nmany\n% end\n',
  functions:
    '% async function a():\n% return 1\n% end\n<% class C { #x = 1; static { this.y = 2; } get x() { return this.#x } *z() { yield 3; } } %>\n' +
    '{{new C().x}}{{C.y}}{{[...new C().z()]}}{{ v.map((x) => ({ x })).map(function (o) { return o.x + 1 }).join() }}\n' +
    '% function row(x):\n<i>{{x}}</i>\n% end\n% v.forEach(row)\n',
  caught: '% try:\n% null.x\n% catch e:\n{{e.constructor.name}} {{e instanceof TypeError}}\n% finally:\ndone\n% end\n',
  returns: 'a\n% if v.length:\n% return\n% end\nb\n',
  writes: '% n = 1\n% n += 1\n% n++\n{{n}}{{ typeof nothing }}{{ setdefault("k", 5) }}{{ defined("v") }}{{ get("w", 6) }}\n',
};

it('a compiled template stands in its folder in the order of the template path', async () => {
  project.write({
    'one/a.tpl': 'one',
    'two/a.tpl': 'two',
    'two/b.tpl': 'b',
    'run.mjs': `import './templates.js'; import { TEMPLATE_PATH, template } from 'bottlenose';
      TEMPLATE_PATH.splice(0, 1, './one', './two');
      process.stdout.write(template('a') + template('b'));`,
  });
  expect(await project.run('templates', 'one', 'two', '-o', 'templates.js')).toMatchObject({ status: 0 });
  for (const removed of ['two', 'one']) {
    rmSync(join(project.folder, removed), { recursive: true });
    expect((await project.program([FLAG, 'run.mjs']).ended).stdout).toBe('oneb');
  }
}, 60_000);

it('compiled templates define names, and call each other and the page', async () => {
  project.write({
    'views/ui.tpl': '% function panel(title, body):\n<h1>{{title}}</h1>\n% body()\n% end\n% const color = "red"\n',
    'views/layout.tpl': '<body>\n{{!base}}\n% ui.panel("layout", () => "")\n',
    'views/page.tpl':
      "% const ui = include('ui')\n% rebase('layout', { ui })\n% ui.panel('page', () => {\n{{ui.color}}\n% })\n{{ include('part') }}|\n",
    'views/part.tpl': 'part\n',
    'run.mjs': `import './templates.js'; import { SimpleTemplate } from 'bottlenose';
      const page = new SimpleTemplate({ name: 'page' });
      let streamed = '';
      for await (const chunk of page.streamAsync()) streamed += chunk;
      process.stdout.write(JSON.stringify([page.render(), await page.renderAsync(), [...page.stream()].join(''), streamed]));`,
  });
  await compile();
  const { stdout, stderr } = await project.program([FLAG, 'run.mjs']).ended;
  expect(stderr).toBe('');
  const expected = '<body>\n<h1>page</h1>\nred\npart\n|\n\n<h1>layout</h1>\n';
  expect(JSON.parse(stdout)).toEqual([expected, expected, expected, expected]);
}, 60_000);

it.each(Object.entries(TEMPLATES))(
  'compiled code renders like generated code: %s',
  async (name, source) => {
    project.write({
      [`views/${name}.tpl`]: source,
      'run.mjs': `import './templates.js'; import { template } from 'bottlenose';
      process.stdout.write(template('${name}', { v: [1, 2] }));`,
    });
    await compile();
    const { stdout, stderr } = await project.program([FLAG, 'run.mjs']).ended;
    expect({ stdout, stderr }).toEqual({ stdout: new SimpleTemplate(source).render({ v: [1, 2] }), stderr: '' });
  },
  60_000,
);

it.each([
  ['in a statement', 'a\n% const n = 1\n% v.x.y\n', 3],
  ['in a condition after another', '% if v.x:\n% elif v.x.y:\n% end\n', 2],
  ['in the condition of a loop that has run', '% let n = { x: 1 }\n% while n.x:\n% n = undefined\n\ntext\n% end', 2],
  ['in a printed expression', 'a\nb {{ 1 }} {{\n v.x.y }}', 3],
  ['in a method', '<% class C {\n  m() {\n    return v.x.y\n  }\n} %>\n{{ 1 }}\n{{ new C().m() }}', 3],
  ['after a function has returned', '% function f(a):\n%   return a.x\n% end\n\n{{ f(v).y }}', 5],
  ['in a callback of one line', 'a\n\n{{ [1].map((a) => v.x.y) }}', 3],
  ['in what a value becomes', 'a\n{{ v }}\n', 2],
])(
  'an error of compiled code names its line: %s',
  async (_, source, line) => {
    const vars = "{ v: { toString() { throw new Error('no text') } } }";
    project.write({
      'views/page.tpl': source,
      'run.mjs': `import './templates.js'; import { template } from 'bottlenose';
      try { template('page', ${vars}) } catch (error) { console.log(error.code, error.template, error.line); }`,
    });
    await compile();
    const { stdout } = await project.program([FLAG, 'run.mjs']).ended;
    expect(stdout).toBe(`BN_TEMPLATE_RUNTIME page ${line}\n`);
  },
  60_000,
);

describe('the command', () => {
  it('takes several folders, ./views without one, and prints without a file', async () => {
    project.write({ 'views/a.tpl': 'a', 'admin/views/sub/b.html': 'b\n' });
    const one = await project.run('templates');
    expect(one.status).toBe(0);
    expect(one.stdout).toContain('folder: "views",\n      name: "a.tpl",\n      source: "a",');
    const { stdout } = await project.run('templates', 'views', 'admin/views/');
    expect(stdout).toContain('folder: "views",\n      name: "a.tpl"');
    expect(stdout).toContain('folder: "admin/views",\n      name: "sub/b.html"');
  }, 60_000);

  it('tells what is wrong', async () => {
    project.write({ 'views/a.tpl': 'one\n% if x:\n', 'empty/a.txt': '' });
    expect(await project.run('templates')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/a\.tpl:2:3: 'if' is never closed/),
    });
    expect(await project.run('templates', 'empty')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/no templates .* in empty/),
    });
    expect(await project.run('templates', 'absent')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/no folder absent/),
    });
    expect(await project.run('templates', '--syntax', '<%')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/must be five tokens/),
    });
    expect(await project.run('templates', '--sintax', 'x')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Did you mean --syntax/),
    });
  }, 60_000);
});
