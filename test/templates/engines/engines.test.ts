import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bottle, Controller, debug, Get, OnError, View } from 'bottlenose';
import {
  EjsEngine,
  type EngineView,
  EtaEngine,
  ejsEngine,
  ejsTemplate,
  ejsTemplateAsync,
  ejsView,
  etaEngine,
  etaTemplate,
  etaTemplateAsync,
  etaView,
  HandlebarsEngine,
  handlebarsEngine,
  handlebarsTemplate,
  handlebarsTemplateAsync,
  handlebarsView,
  NunjucksEngine,
  nunjucksEngine,
  nunjucksTemplate,
  nunjucksTemplateAsync,
  nunjucksView,
  simpleTemplateEngine,
  TEMPLATE_PATH,
  TEMPLATES,
  TemplateError,
  template,
  templateAsync,
  type ViewEngine,
} from 'bottlenose/templates';
import { parseFragment } from 'parse5';
import { loadLibrary } from '../../../src/templates/engines/engine-adapter.js';
import { ask } from '../../app/ask.js';

/** One engine, and how its language says what every language of templates can say. */
interface Dialect {
  title: string;
  engine: ViewEngine;
  template: (nameOrSource: string, ...vars: object[]) => string;
  templateAsync: (nameOrSource: string, ...vars: object[]) => Promise<string>;
  view: EngineView;
  extension: string;
  escaped: string;
  raw: string;
  /** Prints `value` in a loop over `values`. */
  loop: string;
  include: (name: string) => string;
  /** A page of the text `PAGE`, inside the layout `frame`. */
  page: string;
  /** What a layout has around its page. */
  frame: [before: string, after: string, base: string];
  broken: string;
  /** Calls `fail()`, on the third line. */
  failing: string;
  /** What a missing variable is: nothing, or an error. */
  missing: 'nothing' | 'error';
}

const simple: Dialect = {
  title: 'SimpleTemplate',
  engine: simpleTemplateEngine,
  template,
  templateAsync,
  view: (name, defaults) => View(name, defaults),
  extension: 'tpl',
  escaped: '{{value}}',
  raw: '{{!value}}',
  loop: '% for value of values:\n{{value}};\\\\\n% end',
  include: (name) => `% include('${name}')`,
  page: "% rebase('frame')\nPAGE",
  frame: ['<main>', '</main>', '{{!base}}'],
  broken: 'one\n% if value\n{{',
  failing: 'one\ntwo\n{{fail()}}',
  missing: 'error',
};

const nunjucks: Dialect = {
  title: 'Nunjucks',
  engine: nunjucksEngine,
  template: nunjucksTemplate,
  templateAsync: nunjucksTemplateAsync,
  view: nunjucksView,
  extension: 'njk',
  escaped: '{{ value }}',
  raw: '{{ value | safe }}',
  loop: '{% for value in values %}{{ value }};{% endfor %}',
  include: (name) => `{% include "${name}" %}`,
  page: '{% extends "frame" %}{% block base %}PAGE{% endblock %}',
  frame: ['<main>', '</main>', '{% block base %}{% endblock %}'],
  broken: 'one\n{% if value %}\n{% nonsense %}',
  failing: 'one\ntwo\n{{ fail() }}',
  missing: 'nothing',
};

const ejs: Dialect = {
  title: 'EJS',
  engine: ejsEngine,
  template: ejsTemplate,
  templateAsync: ejsTemplateAsync,
  view: ejsView,
  extension: 'ejs',
  escaped: '<%= value %>',
  raw: '<%- value %>',
  loop: '<% for (const value of values) { %><%= value %>;<% } %>',
  include: (name) => `<%- include('${name}') %>`,
  page: "<%- include('frame', { base: 'PAGE' }) %>",
  frame: ['<main>', '</main>', '<%- base %>'],
  broken: 'one\n<% if (value) { ) %>\n',
  failing: 'one\ntwo\n<%= fail() %>',
  missing: 'error',
};

