import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  abort,
  Bottle,
  eventStream,
  Get,
  HTTPError,
  HTTPResponse,
  Query,
  redirect,
  type Request as BottleRequest,
  type Response as BottleResponse,
  SetHeader,
  staticFile,
} from 'bottlenose';
import { exchange, get, RawClient, request, serving } from './servers/raw-client.js';

type Handler = (response: BottleResponse, request: BottleRequest) => unknown;

function appWith(handler: Handler, log: unknown[] = [], options: object = {}): Bottle {
  const app = new Bottle({ ...options, logger: (_message, error) => log.push(error) });
  app.route('/', { method: ['GET', 'POST', 'PUT'] }, (_args, context) => handler(context.response, context.request));
  return app;
}

function form(path: string, body: string, type = 'application/x-www-form-urlencoded'): string {
  return request('POST', path, [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`], body);
}

/** What would make a second response, or a header that nobody has set. */
const INJECTIONS = [
  'x\r\nInjected: 1',
  'x\nInjected: 1',
  'x\rInjected: 1',
  'x\r\n\r\n<script>alert(1)</script>',
  '\r\nInjected: 1',
  'x\0Injected: 1',
  'x\u010d\u010aInjected: 1', // whose low bytes are CR and LF
  'x\u560d\u560aInjected: 1',
];

describe('a response cannot be split', () => {
  const ways: [string, (text: string) => Handler][] = [
    ['setHeader', (text) => (response) => response.setHeader('X-A', text)],
    ['addHeader', (text) => (response) => response.addHeader('X-A', text)],
    ['the name of a header', (text) => (response) => response.setHeader(text, 'a')],
    ['headers by attribute', (text) => (response) => void Object.assign(response.headers, { 'X-A': text })],
    ['the name of an attribute', (text) => (response) => void Object.assign(response.headers, { [text]: 'a' })],
    ['headers.extend', (text) => (response) => void response.headers.extend({ 'X-A': text })],
    ['the content type', (text) => (response) => void Object.assign(response, { contentType: text })],
    ['the charset', (text) => (response) => void Object.assign(response, { charset: text })],
    ['the status line', (text) => (response) => void Object.assign(response, { status: `200 ${text}` })],
    ["a cookie's name", (text) => (response) => response.setCookie(text, 'a')],
    ["a cookie's value", (text) => (response) => response.setCookie('a', text)],
    ["a cookie's path", (text) => (response) => response.setCookie('a', 'b', { path: `/${text}` })],
    ["a cookie's domain", (text) => (response) => response.setCookie('a', 'b', { domain: text })],
    ["a cookie's sameSite", (text) => (response) => response.setCookie('a', 'b', { sameSite: text as 'lax' })],
    ["a cookie's end", (text) => (response) => response.setCookie('a', 'b', { expires: text })],
    ['deleteCookie', (text) => (response) => response.deleteCookie('a', { path: `/${text}` })],
    ['redirect', (text) => () => redirect(`/${text}`)],
    ['redirect to a query', (text) => () => redirect(`/?next=${text}`)],
    ['redirect to a host', (text) => () => redirect(`https://example.com/${text}`)],
    ['HTTPResponse', (text) => () => new HTTPResponse('a', { headers: { 'X-A': text } })],
    ["an HTTPResponse's status", (text) => () => new HTTPResponse('a', { status: `200 ${text}` })],
    ["an HTTPResponse's cookie", (text) => () => new HTTPResponse('a').setCookie('a', text)],
    ['HTTPError', (text) => () => new HTTPError(400, 'a', { headers: { 'X-A': text } })],
    ["an HTTPError's message", (text) => () => abort(400, text)],
    ["an HTTPError's status", (text) => () => abort(`400 ${text}`)],
    ['the name of a download', (text) => () => staticFile('security.test.ts', { root: import.meta.dirname, download: text })],
    ['the type of a file', (text) => () => staticFile('security.test.ts', { root: import.meta.dirname, mimetype: text })],
    [
      'a header of a file',
      (text) => () => staticFile('security.test.ts', { root: import.meta.dirname, headers: { 'X-A': text } }),
    ],
    ['the type of a Blob', (text) => () => new Blob(['a'], { type: text })],
  ];

  it.each(ways)('through %s', async (_name, way) => {
    for (const text of INJECTIONS) {
      const app = appWith(way(text));
      await serving(app, async (url) => {
        const client = await RawClient.connect(url);
        // The reader throws for malformed responses.
        const answer = await client.send(get('/', 'Connection: close')).answer();
        expect(answer?.headers).not.toHaveProperty('injected');
        expect(answer?.reason).not.toContain('Injected');
        await client.closed;
        expect(client.received).toBe('');
      });
    }
  });

  const framed =
    (coding: string, result: unknown): Handler =>
    (response) => {
      response.setHeader('transfer-encoding', coding);
      return result;
    };

  it.each<[string, Handler]>([
    ['a text', framed('chunked', 'text')],
    ['nothing', framed('gzip, chunked', undefined)],
    ['a stream', framed('identity', ['a', 'b'].values())],
    ['an HTTPResponse', () => new HTTPResponse('text', { headers: { 'Transfer-Encoding': 'chunked' } })],
    ['an error', () => new HTTPError(400, 'text', { headers: { 'Transfer-Encoding': 'chunked' } })],
    ['a fetch Response', () => new Response('text', { headers: { 'Transfer-Encoding': 'gzip' } })],
  ])('through a framing of the application beside that of the server: %s', async (_name, handler) => {
    await serving(appWith(handler), async (url) => {
      const { headers } = await exchange(url, get('/'));
      // One of the two, and not both (RFC 9112 section 6.2).
      const framing = [headers['transfer-encoding'], headers['content-length']].filter((value) => value !== undefined);
      expect(framing).toEqual([headers['content-length'] ?? 'chunked']);
    });
  });

  it('through SetHeader, which is found before the first request', () => {
    class Pages {
      @Get('/')
      @SetHeader('X-A', 'a\r\nInjected: 1')
      page() {
        return 'page';
      }
    }

    const app = new Bottle();
    app.mount(Pages);
    expect(() => app.check()).toThrow(/@SetHeader: the value of X-A has a line break/);
  });

  it('through what a client sends back: an origin, a path, a host, a verb', async () => {
    const app = appWith((response, { path, url, method, headers }) => {
      response.setHeader('X-Echo', encodeURI(path));
      response.setHeader('X-Url', url);
      response.setHeader('X-Method', method);
      response.setHeader('X-Agent', headers['user-agent'] ?? '');
      return '';
    });
    await serving(app, async (url) => {
      for (const path of ['/%0d%0aInjected:%201', '/?a=%0d%0aInjected:%201', '/%E5%98%8D%E5%98%8AInjected:%201']) {
        const answer = await exchange(url, get(path, 'User-Agent: a\tb', 'Connection: close'));
        expect(answer.headers).not.toHaveProperty('injected');
      }
    });
  });

  it('inside an event stream: a field stays one field', async () => {
    const app = appWith(() =>
      eventStream(
        (async function* () {
          yield { event: 'note', data: 'a\ndata: still data\r\nid: 7' };
        })(),
      ),
    );
    await serving(app, async (url) => {
      const { text } = await exchange(url, get('/', 'Connection: close'));
      expect(
        text.match(/^(?!data:|event:|$).+$/gm)?.filter((line) => !line.startsWith(':') && !line.startsWith('retry')) ?? [],
      ).toEqual([]);
    });
  });
});

