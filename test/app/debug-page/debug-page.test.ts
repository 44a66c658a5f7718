import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { abort, Apply, Bottle, Controller, createParam, Get, HTTPError, type Plugin, Query, SimpleTemplate } from 'bottlenose';
import { transformSync } from 'esbuild';
import { parse } from 'parse5';
import { type Answer, ask } from '../ask.js';
import { anyText, cases, fc } from '../../property.js';

const folder = mkdtempSync(join(tmpdir(), 'debug-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Node {
  nodeName: string;
  value?: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
}

/** A page taken apart by a parser. */
class Page {
  readonly errors: string[] = [];
  readonly nodes: Node[] = [];

  constructor(html: string) {
    const visit = (node: Node): void => {
      this.nodes.push(node);
      for (const child of node.childNodes ?? []) visit(child);
    };
    visit(parse(html, { onParseError: ({ code }) => this.errors.push(code) }) as unknown as Node);
  }

  /** The texts of all elements that have a name or class. */
  all(selector: string): string[] {
    const [name = '', className] = selector.split('.');
    return this.nodes
      .filter((node) => name === '' || node.nodeName === name)
      .filter((node) => className === undefined || classesOf(node).includes(className))
      .map(textOf);
  }

  /** The rows of all tables: name and value. */
  get rows(): Record<string, string> {
    return Object.fromEntries(
      this.nodes
        .filter(({ nodeName }) => nodeName === 'tr')
        .map(({ childNodes = [] }) => childNodes.map(textOf) as [string, string]),
    );
  }

  get text(): string {
    return textOf(this.nodes[0] as Node);
  }
}

function classesOf(node: Node): string[] {
  return (node.attrs?.find(({ name }) => name === 'class')?.value ?? '').split(' ');
}

function textOf(node: Node): string {
  return node.value ?? (node.childNodes ?? []).map(textOf).join('');
}

async function pageOf(app: Bottle, what: string, init: RequestInit = {}): Promise<Page> {
  const headers = new Headers(init.headers);
  if (!headers.has('accept')) headers.set('accept', 'text/html');
  const answer = await ask(app, what, { ...init, headers });
  expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8');
  return new Page(answer.text);
}

function debugging(): Bottle {
  return new Bottle({ logger: () => undefined, debug: true });
}

function failingWith(error: () => unknown): Bottle {
  return debugging().get('/', () => {
    throw error();
  });
}

describe('the debug page, of an error', () => {
  it('shows its name, code and message, and the source around the call, the line marked', async () => {
    const app = debugging();
    app.get('/', function explode() {
      const before = 'the line before';
      throw Object.assign(new RangeError(`not ${before}`), { code: 'E_RANGE', limit: [1, 2] }); // this line
    });
    const page = await pageOf(app, '/');
    expect(page.errors).toEqual([]);
    expect(page.all('h1')).toEqual(['RangeError E_RANGE']);
    expect(page.all('.message')).toEqual(['not the line before']);
    expect(page.rows.limit).toBe('[ 1, 2 ]');
    const [source = ''] = page.all('pre.source');
    expect(source).toContain("const before = 'the line before';");
    const [hit = ''] = page.all('span.hit');
    expect(hit).toMatch(/^\d+ {6}throw Object.*this line$/);
    const lines = page.nodes.find((node) => node.nodeName === 'pre')?.childNodes ?? [];
    expect(lines).toHaveLength(11);
    expect(lines.findIndex((line) => classesOf(line).includes('hit'))).toBe(5);
    expect(page.all('.frame')[0]).toMatch(/explode.*test.app.debug-page.debug-page\.test\.ts:\d+:\d+/);
  });

  it('folds the calls in between that are not the user’s', async () => {
    const app = debugging();
    app.get('/', () => {
      JSON.parse('{"a": 1}', () => {
        throw new Error('revived');
      });
    });
    app.install((callback) => (context) => callback(context));
    const page = await pageOf(app, '/');
    expect(page.all('.frame').length).toBeGreaterThanOrEqual(2);
    expect(page.all('.folded').join('\n')).toMatch(/\d+ calls? in bottlenose/);
    expect(page.all('.frame').join('\n')).not.toMatch(/src.(app|http|controllers)\b/);
  });

  it('goes on with its causes, each once, and folds the calls that are shown already', async () => {
    const page = await pageOf(
      failingWith(() => {
        const root = new TypeError('the root');
        const middle = new Error('the middle', { cause: root });
        root.cause = middle;
        return new Error('the top', { cause: middle });
      }),
      '/',
    );
    expect(page.all('.message')).toEqual(['the top', 'the middle', 'the root']);
    expect(page.all('h2').slice(0, 2)).toEqual(['Caused by: Error', 'Caused by: TypeError']);
    expect(page.all('.folded').join('\n')).toMatch(/calls as above/);
  });

  it('lists the members of an AggregateError, with their own causes', async () => {
    const members = [new TypeError('one'), new RangeError('two', { cause: new Error('deep') })];
    const page = await pageOf(
      failingWith(() => new AggregateError(members, 'all failed')),
      '/',
    );
    expect(page.all('.message')).toEqual(['all failed', 'one', 'two', 'deep']);
    expect(page.all('h2').slice(0, 3)).toEqual([
      'Error 1 of 2 in AggregateError: TypeError',
      'Error 2 of 2 in AggregateError: RangeError',
      'Caused by: Error',
    ]);
  });

  it('shows whatever else was thrown', async () => {
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('never look');
      },
    });
    const thrown = ['a string', { status: 'odd' }, Symbol('s'), null, hostile, Object.create(null), [1]];
    for (const value of thrown) {
      const page = await pageOf(
        failingWith(() => value),
        '/',
      );
      expect([page.errors, page.all('.status')[0]?.startsWith('500')]).toEqual([[], true]);
    }
    const page = await pageOf(
      failingWith(() => ({ status: 'odd' })),
      '/',
    );
    expect(page.all('.message')).toEqual(["{ status: 'odd' }"]);
  });

  it('shows the place in a template', async () => {
    const template = new SimpleTemplate({ source: '<ul>\n  <li>{{post.titel.length}}</li>\n</ul>' });
    const app = debugging().get('/', () => template.render({ post: {} }));
    const page = await pageOf(app, '/');
    expect(page.all('h1')[0]).toContain('TemplateError BN_TEMPLATE_RUNTIME');
    expect(page.all('h3')[0]).toContain(':2:');
    expect(page.all('pre')[0]).toContain('> 2 |   <li>{{post.titel.length}}</li>');
  });

  it('lists the problems of a route that cannot be wired', async () => {
    const app = debugging().get('/fine', () => 'fine');
    await ask(app, '/fine');
    class Late {
      @Get('/late/<id:int>')
      late(idd: number) {
        return idd;
      }
    }
    expect(() => app.mount(Late)).toThrow();
    const page = await pageOf(app, '/late/7');
    const [problem = ''] = page.all('div.problem');
    expect(problem).toContain("Nothing provides the parameter 'idd'. Did you mean id? BN_PARAMETER_UNPROVIDED");
    expect(problem).toContain('Late.late(idd: number)\n          ~~~~~~~~~~~');
    expect(page.all('.message')).toEqual(['This app cannot be wired, for one reason']);
    const titles = page.nodes.flatMap((node) => node.attrs ?? []).filter(({ name }) => name === 'title');
    expect(titles.map(({ value }) => value)).toContain(
      'Explained in node_modules/bottlenose/docs/errors.md#bn_parameter_unprovided',
    );
  });

  it('that an error handler throws shows the one it was handling', async () => {
    const app = failingWith(() => new TypeError('the first')).error(500, () => {
      throw new RangeError('in the handler');
    });
    const page = await pageOf(app, '/');
    expect(page.all('.message')).toEqual(['in the handler', 'the first']);
    expect(page.all('h2')[0]).toContain('While handling');
  });

  it('raised on purpose shows no trace unless it is the server’s fault or has a cause', async () => {
    const app = debugging();
    app.get('/409', () => abort(409, 'Twice.'));
    app.get('/501', () => abort(501, 'Not yet.'));
    app.get('/400', () => abort(400, 'Bad.', { cause: new SyntaxError('at column 7') }));
    expect((await pageOf(app, '/409')).all('.failure')).toEqual([]);
    expect((await pageOf(app, '/409')).all('.message')).toEqual(['Twice.']);
    expect((await pageOf(app, '/501')).all('.hit')[0]).toContain("abort(501, 'Not yet.')");
    expect((await pageOf(app, '/400')).all('h1')).toEqual(['SyntaxError']);
  });
});

