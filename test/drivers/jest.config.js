// The tests of SQLite with better-sqlite3 13, in the Node that is installed here: see run.ts.
import base from '../../jest.config.js';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/sqlite'],
  moduleNameMapper: { ...base.moduleNameMapper, '^better-sqlite3$': '<rootDir>/test/drivers/node_modules/better-sqlite3' },
};
