import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { LIMIT, Program } from './program.js';

let program: Program | undefined;

afterEach(async () => program?.end(), LIMIT);

it(
  'workers that write to one SQLite file lose no write: each request is counted, or answered with 503',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-sqlite-'));
    const file = join(folder, 'counter.db');
    const db = new BetterSqlite3(file);
    db.exec('CREATE TABLE counter (n INTEGER NOT NULL); INSERT INTO counter VALUES (0)');
    db.close();
    program = await Program.start({ workers: 2, file }, 'counter.mjs');
    const count = `${program.url}/count`;
    const pids = new Set<number>();
    const counted: number[] = [];
    let refused = 0;
    for (let round = 0; round < 5 && pids.size < 2; round++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => fetch(count, { method: 'POST', headers: { Connection: 'close' } })),
      );
      for (const answer of answers) {
        if (answer.status === 200) {
          const { pid, n } = (await answer.json()) as { pid: number; n: number };
          pids.add(pid);
          counted.push(n);
        } else {
          expect(answer.status).toBe(503);
          refused++;
        }
      }
    }
    expect(pids.size).toBe(2);
    expect(await (await fetch(count)).json()).toEqual({ n: counted.length });
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from(counted, (_, i) => i + 1));
    expect(refused).toBeLessThan(counted.length);
    await program.end();
    rmSync(folder, { recursive: true });
  },
  2 * LIMIT,
);