describe('the debug page, of sources', () => {
  async function compiled(name: string, sourcemap: 'inline' | 'external', sourcesContent: boolean): Promise<Bottle> {
    const source = `interface Nothing {\n  a: string;\n}\n\nexport function fail(nothing?: Nothing): string {\n  return nothing!.a; // ${name}\n}\n`;
    const { code, map } = transformSync(source, {
      loader: 'ts',
      sourcemap,
      sourcefile: `${name}.ts`,
      sourcesContent,
      minify: true,
    });
    writeFileSync(join(folder, `${name}.ts`), source);
    writeFileSync(join(folder, `${name}.mjs.map`), map);
    const mark = sourcemap === 'external' ? `//# sourceMappingURL=${name}.mjs.map\n` : '';
    writeFileSync(join(folder, `${name}.mjs`), `${code}${mark}`);
    const { fail } = (await import(`${pathToFileURL(join(folder, `${name}.mjs`))}`)) as { fail: () => string };
    return debugging().get('/', () => fail());
  }

  it.each([
    ['inline', true],
    ['external', true],
    ['external', false],
  ] as const)('that were compiled are shown as they were written (%s map, sources in it: %s)', async (kind, inMap) => {
    const name = `${kind}-${inMap}`;
    const page = await pageOf(await compiled(name, kind, inMap), '/');
    expect(page.all('.hit')[0]).toBe(`6  return nothing!.a; // ${name}`);
    expect(page.all('.place')[0]).toMatch(new RegExp(`${name}\\.ts:6:\\d+$`));
  });

  it('with a broken map are shown as they run', async () => {
    const file = join(folder, 'broken.mjs');
    writeFileSync(file, 'export const fail = () => { throw new Error("x"); };\n//# sourceMappingURL=nowhere.map\n');
    const { fail } = (await import(`${pathToFileURL(file)}`)) as { fail: () => never };
    const page = await pageOf(debugging().get('/', fail), '/');
    expect(page.all('.hit')[0]).toContain('export const fail');
  });

  it('are read where the engine says, not where a message does', async () => {
    const secret = join(folder, 'secret.js');
    writeFileSync(secret, 'const key = "do not show";\n');
    const frame = `\n    at evil (${secret}:1:1)\n    at file:///etc/passwd:1:1`;
    for (const change of [false, true]) {
      const app = failingWith(() => {
        const error = new Error(`client said ${frame}`);
        if (change) error.message = 'changed';
        return error;
      });
      const page = await pageOf(app, '/');
      expect(page.text).not.toContain(['root', 'x', '0'].join(':'));
      if (!change) expect(page.all('.place').join('\n')).not.toMatch(/secret|passwd/);
    }
  });

  it('that no longer exist are still named', async () => {
    const error = new Error('gone');
    error.stack =
      'Error: gone\n    at lost (/no/such/file.ts:3:7)\n    at C:\\no\\such.ts:1:2\n    at native\n    at eval (eval at x (y.js:1:1), <anonymous>:1:1)';
    const page = await pageOf(
      failingWith(() => error),
      '/',
    );
    expect(page.errors).toEqual([]);
    expect(page.all('.place')).toEqual(expect.arrayContaining(['/no/such/file.ts:3:7', 'C:\\no\\such.ts:1:2']));
  });
});

