import { describe, expect, it } from '@jest/globals';
import { Database, type SQLiteDriver, SQLitePlugin } from '../../src/sqlite/index.js';
import { driverCases, reasonToSkip } from './driver-cases.js';

const drivers: readonly SQLiteDriver[] = ['better-sqlite3', 'node', 'bun'];

describe.each(drivers)('the driver %s', (driver) => {
  const reason = reasonToSkip(driver);
  if (reason === undefined) it.each(driverCases)('$name', ({ run }) => run(driver));
  else {
    it.skip(`keeps the promises of the plugin (${reason})`, () => undefined);

    it('is refused where this runtime does not have it, and the error names the remedy', () => {
      expect(() => new SQLitePlugin({ driver, file: ':memory:' }).setup()).toThrow(/^The driver '.*' needs .*[Uu]pdate|Remove/);
      expect(() => new Database(':memory:', { driver })).toThrow(`The driver '${driver}' needs`);
    });
  }
});

it('refuses a driver that does not exist', () => {
  expect(() => new SQLitePlugin({ driver: 'sqlite3' as never, file: ':memory:' })).toThrow(
    "SQLitePlugin: the option `driver` must be 'better-sqlite3' or 'node' or 'bun', not \"sqlite3\".",
  );
});