const eta: Dialect = {
  title: 'Eta',
  engine: etaEngine,
  template: etaTemplate,
  templateAsync: etaTemplateAsync,
  view: etaView,
  extension: 'eta',
  escaped: '<%= it.value %>',
  raw: '<%~ it.value %>',
  loop: '<% for (const value of it.values) { %><%= value %>;<% } %>',
  include: (name) => `<%~ include('${name}') %>`,
  page: "<% layout('frame') %>PAGE",
  frame: ['<main>', '</main>', '<%~ it.body %>'],
  broken: 'one\n<% if (it.value) { ) %>\n',
  failing: 'one\ntwo\n<%= it.fail() %>',
  missing: 'nothing',
};

const handlebars: Dialect = {
  title: 'Handlebars',
  engine: handlebarsEngine,
  template: handlebarsTemplate,
  templateAsync: handlebarsTemplateAsync,
  view: handlebarsView,
  extension: 'hbs',
  escaped: '{{value}}',
  raw: '{{{value}}}',
  loop: '{{#each values}}{{this}};{{/each}}',
  include: (name) => `{{> "${name}"}}`,
  page: '{{#> frame}}PAGE{{/frame}}',
  frame: ['<main>', '</main>', '{{> @partial-block}}'],
  broken: 'one\n{{#if value}}\n{{/each}}',
  failing: 'one\ntwo\n{{fail}}',
  missing: 'nothing',
};

const dialects = [simple, nunjucks, ejs, eta, handlebars];
const folder = mkdtempSync(join(tmpdir(), 'adapters-'));

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function caught(work: () => unknown): TemplateError {
  try {
    work();
  } catch (error) {
    return error as TemplateError;
  }
  throw new Error('nothing was thrown');
}

/** The loops and includes of templates leave line breaks behind in some languages. */
function squeezed(text: string): string {
  return text.replace(/\s/g, '');
}

beforeEach(() => {
  TEMPLATES.clear();
  TEMPLATE_PATH.splice(0, Infinity, join(folder, 'views'));
});