describe('a redirect leads where it seems to', () => {
  const hidden = [
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '\\/evil.test',
    '/\t/evil.test',
    ' //evil.test',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>',
    'http:evil.test',
    'https:///evil.test',
    'http:\\\\evil.test',
    '/path\\..\\..\\evil',
  ];
  it.each(hidden)('and %j is refused', async (location) => {
    const log: unknown[] = [];
    const answer = await appWith(() => redirect(location), log).fetch(new Request('http://localhost/'));
    expect([answer.status, answer.headers.get('location')]).toEqual([500, null]);
    expect(log[0]).toMatchObject({ code: 'BN_REDIRECT' });
    expect(String(log[0])).not.toContain('evil');
  });

  it.each(['/posts', 'posts?next=//evil.test', '?a=\\b', '#top', 'https://example.com/a', './a:b'])(
    'and %j is taken',
    async (location) => {
      const answer = await appWith(() => redirect(location)).fetch(new Request('http://localhost/', { redirect: 'manual' }));
      expect(answer.status).toBe(303);
      const target = new URL(answer.headers.get('location') ?? '', 'http://localhost/');
      expect(['localhost', 'example.com']).toContain(target.hostname);
    },
  );
});

describe('prototypes cannot be poisoned', () => {
  const names = [
    '__proto__',
    '__proto__[polluted]',
    '__proto__.polluted',
    'constructor',
    'constructor[prototype][polluted]',
    'prototype',
    'toString',
  ];

  function expectClean(): void {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(`${{}}`).toBe('[object Object]');
  }

  /** Copies as applications do. */
  const copies = (forms: object): unknown => [
    { ...forms },
    Object.assign({}, forms),
    JSON.parse(JSON.stringify(forms)),
    structuredClone((forms as { toObject?: () => object }).toObject?.() ?? {}),
  ];

  it.each(['query', 'cookies', 'forms', 'multipart', 'path'])('through names in the %s', async (where) => {
    const seen: string[] = [];
    const app = new Bottle();
    app.any('/<name>', ({ name }, context) => {
      const { request } = context;
      const dictionaries = [request.query, request.cookies, request.forms, request.files, request.params];
      for (const forms of dictionaries) {
        copies(forms);
        for (const [key] of forms as Iterable<[string, unknown]>) {
          seen.push(key);
          Reflect.get(forms, key);
        }
        expect(Object.getPrototypeOf({ ...forms })).toBe(Object.prototype);
      }
      seen.push(name);
      copies(context.args);
      return { ok: true };
    });
    for (const name of names) {
      const encoded = encodeURIComponent(name);
      const url = `http://localhost/${where === 'path' ? encoded : 'x'}${where === 'query' ? `?${encoded}=1&${encoded}=2` : ''}`;
      const init: RequestInit = {};
      if (where === 'cookies') init.headers = { Cookie: `${name}=1; ${name}=2` };
      if (where === 'forms')
        Object.assign(init, {
          method: 'POST',
          body: new URLSearchParams([
            [name, '1'],
            [name, '2'],
          ]),
        });
      if (where === 'multipart') {
        const body = new FormData();
        body.append(name, '1');
        body.append(name, new Blob(['x']), name);
        Object.assign(init, { method: 'POST', body });
      }
      expect([name, (await app.fetch(new Request(url, init))).status]).toEqual([name, 200]);
      expect(seen.splice(0)).toContain(name);
      expectClean();
    }
  });

  it('through JSON', async () => {
    const app = appWith((_response, { json }) => {
      const merge = (target: Record<string, unknown>, source: object): void => {
        for (const [key, value] of Object.entries(source)) {
          if (typeof value === 'object' && value !== null) {
            target[key] ??= {};
            merge(target[key] as Record<string, unknown>, value);
          } else target[key] = value;
        }
      };
      merge({}, json as object);
      return 'merged';
    });
    const send = async (body: string) =>
      (
        await app.fetch(
          new Request('http://localhost/', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
        )
      ).status;
    for (const body of [
      '{"__proto__": {"polluted": 1}}',
      '{"a": [{"__proto__": {"polluted": 1}}]}',
      '{"\\u005f_proto__": {"polluted": 1}}',
      '{"constructor": {"prototype": {"polluted": 1}}}',
      '{"constr\\u0075ctor": {"prototype": {"polluted": 1}}}',
    ]) {
      expect([body, await send(body)]).toEqual([body, 400]);
      expectClean();
    }
    expect(await send('{"constructor": "Ford", "a": {"proto": 1}}')).toBe(200);
  });

  it('through objects bound as a whole', async () => {
    class Search {
      @Get('/search')
      search(@Query() query: object) {
        return { ...query, prototype: Object.getPrototypeOf({ ...query }) === Object.prototype };
      }
    }

    const app = new Bottle();
    app.mount(Search);
    const answer = await app.fetch(new Request('http://localhost/search?__proto__=1&constructor=2&a=3'));
    expect(JSON.parse(await answer.text())).toMatchObject({ a: '3', prototype: true });
    expectClean();
  });
});

describe('what is too much is refused', () => {
  it('a hundred thousand names cost their limit, not their square', async () => {
    const app = appWith((_response, { query, forms, cookies }) => [query.size, forms.size, cookies.size]);
    // The kind that collides in hashes without a seed, beside plain ones.
    const many = Array.from(
      { length: 100_000 },
      (_, i) => `${i.toString(2).padStart(17, '0').replaceAll('0', 'Aa').replaceAll('1', 'BB')}=1`,
    );
    await serving(app, async (url) => {
      expect((await exchange(url, form('/', many.join('&')))).status).toBe(413);
      expect((await exchange(url, form('/', 'a=1&'.repeat(100_000)))).status).toBe(413);
      expect((await exchange(url, form('/', '&'.repeat(1_000_000)))).status).toBe(200);
      const parts = many.slice(0, 20_000).map((one) => `--b\r\nContent-Disposition: form-data; name="${one}"\r\n\r\nx\r\n`);
      const multipart = await exchange(url, form('/', `${parts.join('')}--b--\r\n`, 'multipart/form-data; boundary=b'));
      expect([400, 413]).toContain(multipart.status);
      expect((await exchange(url, get(`/?${'a&'.repeat(5000)}`))).status).toBe(413);
      expect((await exchange(url, get('/', `Cookie: ${'a=1;'.repeat(3000)}`))).status).toBe(200);
      expect((await exchange(url, get('/', ...Array.from({ length: 3000 }, (_, i) => `X${i}: a`)))).status).toBe(431);
    });
  });

  it('deep JSON, huge numbers and long texts are read or refused, and never crash', async () => {
    const app = appWith((_response, { json }) => typeof json);
    await serving(app, async (url) => {
      const status = async (body: string) => (await exchange(url, form('/', body, 'application/json'))).status;
      expect(await status('['.repeat(100_000))).toBe(400);
      expect(await status(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)).toBe(400);
      expect(await status('9'.repeat(1_000_000))).toBe(200);
      expect(await status(`"${'\\u0061'.repeat(100_000)}"`)).toBe(200);
      expect(await status(`{${'"a":1,'.repeat(100_000)}"b":2}`)).toBe(200);
    });
  });

  it('bodies over the limit, announced or not', async () => {
    const app = appWith((_response, { body }) => body.length, [], { maxBody: 1000 });
    await serving(app, async (url) => {
      expect((await exchange(url, request('POST', '/', ['Content-Length: 1000000000000']))).status).toBe(413);
      expect((await exchange(url, request('POST', '/', ['Content-Length: 1001'], 'x'.repeat(1001)))).status).toBe(413);
      const chunk = `${(500).toString(16)}\r\n${'x'.repeat(500)}\r\n`;
      const chunked = request('POST', '/', ['Transfer-Encoding: chunked'], `${chunk.repeat(3)}0\r\n\r\n`);
      expect((await exchange(url, chunked)).status).toBe(413);
    });
  });

  it('heads and URLs over the limit', async () => {
    await serving(
      appWith(() => 'here'),
      async (url) => {
        expect((await exchange(url, get(`/${'a'.repeat(20_000)}`))).status).toBe(431);
        expect((await exchange(url, get('/', `X-A: ${'a'.repeat(20_000)}`))).status).toBe(431);
      },
    );
  });

  it('lengths that contradict each other are refused, so that nothing hides in a body', async () => {
    let calls = 0;
    const app = appWith(() => ++calls);
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (const headers of [
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Content-Length: 5, 6'],
      ['Content-Length: 0', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked, identity'],
      ['Transfer-Encoding: xchunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['Content-Length: +5'],
      ['Content-Length: 0x5'],
      ['Content-Length : 5'],
      ['Content-Length: -1'],
      [' Content-Length: 5'],
    ]) {
      await serving(app, async (url) => {
        const client = await RawClient.connect(url);
        client.send(request('POST', '/', headers, `0\r\n\r\n${hidden}`));
        expect([headers, (await client.answer())?.status]).toEqual([headers, 400]);
        await client.closed;
        expect(client.received).toBe('');
      });
    }
    expect(calls).toBe(0);
  });
});

describe('who is slow does not hold a connection for ever', () => {
  const timeouts = { headersTimeout: 200, requestTimeout: 400, keepAliveTimeout: 200 };

  /** Sends a text byte by byte until the server has had enough; gives what it said, and whether it has. */
  async function trickle(url: string, head: string): Promise<{ said: string; ended: boolean }> {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    let said = '';
    let open = true;
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        open = false;
        resolve();
      });
    });
    socket.write(head);
    for (let sent = 0; open && sent < 5000; sent++) {
      socket.write('a');
      await wait(20);
    }
    const ended = !open;
    socket.destroy();
    await closed;
    return { said, ended };
  }

  it('in the head of a request', async () => {
    await serving(
      appWith(() => 'here'),
      async (url) => {
        const { said, ended } = await trickle(url, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
        expect([said.slice(0, 13), ended]).toEqual(['HTTP/1.1 408 ', true]);
      },
      timeouts,
    );
  });

  it('in the body of a request', async () => {
    let calls = 0;
    await serving(
      appWith(() => ++calls),
      async (url) => {
        const { ended } = await trickle(url, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
        expect(ended).toBe(true);
      },
      timeouts,
    );
    expect(calls).toBe(0);
  });

  it('between two requests', async () => {
    await serving(
      appWith(() => 'here'),
      async (url) => {
        const client = await RawClient.connect(url);
        expect((await client.send(get('/')).answer())?.text).toBe('here');
        await client.closed;
      },
      timeouts,
    );
  });
});

describe('a production answer tells nothing of the inside', () => {
  const SECRET = 'hunter2';

  class DatabaseError extends globalThis.Error {
    readonly connection = `postgres://admin:${SECRET}@db.internal/prod`;
  }

  const failures: [string, Handler][] = [
    ['an error', () => fail()],
    ['a rejected promise', async () => fail()],
    ['an HTTPError with a cause', () => new HTTPError(502, undefined, { cause: new DatabaseError(SECRET) })],
    ['something else that is thrown', () => Promise.reject(SECRET)],
    ['an object that is thrown', () => Promise.reject({ password: SECRET })],
    ['a returned error', () => new DatabaseError(SECRET)],
    [
      'an object that cannot be JSON',
      () => ({
        toJSON() {
          fail();
        },
      }),
    ],
    [
      'a stream that fails before its first piece',
      function* () {
        fail();
        yield '';
      },
    ],
    ['a value of a type that cannot be an answer', () => Symbol(SECRET)],
    ['a header that is refused', (response) => response.setHeader('X-A', `${SECRET}\n`)],
    ['a redirect that is refused', () => redirect(`//evil.test/${SECRET}`)],
    ['a cookie that is refused', (response) => response.setCookie('a', 'b', { path: SECRET })],
    ['a missing file', () => staticFile(`${SECRET}/../${SECRET}`, { root: '/nowhere/at/all' })],
  ];

  function fail(): never {
    throw new DatabaseError(`Cannot connect to db.internal with ${SECRET}`);
  }

  it.each(failures)('of %s', async (_name, handler) => {
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const app = appWith(handler);
      const answer = await app.fetch(new Request('http://localhost/', { headers: { Accept: accept } }));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      const all = [await answer.text(), answer.statusText, ...[...answer.headers].flat()].join('\n');
      expect(all).not.toContain(SECRET);
      expect(all).not.toMatch(/\bat .*\.(?:ts|js)\b|node_modules|DatabaseError|security\.test|file:\/\/|src\/|db\.internal/);
      expect(answer.headers.has('server')).toBe(false);
      expect(answer.headers.has('x-powered-by')).toBe(false);
    }
  });

  it('of an error in the error handler', async () => {
    const app = appWith(() => fail());
    app.error(500, () => fail());
    const answer = await app.fetch(new Request('http://localhost/'));
    const text = await answer.text();
    expect([answer.status, text.includes(SECRET), text.includes('DatabaseError')]).toEqual([500, false, false]);
  });

  it('of an app that lets errors through', async () => {
    const app = appWith(() => fail(), [], { catchall: false });
    const answer = await app.fetch(new Request('http://localhost/')).catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(DatabaseError);
  });

  it('and an error page cannot be made to run scripts', async () => {
    for (const debug of [false, true]) {
      const app = new Bottle({ debug, logger: () => undefined });
      app.get('/fail/<name>', ({ name }) => {
        throw new globalThis.Error(name);
      });
      app.get('/abort/<name>', ({ name }) => abort(400, name));
      for (const path of ['', 'fail/', 'abort/']) {
        const script = encodeURIComponent('"><img src=x onerror=alert(1)><script>alert(1)</script>').replaceAll('%2F', '%252F');
        const headers = { Accept: 'text/html', 'X-A': '<script>alert(2)</script>' };
        const answer = await app.fetch(new Request(`http://localhost/${path}${script}`, { headers }));
        const text = await answer.text();
        expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
        expect(text).not.toMatch(/<img src=x|<script>alert/);
      }
    }
  });
});

describe('a cookie of ours', () => {
  it('is trusted only with a signature, whatever a client changes', async () => {
    const app = appWith((response, req) => {
      response.setCookie('user', { id: 7 }, { secret: 'key' });
      return { user: req.getCookie('user', { secret: 'key' }) ?? null };
    });
    const first = await app.fetch(new Request('http://localhost/'));
    const cookie = (first.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    const told = async (value: string) =>
      (await (await app.fetch(new Request('http://localhost/', { headers: { Cookie: value } }))).text()) as string;
    expect(await told(cookie)).toBe('{"user":{"id":7}}');
    for (let i = 'user='.length; i < cookie.length; i++) {
      const changed = cookie.slice(0, i) + (cookie[i] === 'A' ? 'B' : 'A') + cookie.slice(i + 1);
      expect([changed, await told(changed)]).toEqual([changed, '{"user":null}']);
      expect(await told(cookie.slice(0, i))).toBe('{"user":null}');
    }
  });
});
