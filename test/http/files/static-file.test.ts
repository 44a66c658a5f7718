import { mkdir, symlink, utimes } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get, HTTPError, type HTTPResponse, OnError, staticFile, type StaticFileOptions } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { openFiles, Tree } from './tree.js';
import { cases, fc } from '../../property.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
const BIG = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251));
const DATE = new Date('2024-02-29T12:34:56.789Z');
let tree: Tree;

beforeAll(async () => {
  tree = await Tree.create({
    'root/a.txt': ALPHABET,
    'root/big.bin': BIG,
    'root/empty.txt': '',
    'root/naïve.html': '<p>naïve',
    'root/data.json': '{}',
    'root/photo.png': 'png',
    'root/noext': 'x',
    'root/both.js': 'original',
    'root/both.js.br': 'brotli',
    'root/both.js.gz': 'gzip',
    'root/only.css': 'original',
    'root/only.css.gz': 'gzip',
    'root/stale.js': 'new',
    'root/stale.js.br': 'old',
    'root/dir.js': 'original',
    'root/out.js': 'original',
    'root/image.png.gz': 'gzip',
    'root/image.png': 'original',
    'root/old.txt': 'old',
    'root/future.txt': 'future',
    'outside.br': 'outside',
  });
  await mkdir(tree.path('root/dir.js.br'));
  await symlink(tree.path('outside.br'), tree.path('root/out.js.br'));
  for (const name of ['a.txt', 'big.bin', 'both.js', 'both.js.br', 'both.js.gz'])
    await utimes(tree.path(`root/${name}`), DATE, DATE);
  await utimes(tree.path('root/stale.js.br'), DATE, DATE);
  await utimes(tree.path('root/old.txt'), new Date(-1e6), new Date(-1e6));
  await utimes(tree.path('root/future.txt'), new Date('2099-01-01'), new Date('2099-01-01'));
});
afterAll(async () => {
  expect(await openFiles(tree.base)).toEqual([]);
  await tree.remove();
});

function get(path: string, headers: Record<string, string> = {}, options: Partial<StaticFileOptions> = {}, method = 'GET') {
  return tree.app(options).fetch(new Request(`http://localhost/f/${path}`, { method, headers }));
}

describe('a file', () => {
  it('is sent with its type, length, date and ETag', async () => {
    const answer = await get('a.txt');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(ALPHABET);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'accept-ranges': 'bytes',
      'content-length': '26',
      'content-type': 'text/plain; charset=UTF-8',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': 'Thu, 29 Feb 2024 12:34:56 GMT',
      vary: 'Accept-Encoding',
    });
  });

  it('may be large', async () => {
    const answer = await get('big.bin');
    expect(answer.headers.get('content-length')).toBe('200000');
    expect(Buffer.from(await answer.arrayBuffer()).equals(BIG)).toBe(true);
  });

  it('may be empty', async () => {
    const answer = await get('empty.txt');
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '0', '']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=UTF-8');
  });

  it('may be as old as a file system allows, or come from the future', async () => {
    expect((await get('old.txt')).status).toBe(200);
    const before = Math.floor(Date.now() / 1000) * 1000;
    const date = Date.parse((await get('future.txt')).headers.get('last-modified') ?? '');
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Date.now());
  });

  it('is looked for below a file: URL, too, and below the working directory', async () => {
    const url = pathToFileURL(`${tree.root}/`);
    expect((await staticFile('a.txt', { root: url }).toResponse()).status).toBe(200);
    expect((await staticFile('package.json', { root: '.' }).toResponse()).status).toBe(200);
  });
});

describe('HEAD', () => {
  it.each(['a.txt', 'big.bin', 'empty.txt', 'both.js'])('describes %s like GET, without the body', async (name) => {
    const [head, full] = [await get(name, {}, {}, 'HEAD'), await get(name)];
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(full.headers));
    expect([head.status, await head.text()]).toEqual([200, '']);
    await full.arrayBuffer();
  });
  it('knows no ranges', async () => {
    const answer = await get('a.txt', { range: 'bytes=0-3' }, {}, 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), answer.headers.has('content-range')]).toEqual([
      200,
      '26',
      false,
    ]);
  });
  it('of what is missing is 404', async () => expect((await get('nope', {}, {}, 'HEAD')).status).toBe(404));
});

