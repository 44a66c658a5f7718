import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SQLitePlugin, type SQLiteOptions } from '../../src/sqlite/index.js';
import { blog, folder, install, route, title, wait } from './harness.js';

function open(options: SQLiteOptions): () => void {
  return () => new SQLitePlugin(options).setup();
}

describe('installing says what is wrong with the file, and what to do', () => {
  it('no database', () => {
    const file = join(folder(), 'notes.txt');
    writeFileSync(file, 'Dear diary, this is a long enough text to be no database at all. '.repeat(20));
    expect(open({ file })).toThrow(/cannot open .*notes\.txt: file is not a database\. Let `file` name an SQLite database/);
    expect(open({ file, readonly: true })).toThrow('file is not a database');
  });

  it('a folder that does not exist', () => {
    expect(open({ file: join(folder(), 'no', 'blog.db') })).toThrow(/directory does not exist\. Create the folder first/);
  });

  it('a folder instead of a file', () => {
    expect(open({ file: folder() })).toThrow(/unable to open database file\. `file` must be a file/);
  });

  it('a missing file that is only to be read', () => {
    expect(open({ file: join(folder(), 'blog.db'), readonly: true })).toThrow(/readonly: true the file must exist/);
  });

  it('a file that may not be written', () => {
    const file = blog('PRAGMA journal_mode = DELETE;');
    chmodSync(file, 0o444);
    // To root every file is writable.
    if (process.getuid?.() !== 0) expect(open({ file })).toThrow('Make the file and its folder writable');
  });

  it('a malformed pragma', () => {
    expect(open({ file: ':memory:', pragmas: { journal_mode: "'" } })).toThrow(/See the pragmas in the options/);
  });

  it('creates a missing file', () => {
    const { plugin } = install({ file: join(folder(), 'new.db') });
    expect(route(plugin, 'GET', (db) => db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())().result).toBe(0);
  });
});

describe('options that make no sense are refused', () => {
  it.each<[Partial<Record<keyof SQLiteOptions, unknown>>, string]>([
    [{ file: undefined }, "`file` must be a path, or ':memory:', not undefined"],
    [{ keyword: 'my db' }, '`keyword` must be a parameter'],
    [{ busyTimeout: -1 }, '`busyTimeout` must be a number of milliseconds'],
    [{ autocommit: 'no' }, '`autocommit` must be true or false, not "no"'],
    [{ readOnly: true } as object, "SQLitePlugin() has no option 'readOnly'. Did you mean 'readonly'?"],
    [{ pragmas: { busy_timeout: 5 } }, 'Use the option busyTimeout'],
    [{ pragmas: { 'a; b': 5 } }, 'is not the name of a pragma'],
    [{ readonly: true, mode: 'write' }, 'exclude each other'],
  ])('%j', (options, message) => {
    expect(() => new SQLitePlugin({ file: ':memory:', ...options } as SQLiteOptions)).toThrow(message);
  });
});

it('a plugin without options asks for the one that it needs', () => {
  const missing = "the option `file` is missing. Name the database, as in new SQLitePlugin({ file: 'app.db' }).";
  expect(() => new SQLitePlugin(undefined as never)).toThrow(missing);
});

it('two plugins that reach one file by different paths share its writer', async () => {
  const file = blog();
  const link = join(folder(), 'link');
  mkdirSync(link);
  symlinkSync(file, join(link, 'other.db'));
  const { plugin } = install({ file });
  const other = install({ file: join(link, 'other.db'), keyword: 'db2', busyTimeout: 1000 });
  const first = route(plugin, 'POST', async (db) => {
    title(db, 'third');
    await wait(20);
  })();
  const second = route(other.plugin, 'POST', (db) => title(db, 'fourth'))();
  expect(second.result).toBeInstanceOf(Promise);
  await first.done;
  expect(await second.done).toMatchObject({ lastInsertRowid: 4 });
});

it('importing it loads no better-sqlite3, and using it without says how to install it', () => {
  const plugin = new URL('../../src/sqlite/index.ts', import.meta.url).pathname;
  const program = `
    const { SQLitePlugin, Database } = await import(${JSON.stringify(plugin)});
    const { Module, createRequire } = await import('node:module');
    const require = createRequire(${JSON.stringify(plugin)});
    console.log(Object.keys(require.cache).filter((path) => path.includes('better-sqlite3')).length, typeof Database);
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (name, ...rest) {
      if (name === 'better-sqlite3') throw Object.assign(new Error('Cannot find it'), { code: 'MODULE_NOT_FOUND' });
      return resolve.call(this, name, ...rest);
    };
    try { new SQLitePlugin({ file: ':memory:' }).setup(); } catch (error) { console.log(error.message); }
    try { new Database(':memory:'); } catch (error) { console.log(error.message); }
  `;
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8' });
  const message = 'SQLite needs the package better-sqlite3, which is not installed: npm install better-sqlite3@12';
  expect(output.trim().split('\n')).toEqual(['0 function', message, message]);
});
