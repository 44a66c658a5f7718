import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { brotliDecompressSync, createBrotliDecompress, createGunzip, gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Bottle, Get, HTTPResponse, Skip } from 'bottlenose';
import { type CompressOptions, compress } from 'bottlenose/plugins';
import express from 'express';
import { serving, until, wait } from '../servers/raw-client.js';
import { ANSWERS, appWithAnswers } from './answers.js';

const LONG = 'A long text, längst not the same as bytes. '.repeat(200);

/** Over a socket, without a client that decodes by itself. */
async function open(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
  const request = httpRequest(url, { method, headers: { 'Accept-Encoding': 'gzip', ...headers }, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await open(url, headers, method);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const encoding = response.headers['content-encoding'];
  const decode = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync }[encoding as 'gzip'];
  const decoded = body.length === 0 || decode === undefined ? body : decode(body);
  return { status: response.statusCode, headers: response.headers, encoding, body, text: decoded.toString() };
}

function appWith(options?: CompressOptions): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.install(compress(options));
  app.get('/', () => LONG);
  app.get('/json', () => ({ list: Array.from({ length: 500 }, (_, id) => ({ id })) }));
  app.get('/bytes', (_args, { response }) => {
    response.contentType = 'text/plain';
    return Buffer.from(LONG);
  });
  app.get('/small', () => 'small');
  app.get('/random', (_args, { response }) => {
    response.contentType = 'text/plain';
    return Buffer.from(Array.from({ length: 2000 }, (_, i) => createHash('sha256').update(`${i}`).digest()[0] as number));
  });
  app.get('/image', (_args, { response }) => {
    response.contentType = 'image/png';
    return LONG;
  });
  app.get('/header/<name>/<value>', ({ name, value }, { response }) => {
    response.setHeader(name, value);
    return LONG;
  });
  app.get('/part', () => new HTTPResponse(LONG, { status: 206, headers: { 'Content-Range': 'bytes 0-10/20' } }));
  app.get('/not-modified', () => new HTTPResponse('', { status: 304, headers: { ETag: '"a"' } }));
  app.get('/generator', function* () {
    for (let i = 0; i < 100; i++) yield LONG;
  });
  app.get('/node', () => Readable.from([LONG, Buffer.from(LONG)]));
  app.get('/fetch', () => new globalThis.Response(LONG, { headers: { 'Content-Type': 'text/plain' } }));
  app.get('/blob', () => new Blob([LONG], { type: 'text/plain' }));
  app.get('/fail', () => {
    throw new Error('oops');
  });
  return app;
}