describe('the content type', () => {
  const typeOf = async (name: string, options: Partial<StaticFileOptions> = {}) =>
    (await get(name, {}, options)).headers.get('content-type');

  it('goes by the extension, with a charset for text', async () => {
    expect(await typeOf('na%C3%AFve.html')).toBe('text/html; charset=UTF-8');
    expect(await typeOf('data.json')).toBe('application/json; charset=UTF-8');
    expect(await typeOf('both.js')).toBe('text/javascript; charset=UTF-8');
    expect(await typeOf('photo.png')).toBe('image/png');
    expect(await typeOf('noext')).toBe('application/octet-stream');
  });
  it('may be given, and gets a charset unless it has one', async () => {
    expect(await typeOf('photo.png', { mimetype: 'text/x-foo' })).toBe('text/x-foo; charset=UTF-8');
    expect(await typeOf('photo.png', { mimetype: 'text/x-foo; charset=ascii' })).toBe('text/x-foo; charset=ascii');
    expect(await typeOf('photo.png', { mimetype: 'x/y' })).toBe('x/y');
    expect(await typeOf('a.txt', { mimetype: true })).toBe('text/plain; charset=UTF-8');
  });
  it('takes another charset, or none', async () => {
    expect(await typeOf('a.txt', { charset: 'latin1' })).toBe('text/plain; charset=latin1');
    expect(await typeOf('a.txt', { charset: false })).toBe('text/plain');
  });
  it('is left to the response if that is asked for', async () => {
    const app = new Bottle();
    app.get('/typed', (_args, { response }) => {
      response.contentType = 'text/x-mine';
      return staticFile('a.txt', { root: tree.root, mimetype: false });
    });
    app.get('/plain', () => staticFile('a.txt', { root: tree.root, mimetype: false }));
    expect((await app.fetch(new Request('http://localhost/typed'))).headers.get('content-type')).toBe('text/x-mine');
    expect((await app.fetch(new Request('http://localhost/plain'))).headers.get('content-type')).toBe('application/octet-stream');
  });
});

describe('conditional requests', () => {
  it('are answered by 304 without what describes a body', async () => {
    const { headers } = await get('a.txt');
    const conditions: Record<string, string>[] = [
      { 'if-none-match': headers.get('etag') ?? '' },
      { 'if-none-match': `"x", W/${headers.get('etag')}` },
      { 'if-modified-since': headers.get('last-modified') ?? '' },
    ];
    for (const condition of conditions) {
      const answer = await get('a.txt', condition, { maxAge: 60 });
      expect([answer.status, await answer.text()]).toEqual([304, '']);
      expect(Object.fromEntries(answer.headers)).toEqual({
        'cache-control': 'max-age=60',
        etag: headers.get('etag'),
        'last-modified': headers.get('last-modified'),
        vary: 'Accept-Encoding',
      });
    }
  });
  it('are answered by the file when it has changed', async () => {
    expect((await get('a.txt', { 'if-none-match': '"x"' })).status).toBe(200);
    expect((await get('a.txt', { 'if-modified-since': 'Thu, 29 Feb 2024 12:34:55 GMT' })).status).toBe(200);
  });
  it('are answered by 412 when they want another version', async () => {
    const answer = await get('a.txt', { 'if-match': '"x"' });
    expect([answer.status, answer.headers.has('last-modified')]).toEqual([412, false]);
    expect((await get('a.txt', { 'if-unmodified-since': 'Thu, 29 Feb 2024 12:34:55 GMT' })).status).toBe(412);
    expect((await get('a.txt', { 'if-match': (await get('a.txt')).headers.get('etag') ?? '' })).status).toBe(200);
  });
  it('come before ranges', async () =>
    expect((await get('a.txt', { range: 'bytes=99-', 'if-modified-since': DATE.toUTCString() })).status).toBe(304));
  it('are ignored for verbs that do not read', async () =>
    expect((await get('a.txt', { 'if-none-match': '*', range: 'bytes=0-1' }, {}, 'POST')).status).toBe(200));
});