describe('the debug page, of a route', () => {
  const database: Plugin = {
    name: 'db',
    provides: { keyword: 'db' },
    apply: (callback) => (context) => {
      context.provide('db', {});
      return callback(context);
    },
  };
  const Tenant = createParam(() => 'acme');

  @Controller('/posts')
  class Posts {
    @Apply({ name: 'audit', apply: (callback) => callback })
    @Get('/<id:int>/<slug>', { name: 'post' })
    show(id: number, slug: string, db: object, @Query('page') page = 1, @Tenant() tenant?: string) {
      throw new Error(`${id}${slug}${db}${page}${tenant}`);
    }
  }

  function blog(): Bottle {
    const app = debugging();
    app.install(database);
    return app.mount('/blog', Posts);
  }

  it('shows its rule, its method, where each parameter comes from, and the plugins in their order', async () => {
    const page = await pageOf(blog(), '/blog/posts/7/hello');
    expect(page.all('.wiring')).toEqual(['GET /blog/posts/<id:int>/<slug> → Posts.show named post']);
    expect(page.rows).toMatchObject({
      'id: number': 'from wildcard <id:int> = 7',
      'slug: string': "from wildcard <slug> = 'hello'",
      'Plugins, outermost first': 'db',
    });
    expect(Object.keys(page.rows).filter((name) => /^(db|page|tenant)/.test(name))).toHaveLength(3);
    expect(page.rows['db: object'] ?? page.rows.db).toBe('from db');
  });

  it('shows the wildcards that a function takes', async () => {
    const app = debugging().get('/hello/<name>/<n:int>', ({ name }) => {
      throw new Error(name);
    });
    expect((await pageOf(app, '/hello/x/3')).rows).toMatchObject({
      name: "from wildcard <name> = 'x'",
      n: 'from wildcard <n:int> = 3',
    });
  });

  it('of a mounted app shows that one, not the mount', async () => {
    const outer = debugging().mount('/outer', blog());
    const page = await pageOf(outer, '/outer/blog/posts/7/x');
    expect(page.all('.wiring')[0]).toContain('/blog/posts/<id:int>/<slug> → Posts.show');
    expect(page.all('.status')[0]).toContain('/outer/blog/posts/7/x');
    const missing = await pageOf(outer, '/outer/blog/posts/7/x/');
    expect(missing.all('.wiring')[0]).toContain('GET /blog/posts/7/x would match');
  });

  it('where there is none lists those that there are, and minds the slash', async () => {
    const app = blog().get('/about/', () => '');
    const page = await pageOf(app, '/about');
    expect(page.all('.status')[0]).toContain('404 Not Found');
    expect(page.all('.wiring')).toEqual(['GET /about/ would match: the trailing slash matters.']);
    expect(page.rows['GET /blog/posts/<id:int>/<slug>']).toBe('Posts.show');
  });
});

