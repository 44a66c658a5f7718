import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Bottle, type HTTPError, HTTPResponse, type Request as OurRequest, Response as OurResponse } from 'bottlenose';
import { exchange, get, request as rawRequest, RawClient, serving, until } from '../servers/raw-client.js';

/** Reads something of a request as a handler sees it. Errors come out as they were thrown. */
async function seen<T>(
  read: (request: OurRequest) => T,
  target = '/',
  init: RequestInit = {},
  rule = '/<path:path>',
): Promise<T> {
  const app = new Bottle();
  let outcome: { value: T } | { error: unknown } | undefined;
  const handler = async (_args: object, { request }: { request: OurRequest }): Promise<string> => {
    try {
      outcome = { value: await read(request) };
    } catch (error) {
      outcome = { error };
    }
    return '';
  };
  app.any('/', handler);
  app.any(rule, handler as never);
  await app.fetch(new globalThis.Request(`http://example.org:8080${target}`, { method: 'POST', ...init }));
  if (outcome === undefined) throw new Error('The handler was not called.');
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function form(text: string, type = 'application/x-www-form-urlencoded'): RequestInit {
  return { body: text, headers: { 'Content-Type': type } };
}

describe('the URL', () => {
  it('comes decoded and as it was sent', async () => {
    const read = (r: OurRequest) => [r.path, r.rawPath, r.queryString, r.fullPath, r.scriptName];
    expect(await seen(read, '/stra%C3%9Fe/a%2Fb?q=%20x')).toEqual([
      '/straße/a/b',
      '/stra%C3%9Fe/a%2Fb',
      'q=%20x',
      '/straße/a/b',
      '/',
    ]);
  });

  it('comes whole and in parts', async () => {
    expect(await seen((r) => r.url, '/a%20b?c=d')).toBe('http://example.org:8080/a%20b?c=d');
    expect(await seen((r) => r.urlParts, '/a%20b?c=d')).toEqual({
      scheme: 'http',
      netloc: 'example.org:8080',
      path: '/a%20b',
      query: 'c=d',
      fragment: '',
    });
    expect(await seen((r) => r.url)).toBe('http://example.org:8080/');
  });

  it('is known as the client sent it, whatever hooks and mounts make of it', async () => {
    const inner = new Bottle();
    inner.put('/<rest:path>', (_args, { request: r }) => [r.method, r.path, r.originalMethod, r.originalPath]);
    const app = new Bottle();
    app.hook('beforeRequest', ({ request: r }) => {
      r.method = 'PUT';
      r.path = r.path.replace('/old', '/new');
    });
    app.mount('/new', inner);
    const asked = new globalThis.Request('http://localhost/old/a%20b?c=d', { method: 'POST' });
    expect(await (await app.fetch(asked)).json()).toEqual(['PUT', '/a b', 'POST', '/old/a%20b']);
  });

  it('keeps encoded slashes and undecodable bytes when a hook sets it', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ request: r }) => {
      r.path = r.path.replace(/^\/api/, '').replace(/(.)\/$/, '$1');
    });
    app.get('/t/<x>', ({ x }) => [x]);
    app.get('/t/<x>/<y>', ({ x, y }) => [x, y]);
    const ask = async (path: string) => app.fetch(new globalThis.Request(`http://localhost${path}`));
    expect(await (await ask('/api/t/a%2Fb/')).json()).toEqual(['a/b']);
    expect(await (await ask('/api/t/a/b/')).json()).toEqual(['a', 'b']);
    expect((await ask('/api/t/%E4')).status).toBe(400);
  });

  it.each([
    ['//x//y', '/x//y'],
    ['///', '/'],
    ['/%2F/x', '/x'],
  ])('begins with exactly one slash: %s', async (raw, path) => {
    const app = new Bottle();
    const seen: unknown[] = [];
    app.hook('beforeRequest', ({ request: r }) => {
      const unchanged = r.path;
      r.path = unchanged;
      seen.push(r.path, r.fullPath, r.rawPath);
    });
    await app.fetch(new globalThis.Request(`http://localhost${raw}`));
    expect(seen).toEqual([path, path, raw]);
  });

  it('is split between mount points and the rest', async () => {
    const inner = new Bottle();
    inner.get('/<rest:path>', (_args, { request: r }) => [r.scriptName, r.path, r.fullPath, r.rawPath, r.url]);
    const app = new Bottle();
    app.mount('/stra%C3%9Fe/b', inner);
    app.mount('/a/b', inner);
    const answer = await app.fetch(new globalThis.Request('http://x/a/b/c/d%20e?f'));
    expect(await answer.json()).toEqual(['/a/b/', '/c/d e', '/a/b/c/d e', '/c/d%20e', 'http://x/a/b/c/d%20e?f']);
  });

  it('has segments that pathShift moves, both ways', async () => {
    const moved = (r: OurRequest, ...counts: number[]) => {
      for (const count of counts) r.pathShift(count);
      return [r.scriptName, r.path, r.fullPath];
    };
    expect(await seen((r) => moved(r, 1), '/a/b/c')).toEqual(['/a/', '/b/c', '/a/b/c']);
    expect(await seen((r) => moved(r, 2), '/a/b/c/')).toEqual(['/a/b/', '/c/', '/a/b/c/']);
    expect(await seen((r) => moved(r, 3), '/a/b/c')).toEqual(['/a/b/c/', '/', '/a/b/c/']);
    expect(await seen((r) => moved(r, 2, -1), '/a/b/c')).toEqual(['/a/', '/b/c', '/a/b/c']);
    expect(await seen((r) => moved(r, 0), '/a')).toEqual(['/', '/a', '/a']);
    await expect(seen((r) => moved(r, 4), '/a/b/c')).rejects.toThrow(RangeError);
    await expect(seen((r) => moved(r, -1), '/a')).rejects.toThrow(RangeError);
  });

  it('can be overridden by a hook, like the verb', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ request: r }) => {
      r.method = 'put';
      r.path = '/grüße/a b';
    });
    app.put('/grüße/<rest>', ({ rest }, { request: r }) => [rest, r.method, r.path, r.rawPath]);
    const answer = await app.fetch(new globalThis.Request('http://x/other'));
    expect(await answer.json()).toEqual(['a b', 'PUT', '/grüße/a b', '/gr%C3%BC%C3%9Fe/a%20b']);
  });
});