describe('the ETag', () => {
  const etagOf = async (options: Partial<StaticFileOptions>, headers = {}) =>
    (await get('both.js', headers, options)).headers.get('etag');
  it('is strong unless a weak one or none is requested', async () => {
    const strong = await etagOf({});
    expect(strong).toMatch(/^"/);
    expect(await etagOf({ etag: true })).toBe(strong);
    expect(await etagOf({ etag: 'strong' })).toBe(strong);
    expect(await etagOf({ etag: 'weak' })).toBe(`W/${strong}`);
    expect(await etagOf({ etag: false })).toBe(null);
  });
  it('may be given, with or without quotes, and tells codings apart', async () => {
    expect(await etagOf({ etag: 'v1' })).toBe('"v1"');
    expect(await etagOf({ etag: '"v1"' })).toBe('"v1"');
    expect(await etagOf({ etag: 'W/"v1"' })).toBe('W/"v1"');
    expect(await etagOf({ etag: 'v1' }, { 'accept-encoding': 'br' })).toBe('"v1-br"');
  });
  it('changes with the size, and with the time to a fraction of a second', async () => {
    const tag = async () => (await get('changing.txt')).headers.get('etag');
    await tree.write('root/changing.txt', 'one');
    await utimes(tree.path('root/changing.txt'), 1000, 1000.25);
    const tags = [await tag(), await tag()];
    await utimes(tree.path('root/changing.txt'), 1000, 1000.251);
    tags.push(await tag());
    await tree.write('root/changing.txt', 'three');
    await utimes(tree.path('root/changing.txt'), 1000, 1000.251);
    tags.push(await tag());
    expect(tags[0]).toBe(tags[1]);
    expect(new Set(tags).size).toBe(3);
  });
});

describe('ranges', () => {
  it('give a part', async () => {
    const answer = await get('a.txt', { range: 'bytes=2-4' });
    expect([answer.status, await answer.text()]).toEqual([206, 'cde']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-range': 'bytes 2-4/26',
      'content-length': '3',
      'content-type': 'text/plain; charset=UTF-8',
      etag: expect.any(String),
    });
  });
  it('give the rest, and the end', async () => {
    expect(await (await get('a.txt', { range: 'bytes=23-' })).text()).toBe('xyz');
    expect(await (await get('a.txt', { range: 'bytes=-2' })).text()).toBe('yz');
    expect(await (await get('a.txt', { range: 'bytes=20-1000' })).text()).toBe('uvwxyz');
  });
  it('give large parts, too', async () => {
    const answer = await get('big.bin', { range: 'bytes=1000-180000' });
    expect(Buffer.from(await answer.arrayBuffer()).equals(BIG.subarray(1000, 180_001))).toBe(true);
    expect(answer.headers.get('content-length')).toBe('179001');
  });
  it('out of the file are 416, with its size', async () => {
    const answer = await get('a.txt', { range: 'bytes=26-' });
    expect([answer.status, answer.headers.get('content-range'), answer.headers.get('accept-ranges')]).toEqual([
      416,
      'bytes */26',
      'bytes',
    ]);
    expect(answer.headers.has('etag')).toBe(false);
    expect((await get('empty.txt', { range: 'bytes=0-' })).headers.get('content-range')).toBe('bytes */0');
  });
  it('that are malformed, or in another unit, give the whole', async () => {
    for (const range of ['bytes=5-2', 'bytes=x', 'lines=1-2', 'bytes=']) {
      const answer = await get('a.txt', { range });
      expect([answer.status, await answer.text(), answer.headers.has('content-range')]).toEqual([200, ALPHABET, false]);
    }
  });
  it('need the version that If-Range names', async () => {
    const etag = (await get('a.txt')).headers.get('etag') ?? '';
    const statusFor = async (validator: string, options = {}) =>
      (await get('a.txt', { range: 'bytes=0-1', 'if-range': validator }, options)).status;
    expect(await statusFor(etag)).toBe(206);
    expect(await statusFor('"x"')).toBe(200);
    expect(await statusFor('Thu, 29 Feb 2024 12:34:56 GMT')).toBe(206);
    expect(await statusFor('Thu, 29 Feb 2024 12:34:57 GMT')).toBe(200);
    expect(await statusFor(`W/${etag}`, { etag: 'weak' })).toBe(200);
  });
  it('out of the file of another version give the whole', async () =>
    expect((await get('a.txt', { range: 'bytes=99-', 'if-range': '"x"' })).status).toBe(200));
});

