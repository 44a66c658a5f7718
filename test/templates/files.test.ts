import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  SimpleTemplate,
  setTemplateDebug,
  simpleTemplateEngine,
  TEMPLATE_PATH,
  TEMPLATES,
  template,
  templateAsync,
  TemplateError,
} from '../../src/templates/index.js';

const here = dirname(fileURLToPath(import.meta.url));
const views = join(here, 'views');
let directory: string;

beforeEach(() => {
  TEMPLATES.clear();
  TEMPLATE_PATH.splice(0, Infinity, views);
  directory = mkdtempSync(join(tmpdir(), 'templates-'));
});

afterEach(() => {
  setTemplateDebug(false);
  TEMPLATE_PATH.splice(0, Infinity, './views/');
  rmSync(directory, { recursive: true });
});

describe('template()', () => {
  it('takes the name of a file, with or without extension, or a source', () => {
    expect(template('hello', { name: '<x>' })).toBe('Hello &lt;x&gt;!\n');
    expect(template('hello.html', { name: 'x' })).toBe('Hello x!\n');
    expect(template('Hello {{name}}!', { name: 'x' }, { name: 'y' })).toBe('Hello y!');
    expect(template('two\nlines')).toBe('two\nlines');
  });

  it('takes settings with a name or a source', () => {
    expect(template({ name: 'latin', lookup: [join(here, 'encoded')], encoding: 'latin1' })).toBe('café');
    expect(template({ source: 'hello' })).toBe('hello');
    expect(template({ source: '[[a]]', syntax: '<? ?> @ [[ ]]' }, { a: 1 })).toBe('1');
    expect(template({ filename: join(views, 'hello.html') }, { name: 'x' })).toBe('Hello x!\n');
  });

  it('is an engine for views', async () => {
    expect(simpleTemplateEngine.render('hello', { name: 'x' }, { lookup: [views] })).toBe('Hello x!\n');
    expect(await simpleTemplateEngine.renderAsync('{{ await a }}', { a: Promise.resolve(1) })).toBe('1');
  });

  it('says where it looked', () => {
    expect(() => template('nothing')).toThrow(/^nothing: template not found in .*views; tried/);
    expect(() => template({ name: 'x', lookup: ['./no-such'] })).toThrow(/no such folder/);
  });
});

describe('finding files', () => {
  it('tries .tpl before .stpl before .html', () => {
    expect(template('both')).toBe('tpl first');
    expect(template('both.html')).toBe('html last');
  });

  it('tries the folders in their order', () => {
    writeFileSync(join(directory, 'both.html'), 'nearer');
    TEMPLATE_PATH.unshift(directory);
    expect(template('both')).toBe('nearer');
  });

  it.each([
    '../files.test.ts',
    'partials/../both.tpl',
    '/etc/passwd',
    'partials\\row',
    'C:\\x',
    'C:x',
    'both.tpl\0',
    '',
    '.',
    'partials',
    '..',
  ])('refuses %j', (name) => {
    expect.assertions(2);
    try {
      new SimpleTemplate({ name });
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
      expect(error).toMatchObject({ code: 'BN_TEMPLATE_NOT_FOUND' });
    }
  });

  it('refuses a symbolic link that leaves the path, not one that stays', () => {
    symlinkSync(join(views, 'both.tpl'), join(directory, 'out.tpl'));
    writeFileSync(join(directory, 'in.tpl'), 'inside');
    symlinkSync(join(directory, 'in.tpl'), join(directory, 'link.tpl'));
    const lookup = [directory];
    expect(() => template({ name: 'out', lookup })).toThrow(/leads out of the template path/);
    expect(template({ name: 'link', lookup })).toBe('inside');
  });

  it('names the file in errors', () => {
    expect.assertions(1);
    try {
      template('broken');
    } catch (error) {
      expect(error).toMatchObject({ template: 'broken', file: join(views, 'broken.tpl'), line: 2, column: 4 });
    }
  });
});

describe('the cache', () => {
  it('keeps a template until it is cleared', () => {
    const lookup = [directory];
    writeFileSync(join(directory, 'a.tpl'), 'old');
    expect(template({ name: 'a', lookup })).toBe('old');
    writeFileSync(join(directory, 'a.tpl'), 'new');
    expect(template({ name: 'a', lookup })).toBe('old');
    TEMPLATES.clear();
    expect(template({ name: 'a', lookup })).toBe('new');
    expect(TEMPLATES.size).toBe(1);
  });

  it('is not used in debug mode, for included files neither', () => {
    setTemplateDebug(true);
    const page = new SimpleTemplate({ source: "% include('a')", lookup: [directory] });
    for (const text of ['old', 'new']) {
      writeFileSync(join(directory, 'a.tpl'), text);
      expect(template({ name: 'a', lookup: [directory] })).toBe(text);
      expect(page.render()).toBe(text);
    }
    expect(TEMPLATES.size).toBe(0);
  });

  it('does not grow without end with sources made at run time', () => {
    for (let i = 0; i < 1100; i++) template(`{{${i}}}`);
    expect(TEMPLATES.size).toBe(1000);
  });
});

