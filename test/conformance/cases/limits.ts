import { get, request } from '../../servers/raw-client.js';
import type { Capability } from '../capabilities.js';
import type { Group, Target } from '../case.js';
import { assert, marks, newId } from './helpers.js';

const nonsense: readonly (readonly [what: string, bytes: string, need?: Capability])[] = [
  ['what is not HTTP', 'N O N S E N S E\r\n\r\n'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n', 'bad-headers'],
  ['a space before the colon of a header', 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length : 0\r\n\r\n'],
  ['malformed chunks', request('POST', '/echo', ['Transfer-Encoding: chunked'], 'zz\r\nxx\r\n0\r\n\r\n'), 'bad-chunks'],
  [
    'both a length and chunks',
    request('POST', '/echo', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    'length-and-chunks',
  ],
];

/** Requests that two readers can understand differently, so that what follows must not be taken for a request of its own. */
const ambiguous: readonly (readonly [what: string, bytes: string, need?: Capability])[] = [
  ['a malformed length', request('POST', '/echo', ['Content-Length: 1x'], 'x')],
  ['a length with a sign', request('POST', '/echo', ['Content-Length: +1'], 'x')],
  ['an empty length', request('POST', '/echo', ['Content-Length:']), 'empty-length'],
  ['two lengths that differ', request('POST', '/echo', ['Content-Length: 1', 'Content-Length: 2'], 'xx')],
  ['a length of zero before another', request('POST', '/echo', ['Content-Length: 0', `Content-Length: ${get('/seen').length}`])],
  [
    'an empty length before another',
    request('POST', '/echo', ['Content-Length:', `Content-Length: ${get('/seen').length}`]),
    'empty-length',
  ],
  ['an empty length of GET', get('/seen', 'Content-Length:', `Content-Length: ${get('/seen').length}`), 'empty-length'],
  ['a second Host', 'GET /seen HTTP/1.1\r\nHost: localhost\r\nhost: example.org\r\n\r\n', 'one-host'],
  [
    'a second Host with a body',
    'POST /echo HTTP/1.1\r\nHost: localhost\r\nHOST: example.org\r\nContent-Length: 1\r\n\r\nx',
    'one-host',
  ],
];

/** Values of `Host` outside of the grammar (RFC 9110 §7.2, RFC 3986 §3.2.2). */
const invalidHosts = [
  'a/b?c#d',
  'a?b',
  'a#b',
  'u:p@evil',
  'u@evil',
  'a b',
  'a:b',
  'a:1:2',
  'a%zz',
  'a"b',
  'a\\b',
  'a,b/',
  'http://a',
  '[::1',
  '[::1]a',
  '[1:2]',
];
const validHosts = [
  'localhost',
  'A-b_c.example.org:81',
  '127.0.0.1:8080',
  '[::1]:8080',
  '[2001:db8::1]',
  'example.org:',
  'xn--nxasmq6b',
];

/** Codings of a body after which it is not clear where the body ends. */
const endless = ['identity', 'xchunked', '"chunked"', 'chunked, identity', 'chunked, gzip'];

export const limits: Group = {
  subject: 'limits',
  cases: [
    ...nonsense.map(([what, bytes, need]) => ({
      name: `${what} is 400, and no request afterwards is taken from it`,
      needs: ['bad-requests' as const, ...(need === undefined ? [] : [need])],
      async run({ connect }: Target) {
        const client = await connect();
        client.send(bytes + get('/seen'));
        const answer = await client.answer();
        assert.equal(answer?.status, 400);
        await client.closed;
        assert.equal(client.received, '');
      },
    })),
    {
      name: 'an invalid Host is 400',
      needs: ['valid-host'],
      async run({ connect }) {
        for (const host of invalidHosts)
          for (const verb of ['GET', 'POST']) {
            const client = await connect();
            client.send(`${verb} /seen HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
            assert.equal((await client.answer(verb))?.status, 400, `${verb}, Host: ${host}`);
            client.close();
          }
      },
    },
    {
      name: 'a target in absolute form with an invalid host is 400',
      needs: ['absolute-host'],
      async run({ connect }) {
        const client = await connect();
        client.send(get('http://a%zz/seen', 'Connection: close'));
        assert.equal((await client.answer())?.status, 400);
        client.close();
      },
    },
    {
      name: 'a valid Host is taken, whatever its form',
      needs: ['http1', 'host-forms'],
      async run({ connect }) {
        for (const host of validHosts) {
          const client = await connect();
          client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
          assert.equal((await client.answer())?.status, 200, `Host: ${host}`);
          client.close();
        }
      },
    },
    {
      name: 'a body in a transfer coding that nobody decodes is 501',
      needs: ['known-codings'],
      async run({ connect }) {
        const client = await connect();
        client.send(request('POST', '/echo', ['Transfer-Encoding: gzip, chunked'], '1\r\nx\r\n0\r\n\r\n'));
        const answer = await client.answer();
        assert.equal(answer?.status, 501);
        client.close();
      },
    },
    {
      name: 'a head that is too large is refused',
      needs: ['header-limit'],
      async run({ connect }) {
        const client = await connect();
        client.send(get('/', `X-Large: ${'x'.repeat(100_000)}`));
        const answer = await client.answer();
        assert.ok([431, 400].includes(answer?.status ?? 0), `${answer?.status}`);
        await client.closed;
      },
    },
    {
      name: 'a request with many headers is answered',
      needs: ['many-headers'],
      async run({ ask }) {
        const headers = Array.from({ length: 60 }, (_, i) => [`X-Header-${i}`, `${i}`] as const);
        const { status, text } = await ask('GET', '/', { headers });
        assert.ok((status === 200 && text === 'home') || status === 431, `${status}`);
      },
    },
    {
      name: 'a target that is too long is refused',
      needs: ['header-limit'],
      async run({ connect }) {
        const client = await connect();
        client.send(get(`/seen?${'x'.repeat(100_000)}`));
        const answer = await client.answer();
        assert.ok([414, 431, 400].includes(answer?.status ?? 0), `${answer?.status}`);
        await client.closed;
      },
    },
    {
      name: 'a client that sends a body that is too large still gets the answer',
      needs: ['early-answer'],
      async run({ ask }) {
        const { status } = await ask('POST', '/limited', { body: Buffer.alloc(3_000_000) });
        assert.equal(status, 413);
      },
    },
    {
      name: 'a client that sends nonsense harms no other',
      needs: ['bad-requests'],
      async run({ ask, connect }) {
        const clients = await Promise.all(Array.from({ length: 10 }, connect));
        for (const client of clients) client.send('\x00\xff\x16\x03\x01 nonsense\r\n\r\n');
        assert.equal((await ask('GET', '/')).text, 'home');
        await Promise.all(clients.map(({ closed }) => closed));
      },
    },
    ...ambiguous.map(([what, bytes, need]) => ({
      name: `${what} is 400, and ends the connection`,
      needs: ['http1' as const, ...(need === undefined ? [] : [need])],
      run: (target: Target) => refusedWithAllThatFollows(target, bytes, [400]),
    })),
    ...endless.map((coding) => ({
      name: `a body in the transfer coding ${coding} is refused, and ends the connection`,
      needs: ['http1' as const],
      run: (target: Target) =>
        // 422 is HAProxy's.
        refusedWithAllThatFollows(
          target,
          request('POST', '/echo', [`Transfer-Encoding: ${coding}`], '0\r\n\r\n'),
          [400, 501, 422],
        ),
    })),
  ],
};

/** What follows a refused request on its connection, an ordinary request and a handshake, must not reach the app. */
async function refusedWithAllThatFollows(target: Target, bytes: string, statuses: readonly number[]): Promise<void> {
  const upgrade = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  const id = newId();
  for (const follower of [request('POST', `/go/${id}`, ['Content-Length: 0']), get(`/ws/mark/${id}-go`, ...upgrade)]) {
    const client = await target.connect();
    client.send(bytes + follower);
    const answer = await client.answer();
    assert.ok(statuses.includes(answer?.status ?? 0), `${answer?.status}`);
    await client.closed;
    assert.equal(client.received, '');
  }
  assert.deepEqual(await marks(target, `${id}-go`), []);
}