describe('the debug page, of a request', () => {
  const app = failingWith(() => new Error('x'));
  app.post('/', (_args, { request }) => {
    throw new Error(String(request.method));
  });

  it('shows verb, URL, query and headers, and masks what is secret', async () => {
    const headers = {
      authorization: 'Bearer abc.def',
      cookie: 'sid=s1d; theme=dark',
      'x-api-key': 'k3y',
      'x-csrf-token': 't0k',
      referer: 'https://a.example/page?reset=r3s',
      'x-shown': 'seen',
    };
    const page = await pageOf(app, '/?page=2&tag=a&password=p4ss&access_token=t0k', { headers });
    expect(page.all('.status')[0]).toContain('GET /?page=2&tag=a&password=••••••&access_token=••••••');
    expect(page.rows).toMatchObject({
      page: '2',
      password: '••••••',
      authorization: 'Bearer ••••••',
      cookie: 'sid=••••••; theme=••••••',
      'x-shown': 'seen',
    });
    // The source of this very test is shown, too.
    const shown = [...page.all('.status'), ...page.all('.card'), ...page.all('h2'), ...page.all('title')].join('\n');
    expect(shown).toContain('seen');
    expect(shown).not.toMatch(/abc\.def|s1d|dark|k3y|t0k|r3s|p4ss/);
  });

  it('shows a form and the files in it', async () => {
    const form = new FormData();
    form.append('title', 'Hello');
    form.append('password', 'p4ss');
    form.append('photo', new File(['12345'], 'me.png', { type: 'image/png' }));
    const page = await pageOf(app, 'POST /', { body: form });
    expect(page.rows).toMatchObject({ title: 'Hello', password: '••••••', photo: 'me.png, image/png, 5 bytes' });
    const plain = await pageOf(app, 'POST /', { body: new URLSearchParams({ title: 'x'.repeat(9000), pwd: 'p4ss' }) });
    expect(plain.rows.title).toHaveLength(501);
    expect(plain.rows.pwd).toBe('••••••');
  });

  it('shows JSON, broken JSON and text, shortened, and the size of anything else', async () => {
    const json = { user: { name: 'ann', password: 'p4ss' }, tokens: [{ a: 1 }] };
    const texts = (
      await pageOf(app, 'POST /', { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } })
    ).all('pre');
    expect(texts).toContain(JSON.stringify({ user: { name: 'ann', password: '••••••' }, tokens: [{ a: 1 }] }, null, 2));
    const page = async (type: string, body: BodyInit) =>
      (await pageOf(app, 'POST /', { body, headers: { 'content-type': type } })).all('pre');
    expect(await page('application/json', '{"a":')).toContain('{"a":');
    expect(await page('text/plain', '\nhello')).toContain('\nhello');
    expect((await page('text/plain', 'x'.repeat(9000))).some((text) => text.length === 4001)).toBe(true);
    expect(await page('image/png', new Uint8Array(9))).toContain('9 bytes');
    expect(await page('text/plain', 'x'.repeat(200_000))).toContain('The body is large. It is stored in a temporary file.');
    expect(await page('multipart/form-data; boundary=x', 'broken')).toBeDefined();
  });

  it('shows a body that nobody has read without reading it', async () => {
    const streaming = debugging();
    streaming.post(
      '/',
      () => {
        throw new Error('x');
      },
      { stream: true },
    );
    expect((await pageOf(streaming, 'POST /', { body: 'a=1' })).all('pre')).toContain(
      'The body has not been read, or cannot be read.',
    );
  });

  it('has for HEAD the length that it has for GET, and no body', async () => {
    const head = await ask(app, 'HEAD /', { headers: { accept: 'text/html' } });
    expect([head.status, head.text]).toEqual([500, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(2000);
  });
});

describe('the debug page, of hostile input', () => {
  const ELEMENTS =
    'html head meta title style body header main footer section p h1 h2 h3 b i u span small code pre div table tbody tr th td details summary ol li'.split(
      ' ',
    );
  const ATTRIBUTES = ['lang', 'charset', 'name', 'content', 'class', 'title', 'open', 'scope'];

  it('shows all of it as text, and stays valid', async () => {
    const hostile = fc.oneof(
      anyText({ maxLength: 30 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '</style></title></pre>',
        "' onmouseover='x",
        '\n\n<b>',
        '&lt;&amp;',
        '<!--',
        ']]>',
        '\0\ud800\ufffe\u202e',
      ),
    );
    const record = fc.record({ name: hostile, message: hostile, cause: hostile, member: hostile, path: hostile, query: hostile });
    await fc.assert(
      fc.asyncProperty(record, async ({ name, message, cause, member, path, query }) => {
        const app = debugging();
        app.post('/<rest:path>', () => {
          const error = new Error(message, { cause: new Error(cause) });
          throw Object.assign(error, { name, code: member, [member]: member });
        });
        const url = `/x${encodeURIComponent(Buffer.from(path).toString())}?${new URLSearchParams({ [query]: query })}`;
        const headers = { 'x-hostile': encodeURIComponent(Buffer.from(query).toString()), 'x-raw': '<script>"&' };
        const body = JSON.stringify({ [member]: message });
        const page = await pageOf(app, `POST ${url}`, { body, headers: { ...headers, 'content-type': 'application/json' } });
        expect(page.errors).toEqual([]);
        const elements = page.nodes.map(({ nodeName }) => nodeName).filter((nodeName) => !nodeName.startsWith('#'));
        expect(elements.filter((nodeName) => !ELEMENTS.includes(nodeName))).toEqual([]);
        const attributes = page.nodes.flatMap(({ attrs = [] }) => attrs.map((attribute) => attribute.name));
        expect(attributes.filter((attribute) => !ATTRIBUTES.includes(attribute))).toEqual([]);
        if (/^[\x20-\x7e]+$/.test(message) && !path.includes('\n')) expect(page.all('.message')[0]).toBe(message);
      }),
      cases(60),
    );
  }, 60_000);

  it('loads nothing, and its policy lets nothing in', async () => {
    const answer = await ask(
      failingWith(() => new Error('x')),
      '/',
    );
    const style = /<style>(.*?)<\/style>/s.exec(answer.text)?.[1];
    expect(style).not.toMatch(/url\(|@import/);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });
});

describe('debug mode, for other clients', () => {
  const app = failingWith(() => new RangeError('outer', { cause: new TypeError('inner') }));
  const get = (accept: string): Promise<Answer> => ask(app, '/', { headers: { accept } });

  it('adds exception and traceback to problem details', async () => {
    const problem = (await get('application/json')).json as Record<string, string>;
    expect(problem).toMatchObject({ status: 500, title: 'Internal Server Error', exception: 'RangeError: outer' });
    expect(problem.traceback).toMatch(
      /^RangeError: outer\n {4}at .*debug-page\.test\.ts.*\n\nCaused by: TypeError: inner\n {4}at /s,
    );
  });

  it('adds the traceback to a text', async () => {
    const { text } = await get('text/plain');
    expect(text).toMatch(/^500 Internal Server Error\n\nInternal Server Error\n\nRangeError: outer\n {4}at /);
    expect(text).toContain('Caused by: TypeError: inner');
  });

  it('adds nothing to an error that has nothing behind it', async () => {
    const plain = debugging().get('/', () => new HTTPError(404, 'None.'));
    const { json } = await ask(plain, '/', { headers: { accept: 'application/json' } });
    expect(json).toEqual({ type: 'about:blank', title: 'Not Found', status: 404, detail: 'None.' });
  });

  it('ends with the mode', async () => {
    app.debug(false);
    expect((await get('application/json')).json).not.toHaveProperty('traceback');
    expect((await get('text/html')).text).not.toMatch(/RangeError|TypeError|\.ts/);
    app.debug(true);
  });
});
