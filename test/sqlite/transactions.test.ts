import { describe, expect, it } from '@jest/globals';
import { HTTPError, HTTPResponse } from '../../src/http/http-error.js';
import { blog, count, install, look, route, title, wait } from './harness.js';

const posts = 'SELECT count(*) FROM posts';
const notFound = (): HTTPError => new HTTPError(404, 'gone');

describe('a request is one transaction', () => {
  it('commits when the handler returns', () => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', (db) => title(db, 'third'));
    expect(create().result).toEqual({ changes: 1, lastInsertRowid: 3 });
    expect(look(file, posts)).toBe(3);
  });

  it('makes no promise for a synchronous handler', () => {
    const { plugin } = install();
    expect(route(plugin, 'GET', (db) => db.prepare('SELECT title FROM posts').pluck().get())().result).toBe('first');
    expect(route(plugin, 'POST', (db) => db.prepare('SELECT 1').pluck().get())().result).toBe(1);
  });

  it('rolls back what a handler wrote before it threw', () => {
    const { plugin, file } = install();
    const fail = new Error('half-way');
    const create = route(plugin, 'POST', (db) => {
      title(db, 'third');
      throw fail;
    });
    expect(create().result).toBe(fail);
    expect(look(file, posts)).toBe(2);
    expect(route(plugin, 'POST', (db) => title(db, 'next'))().result).toMatchObject({ changes: 1 });
    expect(look(file, posts)).toBe(3);
  });

  it.each([
    ['throws', async () => Promise.reject(notFound())],
    ['returns', async () => notFound()],
  ])('rolls back when an async handler %s an HTTPError', async (_how, end) => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      await wait(1);
      return end();
    });
    await create().done.catch(() => {});
    expect(look(file, posts)).toBe(2);
  });

  it.each([
    [
      'thrown',
      () => {
        throw new HTTPResponse('', { status: 303 });
      },
    ],
    ['returned', () => new HTTPResponse('', { status: 404 })],
  ])('commits with a response that is %s and no error', async (_how, end) => {
    const { plugin, file } = install();
    const sync = route(plugin, 'POST', (db) => {
      title(db, 'third');
      return end();
    });
    const async = route(plugin, 'POST', async (db) => {
      title(db, 'fourth');
      await wait(1);
      return end();
    });
    expect(sync().result).toBeInstanceOf(HTTPResponse);
    expect(await async().done.catch((error: unknown) => error)).toBeInstanceOf(HTTPResponse);
    expect(look(file, posts)).toBe(4);
  });

  it('commits a GET that is configured to write', () => {
    const { plugin, file } = install();
    const visit = route(plugin, 'GET', (db) => title(db, 'third'), { mode: 'write' });
    expect(visit().result).toMatchObject({ changes: 1 });
    expect(look(file, posts)).toBe(3);
  });

  it('nests db.transaction in it, and undoes only the part that fails', () => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', (db) => {
      title(db, 'third');
      const part = db.transaction((text: string) => {
        title(db, text);
        throw new Error('part');
      });
      expect(() => part.immediate('fourth')).toThrow('part');
      return db.transaction((text: string) => title(db, text))('fifth');
    });
    expect(create().result).toMatchObject({ changes: 1 });
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second third fifth');
  });

  it.each(['BEGIN', 'COMMIT', 'ROLLBACK', 'END', '/* so */ commit'])(
    'refuses %s, which would end somebody else’s transaction, and says what to do',
    (sql) => {
      const { plugin, file } = install();
      const both = route(plugin, 'POST', (db) => {
        title(db, 'third');
        expect(() => db.prepare(sql).run()).toThrow(/db\.transaction\(…\).*autocommit: false/);
        db.exec(`INSERT INTO posts (title) VALUES ('x'); ${sql}`);
      });
      expect(String(both().result)).toContain('POST /x (handler) executes');
      expect(look(file, posts)).toBe(2);
    },
  );

  it('lets a trigger be made, though it has a BEGIN and an END, and savepoints be used', () => {
    const { plugin, file } = install();
    const migrate = route(plugin, 'POST', (db) => {
      db.exec(`CREATE TRIGGER t AFTER INSERT ON posts BEGIN UPDATE counter SET n = CASE WHEN n > 5 THEN 0 ELSE n + 1 END; END;
        SAVEPOINT a; INSERT INTO posts (title) VALUES ('third'); ROLLBACK TO a; RELEASE a; INSERT INTO posts (title) VALUES ('x; COMMIT')`);
      return 'done';
    });
    expect(migrate().result).toBe('done');
    expect(look(file, count)).toBe(1);
  });

  it('does not go on after SQLite has rolled back by itself', () => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', (db) => {
      title(db, 'third');
      expect(() => db.prepare("INSERT OR ROLLBACK INTO authors VALUES (1, 'Bob')").run()).toThrow();
      expect(() => title(db, 'fourth')).toThrow(/SQLite has rolled its transaction back.*ON CONFLICT ABORT/);
      return 'fine';
    });
    expect(create().result).toMatchObject({ status: 409 });
    expect(look(file, posts)).toBe(2);
  });

  it('takes a request that ends before its client leaves for complete', async () => {
    const { plugin, file } = install();
    const call = route(plugin, 'POST', async (db) => title(db, 'third'))();
    await call.done;
    call.leave();
    expect(look(file, posts)).toBe(3);
  });
});

