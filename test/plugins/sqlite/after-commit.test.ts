import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, HTTPError, redirect } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { atEnd, blog, held, install, look, route, title } from '../../sqlite/harness.js';

const titles = "SELECT group_concat(title, ' ') FROM posts WHERE id > 2";

/** Writes a post, and notes what others see of the file when the listener is called. */
function writeAndNote(db: Database, text: string, file: string, seen: unknown[]): void {
  title(db, text);
  db.afterCommit(() => seen.push(look(file, titles)));
}

interface Fixture {
  app: Bottle;
  file: string;
  seen: unknown[];
  logged: unknown[];
  send(path: string): Promise<{ status: number; text: string }>;
}

function fixture(): Fixture {
  const file = blog();
  const logged: unknown[] = [];
  const app = new Bottle({ logger: (_message, error) => logged.push(error) });
  app.install(new SQLitePlugin({ file }));
  atEnd(() => app.close());
  const send = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await app.fetch(new Request(`http://localhost${path}`, { method: 'POST', redirect: 'manual' }));
    return { status: answer.status, text: await answer.text() };
  };
  return { app, file, seen: [], logged, send };
}

describe('after the commit', () => {
  it.each(['sync', 'async'])('calls the listeners in their order, once, when others can see the data (%s)', async (kind) => {
    const { app, file, seen, send } = fixture();
    const handle = (db: Database): string => {
      writeAndNote(db, 'third', file, seen);
      db.afterCommit(() => seen.push('second'));
      return 'ok';
    };
    app.post('/', kind === 'sync' ? ({ db }) => handle(db) : async ({ db }) => handle(db));
    expect(await send('/')).toEqual({ status: 200, text: 'ok' });
    expect(seen).toEqual(['third', 'second']);
    await send('/');
    expect(seen).toHaveLength(4);
  });

  it('calls them after a redirect, and for routes that write nothing', async () => {
    const { app, file, seen, send } = fixture();
    app.post('/form', ({ db }) => {
      writeAndNote(db, 'third', file, seen);
      return redirect('/');
    });
    app.post('/nothing', ({ db }) => db.afterCommit(() => seen.push('nothing')));
    expect((await send('/form')).status).toBe(303);
    await send('/nothing');
    expect(seen).toEqual(['third', 'nothing']);
  });

  it('calls them at the end of a stream, not before', async () => {
    const { app, file, seen } = fixture();
    const gate = held();
    app.post('/', async function* ({ db }) {
      writeAndNote(db, 'third', file, seen);
      yield 'a';
      await gate.promise;
      yield 'b';
    });
    const answer = await app.fetch(new Request('http://localhost/', { method: 'POST' }));
    expect(seen).toEqual([]);
    gate.release();
    expect(await answer.text()).toBe('ab');
    expect(seen).toEqual(['third']);
  });

  it('calls those of a transaction outside of routes', async () => {
    const { plugin, file } = install();
    const seen: unknown[] = [];
    await plugin.transaction((db) => writeAndNote(db, 'third', file, seen));
    expect(seen).toEqual(['third']);
  });

  it('lets a listener use another transaction, as the database is free by then', async () => {
    const { plugin, file } = install();
    let later: Promise<unknown> | undefined;
    await plugin.transaction((db) => {
      title(db, 'third');
      db.afterCommit(() => {
        later = plugin.transaction((own) => title(own, 'fourth'));
      });
    });
    await later;
    expect(look(file, titles)).toBe('third fourth');
  });

  it('answers as if nothing had happened when a listener fails, and logs it', async () => {
    const { app, file, seen, logged, send } = fixture();
    app.post('/', ({ db }) => {
      db.afterCommit(() => {
        throw new Error('no mail');
      });
      db.afterCommit(async () => abort(502, 'no mail either'));
      writeAndNote(db, 'third', file, seen);
      return 'ok';
    });
    expect(await send('/')).toEqual({ status: 200, text: 'ok' });
    expect(seen).toEqual(['third']);
    const messages = (logged as Error[]).map(({ message, cause }) => `${message} ${(cause as Error).message}`);
    const failed =
      'A function that POST / ((anonymous function)) gave to db.afterCommit() has failed. What was written stays committed.';
    expect(messages).toEqual([`${failed} no mail`, `${failed} no mail either`]);
  });

  it('logs with the app what a listener of a transaction outside of routes throws', async () => {
    const { app, logged } = fixture();
    const plugin = app.plugins.find((one): one is SQLitePlugin => one instanceof SQLitePlugin) as SQLitePlugin;
    await plugin.transaction((db) => db.afterCommit(() => abort(500, 'no mail')));
    expect(logged).toEqual([
      expect.objectContaining({ message: expect.stringContaining('sqlite.transaction() gave to db.afterCommit()') }),
    ]);
  });

  it('has a listener of a wrong type refused', () => {
    const { plugin } = install();
    expect(() => plugin.read((db) => db.afterCommit('mail' as never))).toThrow('db.afterCommit() needs a function');
  });
});

