import { writeFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get, HTTPError, HTTPResponse, redirect, type Response, Status } from 'bottlenose';
import { secureHeaders } from 'bottlenose/plugins';
import { exchange, get, request, serving, until } from '../../servers/raw-client.js';

interface Outcome {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: Buffer;
  text: string;
  log: unknown[];
}

type Handler = (response: Response) => unknown;

function appWith(handler: Handler, log: unknown[] = [], options: object = {}): Bottle {
  const app = new Bottle({ ...options, logger: (_message, error) => log.push(error) });
  app.any('/', (_args, { response }) => handler(response));
  return app;
}

/** In process, and over a socket: both must tell the same. */
async function answered(handler: Handler, method = 'GET', options: object = {}): Promise<Outcome> {
  const inside: unknown[] = [];
  const answer = await appWith(handler, inside, options).fetch(new Request('http://localhost/', { method }));
  const body = Buffer.from(await answer.arrayBuffer());
  const log: unknown[] = [];
  const raw = await serving(appWith(handler, log, options), (url) => exchange(url, request(method, '/'), method));
  const told = [raw.status, raw.headers['content-type'], raw.headers['content-length'], raw.text];
  const type = answer.headers.get('content-type') ?? undefined;
  expect([answer.status, type, answer.headers.get('content-length') ?? undefined, body.toString()]).toEqual(told);
  expect(log.length).toBe(inside.length);
  return { ...raw, log };
}

const HTML = 'text/html; charset=UTF-8';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

class Point {
  readonly #secret = 1;
  x = 1;
  get hidden(): number {
    return this.#secret;
  }
}

class Temperature {
  toJSON(): unknown {
    return { celsius: 20 };
  }
}

class Basket {
  *[Symbol.iterator](): Generator<string> {
    yield 'egg';
  }

  toJSON(): object {
    return { eggs: 2 };
  }
}