describe('violated constraints', () => {
  it.each([
    ["INSERT INTO authors VALUES (2, 'Ann')", 'This exists already.'],
    ["INSERT INTO authors VALUES (1, 'Bob')", 'This exists already.'],
    ['INSERT INTO posts (title) VALUES (NULL)', 'A required value is missing.'],
    ["INSERT INTO posts (title) VALUES ('')", 'A value is not allowed here.'],
    // Deferred: it is the commit that fails.
    [
      "INSERT INTO posts VALUES (9, 'x', 99)",
      'This refers to something that does not exist, or something else still refers to it.',
    ],
  ])('%s is a conflict that tells nothing of the schema', async (sql, body) => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', (db) => {
      title(db, 'before');
      return db.prepare(sql).run();
    });
    const { result } = create();
    expect(result).toBeInstanceOf(HTTPError);
    expect(result).toMatchObject({ status: 409, body, cause: { name: 'SqliteError' } });
    expect(look(file, posts)).toBe(2);
    const later = route(plugin, 'POST', async (db) => db.prepare(sql).run());
    await expect(later().done).rejects.toMatchObject({ status: 409 });
    expect(look(file, 'SELECT count(*) FROM posts, authors')).toBe(2);
  });

  it('may be dealt with by the handler', () => {
    const { plugin, file } = install();
    const create = route(plugin, 'POST', (db) => {
      try {
        title(db, null);
      } catch {
        title(db, 'untitled');
      }
    });
    expect(create().result).toBeUndefined();
    expect(look(file, posts)).toBe(3);
  });

  it('leaves other errors as they are', () => {
    const { plugin } = install();
    expect(route(plugin, 'GET', (db) => db.prepare('SELEKT'))().result).toMatchObject({ code: 'SQLITE_ERROR' });
  });
});

describe('streamed results', () => {
  const stream = (plugin: Parameters<typeof route>[0], fail = false): (() => ReturnType<ReturnType<typeof route>>) =>
    route(plugin, 'POST', function* (db) {
      yield 'a';
      title(db, 'third');
      yield 'b';
      if (fail) throw new Error('broken');
    });

  function read(call: ReturnType<ReturnType<typeof route>>): string {
    let text = '';
    try {
      for (const part of call.result as Iterable<string>) text += part;
    } catch (error) {
      call.context.streamEnded(error);
      throw error;
    }
    call.context.streamEnded(undefined);
    return text;
  }

  it('commit at their end', () => {
    const { plugin, file } = install();
    expect(read(stream(plugin)())).toBe('ab');
    expect(look(file, posts)).toBe(3);
  });

  it('roll back when they break off', () => {
    const { plugin, file } = install();
    const call = stream(plugin, true)();
    expect(() => read(call)).toThrow('broken');
    expect(look(file, posts)).toBe(2);
  });

  it('roll back when the client leaves, and let the next writer in', () => {
    const { plugin, file } = install();
    const call = stream(plugin)();
    const parts = call.result as Iterator<string>;
    parts.next();
    parts.next();
    call.leave();
    expect(route(plugin, 'POST', (db) => title(db, 'other'))().result).toMatchObject({ changes: 1 });
    expect(look(file, posts)).toBe(3);
  });

  it('fail when their transaction cannot be committed', () => {
    const { plugin, file } = install();
    const call = route(plugin, 'POST', function* (db) {
      yield 'a';
      db.prepare("INSERT INTO posts VALUES (9, 'x', 99)").run();
    })();
    expect(() => read(call)).toThrow(HTTPError);
    expect(look(file, posts)).toBe(2);
  });

  it('may be the rows of a statement', () => {
    const { plugin } = install();
    const list = route(plugin, 'GET', (db) => db.prepare('SELECT title FROM posts').pluck().iterate());
    expect(read(list())).toBe('firstsecond');
    expect(read(list())).toBe('firstsecond');
  });
});

