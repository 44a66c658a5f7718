import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { HTTPError } from '../../src/http/http-error.js';
import { type Database, SQLitePlugin } from '../../src/sqlite/index.js';
import { atEnd, blog, count, held, install, look, route, title, wait } from './harness.js';

/** Reads, waits, and writes what it read plus one: exact only if nobody else writes in between. */
async function increment(db: Database): Promise<number> {
  const n = db.prepare(count).pluck().get() as number;
  await wait(Math.random() * 3);
  db.prepare('UPDATE counter SET n = ?').run(n + 1);
  return n + 1;
}

/** Another process that locks the file, until `release`. */
async function lockElsewhere(file: string, sql = 'BEGIN EXCLUSIVE'): Promise<() => Promise<unknown>> {
  const program = `const db = require('better-sqlite3')(${JSON.stringify(file)}); db.exec(${JSON.stringify(sql)});
    process.stdout.write('locked'); process.stdin.on('end', () => { db.exec('COMMIT'); db.close(); }).resume();`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  atEnd(() => child.kill());
  await once(child.stdout, 'data');
  return () => {
    child.stdin.end();
    return exit;
  };
}

describe('two hundred concurrent async requests that read, wait and write the same row', () => {
  it.each(['POST', 'GET', 'ANY'])('leave the exact count with %s', async (method) => {
    const { plugin, file, warnings } = install();
    const bump = route(plugin, method, increment);
    const results = await Promise.all(Array.from({ length: 200 }, () => bump().done));
    expect(new Set(results).size).toBe(200);
    expect(look(file, count)).toBe(200);
    expect(warnings).toEqual([]);
  });

  it('leave the exact count with both verbs and two plugins on the file', async () => {
    const { plugin, file } = install();
    const other = install({ file: `${file}`, keyword: 'db2' }).plugin;
    const bumps = [route(plugin, 'POST', increment), route(plugin, 'GET', increment), route(other, 'PUT', increment)];
    await Promise.all(Array.from({ length: 201 }, (_, i) => bumps[i % 3]!().done));
    expect(look(file, count)).toBe(201);
  });

  it('count only those that succeed', async () => {
    const { plugin, file } = install();
    let turn = 0;
    const bump = route(plugin, 'POST', async (db) => {
      const n = await increment(db);
      if (turn++ % 2 === 0) throw new Error('no');
      return n;
    });
    await Promise.allSettled(Array.from({ length: 100 }, () => bump().done));
    expect(look(file, count)).toBe(50);
  });
});