describe('include and rebase', () => {
  it('a page goes into a layout, with included files in it', () => {
    expect(template('post', { posts: ['<a>', 'b'] })).toBe('<title>Posts</title>\n<li>&lt;a&gt;</li>\n<li>b</li>\n!\n');
  });

  it('layouts have layouts, and see the variables of the page', () => {
    expect(template('page', { text: 'x' })).toBe('<html><body><p>x</p>\n</body>\n</html>\n');
  });

  it('include prints where it is called, in expressions and functions too', () => {
    expect(template("a{{!include('hello', { name: 'x' })}}b{{include('hello', { name: '&' })}}")).toBe(
      'aHello x!\nbHello &amp;!\n',
    );
    expect(template("% ['x', 'y'].forEach((name) => include('hello', { name }))\nz")).toBe('Hello x!\nHello y!\nz');
    expect(template("% if (true) include('hello', { name: 1 })\n% if (false) include('hello')\n")).toBe('Hello 1!\n');
  });

  it('included files see what the page was given and has set', () => {
    expect(template("% name = 'set'\n% include('hello')", { name: 'given' })).toBe('Hello set!\n');
    expect(template("% setdefault('name', 'default')\n% include('hello')")).toBe('Hello default!\n');
  });

  it('an error in an included file names that file', () => {
    expect(() => template("a\n% include('broken')")).toThrow(/^broken:2:4: 'missing' is not defined/);
    expect(() => template("a\n% include('unclosed')")).toThrow(/^unclosed:2:3: 'if' is never closed/);
    expect(() => template("% include('../files.test.ts')")).toThrow(/'\.\.' in a name is refused/);
  });

  it('a file that includes itself without end is an error', () => {
    writeFileSync(join(directory, 'self.tpl'), "{{1}}% \n% include('self')");
    expect(() => template({ name: 'self', lookup: [directory] })).toThrow(TemplateError);
  });
});

describe('waiting', () => {
  it('expressions, loops and included files wait in an asynchronous render', async () => {
    async function* rows() {
      yield 1;
      yield 2;
    }
    const source = "{{ await a }}\n% for await x of rows():\n{{x}} {{await a}}\n% end\n% include('waits', { value: a })\n";
    expect(await templateAsync(source, { a: Promise.resolve('<'), rows })).toBe('&lt;\n1 &lt;\n2 &lt;\n&lt;');
    expect(await templateAsync("a{{ include('waits') }}b", { value: Promise.resolve(1) })).toBe('a1b');
    expect(await templateAsync('post', { posts: ['a'] })).toBe('<title>Posts</title>\n<li>a</li>\n!\n');
    expect(await templateAsync('plain {{x}}', { x: 1 })).toBe('plain 1');
  });

  it('functions that wait print where they are called', async () => {
    const source = '% async function f(x):\n<{{await x}}>\\\\\n% end\na{{await f(1)}}b';
    expect(await templateAsync(source)).toBe('a<1>b');
  });

  it('a synchronous render says what to do', () => {
    expect(() => template('a\n{{ await b }}', { b: 1 })).toThrow(/:2:4: 'await' needs renderAsync\(\) or templateAsync\(\)/);
    expect(() => template("% include('waits')", { value: 1 })).toThrow(/^waits:1:4: 'await' needs/);
    expect(() => [...new SimpleTemplate('{{ await b }}').stream({ b: 1 })]).toThrow(/'await' needs streamAsync\(\)/);
  });

  it('a rejection points to the expression that waited', async () => {
    const b = Promise.reject(new Error('gone'));
    await expect(templateAsync('a\nb {{ await b }}', { b })).rejects.toMatchObject({ line: 2, column: 6, reason: 'Error: gone' });
  });
});

describe('streams', () => {
  const source = '<ul>\n% for x of xs:\n<li>{{x}}</li>\n% end\n</ul>';

  it('a long page comes in pieces that make the whole', () => {
    const page = new SimpleTemplate(source);
    const xs = Array.from({ length: 2000 }, (_, i) => i);
    const chunks = [...page.stream({ xs })];
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.join('')).toBe(page.render({ xs }));
  });

  it('a page with a layout streams through it', () => {
    const page = new SimpleTemplate({ name: 'post' });
    expect([...page.stream({ posts: ['a'] })].join('')).toBe(page.render({ posts: ['a'] }));
  });

  it('the output of a slow loop is sent before it waits again', async () => {
    const seen: string[] = [];
    async function* xs() {
      for (let i = 0; i < 3; i++) {
        seen.push(`give ${i}`);
        yield i;
      }
    }
    for await (const chunk of new SimpleTemplate('% for await x of xs():\n{{x}}\\\\\n% end\n').streamAsync({ xs }))
      seen.push(chunk);
    expect(seen).toEqual(['give 0', '0', 'give 1', '1', 'give 2', '2']);
    const page = new SimpleTemplate({ name: 'post' });
    let whole = '';
    for await (const chunk of page.streamAsync({ posts: ['a'] })) whole += chunk;
    expect(whole).toBe(page.render({ posts: ['a'] }));
  });

  it('a missing name is an error there too', () => {
    expect(() => [...new SimpleTemplate('a\n{{ b }}').stream({})]).toThrow(/:2:4: 'b' is not defined/);
  });
});