describe('the query', () => {
  it('has several values per key, the newest first in line, and attributes', async () => {
    const query = await seen((r) => r.query, '/?a=1&b=%C3%A9+x&a=2&empty=&flag');
    expect([query.get('a'), query.getAll('a'), query.get('none'), query.get('none', 7)]).toEqual(['2', ['1', '2'], undefined, 7]);
    expect([query.a, query.b, query.empty, query.flag, query.none]).toEqual(['2', 'é x', '', '', '']);
    expect([query.has('flag'), query.has('none'), [...query.keys()]]).toEqual([true, false, ['a', 'b', 'empty', 'flag']]);
    expect([...query].length).toBe(5);
  });

  it('may be broken, and has no prototype to reach', async () => {
    const query = await seen((r) => r.query, '/?%zz=%ff&&=&__proto__=1');
    expect(query.get('%zz')).toBe('\ufffd');
    expect(query.get('__proto__')).toBe('1');
  });
});

describe('a form', () => {
  it('is read as its charset says, and joined with the query in params', async () => {
    const [forms, params] = await seen((r) => [r.forms, r.params], '/?a=1', form('a=2&b=%C3%A9&a=3'));
    expect([forms?.getAll('a'), forms?.b, params?.getAll('a'), params?.a]).toEqual([['2', '3'], 'é', ['1', '2', '3'], '3']);
    const latin = await seen((r) => r.forms.a, '/', form('a=%E9', 'application/x-www-form-urlencoded; charset=latin1'));
    expect(latin).toBe('é');
  });

  it('is empty for any other type, and without a body', async () => {
    expect((await seen((r) => r.forms, '/', form('a=1', 'text/plain'))).size).toBe(0);
    expect((await seen((r) => r.forms)).size).toBe(0);
    expect((await seen((r) => r.files)).size).toBe(0);
  });
});