describe('autocommit: false', () => {
  it('leaves transactions to the handler', () => {
    const { plugin, file } = install({ autocommit: false });
    const create = route(plugin, 'POST', (db) => {
      title(db, 'kept');
      db.exec('BEGIN');
      title(db, 'undone');
      db.exec('ROLLBACK');
      db.transaction(() => title(db, 'kept too'))();
      throw new Error('after');
    });
    expect(create().result).toMatchObject({ message: 'after' });
    expect(look(file, posts)).toBe(4);
  });

  it('rolls back a transaction that was left open, and says so', () => {
    const { plugin, file } = install();
    const create = route(
      plugin,
      'POST',
      (db) => {
        db.exec('BEGIN');
        title(db, 'third');
      },
      { autocommit: false },
    );
    expect(create().result).toMatchObject({ message: expect.stringContaining('has left a transaction open') });
    expect(look(file, posts)).toBe(2);
    expect(route(plugin, 'POST', (db) => title(db, 'next'))().result).toMatchObject({ changes: 1 });
  });
});

describe('a database in memory', () => {
  it('is one for all requests, which take turns', async () => {
    const { plugin } = install({ file: ':memory:' });
    route(plugin, 'POST', (db) => db.exec('CREATE TABLE counter (n); INSERT INTO counter VALUES (0)') && undefined)();
    const bump = route(plugin, 'POST', async (db) => {
      const n = db.prepare(count).pluck().get() as number;
      await wait(1);
      db.prepare('UPDATE counter SET n = ?').run(n + 1);
    });
    const reads = route(plugin, 'GET', async (db) => {
      const before = db.prepare(count).pluck().get();
      await wait(1);
      return [before, db.prepare(count).pluck().get()];
    });
    const calls = Array.from({ length: 20 }, () => [bump(), reads()] as const).flat();
    const results = await Promise.all(calls.map((call) => call.done));
    for (const pair of results.filter(Array.isArray)) expect(pair[0]).toBe(pair[1]);
    expect(route(plugin, 'GET', (db) => db.prepare(count).pluck().get())().result).toBe(20);
    // The same connection refuses to write for a reader, and writes again for a writer.
    expect(String(route(plugin, 'GET', (db) => db.exec('UPDATE counter SET n = 0'))().result)).toContain('may only read');
    await bump().done;
    expect(route(plugin, 'GET', (db) => db.prepare(count).pluck().get())().result).toBe(21);
  });
});

describe('without WAL', () => {
  it('a commit waits for readers, and the event loop goes on', async () => {
    const { plugin, file } = install({ file: blog(), pragmas: { journal_mode: 'DELETE' } });
    const read = route(
      plugin,
      'GET',
      async (db) => {
        const before = db.prepare(count).pluck().get();
        await wait(30);
        return [before, db.prepare(count).pluck().get()];
      },
      { mode: 'read' },
    );
    const write = route(plugin, 'POST', (db) => db.prepare('UPDATE counter SET n = 7').run());
    const reader = read();
    const writer = write();
    expect(writer.result).toBeInstanceOf(Promise);
    expect(await reader.done).toEqual([0, 0]);
    await writer.done;
    expect(look(file, count)).toBe(7);
  });
});