describe('after a rollback', () => {
  it.each([
    ['throws', () => abort(400, 'no')],
    ['returns an error', () => new HTTPError(400)],
    ['throws another error than an HTTPError', () => Promise.reject(new TypeError('no'))],
  ])('calls no listener of a handler that %s', async (_how, end) => {
    const { app, file, seen, send } = fixture();
    app.post('/', ({ db }) => {
      writeAndNote(db, 'third', file, seen);
      return end();
    });
    expect((await send('/')).status).toBeGreaterThanOrEqual(400);
    expect(look(file, titles)).toBeNull();
    expect(seen).toEqual([]);
  });

  it('calls none where the commit itself fails', async () => {
    const { app, file, seen, send } = fixture();
    app.post('/', ({ db }) => {
      writeAndNote(db, 'third', file, seen);
      db.exec('UPDATE posts SET author = 99');
    });
    expect((await send('/')).status).toBe(409);
    expect(seen).toEqual([]);
  });

  it('calls none of a nested transaction that was undone, but those around it', async () => {
    const { app, file, seen, send } = fixture();
    app.post('/', ({ db }) => {
      writeAndNote(db, 'third', file, seen);
      try {
        db.transaction(() => {
          db.afterCommit(() => seen.push('undone'));
          db.transaction(() => db.afterCommit(() => seen.push('undone too')))();
          throw new Error('no');
        })();
      } catch {}
      db.transaction(() => writeAndNote(db, 'fourth', file, seen))();
    });
    await send('/');
    expect(seen).toEqual(['third fourth', 'third fourth']);
  });

  it('calls none where the client has left', async () => {
    const { plugin, file } = install();
    const seen: unknown[] = [];
    const gate = held();
    const call = route(plugin, 'POST', async (db) => {
      writeAndNote(db, 'third', file, seen);
      await gate.promise;
    })();
    call.leave();
    gate.release();
    await call.done.catch(() => {});
    expect(look(file, titles)).toBeNull();
    expect(seen).toEqual([]);
  });

  it('calls none of a stream that breaks off', async () => {
    const { app, file, seen, send } = fixture();
    app.post('/', function* ({ db }) {
      writeAndNote(db, 'third', file, seen);
      yield 'a';
      throw new Error('broken');
    });
    await expect(send('/')).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});

describe('where each statement is committed by itself', () => {
  it('calls a listener at once, and after a transaction of the handler', () => {
    const { plugin, file } = install({ autocommit: false });
    const seen: unknown[] = [];
    route(plugin, 'POST', (db) => {
      writeAndNote(db, 'third', file, seen);
      seen.push('then');
      db.transaction(() => {
        writeAndNote(db, 'fourth', file, seen);
        seen.push('inside');
      })();
      seen.push('outside');
    })();
    expect(seen).toEqual(['third', 'then', 'inside', 'third fourth', 'outside']);
  });

  it('calls none of a transaction that was rolled back', () => {
    const { plugin, file } = install({ autocommit: false });
    const seen: unknown[] = [];
    route(plugin, 'POST', (db) => {
      const failing = db.transaction(() => {
        writeAndNote(db, 'third', file, seen);
        throw new Error('no');
      });
      try {
        failing();
      } catch {}
    })();
    expect(seen).toEqual([]);
  });

  it('refuses where a statement has begun the transaction, whose end is not seen', () => {
    const { plugin, file } = install({ autocommit: false });
    const { result } = route(plugin, 'POST', (db) => {
      db.exec('BEGIN');
      writeAndNote(db, 'third', file, []);
    })();
    expect(String(result)).toContain('calls db.afterCommit() in a transaction that a statement has begun');
  });

  it('works on a database of your own, so that tests may pass one to a method', () => {
    const db = new Database(':memory:');
    const seen: string[] = [];
    db.afterCommit(() => seen.push('called'));
    expect(seen).toEqual(['called']);
    expect(() => db.transaction(() => db.afterCommit(() => seen.push('never')))()).toThrow('its end is not observed');
    expect(seen).toEqual(['called']);
    db.close();
  });
});
