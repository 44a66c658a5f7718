import { get, request } from '../../servers/raw-client.js';
import type { Group } from '../case.js';
import { assert, newId, pattern, tellToGo, untilMarked } from './helpers.js';

export const connections: Group = {
  subject: 'connections',
  cases: [
    {
      name: 'one serves several requests',
      needs: ['keep-alive'],
      async run({ connect }) {
        const client = await connect();
        for (let i = 0; i < 5; i++) {
          assert.equal((await client.send(get('/')).answer())?.text, 'home');
          assert.equal((await client.send(request('POST', '/echo', ['Content-Length: 4'], 'body')).answer())?.text, 'body');
        }
        client.close();
      },
    },
    {
      name: 'one goes on after errors, after HEAD, 204 and 304, and after streams',
      needs: ['keep-alive'],
      async run({ connect }) {
        const client = await connect();
        for (const path of ['/no/such/path', '/status/204', '/status/304', '/stream/3', '/nothing', '/early-error']) {
          assert.ok(await client.send(get(path)).answer(), path);
          assert.equal((await client.send(get('/')).answer())?.text, 'home', `after ${path}`);
        }
        await client.send(request('HEAD', '/bytes/100')).answer('HEAD');
        assert.equal((await client.send(get('/')).answer())?.text, 'home', 'after HEAD');
        client.close();
      },
    },
    {
      name: 'one goes on after an unexpected error',
      needs: ['keep-alive', 'kept-after-500'],
      async run({ connect }) {
        const client = await connect();
        assert.equal((await client.send(get('/throw')).answer())?.status, 500);
        assert.equal((await client.send(get('/')).answer())?.text, 'home');
        client.close();
      },
    },
    {
      name: 'one goes on after a small body that nobody read',
      needs: ['keep-alive', 'unread-body'],
      async run({ connect }) {
        const client = await connect();
        const body = 'x'.repeat(20_000);
        for (const path of ['/unread', '/no/such/path']) {
          assert.ok(await client.send(request('POST', path, [`Content-Length: ${body.length}`], body)).answer(), path);
          assert.equal((await client.send(get('/')).answer())?.text, 'home', `after ${path}`);
        }
        client.close();
      },
    },
    {
      name: 'one ends when the client asks for it',
      needs: ['http1'],
      async run({ connect }) {
        const client = await connect();
        client.send(get('/', 'Connection: close'));
        assert.equal((await client.answer())?.text, 'home');
        await client.closed;
      },
    },
    {
      name: 'one that its client ends before a request is closed',
      needs: ['http1'],
      async run({ connect }) {
        const client = await connect();
        client.socket.end();
        await client.closed;
      },
    },
    {
      name: 'pipelined requests are answered in their order, however long each takes',
      needs: ['pipelining'],
      async run({ connect }) {
        const client = await connect();
        const echo = request('POST', '/echo', ['Content-Length: 4'], 'body');
        client.send(get('/slow/60') + echo + get('/slow/20') + get('/') + get('/no/such/path') + get('/stream/2') + get('/'));
        const texts = [];
        for (let i = 0; i < 4; i++) texts.push((await client.answer())?.text);
        assert.deepEqual(texts, ['slept 60', 'body', 'slept 20', 'home']);
        assert.equal((await client.answer())?.status, 404);
        assert.equal((await client.answer())?.text, 'piece 0\npiece 1\n');
        assert.equal((await client.answer())?.text, 'home');
        client.close();
      },
    },
    {
      name: 'a request may come byte by byte',
      needs: ['http1'],
      async run({ connect }) {
        const client = await connect();
        client.socket.setNoDelay(true);
        for (const byte of request('POST', '/echo', ['Content-Length: 6', 'Connection: close'], 'slowly')) {
          client.send(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal((await client.answer())?.text, 'slowly');
      },
    },
    {
      name: 'chunks of any size are put together',
      needs: ['http1'],
      async run({ connect }) {
        const client = await connect();
        const head = request('POST', '/echo', ['Transfer-Encoding: chunked', 'Connection: close']);
        client.send(`${head}1\r\nA\r\n00B\r\nbcdefghijkl\r\n0\r\n\r\n`);
        assert.equal((await client.answer())?.text, 'Abcdefghijkl');
      },
    },
    {
      name: 'extensions of chunks and trailers are not part of the body',
      needs: ['http1', 'chunk-extensions'],
      async run({ connect }) {
        const client = await connect();
        const head = request('POST', '/echo', ['Transfer-Encoding: chunked', 'Connection: close']);
        client.send(`${head}1;a=b\r\nA\r\n00B\r\nbcdefghijkl\r\n0\r\nX-Trailer: x\r\n\r\n`);
        assert.equal((await client.answer())?.text, 'Abcdefghijkl');
      },
    },
    {
      name: 'an HTTP/1.0 client gets its answer without chunks, and the end of the connection',
      needs: ['http1.0'],
      async run({ connect }) {
        for (const [path, text] of [
          ['/', 'home'],
          ['/stream/2', 'piece 0\npiece 1\n'],
        ] as const) {
          const client = await connect();
          await client.send(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`).closed;
          const answer = await client.answer();
          assert.deepEqual([answer?.text, answer?.headers['transfer-encoding']], [text, undefined]);
        }
      },
    },
    {
      name: 'an HTTP/1.0 client is redirected by 302',
      needs: ['http1.0', 'http-version'],
      async run({ connect }) {
        const client = await connect();
        client.send('GET /redirect HTTP/1.0\r\nHost: localhost\r\n\r\n');
        assert.equal((await client.answer())?.status, 302);
      },
    },
    {
      name: 'a client that waits with its body is told to go on',
      needs: ['continue'],
      async run({ connect }) {
        const client = await connect();
        client.send(request('POST', '/echo', ['Content-Length: 4', 'Expect: 100-continue']));
        assert.equal((await client.answer())?.status, 100);
        assert.equal((await client.send('body').answer())?.text, 'body');
        client.close();
      },
    },
    {
      name: 'a client that waits with its body is spared sending one that is not wanted',
      needs: ['spared-body'],
      async run({ connect }) {
        for (const [path, status] of [
          ['/limited', 413],
          ['/no/such/path', 404],
        ] as const) {
          const client = await connect();
          client.send(request('POST', path, ['Content-Length: 2000', 'Expect: 100-continue']));
          assert.equal((await client.answer())?.status, status);
          client.close();
        }
      },
    },
    {
      name: 'many at once are served',
      async run({ ask }) {
        const lengths = Array.from({ length: 40 }, (_, i) => i * 1000);
        const all = await Promise.all(lengths.map((length) => ask('GET', `/bytes/${length}`)));
        for (const [i, { body }] of all.entries()) assert.ok(body.equals(pattern(lengths[i] as number)));
      },
    },
    {
      name: 'a slow request keeps no other waiting',
      needs: ['concurrent'],
      async run(target) {
        const id = newId();
        const slow = target.ask('GET', `/held/${id}`);
        slow.catch(() => undefined);
        await untilMarked(target, id, 'begun');
        await tellToGo(target, id);
        assert.equal((await slow).text, 'first\nsecond\n');
      },
    },
    {
      name: 'a target in absolute form is taken apart, and its host overrules the header',
      needs: ['absolute-form'],
      async run({ connect }) {
        const client = await connect();
        client.send(get('http://example.org:81/seen?a=1', 'Connection: close'));
        const { url, path } = JSON.parse((await client.answer())?.text ?? '{}');
        assert.deepEqual([url.replace(/^https/, 'http'), path], ['http://example.org:81/seen?a=1', '/seen']);
      },
    },
  ],
};