describe('JSON', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'application/problem+json', 'Application/JSON'])(
    'is parsed for the type %s',
    async (type) => {
      expect(await seen((r) => r.json, '/', form('\ufeff{"a": [1]}', type))).toEqual({ a: [1] });
    },
  );

  it.each(['text/plain', 'application/jsonp', 'text/json+x', 'image/svg+xml', ''])(
    'is undefined for the type %p',
    async (type) => {
      expect(await seen((r) => r.json, '/', form('{"a": 1}', type))).toBeUndefined();
    },
  );

  it('is undefined for an empty body, and null for null', async () => {
    expect(await seen((r) => r.json, '/', { headers: { 'Content-Type': 'application/json' } })).toBeUndefined();
    expect(await seen((r) => r.json, '/', form('null', 'application/json'))).toBeNull();
  });

  it('is parsed once', async () => {
    const [first, second] = await seen((r) => [r.json, r.json], '/', form('{}', 'application/json'));
    expect(first).toBe(second);
  });

  it.each([
    ['broken', '{"a": }', 'BN_JSON_SYNTAX'],
    ['deep', '['.repeat(1000) + ']'.repeat(1000), 'BN_JSON_DEPTH'],
    ['poisoned', '{"a": {"__proto__": 1}}', 'BN_JSON_KEY'],
  ])('that is %s is 400', async (_name, text, code) => {
    const error = await seen((r) => r.json, '/', form(text, 'application/json')).catch((e: unknown) => e as HTTPError);
    expect(error).toMatchObject({ status: 400, code });
  });
});

describe('the body', () => {
  it('comes as bytes, text, and stream', async () => {
    const given = form('Grüße', 'text/plain');
    expect((await seen((r) => r.body, '/', given)).equals(Buffer.from('Grüße'))).toBe(true);
    expect(await seen((r) => r.text, '/', given)).toBe('Grüße');
    const chunks = await seen((r) => r.stream.toArray(), '/', given);
    expect(Buffer.concat(chunks).toString()).toBe('Grüße');
  });

  it('is decoded by its charset; an unknown one is 415', async () => {
    const bytes = { body: Uint8Array.of(0xe9) };
    const typed = (type: string) => ({ ...bytes, headers: { 'Content-Type': type } });
    expect(await seen((r) => r.text, '/', typed('text/plain; charset=ISO-8859-1'))).toBe('é');
    expect(await seen((r) => r.text, '/', typed('text/plain'))).toBe('\ufffd');
    const error = await seen((r) => r.text, '/', typed('text/plain; charset=klingon')).catch((e: unknown) => e as HTTPError);
    expect(error).toMatchObject({ status: 415 });
  });

  it('is empty when there is none', async () => {
    expect(await seen((r) => [r.body.length, r.text, r.contentLength, r.chunked, r.contentType])).toEqual([0, '', -1, false, '']);
    expect(await seen((r) => r.stream.toArray())).toEqual([]);
  });

  it('tells its announced length, or that it comes in chunks', async () => {
    const app = new Bottle();
    app.post('/', (_args, { request: r }) => [r.contentLength, r.chunked, r.text]);
    await serving(app, async (url) => {
      expect((await exchange(url, rawRequest('POST', '/', ['Content-Length: 3'], 'abc'))).text).toBe('[3,false,"abc"]');
      const chunked = rawRequest('POST', '/', ['Transfer-Encoding: Chunked'], '3\r\nabc\r\n0\r\n\r\n');
      expect((await exchange(url, chunked)).text).toBe('[-1,true,"abc"]');
    });
    expect(await seen((r) => r.contentLength, '/', { headers: { 'Content-Length': 'absurd' } })).toBe(-1);
  });

  it('is unread on a route with { stream: true }, which asking for it says', async () => {
    const app = new Bottle({ logger: () => undefined });
    const errors: unknown[] = [];
    app.post('/', { stream: true }, async (_args, { request: r }) => {
      try {
        return r.text;
      } catch (error) {
        errors.push(error);
      }
      return Readable.from(r.stream);
    });
    const answer = await app.fetch(new globalThis.Request('http://x/', { method: 'POST', body: 'abc' }));
    expect(await answer.text()).toBe('abc');
    expect(String(errors[0])).toContain('{ stream: true }');
  });
});

