import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Group, Target } from '../case.js';
import { assert, marks, newId, pattern, standstill, TextReader, tellToGo, untilMarked } from './helpers.js';

const CODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { 1: 1 } }),
  'gzip, br': (bytes) => brotliCompressSync(gzipSync(bytes), { params: { 1: 1 } }),
};

export const bodies: Group = {
  subject: 'request bodies',
  cases: [
    {
      name: 'a small one comes back as it went',
      async run({ ask }) {
        const { text, headers } = await ask('POST', '/echo', {
          body: 'grüß',
          headers: [['Content-Type', 'text/plain; charset=utf-8']],
        });
        assert.deepEqual([text, headers['content-type']], ['grüß', 'text/plain; charset=utf-8']);
      },
    },
    {
      name: 'an empty one is empty',
      async run({ ask }) {
        const { status, body } = await ask('POST', '/echo', { body: '' });
        assert.deepEqual([status, body.length], [200, 0]);
      },
    },
    ...[1, 16_384, 65_537, 1_048_576, 9_000_001].map((length) => ({
      name: `${length} bytes arrive unharmed`,
      async run({ ask }: Target) {
        const body = pattern(length);
        assert.deepEqual((await ask('POST', '/digest', { body })).json, { length, sha256: sha256(body) });
      },
    })),
    {
      name: 'every value of a byte arrives',
      async run({ ask }) {
        const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        assert.deepEqual((await ask('POST', '/echo', { body })).body, body);
      },
    },
    {
      name: 'one of unannounced length arrives',
      async run({ ask }) {
        const body = pattern(200_000);
        const { json } = await ask('POST', '/digest', { body: inPieces(body, 7001) });
        assert.deepEqual(json, { length: 200_000, sha256: sha256(body) });
      },
    },
    {
      name: 'a large one is read as a stream',
      async run({ ask }) {
        const body = pattern(5_000_000);
        assert.deepEqual((await ask('POST', '/digest-stream', { body })).json, { length: 5_000_000, sha256: sha256(body) });
      },
    },
    ...Object.entries(CODERS).map(([coding, encode]) => ({
      name: `one with Content-Encoding: ${coding} is decoded`,
      async run({ ask }: Target) {
        const body = pattern(300_000);
        const { json } = await ask('POST', '/digest', { body: encode(body), headers: [['Content-Encoding', coding]] });
        assert.deepEqual(json, { length: 300_000, sha256: sha256(body) });
      },
    })),
    {
      name: 'one with an unknown Content-Encoding is 415, and says which are taken',
      async run({ ask }) {
        const { status, headers } = await ask('POST', '/echo', { body: 'x', headers: [['Content-Encoding', 'compress']] });
        assert.equal(status, 415);
        assert.match(headers['accept-encoding'] ?? '', /^gzip, deflate, br/);
      },
    },
    {
      name: 'one that is not coded as its Content-Encoding says is 400',
      async run({ ask }) {
        const gzip = [['Content-Encoding', 'gzip']] as const;
        assert.equal((await ask('POST', '/echo', { body: 'plain text', headers: gzip })).status, 400);
        assert.equal((await ask('POST', '/echo', { body: gzipSync('cut off').subarray(0, -4), headers: gzip })).status, 400);
      },
    },
    {
      name: 'a small one that becomes larger than the limit is 413',
      async run({ ask }) {
        const body = gzipSync(Buffer.alloc(1001));
        assert.equal((await ask('POST', '/limited', { body, headers: [['Content-Encoding', 'gzip']] })).status, 413);
      },
    },
    {
      name: 'JSON is parsed, and 400 when it is broken',
      async run({ ask }) {
        const json = [['Content-Type', 'application/json']] as const;
        assert.deepEqual((await ask('POST', '/json', { body: '{"a":["ü",1]}', headers: json })).json, { got: { a: ['ü', 1] } });
        assert.equal((await ask('POST', '/json', { body: '{"a":', headers: json })).status, 400);
      },
    },
    {
      name: 'a form is parsed',
      async run({ ask }) {
        const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
        const { fields } = (await ask('POST', '/form', { body: 'a=1&a=2&b=%C3%BC+%26', headers })).json;
        assert.deepEqual(fields, [
          ['a', '1'],
          ['a', '2'],
          ['b', 'ü &'],
        ]);
      },
    },
    {
      name: 'uploads arrive with their fields and names',
      async run({ ask }) {
        const file = pattern(300_000);
        const { fields, uploads } = (
          await ask(
            'POST',
            '/upload',
            multipart([
              ['title', 'Grüße'],
              ['file', file, 'a/../bild ü.png', 'image/png'],
            ]),
          )
        ).json;
        assert.deepEqual(fields, [['title', 'Grüße']]);
        assert.equal(uploads.length, 1);
        const { field, contentType, size, sha256: hash, rawFilename } = uploads[0];
        assert.deepEqual([field, contentType, size, hash], ['file', 'image/png', 300_000, sha256(file)]);
        assert.match(rawFilename, /bild ü\.png$/);
      },
    },
    {
      name: 'one that is announced too large is 413',
      async run({ ask }) {
        assert.equal((await ask('POST', '/limited', { body: 'x'.repeat(1001) })).status, 413);
        assert.deepEqual((await ask('POST', '/limited', { body: 'x'.repeat(1000) })).json, { length: 1000 });
      },
    },
    {
      name: 'one that turns out too large is 413',
      async run({ ask }) {
        assert.equal((await ask('POST', '/limited', { body: inPieces(Buffer.alloc(2000), 500) })).status, 413);
      },
    },
    {
      name: 'one that nobody reads hinders no answer',
      async run({ ask }) {
        assert.equal((await ask('POST', '/unread', { body: pattern(50_000) })).text, 'not read');
        assert.equal((await ask('POST', '/no/such/path', { body: pattern(50_000) })).status, 404);
      },
    },
    {
      name: 'a GET may have one',
      needs: ['get-body'],
      async run({ ask }) {
        const { json } = await ask('GET', '/seen', { body: 'hello', headers: [['Content-Type', 'text/plain']] });
        assert.deepEqual([json.method, json.contentLength, json.contentType], ['GET', 5, 'text/plain']);
      },
    },
    {
      name: 'the first piece reaches the handler before the last is sent',
      needs: ['request-streaming'],
      async run(target) {
        const id = newId();
        async function* slowly() {
          yield 'first';
          await untilMarked(target, id, 'first');
          yield 'last';
        }
        assert.equal((await target.ask('POST', `/arriving/${id}`, { body: slowly() })).text, 'firstlast');
      },
    },
    {
      name: 'a sender waits while the handler does not read',
      needs: ['request-back-pressure'],
      waits: true,
      async run(target) {
        const id = newId();
        const piece = Buffer.alloc(64 * 1024, 'x');
        let sent = 0;
        async function* much() {
          for (; sent < 1024; sent++) yield piece;
        }
        const answer = target.ask('POST', `/reluctant/${id}`, { body: much() });
        answer.catch(() => undefined);
        await untilMarked(target, id, 'waiting');
        await standstill(target, () => sent, 1024);
        assert.ok(sent < 1024, 'all 64 MB were taken although nobody read');
        await tellToGo(target, id);
        assert.deepEqual((await answer).json, { length: 1024 * piece.length });
      },
    },
    {
      name: 'the answer may begin before the body ends',
      needs: ['both-ways'],
      async run({ open }) {
        let go = (): void => undefined;
        const answered = new Promise<void>((resolve) => {
          go = resolve;
        });
        async function* asked() {
          yield 'question ';
          await answered;
          yield 'again';
        }
        const { body } = await open('POST', '/both-ways', { body: asked() });
        const reader = new TextReader(body);
        await reader.until((text) => text === 'QUESTION ');
        go();
        assert.equal(await reader.all(), 'QUESTION AGAIN');
      },
    },
    {
      name: 'the handler learns when it breaks off',
      needs: ['request-streaming', 'broken-body-noticed'],
      async run(target) {
        const id = newId();
        async function* broken() {
          yield 'beginning';
          await untilMarked(target, `${id}-begun`, 'begun');
          throw new Error('The client aborts.');
        }
        await assert.rejects(target.ask('POST', `/broken-body/${id}`, { body: broken() }));
        await untilMarked(target, id, 'broken');
        assert.deepEqual(await marks(target, id), ['broken']);
      },
    },
  ],
};

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length);
}

type Part = readonly [name: string, text: string] | readonly [name: string, bytes: Buffer, filename: string, type: string];

function multipart(parts: readonly Part[]): { body: Buffer; headers: [string, string][] } {
  const boundary = 'a-boundary-that-is-not-inside';
  const lines = parts.flatMap(([name, value, filename, type]) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    type === undefined ? '' : `Content-Type: ${type}\r\n`,
    '\r\n',
    value,
    '\r\n',
  ]);
  return {
    body: Buffer.concat([...lines, `--${boundary}--\r\n`].map((part) => Buffer.from(part as string))),
    headers: [['Content-Type', `multipart/form-data; boundary=${boundary}`]],
  };
}