describe('a value that a method returns becomes', () => {
  const rows: [string, () => unknown, string | undefined, string][] = [
    ['JSON from a plain object', () => ({ a: 'é' }), JSON_TYPE, '{"a":"é"}'],
    ['JSON from an array', () => [1, 'a'], JSON_TYPE, '[1,"a"]'],
    ['JSON from a class instance', () => new Point(), JSON_TYPE, '{"x":1}'],
    ['JSON from what toJSON gives', () => new Temperature(), JSON_TYPE, '{"celsius":20}'],
    ['JSON from an object without prototype', () => Object.assign(Object.create(null), { a: 1 }), JSON_TYPE, '{"a":1}'],
    [
      'JSON from data with members called like those of streams',
      () => ({ next: 2, pipe: 3, fd: 4 }),
      JSON_TYPE,
      '{"next":2,"pipe":3,"fd":4}',
    ],
    ['JSON from data that can be iterated and says how it is JSON', () => new Basket(), JSON_TYPE, '{"eggs":2}'],
    ['JSON from a date', () => new Date(0), JSON_TYPE, '"1970-01-01T00:00:00.000Z"'],
    ['a JSON array from a Set', () => new Set(['<b>', 1]), JSON_TYPE, '["<b>",1]'],
    [
      'a JSON object from a Map',
      () =>
        new Map<unknown, unknown>([
          ['a', 1],
          [2, 'b'],
        ]),
      JSON_TYPE,
      '{"2":"b","a":1}',
    ],
    ['an empty JSON object from an empty Map', () => new Map(), JSON_TYPE, '{}'],
    ['a form from URLSearchParams', () => new URLSearchParams({ a: 'é', b: '1' }), FORM_TYPE, 'a=%C3%A9&b=1'],
    ['JSON from zero', () => 0, JSON_TYPE, '0'],
    ['JSON from true', () => true, JSON_TYPE, 'true'],
    ['nothing from undefined', () => undefined, undefined, ''],
    ['nothing from null', () => null, undefined, ''],
    ['nothing from false', () => false, undefined, ''],
    ['nothing from an empty string', () => '', undefined, ''],
    ['text from a string', () => 'Grüße', HTML, 'Grüße'],
    ['bytes from a Buffer', () => Buffer.from('abc'), 'application/octet-stream', 'abc'],
    ['bytes from a part of a Uint8Array', () => new Uint8Array([1, 97, 98, 1]).subarray(1, 3), 'application/octet-stream', 'ab'],
    ['bytes from an ArrayBuffer', () => new Uint8Array([97, 98]).buffer, 'application/octet-stream', 'ab'],
    ['bytes from a DataView', () => new DataView(new Uint8Array([97, 98]).buffer, 1), 'application/octet-stream', 'b'],
    ['bytes from a Uint16Array', () => new Uint16Array([0x6261]), 'application/octet-stream', 'ab'],
    [
      'bytes from shared memory',
      () => {
        const bytes = new Uint8Array(new SharedArrayBuffer(2));
        bytes.set([97, 98]);
        return bytes;
      },
      'application/octet-stream',
      'ab',
    ],
  ];

  it.each(rows)('%s', async (_name, make, type, text) => {
    for (const value of [make, async () => make(), () => vm.runInNewContext('value => Promise.resolve(value)')(make())]) {
      const answer = await answered(value);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(type);
      expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(text)));
      expect(answer.text).toBe(text);
      expect(answer.log).toEqual([]);
    }
    const head = await answered(make, 'HEAD');
    expect(head.body.length).toBe(0);
    expect([head.headers['content-type'], head.headers['content-length']]).toEqual([type, String(Buffer.byteLength(text))]);
  });

  it('nothing but its length, from an empty Buffer', async () => {
    const answer = await answered(() => Buffer.alloc(0));
    expect(answer.headers['content-length']).toBe('0');
  });

  const foreign: [string, string, string | undefined, string][] = [
    ['an object', '({ a: [1] })', JSON_TYPE, '{"a":[1]}'],
    ['an array', '[1]', JSON_TYPE, '[1]'],
    ['a Uint8Array', 'Uint8Array.of(97)', 'application/octet-stream', 'a'],
    ['an ArrayBuffer', 'Uint8Array.of(97).buffer', 'application/octet-stream', 'a'],
    ['a date', 'new Date(0)', JSON_TYPE, '"1970-01-01T00:00:00.000Z"'],
    ['a Set', 'new Set([1])', JSON_TYPE, '[1]'],
    ['a Map', 'new Map([["a", 1]])', JSON_TYPE, '{"a":1}'],
  ];
  it.each(foreign)('the same from another realm: %s', async (_name, code, type, text) => {
    const answer = await answered(() => vm.runInNewContext(code));
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, text]);
  });

  it('streams from generators and promises of another realm', async () => {
    expect((await answered(() => vm.runInNewContext('(function* () { yield "a"; yield Uint8Array.of(98); })()'))).text).toBe(
      'ab',
    );
    expect((await answered(() => vm.runInNewContext('(async function* () { yield "a"; yield "b"; })()'))).text).toBe('ab');
    expect((await answered(() => vm.runInNewContext('Promise.resolve({ a: 1 })'))).text).toBe('{"a":1}');
  });

  it('awaits objects whose `then` returns nothing, also in hooks and mounts', async () => {
    const slow = (value: unknown) => ({
      // biome-ignore lint/suspicious/noThenProperty: what is tested
      then(resolve: (value: unknown) => void) {
        setImmediate(() => resolve(value));
      },
    });
    expect((await answered(() => slow('later'))).text).toBe('later');
    class Pages {
      @Get('/') @Status(201) page() {
        return slow({ a: 1 });
      }
    }
    const inner = new Bottle();
    inner.mount(Pages);
    const app = new Bottle();
    app.install(secureHeaders());
    app.hook('beforeRequest', () => slow(undefined));
    app.hook('afterRequest', () => slow(undefined));
    app.mount('/inner', inner, { skip: [] });
    const answer = await app.fetch(new Request('http://localhost/inner/'));
    expect([answer.status, await answer.text()]).toEqual([201, '{"a":1}']);
    expect(answer.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  it('what an object gives one after another, whether a method of its own or of its class says so', async () => {
    const once = (text: string): (() => Iterator<string>) => ['', text].values.bind(['', text]);
    const own = Object.assign({}, { [Symbol.iterator]: once('own') });
    const inherited = Object.create({ [Symbol.iterator]: once('inherited') }) as object;
    expect((await answered(() => own)).text).toBe('own');
    expect((await answered(() => inherited)).text).toBe('inherited');
  });

  it.each([
    ['made in the old way', () => Object.create(globalThis.Error.prototype, { message: { value: 'inner' } }) as unknown],
    ['with data of its own', () => Object.assign(new RangeError('inner'), { next: 1 })],
  ])('an error page where an error is returned: %s', async (_name, make) => {
    const answer = await answered(make);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('inner');
  });

  it('an error page where an error of another realm is returned', async () => {
    const answer = await answered(() => vm.runInNewContext('new TypeError("inner")'));
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('inner');
    expect(String(answer.log[0])).toContain('inner');
  });
});

describe('a value that is not a response', () => {
  const values: [string, () => unknown, string][] = [
    ['a function', () => () => 1, 'function'],
    ['a symbol', () => Symbol('x'), 'symbol'],
    ['a bigint', () => 10n, 'bigint'],
  ];
  it.each(values)('is a 500 that names the type in the log alone: %s', async (_name, make, type) => {
    const answer = await answered(make);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain(`type ${type}`);
    expect(answer.log.map(String)).toEqual([expect.stringContaining(`type ${type}`)]);
  });

  it('is a 500 when it is circular or its toJSON throws', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const make of [() => circular, () => ({ toJSON: () => JSON.parse('{') }), () => ({ n: 1n })]) {
      const answer = await answered(make);
      expect(answer.status).toBe(500);
      expect(answer.headers['content-type']).toBe(HTML);
      expect(answer.log.length).toBe(1);
    }
  });

  it('keeps none of the headers that described the body it had in mind', async () => {
    const answer = await answered((response) => {
      response.status = 201;
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('ETag', '"1"');
      response.setHeader('Cache-Control', 'max-age=3600');
      response.setHeader('X-Trace', '7');
      return 10n;
    });
    expect(answer.status).toBe(500);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.headers).not.toHaveProperty('cache-control');
    expect(answer.headers['x-trace']).toBe('7');
  });

  it('is a 500 without JSON, if autojson is off, by the option or for a route', async () => {
    expect((await answered(() => ({ a: 1 }), 'GET', { autojson: false })).status).toBe(500);
    expect((await answered(() => 'text', 'GET', { autojson: false })).text).toBe('text');
    const log: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => log.push(error) });
    app.get('/', () => ({ a: 1 }), { json: false });
    expect((await app.fetch(new Request('http://x/'))).status).toBe(500);
    expect(String(log[0])).toContain('Object');
    expect(String(log[0])).toContain('JSON is turned off for it');
  });

  it('is a 500 even if the logger fails', async () => {
    const logger = (): never => {
      throw new Error('disk full');
    };
    const app = new Bottle({ logger });
    app.get('/', () => 10n);
    expect((await app.fetch(new Request('http://x/'))).status).toBe(500);
  });

  it.each([
    ['sync', (value: unknown) => value],
    ['async', async (value: unknown) => value],
    [
      'streamed',
      () =>
        (function* (): Generator<string> {
          yield '';
          throw new Error('again');
        })(),
    ],
  ])('is a bare 500, once, when the error handler fails in the same way (%s)', async (_name, wrap) => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    let calls = 0;
    const log: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => log.push(error) });
    app.get('/', () => circular);
    app.error(500, () => {
      calls++;
      if (calls > 5) throw new Error('endless');
      return wrap(circular);
    });
    const answer = await app.fetch(new Request('http://x/'));
    expect([answer.status, await answer.text(), calls]).toEqual([500, '500 Internal Server Error', 1]);
    expect(log.length).toBeGreaterThanOrEqual(1);
  });
});

