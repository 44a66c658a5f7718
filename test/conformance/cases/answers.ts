import type { Group, Target } from '../case.js';
import { assert, pattern } from './helpers.js';

export const answers: Group = {
  subject: 'answers',
  cases: [
    {
      name: 'an object is JSON',
      async run({ ask }) {
        const { headers, json } = await ask('GET', '/object');
        assert.deepEqual([headers['content-type'], json], ['application/json', { text: 'grüß', list: [1, 2] }]);
      },
    },
    {
      name: 'nothing is an empty body',
      async run({ ask }) {
        const { status, body } = await ask('GET', '/nothing');
        assert.deepEqual([status, body.length], [200, 0]);
      },
    },
    ...[0, 1, 16_384, 65_536, 1_000_003, 10_000_000].map((length) => ({
      name: `${length} bytes arrive unharmed`,
      async run({ ask }: Target) {
        const { body, headers } = await ask('GET', `/bytes/${length}`);
        assert.ok(body.equals(pattern(length)), `${body.length} bytes arrived`);
        assert.ok(headers['content-length'] === undefined || headers['content-length'] === String(length));
      },
    })),
    ...[200, 201, 202, 206, 400, 401, 403, 404, 409, 410, 418, 422, 429, 451, 500, 502, 503].map((code) => ({
      name: `the status ${code} arrives`,
      async run({ ask }: Target) {
        const { status, text } = await ask('GET', `/status/${code}`);
        assert.deepEqual([status, text], [code, `status ${code}`]);
      },
    })),
    ...[299, 499, 599].map((code) => ({
      name: `the status ${code}, which nobody registered, arrives`,
      needs: ['any-status'] as const,
      async run({ ask }: Target) {
        assert.equal((await ask('GET', `/status/${code}`)).status, code);
      },
    })),
    {
      name: 'the reason that the app gives arrives, and where it gives none, that of RFC 9110',
      needs: ['reason'],
      async run({ ask }) {
        const { status, reason } = await ask('GET', '/reason');
        assert.deepEqual([status, reason], [210, 'Quite Well']);
        const large = await ask('POST', '/limited', { body: 'x'.repeat(2_000) });
        assert.deepEqual([large.status, large.reason], [413, 'Content Too Large']);
      },
    },
    ...[204, 304].map((code) => ({
      name: `${code} has no body, and says no length of it`,
      async run({ ask }: Target) {
        for (const path of [`/status/${code}`, `/bodiless/${code}`]) {
          const { status, body, headers } = await ask('GET', path);
          assert.deepEqual([status, body.length, headers['transfer-encoding']], [code, 0, undefined]);
          assert.ok([undefined, '0'].includes(headers['content-length']) || code === 304);
        }
      },
    })),
    {
      name: 'a redirect leads to a whole or absolute path',
      async run({ ask }) {
        const { status, headers } = await ask('GET', '/redirect');
        assert.equal(status, 303);
        assert.match(headers.location ?? '', /^(https?:\/\/[^/]+)?\/seen\?a=b$/);
      },
    },
    {
      name: 'a fetch Response is answered as it is',
      async run({ ask }) {
        const { status, headers, text } = await ask('GET', '/fetch');
        assert.deepEqual([status, headers['x-fetch'], text], [201, 'yes', 'fetched']);
        assert.equal(headers['set-cookie'], 'a=1\nb=2');
      },
    },
    {
      name: 'a file comes with its type, length and date',
      async run({ ask }) {
        const { status, headers, text } = await ask('GET', '/file');
        assert.deepEqual([status, text.length, text.slice(0, 9)], [200, 4999, '0000\n0001']);
        assert.match(headers['content-type'] ?? '', /^text\/plain/);
        assert.match(headers['last-modified'] ?? '', /GMT$/);
        assert.equal(headers['content-length'], '4999');
      },
    },
    {
      name: 'a file is 304 to who has it',
      async run({ ask }) {
        const { etag, 'last-modified': date } = (await ask('GET', '/file')).headers;
        for (const header of [
          ['If-None-Match', etag as string],
          ['If-Modified-Since', date as string],
        ] as const) {
          const { status, body } = await ask('GET', '/file', { headers: [header] });
          assert.deepEqual([status, body.length], [304, 0]);
        }
      },
    },
    {
      name: 'a part of a file is 206, and 416 where there is none',
      async run({ ask }) {
        const part = await ask('GET', '/file', { headers: [['Range', 'bytes=5-8']] });
        assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, '0001', 'bytes 5-8/4999']);
        const end = await ask('GET', '/file', { headers: [['Range', 'bytes=-4']] });
        assert.deepEqual([end.status, end.text], [206, '0999']);
        const none = await ask('GET', '/file', { headers: [['Range', 'bytes=5000-']] });
        assert.deepEqual([none.status, none.headers['content-range']], [416, 'bytes */4999']);
      },
    },
    {
      name: 'HEAD of a file has its length and no body',
      needs: ['head-length'],
      async run({ ask }) {
        const { status, headers, body } = await ask('HEAD', '/file');
        assert.deepEqual([status, headers['content-length'], body.length], [200, '4999', 0]);
      },
    },
  ],
};
