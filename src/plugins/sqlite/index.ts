import type { Database as Leased } from './database.js';

export { Database, type DatabaseClass } from './database.js';
export type { SQLiteMode, SQLiteOptions, SqlAggregate, SqlFunction } from './options.js';
export { SQLitePlugin } from './plugin.js';

declare module '../../app/functions.js' {
  interface Provided {
    /** What a `SQLitePlugin` with its default keyword provides. */
    db: Leased;
  }
}