describe('the status', () => {
  it.each([204, 304])('%i carries no body, whatever the method returns', async (status) => {
    const bodies = [
      () => 'text',
      () => ({ a: 1 }),
      () => Buffer.from('a'),
      () => ['a'].values(),
      () => new Blob(['a']),
      () => null,
    ];
    for (const make of bodies) {
      const answer = await answered((response) => {
        response.status = status;
        return make();
      });
      expect([answer.status, answer.text]).toEqual([status, '']);
      if (status === 204) expect(answer.headers).not.toHaveProperty('content-length');
      expect(answer.headers).not.toHaveProperty('transfer-encoding');
    }
  });

  it.each([100, 103])('%i is not final, so that 204 goes out in its place', async (status) => {
    const answer = await answered((response) => {
      response.status = status;
      return 'text';
    });
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  it('205 has no content either, as RFC 9110 has it', async () => {
    const answer = await answered((response) => {
      response.status = 205;
      return 'text';
    });
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([205, '0', '']);
  });

  it('may have a reason of its own, and any code up to 999', async () => {
    const own = await answered((response) => {
      response.status = '404 Not here';
      return 'text';
    });
    expect([own.status, own.reason, own.text]).toEqual([404, 'Not here', 'text']);
    const odd = await answered((response) => {
      response.status = 799;
      return 'text';
    });
    expect([odd.status, odd.text]).toEqual([799, 'text']);
  });

  it('has its registered reason in process too', async () => {
    const answer = await appWith(() => 'x').fetch(new Request('http://x/'));
    expect(answer.statusText).toBe('OK');
  });
});

describe('text', () => {
  it('is encoded in the charset of the response', async () => {
    const answer = await answered((response) => {
      response.charset = 'ISO-8859-1';
      return 'é€';
    });
    expect(answer.headers['content-type']).toBe('text/html; charset=ISO-8859-1');
    expect([...answer.body]).toEqual([0xe9, 0x3f]);
    expect(answer.headers['content-length']).toBe('2');
    const streamed = await answered((response) => {
      response.contentType = 'text/plain; charset=utf-16le';
      return ['é', Buffer.from([0])].values();
    });
    expect([...streamed.body]).toEqual([0xe9, 0, 0]);
  });

  it('in an unknown charset is a 500 page in UTF-8', async () => {
    const answer = await answered((response) => {
      response.charset = 'klingon';
      return 'é';
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([500, HTML]);
    expect(String(answer.log[0])).toContain('klingon');
  });

  it('keeps a content type that was set', async () => {
    const answer = await answered((response) => {
      response.contentType = 'text/csv';
      return 'a,b';
    });
    expect(answer.headers['content-type']).toBe('text/csv');
  });
});

describe('a response that is returned or thrown', () => {
  const make = () =>
    new HTTPResponse(
      { queued: true },
      {
        status: '202 Soon',
        headers: [
          ['Location', '/jobs/1'],
          ['Link', '<a>'],
          ['Link', '<b>'],
          ['Set-Cookie', 'b=2'],
        ],
      },
    );
  it.each([
    ['returned', make],
    ['resolved', async () => make()],
    [
      'thrown',
      () => {
        throw make();
      },
    ],
    ['rejected', () => Promise.reject(make())],
    [
      'thrown by a generator before its first piece',
      function* () {
        yield '';
        throw make();
      },
    ],
    [
      'yielded first by a generator',
      function* () {
        yield make();
      },
    ],
  ])('is applied, body, status, every header: %s', async (_name, handler: () => unknown) => {
    const answer = await answered((response) => {
      response.setCookie('a', '1');
      response.setHeader('X-Kept', 'yes');
      response.setHeader('link', '<old>');
      return handler();
    });
    expect([answer.status, answer.reason, answer.text]).toEqual([202, 'Soon', '{"queued":true}']);
    expect(answer.headers.location).toBe('/jobs/1');
    expect(answer.headers.link).toBe('<a>\n<b>');
    expect(answer.headers['set-cookie']?.split('\n').sort()).toEqual(['a=1', 'b=2']);
    expect(answer.headers['x-kept']).toBe('yes');
    expect(answer.log).toEqual([]);
  });

  it('may carry anything that a method may return, but another response', async () => {
    expect((await answered(() => new HTTPResponse(Promise.resolve({ a: 1 })))).text).toBe('{"a":1}');
    expect((await answered(() => new HTTPResponse(['a', 'b'].values()))).text).toBe('ab');
    expect((await answered(() => new HTTPResponse(Buffer.from('a')))).text).toBe('a');
    expect((await answered(() => new HTTPResponse(new HTTPResponse('a')))).status).toBe(500);
  });

  it.each([
    ['returned', () => new HTTPError(418, 'short')],
    ['resolved', async () => new HTTPError(418, 'short')],
    ['rejected', () => Promise.reject(new HTTPError(418, 'short'))],
    [
      'thrown by a generator',
      function* () {
        yield '';
        throw new HTTPError(418, 'short');
      },
    ],
    [
      'yielded by an async generator',
      async function* () {
        yield new HTTPError(418, 'short');
      },
    ],
  ])('goes through the error handlers if it is an error: %s', async (_name, handler: () => unknown) => {
    const app = new Bottle();
    app.get('/', () => handler());
    app.error(418, (error: HTTPError) => ({ handled: error.body }));
    const answer = await app.fetch(new Request('http://x/'));
    expect([answer.status, await answer.text()]).toEqual([418, '{"handled":"short"}']);
  });

  it('that redirects without a status is 303, and 302 to a client that speaks HTTP/1.0', async () => {
    const app = new Bottle();
    app.get('/', () => redirect('/there'));
    app.get('/fixed', () => redirect('/there', 307));
    await serving(app, async (url) => {
      const status = async (version: string, path: string) =>
        (await exchange(url, `GET ${path} HTTP/${version}\r\nHost: x\r\n\r\n`)).status;
      expect([await status('1.1', '/'), await status('1.0', '/')]).toEqual([303, 302]);
      expect([await status('1.1', '/fixed'), await status('1.0', '/fixed')]).toEqual([307, 307]);
    });
  });
});

describe('a fetch Response', () => {
  it('is sent as it is: status, reason, headers, several cookies, body', async () => {
    const answer = await answered(() => {
      const headers = new Headers([
        ['X-A', '1'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]);
      return new globalThis.Response('Grüße', { status: 201, statusText: 'Made', headers });
    });
    expect([answer.status, answer.reason, answer.text]).toEqual([201, 'Made', 'Grüße']);
    expect(answer.headers).toMatchObject({ 'x-a': '1', 'set-cookie': 'a=1\nb=2', 'content-type': 'text/plain;charset=UTF-8' });
  });

  it('may be empty, a redirect, JSON, or binary', async () => {
    expect((await answered(() => new globalThis.Response(null, { status: 204 }))).status).toBe(204);
    const away = await answered(() => globalThis.Response.redirect('http://example.org/', 302));
    expect([away.status, away.headers.location, away.headers['content-length']]).toEqual([302, 'http://example.org/', '0']);
    expect((await answered(() => globalThis.Response.json({ a: 1 }))).headers['content-type']).toBe(JSON_TYPE);
    expect([...(await answered(() => new globalThis.Response(Uint8Array.of(0, 255)))).body]).toEqual([0, 255]);
  });

  it('is a 500 when it cannot be sent', async () => {
    expect((await answered(() => globalThis.Response.error())).status).toBe(500);
    const used = await answered(async () => {
      const response = new globalThis.Response('x');
      await response.text();
      return response;
    });
    expect(used.status).toBe(500);
  });

  it('from another server is passed on decoded, without the headers of that connection', async () => {
    const { createServer } = await import('node:http');
    const { gzipSync } = await import('node:zlib');
    const zipped = gzipSync('a'.repeat(1000));
    const upstream = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': zipped.length, Connection: 'close', 'X-Up': '1' });
      response.end(zipped);
    });
    await new Promise<void>((resolve) => upstream.listen(0, resolve));
    const { port } = upstream.address() as { port: number };
    const answer = await answered(() => fetch(`http://127.0.0.1:${port}/`));
    expect([answer.text, answer.headers['x-up']]).toEqual(['a'.repeat(1000), '1']);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    await new Promise((resolve) => upstream.close(resolve));
  });
});

describe('a file', () => {
  it('is streamed from its handle with its length, and closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cast-'));
    const file = join(folder, 'a.txt');
    await writeFile(file, 'x'.repeat(200_000));
    const handles: { fd: number }[] = [];
    const handler = async () => {
      const handle = await open(file);
      handles.push(handle);
      return handle;
    };
    const answer = await answered(handler);
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '200000', 200_000]);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    const head = await answered(handler, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '200000', 0]);
    await until(() => handles.every(({ fd }) => fd === -1), 'all to be closed');
    expect(handles).toHaveLength(4);
    await rm(folder, { recursive: true });
  });

  it('as a Blob is streamed with its type and length', async () => {
    const answer = await answered(() => new Blob(['Grüße'], { type: 'text/plain' }));
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain', 'content-length': '7' });
    expect(answer.text).toBe('Grüße');
    const head = await answered(() => new Blob(['Grüße'], { type: 'text/plain' }), 'HEAD');
    expect([head.headers['content-type'], head.headers['content-length']]).toEqual(['text/plain', '7']);
    const empty = await answered(() => new Blob([], { type: 'text/plain' }));
    expect([empty.headers['content-type'], empty.headers['content-length']]).toEqual(['text/plain', '0']);
  });
});

describe('a controller', () => {
  it('may return any of it', async () => {
    @Controller('/c')
    class Things {
      @Get('/<kind>')
      show(kind: string): unknown {
        return kind === 'text' ? 'text' : { kind };
      }
    }
    const app = new Bottle().mount(Things);
    await serving(app, async (url) => {
      expect((await exchange(url, get('/c/text'))).text).toBe('text');
      expect((await exchange(url, get('/c/other'))).text).toBe('{"kind":"other"}');
    });
  });
});