describe('headers', () => {
  const headers = { 'X-Token': 'a', Accept: 'text/html' };

  it('are read in any case, by method and by attribute', async () => {
    const [h, byName, absent, fallback] = await seen(
      (r) => [r.headers, r.getHeader('X-TOKEN'), r.getHeader('x-none'), r.getHeader('x-none', 'b')] as const,
      '/',
      { headers },
    );
    expect([h.get('x-token'), h['X-Token'], h['x-token'], h.has('ACCEPT'), h['x-none']]).toEqual([
      'a',
      'a',
      'a',
      true,
      undefined,
    ]);
    expect([byName, absent, fallback]).toEqual(['a', undefined, 'b']);
  });

  it('that are repeated are joined', async () => {
    const app = new Bottle();
    app.get('/', (_args, { request: r }) => [r.getHeader('X-A'), r.headers.getAll('x-a'), r.getHeader('cookie'), r.cookies.b]);
    await serving(app, async (url) => {
      const answer = await exchange(url, get('/', 'X-A: 1', 'x-a: 2', 'Cookie: a=1', 'Cookie: b=2'));
      expect(JSON.parse(answer.text)).toEqual(['1, 2', ['1', '2'], 'a=1; b=2', '2']);
    });
  });

  it.each([
    ['not set', process.env.BOTTLENOSE_TEST_SECRET_THAT_IS_NOT_SET],
    ['empty', ''],
    ['a list of none', []],
    ['a list with one that is not set', ['key', process.env.BOTTLENOSE_TEST_SECRET_THAT_IS_NOT_SET]],
  ])('have no cookie where the secret is %s: an unsigned one is not taken for a signed one', async (_what, given) => {
    const log: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => log.push(error) });
    const secret = given as string;
    app.get('/role', (_args, { request: r }) => `role: ${r.getCookie('role', { secret, default: 'guest' })}`);
    app.get('/plain', (_args, { request: r }) => `role: ${r.getCookie('role')}`);
    app.get('/promote', (_args, { response }) => {
      response.setCookie('role', 'editor', { secret });
      return 'done';
    });
    app.get('/leave', () => new HTTPResponse('left').deleteCookie('role', { secret }));
    for (const path of ['/role', '/promote', '/leave'])
      for (const headers of [{ Cookie: 'role=owner' }, {}]) {
        const answer = await app.fetch(new globalThis.Request(`http://x${path}`, { headers: headers as Record<string, string> }));
        expect([answer.status, answer.headers.getSetCookie()]).toEqual([500, []]);
        expect(await answer.text()).not.toMatch(/owner|guest|secret/);
      }
    expect(log).toHaveLength(6);
    for (const error of log) expect(String(error)).toMatch(/CookieError: Cookie "role": .*secret.*; give a long random string/);
    const plain = await app.fetch(new globalThis.Request('http://x/plain', { headers: { Cookie: 'role=owner' } }));
    expect(await plain.text()).toBe('role: owner');
  });

  it('have cookies, plain and signed', async () => {
    const response = new OurResponse();
    response.setCookie('signed', { id: 7 }, { secret: 'new' });
    const [signed = ''] = (response.toFlat().at(-1) as string).split(';');
    const read = (r: OurRequest) => [
      r.cookies.plain,
      r.getCookie('plain'),
      r.getCookie('none'),
      r.getCookie('none', { default: 'd' }),
      r.getCookie('signed', { secret: 'new' }),
      r.getCookie('signed', { secret: ['newer', 'new'] }),
      r.getCookie('signed', { secret: 'wrong', default: 'd' }),
      r.getCookie('plain', { secret: 'new' }),
    ];
    const cookie = `plain=1; ${signed}; `;
    expect(await seen(read, '/', { headers: { Cookie: cookie } })).toEqual([
      '1',
      '1',
      undefined,
      'd',
      { id: 7 },
      { id: 7 },
      'd',
      undefined,
    ]);
  });

  it('have credentials and the name of the script', async () => {
    const basic = `Basic ${Buffer.from('ada:love:lace').toString('base64')}`;
    expect(await seen((r) => r.auth, '/', { headers: { Authorization: basic } })).toMatchObject({
      username: 'ada',
      password: 'love:lace',
    });
    expect((await seen((r) => r.auth, '/', { headers: { Authorization: 'Bearer abc' } }))?.token).toBe('abc');
    expect(await seen((r) => r.auth)).toBeUndefined();
    const script = { headers: { 'X-Requested-With': 'XMLHttpRequest' } };
    expect(await seen((r) => [r.isXhr, r.isAjax], '/', script)).toEqual([true, true]);
    expect(await seen((r) => r.isXhr)).toBe(false);
  });
});

