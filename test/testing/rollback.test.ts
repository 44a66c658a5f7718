import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HTTPError, Post } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { isolate, rollback } from 'bottlenose/testing';

@Controller('/teas')
class Teas {
  @Get()
  list(db: Database) {
    return db.prepare('SELECT name FROM teas ORDER BY name').pluck().all();
  }

  @Post('/<name>')
  add(name: string, db: Database) {
    db.prepare('INSERT INTO teas VALUES (?)').run(name);
    if (name === 'Coffee') throw new HTTPError(400, 'That is not a tea.');
  }
}

describe('a database whose writes are undone after each test', () => {
  const own = new Database(':memory:');
  own.exec("CREATE TABLE teas (name TEXT UNIQUE); INSERT INTO teas VALUES ('Assam')");
  const db = rollback(own);
  const teas = isolate(Teas, { db: SQLitePlugin.over(db) });
  afterAll(() => void db.close());

  it.each([1, 2])('starts each test with the same rows (%d)', async () => {
    expect(db).toBe(own);
    expect((await teas.get('/teas')).json).toEqual(['Assam']);
    await teas.post('/teas/Darjeeling');
    db.prepare("INSERT INTO teas VALUES ('Earl Grey')").run();
    expect((await teas.get('/teas')).json).toEqual(['Assam', 'Darjeeling', 'Earl Grey']);
  });

  it('leaves the transaction of the test to the test where requests have none', async () => {
    const plain = isolate(Teas, { db: SQLitePlugin.over(db, { autocommit: false }) });
    await plain.post('/teas/Darjeeling');
    expect((await plain.post('/teas/Coffee')).status).toBe(400);
    expect((await plain.get('/teas')).json).toEqual(['Assam', 'Coffee', 'Darjeeling']);
  });

  it('undoes only the request that fails, within a test', async () => {
    await teas.post('/teas/Darjeeling');
    expect((await teas.post('/teas/Coffee')).status).toBe(400);
    expect((await teas.post('/teas/Assam')).status).toBe(409);
    expect((await teas.get('/teas')).json).toEqual(['Assam', 'Darjeeling']);
  });
});

it('takes the hooks of a runner that has no global ones, and asks for them', () => {
  const program = `
    import { Database } from ${JSON.stringify(new URL('../../src/sqlite/index.ts', import.meta.url).href)};
    import { rollback } from ${JSON.stringify(new URL('../../src/testing/index.ts', import.meta.url).href)};
    try { rollback(new Database(':memory:')); } catch (error) { console.log(error.message); }
    try { rollback('test.db'); } catch (error) { console.log(error.message); }
    const hooks = {};
    const db = rollback(new Database(':memory:'), { beforeEach(run) { hooks.before = run; }, afterEach(run) { hooks.after = run; } });
    hooks.before();
    db.exec('CREATE TABLE t (x)');
    hooks.after();
    console.log(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  `;
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(output.trim().split('\n')).toEqual([
    'rollback() finds no global beforeEach and afterEach. Pass those of the test runner: rollback(db, { beforeEach, afterEach }).',
    "rollback() needs an open database: rollback(new Database('test.db')).",
    '0',
  ]);
});