/** Takes a multipart/byteranges body apart, strictly. */
function partsOf(body: Buffer, contentType: string | null): { headers: string[]; content: Buffer }[] {
  const boundary = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(contentType ?? '')?.[1];
  const text = `\r\n${body.toString('latin1')}`;
  const parts = text.split(`\r\n--${boundary}`);
  expect([parts.shift(), parts.pop()]).toEqual(['', '--\r\n']);
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n');
    return { headers: part.slice(2, end).split('\r\n'), content: Buffer.from(part.slice(end + 4), 'latin1') };
  });
}

describe('several ranges', () => {
  it('come as parts, each with its type and place', async () => {
    const answer = await get('a.txt', { range: 'bytes=-2, 0-2' });
    const body = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, answer.headers.has('content-range')]).toEqual([206, false]);
    expect(answer.headers.get('content-length')).toBe(String(body.length));
    const type = 'Content-Type: text/plain; charset=UTF-8';
    expect(partsOf(body, answer.headers.get('content-type'))).toEqual([
      { headers: [type, 'Content-Range: bytes 24-25/26'], content: Buffer.from('yz') },
      { headers: [type, 'Content-Range: bytes 0-2/26'], content: Buffer.from('abc') },
    ]);
  });
  it('that join to one come as one', async () => {
    const answer = await get('a.txt', { range: 'bytes=0-2,3-5' });
    expect([answer.headers.get('content-range'), await answer.text()]).toEqual(['bytes 0-5/26', 'abcdef']);
  });
  it('that are abusive give the whole', async () => {
    const answer = await get('a.txt', { range: `bytes=${'0-,'.repeat(20)}` });
    expect([answer.status, await answer.text()]).toEqual([200, ALPHABET]);
  });
  it('hold the very bytes of the file, whatever is asked for', async () => {
    const app = tree.app();
    const spec = fc.oneof(
      fc.tuple(fc.nat(210_000), fc.nat(30_000)).map(([first, more]) => `${first}-${first + more}`),
      fc.nat(210_000).map((first) => `${first}-`),
      fc.nat(210_000).map((suffix) => `-${suffix}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 6 }), async (specs) => {
        const answer = await app.fetch(
          new Request('http://localhost/f/big.bin', { headers: { range: `bytes=${specs.join(',')}` } }),
        );
        const body = Buffer.from(await answer.arrayBuffer());
        expect(answer.headers.get('content-length')).toBe(String(body.length));
        if (answer.status === 416) return;
        if (answer.status === 200) return expect(body.equals(BIG)).toBe(true);
        const single = answer.headers.get('content-range');
        const parts =
          single === null
            ? partsOf(body, answer.headers.get('content-type'))
            : [{ headers: ['', `Content-Range: ${single}`], content: body }];
        for (const { headers, content } of parts) {
          const [, first, last] = /bytes (\d+)-(\d+)\/200000$/.exec(headers[1] ?? '') ?? [];
          expect(content.equals(BIG.subarray(Number(first), Number(last) + 1))).toBe(true);
        }
      }),
      cases(150),
    );
  });
});

describe('a download', () => {
  const disposition = async (name: string, options: Partial<StaticFileOptions>) =>
    (await get(name, {}, options)).headers.get('content-disposition');
  it('has the name of the file, or another', async () => {
    expect(await disposition('a.txt', {})).toBe(null);
    expect(await disposition('a.txt', { download: true })).toBe('attachment; filename="a.txt"');
    expect(await disposition('a.txt', { download: 'b c.pdf' })).toBe('attachment; filename="b c.pdf"');
    expect(await disposition('na%C3%AFve.html', { download: true })).toBe(
      `attachment; filename="na_ve.html"; filename*=UTF-8''na%C3%AFve.html`,
    );
  });
  it('has the type of its name', async () =>
    expect((await get('a.txt', {}, { download: 'song.mp3' })).headers.get('content-type')).toBe('audio/mpeg'));
  it('of a directory is 404 as ever', async () => {
    for (const name of ['', 'dir/', ' ', 'a\\'])
      expect([403, 404]).toContain((await staticFile(name, { root: tree.root, download: true }).toResponse()).status);
  });
});

describe('headers', () => {
  it('may be added, and win', async () => {
    const extra = {
      'X-A': '1',
      'Cache-Control': 'no-store',
      'Content-Type': 'x/y',
      Vary: 'Cookie',
      'Content-Security-Policy': 'sandbox',
    };
    const { headers } = await get('a.txt', {}, { headers: extra, maxAge: 60 });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-a': '1',
      'cache-control': 'no-store',
      'content-type': 'x/y',
      vary: 'Accept-Encoding, Cookie',
    });
    const unchanged = await get('a.txt', { 'if-modified-since': DATE.toUTCString() }, { headers: extra });
    expect([unchanged.headers.get('x-a'), unchanged.headers.get('content-security-policy')]).toEqual(['1', 'sandbox']);
    expect(unchanged.headers.has('content-type')).toBe(false);
  });
  it('cannot lie about the length', async () => {
    const { headers } = await get('a.txt', { range: 'bytes=0-1' }, { headers: { 'Content-Length': '5', 'Content-Range': 'x' } });
    expect([headers.get('content-length'), headers.get('content-range')]).toEqual(['2', 'bytes 0-1/26']);
  });
  it('and cookies may be set on the result, and on the response', async () => {
    const app = new Bottle();
    app.get('/', (_args, { response }) => {
      response.setHeader('X-Before', 'kept');
      response.setHeader('Vary', 'Origin');
      response.setCookie('a', '1');
      return staticFile('a.txt', { root: tree.root }).setCookie('b', '2');
    });
    const { headers } = await app.fetch(new Request('http://localhost/'));
    expect([headers.get('x-before'), headers.get('vary')]).toEqual(['kept', 'Origin, Accept-Encoding']);
    expect(headers.getSetCookie().sort()).toEqual(['a=1', 'b=2']);
  });
  it('tell how long the file may be cached', async () => {
    expect((await get('a.txt', {}, { maxAge: 3600 })).headers.get('cache-control')).toBe('max-age=3600');
    expect((await get('a.txt', {}, { maxAge: 1.5, immutable: true })).headers.get('cache-control')).toBe('max-age=1, immutable');
    expect((await get('a.txt')).headers.has('cache-control')).toBe(false);
  });
});

describe('compressed siblings', () => {
  const codingOf = async (name: string, accepted: string | undefined, options = {}) => {
    const answer = await get(name, accepted === undefined ? {} : { 'accept-encoding': accepted }, options);
    return [answer.headers.get('content-encoding'), await answer.text()];
  };

  it('are sent to who accepts them, the smallest first', async () => {
    expect(await codingOf('both.js', 'gzip, deflate, br, zstd')).toEqual(['br', 'brotli']);
    expect(await codingOf('both.js', 'gzip')).toEqual(['gzip', 'gzip']);
    expect(await codingOf('both.js', 'br;q=0.5, gzip')).toEqual(['gzip', 'gzip']);
    expect(await codingOf('only.css', 'br, gzip')).toEqual(['gzip', 'gzip']);
    expect(await codingOf('both.js', '*')).toEqual(['br', 'brotli']);
  });
  it('are not sent to others', async () => {
    for (const accepted of [undefined, '', 'identity', 'deflate', 'br;q=0, gzip;q=0', 'identity, gzip;q=0.5'])
      expect(await codingOf('both.js', accepted)).toEqual([null, 'original']);
    expect(await codingOf('both.js', 'br', { precompressed: false })).toEqual([null, 'original']);
  });
  it('have the type of the original, an ETag of their own, and tell caches why', async () => {
    const [plain, br, gzip] = await Promise.all(
      ['identity', 'br', 'gzip'].map((accepted) => get('both.js', { 'accept-encoding': accepted })),
    );
    for (const answer of [plain, br, gzip]) {
      expect(answer?.headers.get('content-type')).toBe('text/javascript; charset=UTF-8');
      expect(answer?.headers.get('vary')).toBe('Accept-Encoding');
    }
    expect(new Set([plain, br, gzip].map((answer) => answer?.headers.get('etag'))).size).toBe(3);
    expect(br?.headers.get('content-length')).toBe('6');
    const etag = br?.headers.get('etag') ?? '';
    expect((await get('both.js', { 'accept-encoding': 'br', 'if-none-match': etag })).status).toBe(304);
    expect((await get('both.js', { 'accept-encoding': 'gzip', 'if-none-match': etag })).status).toBe(200);
  });
  it('are what ranges are taken of', async () => {
    const answer = await get('both.js', { 'accept-encoding': 'br', range: 'bytes=0-1' });
    expect([
      answer.status,
      answer.headers.get('content-range'),
      answer.headers.get('content-encoding'),
      await answer.text(),
    ]).toEqual([206, 'bytes 0-1/6', 'br', 'br']);
  });
  it('that are older than the file, no file, or out of the root are passed over', async () => {
    for (const [name, text] of [
      ['stale.js', 'new'],
      ['dir.js', 'original'],
      ['out.js', 'original'],
    ] as const)
      expect(await codingOf(name, 'br, gzip, zstd')).toEqual([null, text]);
  });
  it('of images and the like are not looked for', async () => {
    expect(await codingOf('image.png', 'gzip')).toEqual([null, 'original']);
    expect((await get('image.png')).headers.has('vary')).toBe(false);
  });
  it('may be fetched as what they are', async () => {
    const answer = await get('both.js.gz', { 'accept-encoding': 'gzip, br' });
    expect([answer.headers.get('content-type'), answer.headers.get('content-encoding')]).toEqual(['application/gzip', null]);
  });
});

describe('as a result', () => {
  const load = (app: Bottle, path: string, headers = {}) => app.fetch(new Request(`http://localhost${path}`, { headers }));

  it('a refusal goes to the error handlers of the controller, also in a mounted app', async () => {
    @Controller('/files')
    class Files {
      @Get('/<name>')
      file(name: string) {
        return staticFile(name, { root: tree.root });
      }

      @OnError(404)
      missing(error: HTTPError) {
        return { missing: error.body };
      }
    }
    const inner = new Bottle();
    inner.mount('/', Files);
    inner.error(403, () => 'inner 403');
    const outer = new Bottle();
    outer.mount('/in', inner);
    outer.mount('/', Files);
    outer.error(403, () => 'outer 403');
    outer.error(404, () => 'outer 404');
    for (const prefix of ['', '/in']) {
      const missing = await load(outer, `${prefix}/files/nope`);
      expect([missing.status, await missing.json()]).toEqual([404, { missing: 'The file does not exist.' }]);
    }
    expect(await (await load(outer, '/in/files/.env')).text()).toBe('inner 403');
    expect(await (await load(outer, '/files/.env')).text()).toBe('outer 403');
    expect(await (await load(outer, '/in/files/a.txt')).text()).toBe(ALPHABET);
  });

  it('it may be thrown, awaited, and returned by an error handler, whose status stays', async () => {
    const app = new Bottle();
    app.get('/throw', () => {
      throw staticFile('a.txt', { root: tree.root });
    });
    app.get('/later', async () => staticFile('a.txt', { root: tree.root }));
    app.error(404, () => staticFile('na%C3%AFve.html'.replace('%C3%AF', 'ï'), { root: tree.root }));
    expect(await (await load(app, '/throw')).text()).toBe(ALPHABET);
    expect(await (await load(app, '/later')).text()).toBe(ALPHABET);
    const page = await load(app, '/nowhere', { range: 'bytes=0-1', 'if-none-match': '*' });
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      404,
      'text/html; charset=UTF-8',
      '<p>naïve',
    ]);
  });

  it('it passes through hooks and plugins, which may add to it', async () => {
    const app = new Bottle();
    app.install((callback) => async (context) => {
      const result = (await callback(context)) as HTTPResponse;
      result.headers.set('X-Plugin', '1');
      return result;
    });
    app.hook('afterRequest', ({ response }) => response.setHeader('X-Hook', '1'));
    app.get('/', () => staticFile('a.txt', { root: tree.root }));
    const answer = await load(app, '/');
    expect([answer.headers.get('x-plugin'), answer.headers.get('x-hook'), await answer.text()]).toEqual(['1', '1', ALPHABET]);
  });

  it('a database is given back before the file is sent', async () => {
    let database: Database | undefined;
    @Controller()
    class Files {
      @Get('/', { config: { sqlite: { mode: 'write' } } })
      file(db: Database) {
        database = db;
        db.prepare('CREATE TABLE t (a)').run();
        return staticFile('big.bin', { root: tree.root });
      }
    }
    const app = new Bottle();
    app.install(new SQLitePlugin({ file: ':memory:' }));
    app.mount('/', Files);
    const answer = await load(app, '/');
    expect(() => database?.prepare('SELECT 1')).toThrow(/was (?:used|ended)|ended|over|no longer/i);
    expect((await answer.arrayBuffer()).byteLength).toBe(BIG.length);
    await app.close();
  });

  it('its outcome can be seen without an app', async () => {
    const file = staticFile('a.txt', { root: tree.root });
    expect([file.filename, file.status, file.name]).toEqual(['a.txt', 200, 'StaticFile']);
    const whole = await file.toResponse();
    expect([whole.status, whole.headers.get('content-type'), String(whole.body)]).toEqual([
      200,
      'text/plain; charset=UTF-8',
      ALPHABET,
    ]);
    const part = await file.toResponse(new Request('http://localhost/', { headers: { Range: 'bytes=0-1' } }));
    expect([part.status, String(part.body)]).toEqual([206, 'ab']);
    const missing = await staticFile('nope', { root: tree.root }).toResponse({ method: 'HEAD', headers: { Accept: '*/*' } });
    expect(missing).toBeInstanceOf(HTTPError);
    expect(missing.status).toBe(404);
    expect(await openFiles(tree.base)).toEqual([]);
  });

  it('a large body seen so is read, or closed', async () => {
    const read = await staticFile('big.bin', { root: tree.root }).toResponse({ headers: { Range: 'bytes=0-99999' } });
    let length = 0;
    for await (const chunk of read.body as AsyncIterable<Uint8Array>) length += chunk.length;
    expect(length).toBe(100_000);
    const { body } = await staticFile('big.bin', { root: tree.root }).toResponse();
    if (process.platform === 'linux') expect(await openFiles(tree.base)).toHaveLength(1);
    await (body as AsyncIterator<Uint8Array>).return?.();
    expect(await openFiles(tree.base)).toEqual([]);
  });
});

