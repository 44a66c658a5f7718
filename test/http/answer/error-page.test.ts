import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, Controller, Get, HTTPError, Query } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { parse } from 'parse5';
import { ask } from '../../app/ask.js';
import { anyText, cases, fc } from '../../property.js';

@Controller('/numbers')
class Numbers {
  @Get('/')
  list(@Query('page') page: number) {
    return page;
  }
}

function failing(): Bottle {
  const app = new Bottle({ logger: () => undefined }).mount(Numbers);
  app.get('/gone', () => abort(410, 'It was here <once>.'));
  app.post('/gone', () => abort(410, 'It was here.'));
  app.get('/boom', () => {
    throw new Error('the password is hunter2', { cause: new TypeError('in /srv/app/secret.ts') });
  });
  app.get('/upstream', () => abort(502, 'Upstream failed.', { cause: new Error('ECONNREFUSED 10.0.0.7') }));
  return app;
}

const HTML = 'text/html; charset=UTF-8';
const PROBLEM = 'application/problem+json';
const TEXT = 'text/plain; charset=UTF-8';

async function typeFor(path: string, accept: string | undefined, init: RequestInit = {}): Promise<string | null> {
  const headers = new Headers(init.headers);
  if (accept !== undefined) headers.set('accept', accept);
  return (await ask(failing(), path, { ...init, headers })).headers.get('content-type');
}

/** The parse errors of a page, and its elements. */
function parsed(html: string): { errors: string[]; elements: string[] } {
  const errors: string[] = [];
  const elements: string[] = [];
  const visit = (node: { nodeName: string; childNodes?: unknown[] }): void => {
    if (!node.nodeName.startsWith('#')) elements.push(node.nodeName);
    for (const child of node.childNodes ?? []) visit(child as never);
  };
  visit(parse(html, { onParseError: ({ code }) => errors.push(code) }) as never);
  return { errors, elements };
}

describe('the form of an error', () => {
  it.each([
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', HTML],
    ['a client that says nothing', undefined, HTML],
    ['one that takes anything', '*/*', HTML],
    ['one that takes any text', 'text/*', HTML],
    ['one that takes only pictures', 'image/png', HTML],
    ['an empty Accept', '', HTML],
    ['nonsense', ';;q=,,/;"', HTML],
    ['JSON', 'application/json', PROBLEM],
    ['problem details', 'application/problem+json', PROBLEM],
    ['anything of applications', 'application/*', PROBLEM],
    ['JSON with a charset', 'application/json; charset=utf-8', PROBLEM],
    ['JSON with a parameter that nobody knows', 'application/json;odata=verbose', PROBLEM],
    ['some other JSON', 'application/vnd.api+json', PROBLEM],
    ['JSON first, as axios', 'application/json, text/plain, */*', PROBLEM],
    ['JSON rather than HTML', 'text/html;q=0.5, application/json;q=0.6', PROBLEM],
    ['HTML rather than JSON', 'text/html;q=0.6, application/json;q=0.5', HTML],
    ['either', 'application/json, text/html', HTML],
    ['anything but HTML', 'text/html;q=0, */*;q=0.1', PROBLEM],
    ['anything but JSON', 'application/json;q=0, */*', HTML],
    ['XHTML', 'application/xhtml+xml', HTML],
    ['text', 'text/plain', TEXT],
    ['text rather than anything else', 'text/plain, */*;q=0.5', TEXT],
  ])('for %s', async (_client, accept, type) => {
    expect(await typeFor('/gone', accept)).toBe(type);
  });

  it('is problem details for clients that sent JSON, and for XMLHttpRequest, unless they ask for a page', async () => {
    const json = { body: '{}', headers: { 'content-type': 'application/json' } };
    const xhr = { headers: { 'x-requested-with': 'XMLHttpRequest' } };
    for (const accept of [undefined, '*/*']) {
      expect(await typeFor('POST /gone', accept, json)).toBe(PROBLEM);
      expect(await typeFor('/gone', accept, xhr)).toBe(PROBLEM);
    }
    expect(await typeFor('POST /gone', 'text/html', json)).toBe(HTML);
    expect(await typeFor('/gone', 'text/html, */*;q=0.1', xhr)).toBe(HTML);
    expect(await typeFor('POST /gone', undefined, { body: 'a=1' })).toBe(HTML);
  });

  it('is problem details for what was refused in validation, except in a browser', async () => {
    expect(await typeFor('/numbers/?page=x', undefined)).toBe(PROBLEM);
    expect(await typeFor('/numbers/?page=x', '*/*')).toBe(PROBLEM);
    expect(await typeFor('/numbers/?page=x', 'text/html, */*;q=0.8')).toBe(HTML);
  });

  it('depends on headers that it adds to Vary', async () => {
    const app = failing();
    app.hook('beforeRequest', ({ response }) => response.setHeader('Vary', 'Origin'));
    expect((await ask(app, '/gone')).headers.get('vary')).toBe('Origin, Accept, X-Requested-With');
  });
});

