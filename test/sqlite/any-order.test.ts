import { expect, it } from '@jest/globals';
import { Bottle, HTTPError } from 'bottlenose';
import { type Database, SQLitePlugin } from 'bottlenose/sqlite';
import { cases, fc } from '../property.js';
import { blog, look, wait } from './harness.js';

/** One use of the database: who asks, how long it takes between its two writes, and whether it fails then. */
interface Use {
  by: 'request' | 'job' | 'stream' | 'reader';
  delay: number;
  fails: boolean;
}

const use: fc.Arbitrary<Use> = fc.record({
  by: fc.constantFrom('request', 'job', 'stream', 'reader'),
  delay: fc.integer({ min: 0, max: 2 }),
  fails: fc.boolean(),
});

it('any mix of requests, streams, jobs and readers leaves what the successful ones wrote, and shows no half of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(use, { minLength: 1, maxLength: 12 }), async (uses) => {
      const file = blog();
      const app = new Bottle({ logger() {} });
      const sqlite = app.install(new SQLitePlugin({ file, busyTimeout: 60_000 }));
      const write = async (db: Database, i: number): Promise<void> => {
        const { delay, fails } = uses[i] as Use;
        const n = db.prepare('SELECT n FROM counter').pluck().get() as number;
        db.prepare('INSERT INTO posts (title) VALUES (?)').run(String(i));
        if (delay > 0) await wait(delay);
        if (fails) throw new HTTPError(400);
        db.prepare('UPDATE counter SET n = ?').run(n + 1);
        db.afterCommit(() => committed.push(i));
      };
      const committed: number[] = [];
      const torn: unknown[] = [];
      app.post('/<i:int>', ({ i, db }) => write(db, i).then(() => 'ok'));
      app.post('/stream/<i:int>', async function* ({ i, db }) {
        yield 'begun';
        await write(db, i);
        yield 'done';
      });
      const read = (db: Database): void => {
        const [posts, n] = db.prepare('SELECT (SELECT count(*) FROM posts) - 2, n FROM counter').raw().get() as number[];
        if (posts !== n) torn.push([posts, n]);
      };
      app.get('/', async ({ db }) => {
        read(db);
        await wait(1);
        read(db);
      });
      const ask = async (method: string, path: string): Promise<unknown> =>
        (await app.fetch(new Request(`http://localhost${path}`, { method }))).text();
      const run = ({ by }: Use, i: number): Promise<unknown> => {
        if (by === 'request') return ask('POST', `/${i}`);
        if (by === 'stream') return ask('POST', `/stream/${i}`);
        return by === 'job' ? sqlite.transaction((db) => write(db, i)) : ask('GET', '/');
      };
      await Promise.allSettled(uses.map(run));
      const expected = uses.flatMap(({ by, fails }, i) => (by === 'reader' || fails ? [] : [String(i)]));
      await app.close();
      expect(torn).toEqual([]);
      expect(look(file, 'SELECT n FROM counter')).toBe(expected.length);
      expect(
        String(look(file, 'SELECT group_concat(title) FROM posts WHERE id > 2') ?? '')
          .split(',')
          .filter(Boolean)
          .sort(),
      ).toEqual([...expected].sort());
      expect(committed.map(String).sort()).toEqual([...expected].sort());
    }),
    cases(30),
  );
});