afterEach(() => {
  debug(false);
  TEMPLATE_PATH.splice(0, Infinity, './views/');
  rmSync(folder, { recursive: true, force: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(dialects.map((dialect) => [dialect.title, dialect] as const))('%s', (_title, dialect) => {
  const { engine, template, templateAsync, view, extension: x } = dialect;

  it('renders the text of a template with several objects of variables; the last one wins', () => {
    expect(template(`Hello ${dialect.escaped}!`, { value: 1 }, { value: 'World' })).toBe('Hello World!');
    expect(squeezed(template(dialect.loop, { values: [1, 'b', '<'] }))).toBe('1;b;&lt;;');
  });

  it('renders a file, with or without its extension', () => {
    write(`views/hello.${x}`, `Hello ${dialect.escaped}!`);
    write('views/page.html', `Page ${dialect.escaped}`);
    write('views/bom.html', `\uFEFFüñ${dialect.escaped}`);
    expect(template('hello', { value: 1 })).toBe('Hello 1!');
    expect(template(`hello.${x}`, { value: 2 })).toBe('Hello 2!');
    expect(template('page', { value: 3 })).toBe('Page 3');
    expect(template('bom', { value: 4 })).toBe('üñ4');
  });

  it('renders later, too', async () => {
    write(`views/hello.${x}`, `Hello ${dialect.escaped}!`);
    expect(await templateAsync('hello', { value: 1 })).toBe('Hello 1!');
    expect(await templateAsync(`Hi ${dialect.escaped}!`, { value: '<' })).toBe('Hi &lt;!');
    await expect(templateAsync('none')).rejects.toMatchObject({ code: 'BN_TEMPLATE_NOT_FOUND' });
    await expect(templateAsync(dialect.broken)).rejects.toMatchObject({ code: 'BN_TEMPLATE_SYNTAX' });
  });

  it('takes variables from the getters of a class', () => {
    class Values {
      get value() {
        return 'got';
      }
    }
    expect(template(`${dialect.escaped}\n`, new Values()).trim()).toBe('got');
  });

  it.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onclick='x", '&lt;b&gt;', '</p><p>', '<!--'])(
    'escapes %s in texts and attributes',
    (value) => {
      const html = template(`<p title="${dialect.escaped}" lang='${dialect.escaped}'>${dialect.escaped}</p>`, { value });
      const [paragraph, ...rest] = parseFragment(html).childNodes as never as {
        attrs: { value: string }[];
        childNodes: { value: string }[];
      }[];
      expect(rest).toEqual([]);
      expect(paragraph?.attrs.map((attribute) => attribute.value)).toEqual([value, value]);
      expect(paragraph?.childNodes.map((node) => node.value)).toEqual([value]);
    },
  );

  it('escapes in what it includes and in layouts, whatever objects say of themselves', () => {
    write(`views/part.${x}`, `[${dialect.escaped}]`);
    const value = { toString: () => '<b>' };
    expect(squeezed(template(`a\n${dialect.include('part')}`, { value }))).toBe('a[&lt;b&gt;]');
  });

  it('prints raw where it is told to', () => {
    expect(template(`${dialect.raw}\n`, { value: '<b>' }).trim()).toBe('<b>');
  });

  it('prints nothing for null and undefined', () => {
    expect(template(`[${dialect.escaped}]`, { value: null })).toBe('[]');
    expect(template(`[${dialect.escaped}]`, { value: undefined })).toBe('[]');
  });

  it(`has for a missing variable: ${dialect.missing}`, () => {
    const render = () => template(`[${dialect.escaped}]`, {});
    if (dialect.missing === 'nothing') expect(render()).toBe('[]');
    else expect(render).toThrow(/value.*is not defined/);
  });

  it('has layouts', () => {
    const [before, after, base] = dialect.frame;
    write(`views/frame.${x}`, `${before}${base}${after}${dialect.escaped}`);
    write(`views/page.${x}`, dialect.page);
    expect(squeezed(template('page', { value: 1 }))).toBe('<main>PAGE</main>1');
  });

  it('includes files in folders, and files that include others', () => {
    write(`views/parts/inner.${x}`, `inner ${dialect.escaped}`);
    write(`views/parts/outer.${x}`, `outer\n${dialect.include('parts/inner')}`);
    expect(squeezed(template(`top\n${dialect.include('parts/outer')}`, { value: 1 }))).toBe('topouterinner1');
  });

  it.each(['/etc/passwd', '../secret', 'a/../../secret', 'C:/secret', 'link', ''])('refuses the name %j', (name) => {
    write(`secret.${x}`, 'secret');
    write('views/readme', 'x');
    symlinkSync(join(folder, `secret.${x}`), join(folder, 'views', `link.${x}`));
    expect(caught(() => template(name))).toMatchObject({ code: 'BN_TEMPLATE_NOT_FOUND' });
    if (name === '' || name === 'C:/secret') return;
    const including = caught(() => template(`a\n${dialect.include(name)}`));
    expect(including).toBeInstanceOf(TemplateError);
    expect(including.code).toBe('BN_TEMPLATE_NOT_FOUND');
  });

  it('says which template is missing, where it looked, and for which extensions', () => {
    const error = caught(() => template('nothing'));
    expect(error).toMatchObject({ code: 'BN_TEMPLATE_NOT_FOUND', template: 'nothing' });
    expect(error.message).toContain(join(folder, 'views'));
    expect(error.message).toContain(`.${x}`);
    write(`views/page.${x}`, `one\n${dialect.include('nothing')}`);
    expect(caught(() => template('page')).message).toMatch(/nothing/);
  });

  it('names the template whose text is wrong, and says why on one line', () => {
    write(`views/broken.${x}`, dialect.broken);
    const error = caught(() => template('broken', { value: 1 }));
    expect(error).toMatchObject({ code: 'BN_TEMPLATE_SYNTAX', template: 'broken', file: join(folder, `views/broken.${x}`) });
    expect(error.message).toMatch(/^broken\b/);
    expect(error.reason).toMatch(/^[^\n]{5,}$/);
    write(`views/page.${x}`, `one\n${dialect.include('broken')}`);
    expect(caught(() => template('page', { value: 1 }))).toMatchObject({ code: 'BN_TEMPLATE_SYNTAX', template: 'broken' });
  });

  it('names the template in which something was thrown, with the line where the engine knows it', () => {
    const vars = {
      fail: () => {
        throw new RangeError('too much');
      },
    };
    write(`views/failing.${x}`, dialect.failing);
    write(`views/page.${x}`, `one\n${dialect.include('failing')}`);
    for (const name of ['failing', 'page']) {
      const error = caught(() => template(name, vars));
      expect(error).toMatchObject({ code: 'BN_TEMPLATE_RUNTIME', template: 'failing' });
      expect(error.reason).toMatch(/^[^\n]*too much[^\n]*$/);
      if (dialect.title !== 'Handlebars') expect(error).toMatchObject({ line: 3, excerpt: expect.stringContaining('> 3 |') });
    }
    expect(caught(() => template(dialect.failing, vars))).toMatchObject({ code: 'BN_TEMPLATE_RUNTIME', template: '<template>' });
  });

  it('lets an error with a status through as it is', async () => {
    const failure = Object.assign(new Error('Not here.'), { status: 404 });
    const vars = {
      fail: () => {
        throw failure;
      },
    };
    write(`views/failing.${x}`, dialect.failing);
    for (const name of ['failing', `a\n${dialect.include('failing')}`]) {
      expect(caught(() => template(name, vars))).toBe(failure);
      expect(failure.message).toBe('Not here.');
      if (dialect.title !== 'EJS') await expect(templateAsync(name, vars)).rejects.toBe(failure);
    }
  });

  it('reads and compiles a file once, until the cache is cleared', () => {
    write(`views/part.${x}`, 'first');
    write(`views/page.${x}`, `a\n${dialect.include('part')}`);
    expect(squeezed(template('page'))).toBe('afirst');
    write(`views/part.${x}`, 'second');
    write(`views/page.${x}`, `b\n${dialect.include('part')}`);
    expect(squeezed(template('page'))).toBe('afirst');
    TEMPLATES.clear();
    expect(squeezed(template('page'))).toBe('bsecond');
  });

  it('sees changed files at once in debug mode', () => {
    debug(true);
    write(`views/part.${x}`, 'first');
    write(`views/page.${x}`, `a\n${dialect.include('part')}`);
    expect(squeezed(template('page'))).toBe('afirst');
    write(`views/part.${x}`, 'second');
    expect(squeezed(template('page'))).toBe('asecond');
    debug(false);
    expect(squeezed(template('page'))).toBe('asecond');
  });

  it('does not keep texts made at run time for ever', () => {
    for (let i = 0; i < 1100; i++) template(`${i}\n`);
    expect(TEMPLATES.size).toBeLessThanOrEqual(1001);
  });

  it('looks where it is told to, with a cache for each place', () => {
    write(`a/page.${x}`, `a\n${dialect.include('part')}`);
    write(`a/part.${x}`, 'a');
    write(`b/part.${x}`, 'b');
    const a = [join(folder, 'a')];
    const ba = [join(folder, 'b'), join(folder, 'a')];
    expect(squeezed(engine.render('page', {}, { lookup: a }))).toBe('aa');
    expect(squeezed(engine.render('page', {}, { lookup: ba }))).toBe('ab');
    expect(squeezed(engine.render({ name: 'page', lookup: a }, {}))).toBe('aa');
    expect(engine.render({ source: 'page' }, {})).toBe('page');
    TEMPLATE_PATH.push(...ba);
    expect(squeezed(template('page'))).toBe('ab');
  });

  it('renders as a view: defaults, JSON for who prefers it, and the template path of a sub-app', async () => {
    write(`views/page.${x}`, `outer ${dialect.escaped}`);
    write(`sub/page.${x}`, `inner ${dialect.escaped}`);
    @Controller()
    class Pages {
      @Get('/')
      @view('page', { value: '<default>' })
      index() {}

      @Get('/<value>')
      @view('page', { value: 'default' })
      show(value: string) {
        return { value };
      }

      @OnError(404)
      @view(`missing: ${dialect.escaped}`)
      missing() {
        return { value: 'page' };
      }
    }
    const app = new Bottle().mount(Pages).mount('/sub', new Bottle({ templatePath: join(folder, 'sub') }).mount(Pages));
    const page = await ask(app, '/');
    expect([page.text, page.headers.get('content-type')]).toEqual(['outer &lt;default&gt;', 'text/html; charset=UTF-8']);
    expect((await ask(app, '/given')).text).toBe('outer given');
    expect((await ask(app, '/sub/given')).text).toBe('inner given');
    expect((await ask(app, '/given', { headers: { accept: 'application/json' } })).json).toEqual({ value: 'given' });
    expect(await ask(app, '/a/b/c')).toMatchObject({ status: 404, text: 'missing: page' });
  });
});

describe('an engine with settings of its own', () => {
  it('Nunjucks: filters, globals, options', async () => {
    const engine = new NunjucksEngine({
      filters: { loud: (text: string) => text.toUpperCase() },
      asyncFilters: { later: (text: string, done: (error: null, text: string) => void) => setTimeout(done, 1, null, `${text}…`) },
      globals: { site: 'here' },
      throwOnUndefined: true,
    });
    expect(engine.render('{{ value | loud }} {{ site }}', { value: 'a<' })).toBe('A&lt; here');
    expect(await engine.renderAsync('{{ value | later }}', { value: 'a<' })).toBe('a&lt;…');
    expect(() => engine.render('{{ value | later }}', { value: 'a' })).toThrow(/nunjucksTemplateAsync\(\)/);
    expect(() => engine.render('{{ nothing }}', {})).toThrow(TemplateError);
    expect(engine.render('{% include "none" ignore missing %}', {})).toBe('');
  });

  it('EJS: delimiters, and templates that wait', async () => {
    expect(new EjsEngine({ delimiter: '?' }).render('<?= value ?>', { value: '<' })).toBe('&lt;');
    write('views/part.ejs', '<%= await value %>');
    const vars = { value: Promise.resolve('<') };
    expect(await ejsTemplateAsync("<%= await value %> <%- await include('part') %>", vars)).toBe('&lt; &lt;');
    await expect(ejsTemplateAsync("<%- await include('none') %>")).rejects.toMatchObject({ template: 'none' });
  });

  it('Eta: options that leave escaping alone, and templates that wait', async () => {
    const engine = new EtaEngine({ useWith: true, autoEscape: false });
    expect(engine.render('<%= value %>', { value: '<' })).toBe('&lt;');
    write('views/part.eta', '<%= await it.value %>');
    const vars = { value: Promise.resolve('<') };
    expect(await etaTemplateAsync("<%= await it.value %> <%~ await includeAsync('part') %>", vars)).toBe('&lt; &lt;');
  });

  it('Handlebars: helpers, options that leave escaping alone, blocks instead of missing partials', () => {
    const engine = new HandlebarsEngine({
      helpers: { loud: (text: string) => text.toUpperCase() },
      compile: { strict: true, noEscape: true },
    });
    expect(engine.render('{{loud value}}', { value: 'a<' })).toBe('A&lt;');
    expect(() => engine.render('{{nothing}}', {})).toThrow(/nothing/);
    expect(handlebarsTemplate('{{#> none}}instead{{/none}}')).toBe('instead');
    write('views/part.hbs', '[{{value}}]');
    expect(handlebarsTemplate('{{> (lookup . "which") value="x"}}', { which: 'part' })).toBe('[x]');
    expect(handlebarsTemplate('{{#*inline "part"}}own{{/inline}}{{> part}}')).toBe('own');
    expect(handlebarsTemplate('{{constructor.name}}{{__proto__.x}}', {})).toBe('');
  });

  it('stands in a view', async () => {
    const engine = new EjsEngine();
    class Page {
      @Get('/')
      @View('<%= await value %>', {}, { engine, async: true })
      page() {
        return { value: Promise.resolve('later') };
      }
    }
    expect((await ask(new Bottle().mount(Page), '/')).text).toBe('later');
  });
});

it('a package that is not installed is named, with what to do', () => {
  const error = caught(() => loadLibrary('no-such-engine', 'Nope'));
  expect(error.code).toBe('BN_TEMPLATE_ENGINE');
  expect(error.message).toBe(
    'Nope: templates of Nope need the package no-such-engine, which is not installed: npm install no-such-engine',
  );
});

it('a view or template of another kind is refused by name', () => {
  expect(() => ejsTemplate(7 as never)).toThrow('A template of EJS is a name, a source text, { name } or { source }.');
  expect(() => ejsTemplate('a', null as never)).toThrow('Template variables must be objects');
});