describe('what surrounds a request', () => {
  it('is its address, the app, the route, the arguments, the server’s own request', async () => {
    const app = new Bottle();
    let found: unknown[] = [];
    app.get('/a/<n:int>', (_args, { request: r }) => {
      const { rule } = r.route as { rule: string };
      found = [r.app === app, rule, r.urlArgs, r.remoteAddr, r.remoteRoute, (r.environ as { httpVersion: string }).httpVersion];
      return '';
    });
    await serving(app, (url) => exchange(url, get('/a/7')));
    expect(found).toEqual([true, '/a/<n:int>', { n: 7 }, '127.0.0.1', ['127.0.0.1'], '1.1']);
    expect(await seen((r) => [r.remoteAddr, r.remoteRoute])).toEqual([undefined, []]);
  });

  it('has a place for what hooks and plugins leave, one per request', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ request: r }) => {
      r.state.seen = Number(r.state.seen ?? 0) + 1;
    });
    app.get('/', (_args, { request: r }) => r.state);
    for (let i = 0; i < 2; i++) {
      expect(await (await app.fetch(new globalThis.Request('http://x/'))).json()).toEqual({ seen: 1 });
    }
  });

  it('can be copied: what changes in the copy does not change here', async () => {
    const read = (r: OurRequest) => {
      r.state.a = 1;
      r.pathShift(1);
      const copy = r.copy();
      copy.method = 'DELETE';
      copy.path = '/x';
      copy.pathShift(1);
      copy.state.a = 2;
      return [
        r.method,
        r.path,
        r.scriptName,
        r.state.a,
        r.text,
        copy.method,
        copy.path,
        copy.scriptName,
        copy.state.a,
        copy.text,
      ];
    };
    expect(await seen(read, '/a/b', form('t', 'text/plain'))).toEqual([
      'POST',
      '/b',
      '/a/',
      1,
      't',
      'DELETE',
      '/',
      '/a/x/',
      2,
      't',
    ]);
    expect(await seen((r) => r.stream === r.copy().stream, '/', form('t'))).toBe(true);
  });

  it('has a signal that aborts when the client leaves, and not when it has its answer', async () => {
    const aborted: string[] = [];
    const seen: string[] = [];
    let go = (): void => undefined;
    const ready = new Promise<void>((resolve) => (go = resolve));
    const app = new Bottle();
    app.get('/<name>', async ({ name }, { request: r }) => {
      seen.push(name);
      r.signal.addEventListener('abort', () => aborted.push(name));
      if (name === 'slow') await ready;
      return name;
    });
    await serving(app, async (url) => {
      await exchange(url, get('/quick'));
      const queued = await RawClient.connect(url);
      queued.send(get('/slow') + get('/queued'));
      await until(() => seen.includes('slow'), 'the request');
      queued.close();
      await until(() => aborted.includes('slow'), 'the signal');
      go();
    });
    expect(aborted).not.toContain('quick');
    const abort = new AbortController();
    const pending = app.fetch(new globalThis.Request('http://x/slow', { signal: abort.signal }));
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(aborted.at(-1)).toBe('slow');
  });
});
