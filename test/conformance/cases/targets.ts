import type { Group } from '../case.js';
import { assert } from './helpers.js';

export const targets: Group = {
  subject: 'targets',
  cases: [
    {
      name: 'percent-encoded UTF-8 is decoded',
      async run({ ask }) {
        const seen = (await ask('GET', '/seen/gr%C3%BC%C3%9F%20dich')).json;
        assert.deepEqual([seen.rest, seen.path], ['grüß dich', '/seen/grüß dich']);
      },
    },
    {
      name: 'an encoded slash separates no segments',
      needs: ['encoded-slash'],
      async run({ ask }) {
        const { status, json } = await ask('GET', '/segment/a%2Fb');
        assert.deepEqual([status, json], [200, { name: 'a/b' }]);
      },
    },
    {
      name: 'an encoded percent sign is decoded once only',
      async run({ ask }) {
        assert.equal((await ask('GET', '/seen/100%2525')).json.rest, '100%25');
      },
    },
    {
      name: 'a plus sign in a path is a plus sign, in a query a space',
      async run({ ask }) {
        const seen = (await ask('GET', '/seen/a+b?q=a+b')).json;
        assert.deepEqual([seen.rest, seen.query], ['a+b', [['q', 'a b']]]);
      },
    },
    {
      name: 'the query comes as it was sent, several values per key',
      async run({ ask }) {
        const seen = (await ask('GET', '/seen?a=1&b=%26&a=%C3%BC&empty=&flag')).json;
        assert.equal(seen.queryString, 'a=1&b=%26&a=%C3%BC&empty=&flag');
        assert.deepEqual(seen.query, [
          ['a', '1'],
          ['b', '&'],
          ['a', 'ü'],
          ['empty', ''],
          ['flag', ''],
        ]);
      },
    },
    {
      name: 'a second question mark belongs to the query',
      async run({ ask }) {
        assert.equal((await ask('GET', '/seen?a=?b')).json.queryString, 'a=?b');
      },
    },
    {
      name: 'a trailing slash matters',
      async run({ ask }) {
        assert.equal((await ask('GET', '/only-get/')).status, 404);
      },
    },
    {
      name: 'empty segments stay',
      async run({ ask }) {
        assert.equal((await ask('GET', '/seen/a//b')).json.rest, 'a//b');
      },
    },
    {
      name: 'dot segments are passed on',
      needs: ['dot-segments'],
      async run({ ask }) {
        assert.equal((await ask('GET', '/seen/a/../b/./c')).json.rest, 'a/../b/./c');
      },
    },
    {
      name: 'bytes that are not UTF-8 are 400',
      async run({ ask }) {
        assert.equal((await ask('GET', '/seen/%FF%FE')).status, 400);
      },
    },
    {
      name: 'the URL is told with the Host that the client names',
      async run({ ask }) {
        const { url, host } = (await ask('GET', '/seen/x?y=z', { headers: [['Host', 'example.org:81']] })).json;
        assert.match(url, /^https?:\/\/example\.org:81\/seen\/x\?y=z$/);
        assert.equal(host, 'example.org:81');
      },
    },
    {
      name: 'a long target arrives whole',
      async run({ ask }) {
        const long = 'x'.repeat(4000);
        assert.equal((await ask('GET', `/seen?q=${long}`)).json.queryString, `q=${long}`);
      },
    },
    {
      name: 'a mounted app sees what is below its prefix',
      async run({ ask }) {
        const { path, scriptName, rest } = (await ask('GET', '/mounted/where/a%20b')).json;
        assert.deepEqual([path, scriptName, rest], ['/where/a b', '/mounted/', 'a b']);
      },
    },
    {
      name: 'a mounted node:http listener answers',
      async run({ ask }) {
        const { text, headers } = await ask('GET', '/listener/x?y');
        assert.deepEqual([text, headers['x-listener']], ['GET /x?y', 'node']);
      },
    },
  ],
};
