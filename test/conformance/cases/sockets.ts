import { once } from 'node:events';
import { request } from '../../servers/raw-client.js';
import type { Group, Target } from '../case.js';
import { WebSocket } from 'ws';
import { closing, FrameClient, text } from '../frame-client.js';
import { assert, FloodReader, marks, newId, pattern, standstill, tellToGo, until, untilMarked, wait } from './helpers.js';

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
      name: 'deliver what arrived before a close, although the method reads later',
      needs: ['websocket'],
      async run(target) {
        const id = newId();
        const peer = await opened(target, `/ws/late/${id}`);
        for (let i = 0; i < 300; i++) peer.send(numbered(i, 1000));
        peer.close(1000);
        // Servers that cannot slow a client down have everything by now. Others read the close after the messages.
        await Promise.race([once(peer, 'close'), wait(200)]);
        await tellToGo(target, id);
        assert.deepEqual(await report(target, id), { count: 300, isInOrder: true, code: 1000, isSent: false });
      },
    },
    {
      name: 'lose nothing of a burst without telling: a client that is closed is told so, and the method receives what was taken',
      needs: ['websocket'],
      async run(target) {
        const { code, count, isInOrder } = await burst(target);
        assert.ok(isInOrder, 'messages are missing in between');
        if (code === 1000) assert.equal(count, 160);
        // 1006: a connection that is reset while its client still sends loses the code.
        else assert.ok([1006, 1009, 1013].includes(code) && count >= 16, `${count} messages, and close code ${code}`);
      },
    },
    {
      name: 'slow a client down that sends faster than the method reads',
      needs: ['websocket', 'socket-back-pressure'],
      async run(target) {
        assert.deepEqual(await burst(target), { code: 1000, count: 160, isInOrder: true });
      },
    },
    {
      name: 'tell the method which replies are sent, also to a client that closes at once',
      needs: ['http1', 'websocket'],
      async run(target) {
        const id = newId();
        const client = await FrameClient.open(target, `/ws/told/${id}`);
        client.send(Buffer.concat([text('one'), text('two'), closing(1000)]));
        const replies = (await client.frames()).filter(({ opcode }) => opcode === 1);
        await until(async () => (await marks(target, id)).length > 0);
        assert.deepEqual(await marks(target, id), [`accepted ${replies.length}`]);
      },
    },
    {
      name: 'send one message that is larger than what may wait for a client',
      needs: ['websocket'],
      async run(target) {
        const id = newId();
        const length = 20 * 1024 * 1024;
        const peer = dial(target, `/ws/pattern/${length}/${id}`);
        const [data] = await once(peer, 'message');
        assert.ok(pattern(length).equals(data), `${data.length} bytes`);
        const [code] = await once(peer, 'close');
        assert.equal(code, 1000);
        await untilMarked(target, id, 'sent true');
      },
    },
    {
      name: 'take messages above the default size where their route allows it',
      needs: ['websocket'],
      async run(target) {
        const peer = await opened(target, '/ws/big');
        peer.send(pattern(2_500_000));
        const [data] = await once(peer, 'message');
        assert.ok(pattern(2_500_000).equals(data), `${data.length} bytes`);
        peer.terminate();
      },
    },
    {
      name: 'compress messages where their route allows it',
      needs: ['websocket', 'socket-compression'],
      async run(target) {
        const peer = await opened(target, '/ws/compressed');
        assert.match(peer.extensions, /permessage-deflate/);
        for (const message of ['again and again', 'again and again', '', 'x'.repeat(200_000), pattern(300_000)]) {
          peer.send(message);
          const [data] = await once(peer, 'message');
          assert.ok(Buffer.from(message).equals(data), `${data.length} bytes`);
        }
        peer.terminate();
      },
    },
    {
      name: 'do not compress messages where their route does not allow it',
      needs: ['websocket'],
      async run(target) {
        const peer = await opened(target, '/ws/echo');
        assert.equal(peer.extensions, '');
        peer.terminate();
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

/** A message that begins with its number. */
function numbered(i: number, length: number): Buffer {
  return Buffer.alloc(length, `${String(i).padStart(8, '0')} `);
}

interface Report {
  count: number;
  isInOrder: boolean;
  code: number;
  isSent: boolean;
}

/** What `/ws/late/<id>` has noted at its end. */
async function report(target: Target, id: string): Promise<Report> {
  await until(async () => (await marks(target, id)).length > 1);
  return JSON.parse((await marks(target, id)).at(-1) as string);
}

/** Sends ten megabytes to a method that does not read yet, and a close. `code` is what the client receives. */
async function burst(target: Target): Promise<Pick<Report, 'code' | 'count' | 'isInOrder'>> {
  const id = newId();
  const peer = await opened(target, `/ws/late/${id}`);
  const closed = once(peer, 'close');
  for (let i = 0; i < 160; i++) peer.send(numbered(i, 65_536), () => undefined);
  peer.close(1000);
  await Promise.race([closed, wait(300)]);
  await tellToGo(target, id);
  const { count, isInOrder } = await report(target, id);
  const [code] = await closed;
  return { code, count, isInOrder };
}

async function opened(target: Target, path: string): Promise<WebSocket> {
  const peer = dial(target, path);
  await once(peer, 'open');
  return peer;
}
