import { once } from 'node:events';
import { request } from '../../servers/raw-client.js';
import type { Group, Target } from '../case.js';
import { assert, FloodReader, marks, newId, pattern, standstill, untilMarked } from './helpers.js';
import { WebSocket } from 'ws';

export const sockets: Group = {
  subject: 'WebSockets',
  cases: [
    {
      name: 'echo text and bytes, small and large, in order',
      needs: ['websocket'],
      async run(target) {
        const peer = await opened(target, '/ws/echo');
        for (const message of ['grüß', '', 'x'.repeat(100_000), pattern(200_000), Buffer.alloc(0)]) {
          peer.send(message);
          const [data, isBinary] = await once(peer, 'message');
          assert.equal(isBinary, typeof message !== 'string');
          assert.ok(Buffer.from(message).equals(data), `${data.length} bytes`);
        }
        peer.terminate();
      },
    },
    {
      name: 'many messages keep their order',
      needs: ['websocket'],
      async run(target) {
        const peer = await opened(target, '/ws/echo');
        const got: string[] = [];
        peer.on('message', (data) => got.push(String(data)));
        for (let i = 0; i < 500; i++) peer.send(String(i));
        while (got.length < 500) await once(peer, 'message');
        assert.deepEqual(
          got,
          Array.from({ length: 500 }, (_, i) => String(i)),
        );
        peer.terminate();
      },
    },
    {
      name: 'know the wildcards, the query and the headers of their request',
      needs: ['websocket'],
      async run(target) {
        const peer = dial(target, '/ws/greet/gr%C3%BC%C3%9F?q=a+b', { 'X-Agent': 'test' });
        const [data] = await once(peer, 'message');
        assert.deepEqual(JSON.parse(String(data)), { name: 'grüß', query: 'a b', agent: 'test' });
        peer.terminate();
      },
    },
    {
      name: 'agree on the subprotocol that the server likes best',
      needs: ['websocket'],
      async run(target) {
        const peer = dial(target, '/ws/protocol', { 'X-Agent': 'test' }, ['one', 'two']);
        const [data] = await once(peer, 'message');
        assert.deepEqual([String(data), peer.protocol], ['two', 'two']);
        peer.terminate();
      },
    },
    {
      name: 'agree on no subprotocol that the server does not speak',
      needs: ['websocket'],
      async run(target) {
        const peer = dial(target, '/ws/protocol', {}, ['three']);
        // A client that asks for one only takes that (RFC 6455 §4.1).
        const [error] = await once(peer, 'error');
        assert.match(String(error), /no subprotocol/);
      },
    },
    {
      name: 'take messages up to the size that their route says',
      needs: ['websocket'],
      async run(target) {
        const peer = await opened(target, '/ws/small');
        const got: number[] = [];
        peer.on('message', (data: Buffer) => got.push(data.length));
        peer.send('x'.repeat(1000));
        peer.send('\u00fc'.repeat(501));
        const [code] = await once(peer, 'close');
        assert.equal(code, 1009);
        assert.ok(!got.includes(1002));
      },
    },
    {
      name: 'close with the code and the reason of the app',
      needs: ['websocket'],
      async run(target) {
        const [code, reason] = await once(dial(target, '/ws/close'), 'close');
        assert.deepEqual([code, String(reason)], [4001, 'enough']);
      },
    },
    {
      name: 'close with 1000 when the method returns',
      needs: ['websocket'],
      async run(target) {
        const [code] = await once(dial(target, '/ws/greet/x'), 'close');
        assert.equal(code, 1000);
      },
    },
    {
      name: 'close with 1011 when the method throws, and tell nothing',
      needs: ['websocket'],
      async run(target) {
        const [code, reason] = await once(dial(target, '/ws/throw'), 'close');
        assert.equal(code, 1011);
        assert.ok(!String(reason).includes('secret'));
      },
    },
    {
      name: 'tell the method when the client leaves, politely or not',
      needs: ['websocket'],
      async run(target) {
        for (const leave of ['close', 'terminate'] as const) {
          const id = newId();
          const peer = await opened(target, `/ws/mark/${id}`);
          await untilMarked(target, id, 'open');
          peer[leave]();
          await untilMarked(target, id, 'closed');
        }
      },
    },
    {
      name: 'are refused like any request',
      needs: ['websocket'],
      async run(target) {
        for (const [path, status] of [
          ['/ws/refuse', 403],
          ['/ws/none', 404],
        ] as const) {
          const peer = dial(target, path);
          const [, answer] = await once(peer, 'unexpected-response');
          assert.equal(answer.statusCode, status);
          answer.resume();
        }
      },
    },
    {
      name: 'are refused to pages of another origin',
      needs: ['websocket'],
      async run(target) {
        const peer = dial(target, '/ws/echo', { Origin: 'https://evil.example' });
        const [, answer] = await once(peer, 'unexpected-response');
        assert.equal(answer.statusCode, 403);
        answer.resume();
      },
    },
    {
      name: 'let a sender wait for a slow client',
      needs: ['websocket', 'back-pressure'],
      waits: true,
      async run(target) {
        const id = newId();
        const peer = await opened(target, `/ws/flood/${id}`);
        peer.pause();
        const made = await standstill(target, async () => Number((await marks(target, id)).at(-1) ?? 0), 1024);
        assert.ok(made < 1024, 'all 64 MB were made although nobody took them');
        const flood = new FloodReader();
        peer.on('message', (data: Buffer) => flood.take(data));
        peer.resume();
        await once(peer, 'close');
        assert.deepEqual([flood.length, flood.wrongAfter], [64 * 1024 * 1024, undefined]);
      },
    },
    {
      name: 'a handshake without Connection: Upgrade is 426',
      needs: ['http1', 'handshake-connection'],
      async run({ connect }) {
        const client = await connect();
        const key = 'dGhlIHNhbXBsZSBub25jZQ==';
        const handshake = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`];
        assert.equal((await client.send(request('GET', '/ws/echo', handshake)).answer())?.status, 426);
        client.close();
      },
    },
    {
      name: 'an ordinary request for one is 426',
      async run({ ask }) {
        assert.equal((await ask('GET', '/ws/echo')).status, 426);
      },
    },
    {
      name: 'a handshake with a body opens none, and harms nobody',
      needs: ['http1', 'handshake-body'],
      async run({ connect, ask }) {
        for (const [header, body] of [
          ['Content-Length: 3', 'abc'],
          ['Transfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n'],
        ] as const) {
          const client = await connect();
          const key = Buffer.alloc(16).toString('base64');
          client.send(
            request(
              'GET',
              '/ws/echo',
              ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, header],
              body,
            ),
          );
          assert.equal((await client.answer())?.status, 426);
          client.close();
          assert.equal((await ask('GET', '/')).text, 'home');
        }
      },
    },
  ],
};

function dial({ url, signal }: Target, path: string, headers: Record<string, string> = {}, protocols: string[] = []): WebSocket {
  const place = url.startsWith('unix:') ? `ws+unix:${url.slice(5)}:${path}` : `${url.replace(/^http/, 'ws')}${path}`;
  const peer = new WebSocket(place, protocols, { headers, rejectUnauthorized: false });
  // Errors reach the code that waits for a message; otherwise they do not matter.
  peer.on('error', () => undefined);
  signal?.addEventListener('abort', () => peer.terminate());
  return peer;
}

async function opened(target: Target, path: string): Promise<WebSocket> {
  const peer = dial(target, path);
  await once(peer, 'open');
  return peer;
}