describe('compress', () => {
  it('compresses whatever a handler answers with, so that it comes out the same', async () => {
    await serving(appWith(), async (url) => {
      for (const [path, text] of [
        ['/', LONG],
        ['/json', JSON.stringify({ list: Array.from({ length: 500 }, (_, id) => ({ id })) })],
        ['/bytes', LONG],
        ['/generator', LONG.repeat(100)],
        ['/node', LONG + LONG],
        ['/fetch', LONG],
        ['/blob', LONG],
      ] as const) {
        const answer = await ask(url + path);
        expect([path, answer.encoding, answer.text === text]).toEqual([path, 'gzip', true]);
        expect(answer.body.length).toBeLessThan(Buffer.byteLength(text) / 2);
        expect(answer.headers.vary).toBe('Accept-Encoding');
        const plain = await ask(url + path, { 'Accept-Encoding': 'identity' });
        expect([path, plain.encoding, plain.text === text, plain.headers.vary]).toEqual([
          path,
          undefined,
          true,
          'Accept-Encoding',
        ]);
      }
    });
  });

  it('says how long it is, where that is known', async () => {
    await serving(appWith(), async (url) => {
      const whole = await ask(url);
      expect(whole.headers['content-length']).toBe(String(whole.body.length));
      const stream = await ask(`${url}/blob`);
      expect(stream.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
      expect(stream.headers).not.toHaveProperty('content-length');
    });
  });

  it('lets the client choose, and among equals takes the best', async () => {
    await serving(appWith({ encodings: ['br', 'gzip', 'deflate'] }), async (url) => {
      for (const [accept, encoding] of [
        ['gzip, deflate, br', 'br'],
        ['gzip, br;q=0.5', 'gzip'],
        ['deflate', 'deflate'],
        ['*', 'br'],
        ['br;q=0, *;q=0.1', 'gzip'],
        ['gzip;q=0', undefined],
        ['identity, gzip;q=0.5', undefined],
        ['compress', undefined],
        ['', undefined],
        ['identity;q=0, *;q=0', undefined],
      ] as const) {
        for (const path of ['/', '/generator']) {
          const answer = await ask(url + path, { 'Accept-Encoding': accept });
          expect([accept, answer.status, answer.encoding]).toEqual([accept, 200, encoding]);
          expect(answer.text.startsWith(LONG)).toBe(true);
        }
      }
    });
  });

  it('leaves alone what is small, does not shrink, or is not to be changed', async () => {
    await serving(appWith(), async (url) => {
      for (const path of [
        '/small',
        '/random',
        '/image',
        '/part',
        '/header/Content-Encoding/identity',
        '/header/Cache-Control/public, no-transform',
        '/header/Content-Digest/sha-256=:abc:',
        '/header/Content-Type/application%2Fzip',
      ]) {
        const answer = await ask(encodeURI(url + path).replace('%252F', '%2F'));
        expect([path, answer.headers['content-encoding'] ?? 'identity']).toEqual([path, 'identity']);
        expect([path, answer.headers['content-length']]).toEqual([path, String(answer.body.length)]);
      }
    });
  });

  it('compresses types and sizes that it is told to', async () => {
    await serving(appWith({ threshold: 0, types: /^image\/png$/g }), async (url) => {
      for (let i = 0; i < 3; i++) expect((await ask(`${url}/image`)).encoding).toBe('gzip');
      expect((await ask(url)).encoding).toBeUndefined();
    });
    await serving(appWith({ threshold: 1e6, types: () => true }), async (url) => {
      expect((await ask(`${url}/image`)).encoding).toBeUndefined();
      expect((await ask(`${url}/generator`)).encoding).toBe('gzip');
    });
  });

  it('keeps the headers true: weak tags, no ranges, one Vary', async () => {
    await serving(appWith(), async (url) => {
      expect((await ask(`${url}/header/ETag/%22a%22`)).headers.etag).toBe('W/"a"');
      expect((await ask(`${url}/header/ETag/%22a%22`, { 'Accept-Encoding': 'identity' })).headers.etag).toBe('"a"');
      expect((await ask(`${url}/header/ETag/W%2F%22a%22`)).headers.etag).toBe('W/"a"');
      expect((await ask(`${url}/header/Accept-Ranges/bytes`)).headers).not.toHaveProperty('accept-ranges');
      expect((await ask(`${url}/header/Vary/Cookie`)).headers.vary).toBe('Cookie, Accept-Encoding');
      expect((await ask(`${url}/header/Vary/accept-encoding`)).headers.vary).toBe('accept-encoding');
      expect((await ask(`${url}/header/Vary/*`)).headers.vary).toBe('*');
      expect(await ask(`${url}/not-modified`)).toMatchObject({
        status: 304,
        headers: { etag: 'W/"a"', vary: 'Accept-Encoding' },
      });
    });
  });

  it('tells HEAD what GET would say', async () => {
    await serving(appWith(), async (url) => {
      const { headers, body } = await ask(url, {}, 'HEAD');
      expect([headers['content-encoding'], headers.vary, body.length]).toEqual(['gzip', 'Accept-Encoding', 0]);
      expect(headers).not.toHaveProperty('content-length');
      expect((await ask(`${url}/small`, {}, 'HEAD')).headers).toMatchObject({ 'content-length': '5' });
    });
  });

  it('compresses errors and what mounted frameworks answer, but not what skips it', async () => {
    class Pages {
      @Get('/secret')
      @Skip('compress')
      secret() {
        return LONG;
      }
    }

    const foreign = express();
    foreign.get('/', (_request, response) => {
      response.send(LONG);
    });
    const inner = new Bottle();
    inner.get('/', () => LONG);
    const app = appWith({ threshold: 100 });
    app.mount(Pages);
    app.mount('/express', foreign);
    app.mount('/inner', inner);
    await serving(app, async (url) => {
      expect(await ask(`${url}/fail`)).toMatchObject({
        status: 500,
        encoding: 'gzip',
        text: expect.stringContaining('Error: 500'),
      });
      expect(await ask(`${url}/none`)).toMatchObject({ status: 404, encoding: 'gzip' });
      expect(await ask(`${url}/inner/`)).toMatchObject({ encoding: 'gzip', text: LONG });
      expect(await ask(`${url}/express/`)).toMatchObject({ encoding: 'gzip', text: LONG });
      expect((await ask(`${url}/secret`)).encoding).toBeUndefined();
    });
  });

  it.each(ANSWERS)('sees %s', async (_what, request, status) => {
    const [verb, path] = request.includes(' ') ? request.split(' ', 2) : ['GET', request];
    const app = appWithAnswers(compress({ threshold: 0, types: () => true }));
    const answer = await app.fetch(
      new Request(`http://localhost${path}`, { method: verb, headers: { 'Accept-Encoding': 'gzip' } }),
    );
    expect([answer.status, answer.headers.get('vary')?.includes('Accept-Encoding')]).toEqual([status, true]);
  });

  it.each(['node', 'uws'])('says how long it is on %s, compressed or not', async (server) => {
    const answered = async (url: string, path: string, accept: string) => {
      const { headers, body, text } = await ask(url + path, { 'Accept-Encoding': accept });
      return [headers['content-encoding'], headers['content-length'] === String(body.length), text.startsWith('A long')];
    };
    const use = async (url: string): Promise<void> => {
      expect(await answered(url, '/', 'gzip')).toEqual(['gzip', true, true]);
      expect(await answered(url, '/', 'identity')).toEqual([undefined, true, true]);
      expect((await ask(`${url}/small`)).headers['content-length']).toBe('5');
      expect(await answered(url, '/generator', 'gzip')).toEqual(['gzip', false, true]);
    };
    await serving(appWith(), use, { server });
  });

  it.each(['gzip', 'br'])('sends with %s what a stream has so far when it pauses', async (encoding) => {
    const app = new Bottle();
    app.install(compress());
    let resume: () => void = () => undefined;
    app.get('/', async function* () {
      yield 'first ';
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
      yield 'second';
    });
    app.get('/events', async function* ({ response }) {
      response.contentType = 'text/event-stream';
      yield 'data: first\n\n';
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
      yield 'data: second\n\n';
    });
    await serving(app, async (url) => {
      for (const path of ['/', '/events']) {
        const response = await open(url + path, { 'Accept-Encoding': encoding });
        // A coding that needs megabytes is nothing for connections that stay open.
        const used = response.headers['content-encoding'];
        expect(used).toBe(path === '/' ? encoding : encoding === 'br' ? undefined : 'gzip');
        const decoder = used === undefined ? response : response.pipe(used === 'br' ? createBrotliDecompress() : createGunzip());
        let text = '';
        decoder.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        await until(() => text.includes('first'));
        expect(text).not.toContain('second');
        const ended = once(decoder, 'end');
        resume();
        await ended;
        expect(text).toContain('second');
      }
    });
  });

  it('produces no faster than the client takes, and stops when it leaves', async () => {
    const app = new Bottle();
    app.install(compress());
    let produced = 0;
    let closed = false;
    // Hardly compressible, so that the socket fills.
    const noise = Array.from({ length: 2000 }, (_, i) => createHash('sha256').update(`${i}`).digest('base64')).join('');
    app.get('/', function* () {
      try {
        for (;;) {
          produced += noise.length;
          yield noise;
        }
      } finally {
        closed = true;
      }
    });
    await serving(app, async (url) => {
      const response = await open(url);
      response.pause();
      let before = -1;
      while (before !== produced) {
        before = produced;
        await wait(100);
      }
      expect(produced).toBeLessThan(50e6);
      const stopped = produced;
      response.resume();
      await until(() => produced > stopped);
      response.destroy();
      await until(() => closed);
    });
  });

  it('cuts the connection when a stream fails half-way', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.install(compress());
    let seen = (): void => undefined;
    const isUnderWay = new Promise<void>((resolve) => (seen = resolve));
    app.get('/', async function* () {
      yield LONG;
      await isUnderWay;
      throw new Error('half-way');
    });
    await serving(app, async (url) => {
      const response = await open(url);
      seen();
      const error = await new Promise((resolve) => {
        response
          .resume()
          .on('error', resolve)
          .on('end', () => resolve(undefined));
      });
      expect(error).toMatchObject({ code: 'ECONNRESET' });
    });
  });

  it('works in process', async () => {
    for (const path of ['/', '/generator']) {
      const answer = await appWith().fetch(new Request(`http://localhost${path}`, { headers: { 'Accept-Encoding': 'gzip' } }));
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      expect(
        gunzipSync(Buffer.from(await answer.arrayBuffer()))
          .toString()
          .startsWith(LONG),
      ).toBe(true);
    }
  });

  it('refuses options that make no sense', () => {
    const wrong = (options: unknown) => () => compress(options as CompressOptions);
    expect(wrong({ threshold: '1kb' })).toThrow(/'threshold' is "1kb"; give a number of bytes/);
    expect(wrong({ encodings: ['gzip', 'brotli'] })).toThrow(/'encodings' has "brotli" in it; known are br, zstd, gzip, deflate/);
    expect(wrong({ encodings: [] })).toThrow(/contains no coding that this runtime supports/);
    expect(wrong({ encodings: 'gzip' })).toThrow(/give a list/);
    expect(wrong({ types: 'text/html' })).toThrow(/'types' is "text\/html"/);
    expect(wrong({ level: 9 })).toThrow(/has no option 'level'/);
  });
});
