import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bottle, Controller, HTTPError, type RunningServer, WebSocket, WebSocketConnection } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { WebSocket as Client } from 'ws';
import { until } from '../servers/raw-client.js';

interface Values {
  db: Database;
}

const seen: unknown[] = [];
let steps: (() => void)[] = [];

/** Waits until the test says so. */
const hold = (): Promise<void> => new Promise((resolve) => steps.push(resolve));
const release = async (): Promise<void> => {
  while (steps.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  steps.shift()?.();
};

@Controller()
class Notes {
  @WebSocket('/notes')
  async write(db: Database, socket: WebSocketConnection): Promise<void> {
    for await (const message of socket) {
      db.prepare('INSERT INTO notes (text) VALUES (?)').run(message);
      if (message === 'hold') await hold();
      if (message === 'bad') throw new Error('bad note');
      if (message === 'wrong') throw new HTTPError(400, 'A wrong note.');
      if (message === 'last') break;
      await socket.send('ok');
    }
    // Whatever comes after the loop may take its time.
    await socket.closed;
  }

  @WebSocket('/count')
  async count(socket: WebSocketConnection, db: Database): Promise<void> {
    for await (const _ of socket) {
      const before = db.prepare('SELECT value FROM counter').pluck().get() as number;
      await new Promise((resolve) => setTimeout(resolve, 1));
      db.prepare('UPDATE counter SET value = ?').run(before + 1);
      await socket.send(before + 1);
    }
  }

  @WebSocket('/outside')
  async outside(socket: WebSocketConnection, db: Database): Promise<void> {
    const early = (): unknown => db.prepare('SELECT 1');
    try {
      early();
    } catch (error) {
      seen.push((error as Error).message);
    }
    seen.push(db instanceof Database);
    const text = await socket.scope(({ db: own }: Values) => {
      own.prepare("INSERT INTO notes (text) VALUES ('scope')").run();
      return own.prepare('SELECT text FROM notes').pluck().all();
    });
    await socket.send(text);
    await socket
      .scope(({ db: own }: Values) => {
        own.prepare("INSERT INTO notes (text) VALUES ('undone')").run();
        throw new Error('no');
      })
      .catch((error: Error) => seen.push(error.message));
    for await (const _ of socket) {
      seen.push(db instanceof Database, db.inTransaction);
      const statement = db.prepare('SELECT count(*) FROM notes').pluck();
      await socket.send(statement.get());
    }
  }

  @WebSocket('/violate')
  async violate(socket: WebSocketConnection, db: Database): Promise<void> {
    for await (const _ of socket) db.prepare('INSERT INTO notes (text) VALUES (NULL)').run();
  }
}

let folder: string;
let app: Bottle;
let server: RunningServer;
const logged: unknown[] = [];
const clients: Client[] = [];

beforeEach(() => start());

async function start(busyTimeout = 60_000): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'ws-'));
  const file = join(folder, 'a.db');
  const db = new Database(file);
  db.exec('CREATE TABLE notes (text NOT NULL); CREATE TABLE counter (value); INSERT INTO counter VALUES (0)');
  db.close();
  logged.length = 0;
  seen.length = 0;
  steps = [];
  app = new Bottle({ logger: (_message, error) => logged.push(error) });
  app.install(new SQLitePlugin({ file, busyTimeout }));
  app.mount(Notes);
  app.post('/note', ({ db, request }) => db.prepare('INSERT INTO notes (text) VALUES (?)').run(request.text) && 'written');
  app.get('/notes', ({ db }) => db.prepare('SELECT text FROM notes').pluck().all());
  server = await app.run({ port: 0, quiet: true });
}

afterEach(stop);

async function stop(): Promise<void> {
  for (const client of clients.splice(0)) client.terminate();
  await server.close();
  rmSync(folder, { recursive: true });
}

