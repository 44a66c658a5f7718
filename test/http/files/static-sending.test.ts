import { once } from 'node:events';
import { connect } from 'node:net';
import { appendFile, open, truncate } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Bottle, staticFile } from 'bottlenose';
import { MalformedAnswer, RawClient, exchange, get, request, serving, until } from '../../servers/raw-client.js';
import { openFiles, Tree } from './tree.js';

const MEGABYTES = 64;
let tree: Tree;

beforeAll(async () => {
  tree = await Tree.create({
    'root/a.txt': 'abc',
    'root/growing.bin': Buffer.alloc(16 * 2 ** 20, 1),
    'root/medium.bin': Buffer.alloc(300_000, 2),
  });
  await sparse('root/huge.bin', MEGABYTES * 2 ** 20);
  await sparse('root/shrinking.bin', MEGABYTES * 2 ** 20);
});
afterEach(async () => expect(await openFiles(tree.base)).toEqual([]));
afterAll(() => tree.remove());

async function sparse(path: string, size: number): Promise<void> {
  const file = await open(tree.path(path), 'w');
  await file.truncate(size);
  await file.close();
}

/** A client that asks, and does not read on its own. */
async function reluctant(
  url: string,
  bytes: string,
): Promise<{ socket: ReturnType<typeof connect>; received(): Promise<number> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(bytes);
  let count = 0;
  const received = () =>
    new Promise<number>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        count += chunk.length;
      });
      socket.on('close', () => resolve(count));
      socket.resume();
    });
  return { socket, received };
}

const isOpen = async (name: string) => (await openFiles(tree.path(`root/${name}`))).length === 1;

/** Waits until no file of the tree is open. */
async function allClosed(): Promise<void> {
  await until(async () => (await openFiles(tree.base)).length === 0, 'all files to be closed');
  expect(await openFiles(tree.base)).toEqual([]);
}

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('a client that reads slowly', () => {
  onLinux('is waited for, with the file open and little of it in memory', () =>
    serving(tree.app(), async (url) => {
      const before = process.memoryUsage().arrayBuffers;
      const client = await reluctant(url, get('/f/huge.bin', 'Connection: close'));
      await until(() => isOpen('huge.bin'), 'the file to be opened');
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(await isOpen('huge.bin')).toBe(true);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
      expect(await client.received()).toBeGreaterThan(MEGABYTES * 2 ** 20);
    }),
  );

  onLinux('does not keep others waiting', () =>
    serving(tree.app(), async (url) => {
      const slow = await Promise.all(Array.from({ length: 8 }, () => reluctant(url, get('/f/huge.bin'))));
      await until(async () => (await openFiles(tree.base)).length === 8, 'all to be opened');
      expect((await exchange(url, get('/f/a.txt'))).text).toBe('abc');
      for (const { socket } of slow) socket.destroy();
      await allClosed();
    }),
  );
});

describe('a client that leaves', () => {
  it.each([
    ['huge.bin', []],
    ['huge.bin', ['Range: bytes=1000-']],
    ['huge.bin', ['Range: bytes=0-9999999,20000000-']],
  ])('in the middle of %s (%j) closes it', (name, headers) =>
    serving(tree.app(), async (url) => {
      const client = await RawClient.connect(url);
      client.send(get(`/f/${name}`, ...headers));
      await until(() => client.received.length > 1000, 'the first bytes');
      client.close();
      await allClosed();
    }),
  );

  it('before the file is found leaves nothing open', () =>
    serving(tree.app(), async (url) => {
      for (let i = 0; i < 30; i++) {
        const { socket } = await reluctant(url, get('/f/huge.bin'));
        if (i % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
        if (i % 3 === 2) await new Promise((resolve) => setTimeout(resolve, 2));
        if (i % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
      expect((await exchange(url, get('/f/a.txt'))).text).toBe('abc');
      await allClosed();
    }));

  it('closes it in process, too', async () => {
    const answer = await tree.app().fetch(new Request('http://localhost/f/huge.bin'));
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await allClosed();
  });
});

describe('nothing stays open', () => {
  it('after HEAD, 304, 412, 416 and refusals', () =>
    serving(tree.app(), async (url) => {
      const client = await RawClient.connect(url);
      for (const [method, name, header, status] of [
        ['HEAD', 'huge.bin', 'X: 1', 200],
        ['GET', 'huge.bin', 'If-None-Match: *', 304],
        ['HEAD', 'huge.bin', 'If-None-Match: *', 304],
        ['GET', 'huge.bin', 'If-Match: "x"', 412],
        ['GET', 'huge.bin', 'Range: bytes=99999999999-', 416],
        ['HEAD', 'huge.bin', 'Range: bytes=99999999999-', 200],
        ['GET', 'huge.bin', 'Range: bytes=-5', 206],
        ['GET', '.env', 'X: 1', 403],
        ['GET', 'nope', 'X: 1', 404],
        ['GET', 'a.txt', 'X: 1', 200],
      ] as const) {
        const answer = await client.send(request(method, `/f/${name}`, [header])).answer(method);
        expect([method, name, header, answer?.status]).toEqual([method, name, header, status]);
      }
      client.close();
    }));

  it('of a file whose status has no body', () => {
    const app = new Bottle();
    app.get('/', (_args, { response }) => {
      response.status = 204;
      return staticFile('huge.bin', { root: tree.root });
    });
    return serving(app, async (url) => expect((await exchange(url, get('/'))).status).toBe(204));
  });
});

describe('a file that changes while it is sent', () => {
  it('is sent up to the length that was promised when it grows', () =>
    serving(tree.app(), async (url) => {
      const size = 16 * 2 ** 20;
      const client = await reluctant(url, get('/f/growing.bin') + get('/f/a.txt', 'Connection: close'));
      await once(client.socket, 'readable');
      await appendFile(tree.path('root/growing.bin'), Buffer.alloc(100_000, 9));
      const chunks: Buffer[] = [];
      for await (const chunk of client.socket) chunks.push(chunk as Buffer);
      const all = Buffer.concat(chunks);
      const start = all.indexOf('\r\n\r\n') + 4;
      expect(all.toString('latin1', 0, start)).toMatch(new RegExp(`content-length: ${size}\r`, 'i'));
      expect(all.subarray(start, start + size).equals(Buffer.alloc(size, 1))).toBe(true);
      expect(all.toString('latin1', start + size)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nabc$/s);
    }));

  onLinux('is cut off when it shrinks, so that the client notices, and the log says why', async () => {
    const log: unknown[] = [];
    await serving(tree.app({}, log), async (url) => {
      const client = await RawClient.connect(url);
      client.socket.pause();
      client.send(get('/f/shrinking.bin'));
      await until(() => isOpen('shrinking.bin'), 'the file to be opened');
      await truncate(tree.path('root/shrinking.bin'), 1000);
      client.socket.resume();
      await expect(client.answer()).rejects.toThrow(MalformedAnswer);
      expect(String(log[0])).toContain('has become shorter');
    });
  });
});

it('many requests at once for one file all get it', () =>
  serving(tree.app(), async (url) => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => fetch(`${url}/f/medium.bin`).then((answer) => answer.arrayBuffer())),
    );
    for (const body of answers) expect(Buffer.from(body).equals(Buffer.alloc(300_000, 2))).toBe(true);
  }));
