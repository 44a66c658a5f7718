import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, it } from '@jest/globals';
import { TestClient } from 'bottlenose/testing';
import { WebSocket } from 'ws';
import { makeApp } from './app.mjs';
import { type Lacks, lacksOf } from './capabilities.js';
import { LIMIT, type StartOptions, type Target } from './case.js';
import { groups } from './cases/index.js';
import { http1Target } from './client.js';
import { prove, type Subject, uncertainty, waits } from './suite.js';

export interface ServerUnderTest {
  /** Starts the server with the app of `app.mjs` on a free port. `url` is where cases find it. */
  start(options: StartOptions): Promise<{ url: string; close(): Promise<void> }>;
  /** Which line of the table is about it. Default: the name given to the suite. */
  row?: string;
  /** How to speak to it. Default: HTTP/1.1. */
  client?(url: string): Target;
  /** Replaces the table's, for experiments. */
  lacks?: Lacks;
}

/**
 * Has everything loaded that the package loads when it is first needed. Jest refuses to load a module between two tests, where the
 * cases that run beside the others also have their requests answered.
 */
async function loadAll(): Promise<void> {
  const app = makeApp();
  await app.fetch(new Request('http://localhost/text'));
  const { url, close } = await app.run({ port: 0, quiet: true });
  await once(new WebSocket(`${url.replace('http', 'ws')}/ws/close`), 'close');
  await close();
  const server = createServer(app.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/text`);
  server.close();
  const client = new TestClient(app);
  for (const path of ['/generator', '/events', '/file', '/no/such/path', '/listener', '/throw', '/text']) await client.get(path);
  await client.post('/upload', { multipart: { file: { content: 'x'.repeat(200_000), filename: 'a.txt' } } });
  await client.post('/digest', { body: 'x'.repeat(200_000) });
  await client.post('/digest', { body: gzipSync('x'), headers: { 'Content-Encoding': 'gzip' } });
  const socket = await client.ws('/ws/echo');
  socket.send('hello');
  await socket.next();
  socket.close();
}

/** Longer than the suite's own limits, which tell more. */
const TIMEOUT = LIMIT + 60_000;

/**
 * All cases as tests, against one server. They are not in a block of their own: Jest runs the concurrent tests of one block
 * together, before the others, and those of all servers of a file may wait at the same time.
 */
export function testServer(name: string, { start, row = name, client = http1Target, lacks }: ServerUnderTest): void {
  const table = lacks ?? lacksOf(row);
  let subject: Subject;
  let close = async (): Promise<void> => undefined;

  beforeAll(async () => {
    await loadAll();
    const run = async (options: StartOptions) => {
      const server = await start(options);
      return { target: client(server.url), close: () => server.close() };
    };
    const running = await run({});
    close = running.close;
    subject = { target: running.target, lacks: table, start: run };
  }, TIMEOUT);

  afterAll(() => close(), TIMEOUT);

  for (const { subject: about, cases } of groups) {
    for (const one of cases) {
      const title = `${name}: ${about}: ${one.name}`;
      const reason = uncertainty(one, table);
      const test = waits(one, table) ? it.concurrent : it;
      if (reason === undefined) test(title, async () => void (await prove(one, subject)), TIMEOUT);
      else it.skip(`${title} (${reason})`, () => undefined);
    }
  }
}