interface Talk {
  client: Client;
  next(): Promise<string>;
  ask(text: string): Promise<string>;
  closed: Promise<unknown>;
}

async function open(path: string): Promise<Talk> {
  const client = new Client(server.url.replace('http', 'ws') + path);
  clients.push(client);
  const closed = once(client, 'close').then(([code, reason]) => `${code} ${reason}`.trim());
  const messages: string[] = [];
  client.on('message', (data) => messages.push(String(data)));
  await once(client, 'open');
  const next = async (): Promise<string> => {
    if (messages.length === 0) await once(client, 'message');
    return messages.shift() as string;
  };
  const ask = (text: string): Promise<string> => {
    client.send(text);
    return next();
  };
  return { client, next, ask, closed };
}

const notes = async (): Promise<unknown> => (await fetch(`${server.url}/notes`)).json();
const post = async (text: string): Promise<number> => (await fetch(`${server.url}/note`, { method: 'POST', body: text })).status;

describe('the database of a WebSocket', () => {
  it('has a transaction per message, committed when the next one is asked for', async () => {
    const { ask } = await open('/notes');
    expect(await ask('one')).toBe('ok');
    expect(await ask('two')).toBe('ok');
    expect(await notes()).toEqual(['one', 'two']);
  });

  it('keeps no writer waiting while it idles, however many there are', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => open('/notes')));
    await Promise.all(all.map(({ ask }, i) => ask(`note ${i}`)));
    expect(await post('from a request')).toBe(200);
    expect(await notes()).toHaveLength(21);
  });

  it('is written to by one at a time: who reads, waits and writes loses nothing', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => open('/count')));
    for (let round = 0; round < 5; round++) await Promise.all(all.map(({ ask }) => ask('more')));
    expect(await all[0]?.ask('more')).toBe('101');
  });

  it('is undone when the method throws in the midst of a message, with what earlier messages wrote kept', async () => {
    const { client, ask, closed } = await open('/notes');
    await ask('kept');
    client.send('bad');
    expect(await closed).toBe('1011');
    expect(await notes()).toEqual(['kept']);
    expect(logged.map(String)).toEqual(['Error: bad note']);
    const wrong = await open('/notes');
    wrong.client.send('wrong');
    expect(await wrong.closed).toBe('1008 A wrong note.');
    expect(await notes()).toEqual(['kept']);
  });

  it('is committed when the loop is left by break and the method waits for the end of the connection', async () => {
    const { client } = await open('/notes');
    client.send('last');
    await until(async () => String(await notes()) === 'last', 'the note');
    expect(client.readyState).toBe(Client.OPEN);
    expect(await post('and after')).toBe(200);
  });

  it('is committed though the client has left while its message was handled', async () => {
    const { client, closed } = await open('/notes');
    client.send('hold');
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await release();
    await closed;
    await until(async () => String(await notes()) === 'hold', 'the note');
  });

  it('makes others wait while a message is handled, and answers them with 503 when that takes too long', async () => {
    await stop();
    await start(500);
    const { client, next } = await open('/notes');
    client.send('hold');
    while (steps.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await post('waits')).toBe(503);
    const other = await open('/notes');
    other.client.send('waits as well');
    expect(await other.closed).toMatch(/^1013 /);
    await release();
    expect(await next()).toBe('ok');
    expect(await post('again')).toBe(200);
  });

  it('is not there outside of messages, except through scope', async () => {
    const { ask, next } = await open('/outside');
    expect(await next()).toBe('["scope"]');
    expect(await ask('count')).toBe('1');
    expect(seen).toEqual([expect.stringContaining('socket.scope(({ db }) =>'), false, 'no', true, true]);
  });

  it('closes with 1008 where a constraint is violated, and tells no SQL', async () => {
    const { client, closed } = await open('/violate');
    client.send('x');
    expect(await closed).toMatch(/^1008 /);
    expect(await closed).not.toMatch(/notes|NULL|SQL/);
  });
});
