import type { Group } from '../case.js';
import { assert } from './helpers.js';

export const headers: Group = {
  subject: 'headers',
  cases: [
    {
      name: 'those of the request arrive, in whatever case',
      async run({ ask }) {
        const seen = (await ask('GET', '/seen', { headers: [['X-ToKeN', 'Value, with: signs; = "x"']] })).json;
        const found = seen.headers.find(([name]: [string]) => name.toLowerCase() === 'x-token');
        assert.equal(found?.[1], 'Value, with: signs; = "x"');
      },
    },
    {
      name: 'repeated ones of the request are joined in order',
      async run({ ask }) {
        const sent = [
          ['X-Many', 'one'],
          ['X-Many', 'two'],
          ['X-Other', 'x'],
          ['X-Many', 'three'],
        ] as const;
        const seen = (await ask('GET', '/seen', { headers: sent })).json;
        const values = seen.headers
          .filter(([name]: [string]) => name.toLowerCase() === 'x-many')
          .map(([, value]: string[]) => value);
        assert.deepEqual(values.join(',').split(/, */), ['one', 'two', 'three']);
      },
    },
    {
      name: 'a long one of the request arrives whole',
      async run({ ask }) {
        const long = 'abcdefghij'.repeat(500);
        const seen = (await ask('GET', '/seen', { headers: [['X-Long', long]] })).json;
        assert.ok(seen.headers.some(([, value]: string[]) => value === long));
      },
    },
    {
      name: 'those of the answer arrive',
      async run({ ask }) {
        const answer = await ask('GET', '/headers');
        assert.equal(answer.headers['x-one'], 'one');
        assert.equal(answer.headers['x-many'], 'first, second');
        assert.equal(answer.text, 'headers');
      },
    },
    {
      name: 'one of the answer that is empty arrives',
      needs: ['empty-headers'],
      async run({ ask }) {
        assert.equal((await ask('GET', '/headers')).headers['x-empty'], '');
      },
    },
    {
      name: 'one of the answer with letters beyond ASCII is sent as UTF-8',
      needs: ['utf8-headers'],
      async run({ ask }) {
        const { headers: got } = await ask('GET', '/headers');
        assert.equal(Buffer.from(got['x-letters'] ?? '', 'latin1').toString(), 'café');
      },
    },
    {
      name: 'an answer has a date',
      needs: ['date'],
      async run({ ask }) {
        assert.match((await ask('GET', '/')).headers.date ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
      },
    },
    {
      name: 'what caches live by arrives unchanged',
      async run({ ask }) {
        const { headers: got } = await ask('GET', '/vary');
        assert.deepEqual([got.vary, got.etag, got['cache-control']], ['Accept', '"v1"', 'max-age=60']);
      },
    },
    {
      name: 'a content type has the charset of its text',
      async run({ ask }) {
        const { headers: got, text } = await ask('GET', '/text');
        assert.deepEqual([got['content-type'], got['content-length'], text], ['text/html; charset=UTF-8', '6', 'grüß']);
      },
    },
    {
      name: 'credentials arrive',
      async run({ ask }) {
        const token = Buffer.from('anna:p:w').toString('base64');
        const { auth } = (await ask('GET', '/seen', { headers: [['Authorization', `Basic ${token}`]] })).json;
        assert.deepEqual([auth.username, auth.password], ['anna', 'p:w']);
      },
    },
    {
      name: 'cookies of the request arrive, in one header or several',
      async run({ ask }) {
        const one = (await ask('GET', '/seen', { headers: [['Cookie', 'a=1; b=2']] })).json;
        const two = (
          await ask('GET', '/seen', {
            headers: [
              ['Cookie', 'a=1'],
              ['Cookie', 'b=2'],
            ],
          })
        ).json;
        assert.deepEqual(one.cookies, [
          ['a', '1'],
          ['b', '2'],
        ]);
        assert.deepEqual(two.cookies, one.cookies);
      },
    },
    {
      name: 'each cookie of the answer has a header of its own',
      async run({ ask }) {
        const cookies = (await ask('GET', '/cookies')).headers['set-cookie']?.split('\n') ?? [];
        assert.equal(cookies.length, 3);
        assert.match(cookies[0] as string, /^plain=/);
        assert.match(cookies[1] as string, /^signed=.*HttpOnly/i);
        assert.match(cookies[2] as string, /^gone=.*(Expires|Max-Age)=/i);
      },
    },
    {
      name: 'a signed cookie comes back as what it was',
      async run({ ask }) {
        const cookies = (await ask('GET', '/cookies')).headers['set-cookie']?.split('\n') ?? [];
        const pair = (cookies[1] as string).split(';')[0] as string;
        assert.deepEqual((await ask('GET', '/signed', { headers: [['Cookie', pair]] })).json, { value: { id: 7 } });
        const forged = pair.replace('signed=', 'signed=x');
        assert.deepEqual((await ask('GET', '/signed', { headers: [['Cookie', forged]] })).json, { value: null });
      },
    },
    {
      name: 'the client is known by its address',
      needs: ['peer-address'],
      async run({ ask }) {
        const { remoteAddr, remoteRoute } = (await ask('GET', '/seen')).json;
        assert.match(remoteAddr ?? '', /^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
        assert.equal(remoteRoute[0], remoteAddr);
      },
    },
    {
      name: 'forwarding headers of an untrusted client are ignored',
      async run({ ask }) {
        const lies = [
          ['X-Forwarded-For', '9.9.9.9'],
          ['X-Forwarded-Proto', 'gopher'],
          ['X-Forwarded-Prefix', '/lies'],
        ] as const;
        const { remoteAddr, url, scriptName } = (await ask('GET', '/seen', { headers: lies })).json;
        assert.notEqual(remoteAddr, '9.9.9.9');
        assert.match(url, /^https?:/);
        assert.equal(scriptName, '/');
      },
    },
  ],
};
