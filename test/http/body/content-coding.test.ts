import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { bodyLimit } from 'bottlenose/plugins';
import { fc } from '../../property.js';
import { exchange, request, serving } from '../../servers/raw-client.js';

const coders: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: (bytes) => gzipSync(bytes),
  'x-gzip': (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { 1: 1 } }),
};

function app(): Bottle {
  const made = new Bottle({ logger: () => undefined, memfileMax: 1000, maxBody: 100_000 });
  made.post('/', (_args, { request: { body, contentLength } }) => [body.toString('latin1'), contentLength]);
  made.post('/small', { apply: bodyLimit(100) }, (_args, { request: { body } }) => body.length);
  made.post('/json', (_args, { request: { json } }) => json);
  made.post('/form', (_args, { request: { forms, files } }) => [forms.get('a'), files.get('f')?.filename]);
  made.post('/stream', { stream: true }, async (_args, { request: { stream } }) => Buffer.concat(await stream.toArray()));
  return made;
}

function send(path: string, body: Uint8Array, coding: string, type = 'text/plain'): Promise<Response> {
  const headers = { 'content-encoding': coding, 'content-type': type };
  return app().fetch(new Request(`http://localhost${path}`, { method: 'POST', body: body as BodyInit, headers }));
}

describe('a body with a Content-Encoding', () => {
  it('is decoded, whatever its codings, its size and its content', async () => {
    const codings = fc.array(fc.constantFrom(...Object.keys(coders), 'identity'), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(codings, fc.uint8Array({ maxLength: 3000 }), async (names, bytes) => {
        const coded = names.reduce<Uint8Array>((all, name) => coders[name]?.(all) ?? all, bytes);
        const answer = await send('/', coded, names.join(' , ').toUpperCase());
        expect([answer.status, ((await answer.json()) as unknown[])[0]]).toEqual([200, Buffer.from(bytes).toString('latin1')]);
      }),
    );
  });

  it('is JSON or a form as any other', async () => {
    expect(await (await send('/json', gzipSync('{"a":[1]}'), 'gzip', 'application/json')).json()).toEqual({ a: [1] });
    const text =
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\n2\r\n--b--\r\n';
    expect(await (await send('/form', gzipSync(text), 'gzip', 'multipart/form-data; boundary=b')).json()).toEqual(['1', 'x.txt']);
  });

  it('is refused above the limit, in coded and in plain bytes', async () => {
    expect((await send('/small', gzipSync(Buffer.alloc(100)), 'gzip')).status).toBe(200);
    expect((await send('/small', gzipSync(Buffer.alloc(101)), 'gzip')).status).toBe(413);
    const padded = Buffer.concat(Array.from({ length: 10 }, () => gzipSync('')));
    expect([padded.length > 100, (await send('/small', padded, 'gzip')).status]).toEqual([true, 413]);
  });

  it('is refused above the limit before it is decoded as a whole', async () => {
    // Four hundred times the limit, in a tenth of it.
    expect((await send('/', gzipSync(Buffer.alloc(40_000_000)), 'gzip')).status).toBe(413);
  });

  it.each(['compress', 'gzip, x', 'constructor', 'gzip, gzip, gzip, gzip'])(
    'is 415 for %j, with the codings that are taken',
    async (coding) => {
      const answer = await send('/', gzipSync(''), coding);
      expect(answer.status).toBe(415);
      expect(answer.headers.get('accept-encoding')).toMatch(/^gzip, deflate, br/);
    },
  );

  it('is 400 if it is malformed or cut off', async () => {
    for (const [coding, encode] of Object.entries(coders)) {
      const coded = encode(Buffer.from('a text that is long enough to be cut off'));
      for (const wrong of [Buffer.from('no such data'), coded.subarray(0, -9)]) {
        expect([coding, (await send('/', wrong, coding)).status]).toEqual([coding, 400]);
      }
    }
  });

  it('reaches a method that reads the stream itself in coded form', async () => {
    const coded = gzipSync('as it is');
    expect(Buffer.from(await (await send('/stream', coded, 'gzip')).arrayBuffer())).toEqual(coded);
  });

  it('keeps the connection open after it', async () => {
    await serving(app(), async (url) => {
      const body = gzipSync('x'.repeat(50_000)).toString('latin1');
      const one = request('POST', '/', ['Content-Encoding: gzip'], body);
      const answer = await exchange(url, Buffer.from(one, 'latin1'), 'POST');
      expect(answer.status).toBe(200);
    });
  });
});