it('processes that share a file count exactly together', async () => {
  const { plugin, file } = install();
  const path = new URL('../../src/sqlite/index.ts', import.meta.url).pathname;
  const program = `
    const { SQLitePlugin } = await import(${JSON.stringify(path)});
    const plugin = new SQLitePlugin({ file: ${JSON.stringify(file)}, busyTimeout: 60_000 });
    plugin.setup();
    const route = { method: 'POST', rule: '/x', displayName: 'x', isAsync: true, wants: () => true };
    const callback = plugin.apply(async ({ db }) => {
      const n = db.prepare('SELECT n FROM counter').pluck().get();
      await new Promise((done) => setTimeout(done, 1));
      db.prepare('UPDATE counter SET n = ?').run(n + 1);
    }, route);
    const request = () => callback({ provide(_keyword, db) { this.db = db; }, onClose() {} });
    await Promise.all(Array.from({ length: 50 }, request));
    await plugin.close();
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  const bump = route(plugin, 'POST', increment);
  for (let i = 0; i < 50; i++) {
    await bump().done;
    await wait(Math.random() * 20);
  }
  expect(await exit).toEqual([0, null]);
  expect(look(file, count)).toBe(100);
});

describe('readers', () => {
  it('neither wait for a writer nor see what it has not committed', async () => {
    const { plugin } = install();
    const gate = held();
    const writing = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      await gate.promise;
    })();
    const list = route(plugin, 'GET', (db) => db.prepare('SELECT count(*) FROM posts').pluck().get());
    const waiting = route(plugin, 'POST', (db) => title(db, 'fourth'))();
    expect(list().result).toBe(2);
    gate.release();
    await Promise.all([writing.done, waiting.done]);
    expect(list().result).toBe(4);
  });

  it('see one snapshot, whatever is committed meanwhile', async () => {
    const { plugin } = install();
    const gate = held();
    const read = route(plugin, 'GET', async (db) => {
      const before = db.prepare(count).pluck().get();
      await gate.promise;
      return [before, db.prepare(count).pluck().get()];
    });
    await route(plugin, 'GET', async (db) => db.prepare(count).pluck().get())().done;
    const reading = read();
    // The first request of an async route is taken for a writer, until it has been seen to read only.
    gate.release();
    await reading.done;
    const second = held();
    const readAgain = route(
      plugin,
      'GET',
      async (db) => {
        const before = db.prepare(count).pluck().get();
        await second.promise;
        return [before, db.prepare(count).pluck().get()];
      },
      { mode: 'read' },
    )();
    await route(plugin, 'POST', increment)().done;
    second.release();
    expect(await readAgain.done).toEqual([0, 0]);
  });

  it('that are async and new do not keep writers waiting for long, and keep their snapshot', async () => {
    // A writer that waits for the whole busy timeout, and not only for the reader, does not end within a test.
    const { plugin } = install();
    const gate = held();
    const poll = route(plugin, 'GET', async (db) => {
      const rows = db.prepare('SELECT title FROM posts ORDER BY id').pluck().iterate();
      const first = rows.next().value;
      await gate.promise;
      return [first, ...rows, db.prepare(count).pluck().get()];
    })();
    await route(plugin, 'POST', increment)().done;
    gate.release();
    expect(await poll.done).toEqual(['first', 'second', 0]);
  });

  it('that stream do not hold the writer', async () => {
    const { plugin, file } = install();
    const events = route(plugin, 'GET', async function* (db: Database) {
      yield String(db.prepare(count).pluck().get());
    })();
    await route(plugin, 'POST', increment)().done;
    expect(look(file, count)).toBe(1);
    expect(await (events.result as AsyncIterator<string>).next()).toMatchObject({ value: '1' });
    events.context.streamEnded(undefined);
  });

  it('that are too many wait for each other, and do not use up the files of the process', async () => {
    const { plugin } = install();
    const read = route(
      plugin,
      'GET',
      async (db) => {
        const n = db.prepare(count).pluck().get();
        await wait(10);
        return n;
      },
      { mode: 'read' },
    );
    const results = await Promise.all(Array.from({ length: 400 }, () => read().done));
    expect(new Set(results)).toEqual(new Set([0]));
    const gate = held();
    const endless = route(
      plugin,
      'GET',
      async (db) => {
        db.prepare(count).get();
        await gate.promise;
      },
      { mode: 'read', busyTimeout: 30 },
    );
    const calls = Array.from({ length: 110 }, () => endless().done);
    for (const call of calls.slice(100)) await expect(call).rejects.toMatchObject({ status: 503 });
    gate.release();
    await Promise.all(calls.slice(0, 100));
  });

  it('become writers at their first write, if nobody else writes', async () => {
    const { plugin, file, warnings } = install();
    const visit = route(plugin, 'GET', (db) => {
      const n = db.prepare(count).pluck().get() as number;
      db.prepare('UPDATE counter SET n = ?').run(n + 1);
    });
    visit();
    visit();
    expect(look(file, count)).toBe(2);
    expect(warnings).toEqual([]);
  });

  it('that want to write while another does fail with 503, say how to avoid it, and queue the next time', async () => {
    const { plugin, file, warnings } = install();
    const gate = held();
    const writing = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      await gate.promise;
    })();
    const visit = route(plugin, 'GET', (db) => db.prepare('UPDATE counter SET n = n + 1').run(), {}, 'Pages.visit');
    expect(visit().result).toMatchObject({ status: 503 });
    expect(warnings).toEqual([expect.stringMatching(/Pages\.visit.*mode: 'write'/)]);
    const second = visit();
    gate.release();
    await Promise.all([writing.done, second.done]);
    expect(look(file, count)).toBe(1);
  });

  it('refuse to write in read mode, and say why', () => {
    const { plugin, file } = install();
    const visit = route(plugin, 'GET', (db) => db.prepare('UPDATE counter SET n = 5').run(), { mode: 'read' });
    expect(visit().result).toMatchObject({
      message: expect.stringContaining("Remove readonly: true from SQLitePlugin, or mode: 'read'"),
    });
    const all = install({ file, readonly: true }).plugin;
    expect(route(all, 'POST', (db) => title(db, 'x'))().result).toMatchObject({
      message: expect.stringContaining('may only read'),
    });
    expect(route(all, 'POST', (db) => db.prepare(count).pluck().get())().result).toBe(0);
  });
});

describe('a writer that keeps others waiting', () => {
  it('makes them fail with 503 after the busy timeout, and is named in one warning', async () => {
    const { plugin, warnings } = install({ busyTimeout: 40 });
    const gate = held();
    const slow = route(
      plugin,
      'POST',
      async (db) => {
        title(db, 'third');
        await gate.promise;
      },
      {},
      'Jobs.slow',
    )();
    const quick = route(plugin, 'POST', (db) => title(db, 'fourth'), {}, 'Jobs.quick');
    const calls = [quick(), quick(), quick()];
    for (const call of calls) {
      const error = await call.done.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HTTPError);
      expect(error).toMatchObject({ status: 503, body: 'The database is busy. Please try again.' });
      expect((error as HTTPError).headers.get('Retry-After')).toBe('1');
    }
    expect(warnings).toEqual([
      expect.stringMatching(/^POST \/x \(Jobs\.slow\) has held the writer .* for \d+\.\d s.*Jobs\.quick/),
    ]);
    gate.release();
    await slow.done;
    expect(quick().result).toMatchObject({ changes: 1 });
  });

  it('warns through the process by default', async () => {
    const { plugin } = install({ busyTimeout: 20, warn: undefined });
    const gate = held();
    const slow = route(plugin, 'POST', () => gate.promise)();
    const emit = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    atEnd(() => emit.mockRestore());
    await route(plugin, 'POST', () => 1)().done.catch(() => {});
    expect(emit.mock.calls).toEqual([[expect.stringContaining('has held'), { code: 'BN_SQLITE_BUSY', type: 'SQLiteWarning' }]]);
    gate.release();
    await slow.done;
  });

  it('is served in the order of arrival', async () => {
    const { plugin, file } = install();
    const order: number[] = [];
    const add = (n: number): Promise<unknown> =>
      route(plugin, 'POST', async () => {
        await wait(Math.random() * 2);
        order.push(n);
      })().done;
    await Promise.all([1, 2, 3, 4, 5].map(add));
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(look(file, count)).toBe(0);
  });

  it('never waits for itself', async () => {
    const { plugin, file } = install();
    const other = install({ file, keyword: 'db2' }).plugin;
    const error = await route([plugin, other], 'POST', () => 1)().done.catch((reason: unknown) => reason);
    expect(String(error)).toContain('asks for');
    expect(String(error)).toContain('twice');
    expect(route([plugin, install({ keyword: 'db3' }).plugin], 'POST', () => 1)().result).toBe(1);
  });
});

describe('a client that leaves', () => {
  it('rolls back a handler that never settles, lets the next in, and the handler cannot write when it wakes up', async () => {
    const { plugin, file } = install();
    const gate = held();
    let late: unknown;
    const call = route(
      plugin,
      'POST',
      async (db) => {
        const statement = db.prepare("INSERT INTO posts (title) VALUES ('late')");
        title(db, 'third');
        await gate.promise;
        try {
          statement.run();
        } catch (error) {
          late = error;
        }
        db.exec("INSERT INTO posts (title) VALUES ('later')");
      },
      {},
      'Posts.hang',
    )();
    const gate2 = held();
    const next = route(plugin, 'POST', async (db) => {
      title(db, 'fourth');
      await gate2.promise;
    })();
    call.leave();
    await wait(1);
    gate.release();
    await expect(call.done).rejects.toThrow('Posts.hang');
    expect(String(late)).toMatch(/Posts\.hang.*no longer has it: the client had left/);
    gate2.release();
    await next.done;
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second fourth');
  });

  it('leaves the queue', async () => {
    const { plugin, file } = install();
    const gate = held();
    const first = route(plugin, 'POST', () => gate.promise)();
    let ran = false;
    const second = route(plugin, 'POST', () => {
      ran = true;
    })();
    second.leave();
    await expect(second.done).rejects.toMatchObject({ status: 503 });
    gate.release();
    await first.done;
    expect(ran).toBe(false);
    await route(plugin, 'POST', increment)().done;
    expect(look(file, count)).toBe(1);
  });

  it('does not keep the writer if it leaves in the very turn it would have got it', async () => {
    const { plugin } = install();
    const gate = held();
    const first = route(plugin, 'POST', () => gate.promise)();
    const second = route(plugin, 'POST', () => 2)();
    void first.done.then(() => second.leave());
    gate.release();
    await second.done.catch(() => {});
    expect(await route(plugin, 'POST', () => 3)().done).toBe(3);
  });

  it('does not stop what is going on when it leaves during a reading request', async () => {
    const { plugin } = install();
    const call = route(plugin, 'GET', async (db) => {
      const rows = db.prepare('SELECT 1 UNION ALL SELECT 2').iterate();
      rows.next();
      await wait(5);
      return rows.next();
    })();
    call.leave();
    await expect(call.done).rejects.toThrow('the client had left');
  });
});

describe('a file that another process has locked', () => {
  it('makes writers wait without stopping the event loop, and lets them through once it is released', async () => {
    // One that waited inside SQLite would keep this loop from releasing the lock that it waits for.
    const { plugin, file } = install();
    const release = await lockElsewhere(file);
    const calls = [route(plugin, 'POST', increment)(), route(plugin, 'POST', increment)()];
    expect(route(plugin, 'GET', (db) => db.prepare(count).pluck().get())().result).toBe(0);
    for (let turn = 0; turn < 50; turn++) await wait(3);
    await release();
    await Promise.all(calls.map((call) => call.done));
    expect(look(file, count)).toBe(2);
  });

  it('fails them with 503 after the busy timeout, with one warning', async () => {
    const { plugin, file, warnings } = install({ busyTimeout: 300 });
    const release = await lockElsewhere(file);
    const calls = [route(plugin, 'POST', increment)(), route(plugin, 'PUT', increment)()];
    const errors = await Promise.all(calls.map((call) => call.done.catch((reason: unknown) => reason)));
    expect(errors).toMatchObject([{ status: 503 }, { status: 503 }]);
    expect(warnings).toEqual([expect.stringMatching(/^.*Another process has kept .* locked for longer than 300 ms/s)]);
    await release();
    await route(plugin, 'POST', increment)().done;
    expect(look(file, count)).toBe(1);
  });

  it('may be locked when the plugin is installed', async () => {
    const file = blog('PRAGMA journal_mode = DELETE;');
    const release = await lockElsewhere(file);
    const { plugin } = install({ file });
    const read = route(plugin, 'GET', (db) => db.prepare(count).pluck().get())();
    const write = route(plugin, 'POST', increment)();
    await wait(20);
    await release();
    // Both wait for the file, and either may be the first to get it.
    expect([0, 1]).toContain(await read.done);
    expect(await write.done).toBe(1);
    expect(route(plugin, 'GET', (db) => db.prepare(count).pluck().get())().result).toBe(1);
  });

  it('tells readers too, where they cannot read beside a writer', async () => {
    const { plugin, file } = install({ file: blog(), pragmas: { journal_mode: 'DELETE' }, busyTimeout: 60 });
    const release = await lockElsewhere(file);
    const read = (config: object) => route(plugin, 'GET', (db) => db.prepare(count).pluck().get(), { ...config })();
    await expect(read({}).done).rejects.toMatchObject({ status: 503 });
    const second = read({ busyTimeout: 60_000 });
    await release();
    expect(await second.done).toBe(0);
  });
});

describe('closing', () => {
  it('waits for the requests that run, and leaves one complete file', async () => {
    const { plugin, file } = install();
    const call = route(plugin, 'POST', increment)();
    const closed = plugin.close();
    await Promise.all([call.done, closed]);
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(look(file, count)).toBe(1);
  });

  it('does not wait for ever', async () => {
    const { plugin, file } = install({ busyTimeout: 30 });
    const gate = held();
    const call = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      await gate.promise;
      title(db, 'fourth');
    })();
    const waiting = route(plugin, 'POST', (db) => title(db, 'fifth'))();
    await plugin.close();
    gate.release();
    await expect(call.done).rejects.toThrow('SQLitePlugin was closed');
    await expect(waiting.done).rejects.toMatchObject({ status: 503 });
    expect(look(file, 'SELECT count(*) FROM posts')).toBe(2);
  });

  it('opens again when it is installed again', async () => {
    const { plugin } = install();
    const read = route(plugin, 'GET', (db) => db.prepare(count).pluck().get());
    await plugin.close();
    expect(String(read().result)).toContain('Install the plugin again');
    plugin.setup();
    expect(read().result).toBe(0);
  });

  it('goes on while another app uses the same plugin', async () => {
    const { plugin } = install();
    plugin.setup();
    await plugin.close();
    expect(route(plugin, 'GET', (db) => db.prepare(count).pluck().get())().result).toBe(0);
    await plugin.close();
  });
});

it('a route that does not ask for it keeps its callback', () => {
  const plugin = new SQLitePlugin({ file: ':memory:' });
  const callback = (): number => 1;
  expect(plugin.apply(callback, { wants: () => false } as never)).toBe(callback);
});