describe('what a developer has got wrong', () => {
  it.each([
    [() => staticFile('a.txt', {} as StaticFileOptions), 'needs a root'],
    [() => staticFile('a.txt', undefined as unknown as StaticFileOptions), 'needs a root'],
    [() => staticFile('a.txt', { root: '' }), 'needs a root'],
    [() => staticFile(undefined as unknown as string, { root: '.' }), 'needs the name of a file, not undefined'],
    [() => staticFile('a.txt', { root: '.', etag: 'a"b' }), 'is not an ETag'],
    [() => staticFile('a.txt', { root: '.', etag: 'a\nb' }), 'is not an ETag'],
    [() => staticFile('a.txt', { root: '.', maxAge: -1 }), 'maxAge is a time in seconds'],
    [() => staticFile('a.txt', { root: '.', maxAge: Number.NaN }), 'maxAge is a time in seconds'],
    [() => staticFile('a.txt', { root: '.', charset: 'a b' }), 'is not a charset'],
    [() => staticFile('a.txt', { root: '.', headers: { 'X-A': 'a\r\nb' } }), 'X-A'],
    [() => staticFile('a.txt', { root: '.', download: '/' }), 'is not a name for a download'],
  ])('%s is told at once', (call, message) => expect(call).toThrow(message));

  it('a root that is not there is an error of the server, with the remedy in its log', async () => {
    const log: unknown[] = [];
    const answer = await tree.app({ root: tree.path('nowhere') }, log).fetch(new Request('http://localhost/f/a.txt'));
    expect(answer.status).toBe(500);
    expect(String(log[0])).toContain(`The root of staticFile(), ${tree.path('nowhere')}, is not a readable directory`);
    expect(await answer.text()).not.toContain('nowhere');
    await expect(staticFile('a.txt', { root: tree.path('root/a.txt') }).toResponse()).rejects.toThrow(
      'is not a readable directory',
    );
  });
});