describe('an error in every form', () => {
  it('says what its author said', async () => {
    const app = failing();
    const page = await ask(app, '/gone');
    expect(page.text).toContain('It was here &lt;once&gt;.');
    expect(page.text).toContain('<title>Error: 410 Gone</title>');
    const text = await ask(app, '/gone', { headers: { accept: 'text/plain' } });
    expect(text.text).toBe('410 Gone\n\nIt was here <once>.\n');
    const problem = await ask(app, '/gone', { headers: { accept: 'application/json' } });
    expect(problem.json).toEqual({ type: 'about:blank', title: 'Gone', status: 410, detail: 'It was here <once>.' });
  });

  it.each(['text/html', 'application/json', 'text/plain'])('leaks nothing of what lies behind it (%s)', async (accept) => {
    for (const path of ['/boom', '/upstream']) {
      const { text, headers } = await ask(failing(), path, { headers: { accept, cookie: 'sid=s3cr3t' } });
      const all = `${text}\n${[...headers].join('\n')}`;
      expect(all).not.toMatch(
        /hunter2|secret|ECONN|10\.0\.0\.7|s3cr3t|TypeError|\.[jt]s\b|node_modules|at \w+ \(|bottlenose|v\d+\.\d+/i,
      );
    }
  });

  it('has for HEAD the headers that it has for GET, and no body', async () => {
    const client = new TestClient(failing());
    for (const accept of ['text/html', 'application/json', 'text/plain']) {
      const get = await client.get('/gone', { headers: { accept } });
      const head = await client.head('/gone', { headers: { accept } });
      expect([head.status, head.text]).toEqual([410, '']);
      for (const name of ['content-type', 'content-length']) expect(head.headers.get(name)).toBe(get.headers.get(name));
      expect(Number(get.headers.get('content-length'))).toBeGreaterThan(10);
    }
  });
});

describe('an error page', () => {
  it('is valid HTML in one piece, and its policy lets nothing else in', async () => {
    const { text, headers } = await ask(failing(), '/gone');
    const { errors, elements } = parsed(text);
    expect(errors).toEqual([]);
    expect(elements.filter((name) => /script|link|img|iframe|object|form|base/.test(name))).toEqual([]);
    expect(text).not.toMatch(/https?:|url\(|@import|style=/);
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(style).toContain('prefers-color-scheme: dark');
  });

  it('shows any URL and message as text, and stays valid', async () => {
    const hostile = fc.oneof(
      anyText({ maxLength: 40 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '</style></title>',
        '\0\x08\ud800\ufffe\u202e',
        '&lt;',
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (path, message) => {
        const app = new Bottle({ logger: () => undefined });
        app.get('/<rest:path>', () => new HTTPError(400, message));
        const { text } = await ask(app, `/x${encodeURIComponent(Buffer.from(path).toString())}`);
        const { errors, elements } = parsed(text);
        expect(errors).toEqual([]);
        expect(new Set(elements)).toEqual(new Set(['html', 'head', 'meta', 'title', 'style', 'body', 'main', 'p', 'h1', 'code']));
      }),
      cases(150),
    );
  });

  it.each(['/%ff%00', '/%', '/%C0%AE', `/${'x'.repeat(5000)}`, '/a//../b;c=%0d%0aSet-Cookie:x', '/\ud83d'])(
    'answers a request whose URL is rubbish (%#)',
    async (path) => {
      const answer = await ask(failing(), path, { headers: { accept: 'text/html', cookie: '=;;%=', 'content-type': ';;' } });
      expect([400, 404]).toContain(answer.status);
      expect(parsed(answer.text).errors).toEqual([]);
      expect(answer.text.length).toBeLessThan(12_000);
    },
  );

  it('that cannot be made is a bare one with the same status, and both errors are told', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.get('/', () => {
      throw new HTTPError(503, 'Busy.', { cause: new Error('the first'), problem: { queue: 12n } });
    });
    for (const debugging of [false, true]) {
      const answer = await ask(app.debug(debugging), '/', { headers: { accept: 'application/json' } });
      expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([503, '503 Service Unavailable\n', TEXT]);
      expect(logged.splice(0)).toEqual([new Error('the first'), expect.any(TypeError)]);
    }
  });

  it('does not keep what described the body that an error was to have', async () => {
    const app = new Bottle();
    const headers = { ETag: '"x"', 'Content-Length': 999, 'Content-Encoding': 'br', 'Content-Type': 'image/png', Allow: 'GET' };
    app.get('/', () => abort(405, 'No.', { headers }));
    const answer = await ask(app, '/');
    expect(answer.headers.get('content-type')).toBe(HTML);
    expect([answer.headers.get('etag'), answer.headers.get('content-encoding')]).toEqual([null, null]);
    expect(answer.headers.get('allow')).toBe('GET');
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)));
  });
});
