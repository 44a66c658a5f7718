import type { Database as Leased } from './database.js';

export { Database, type DatabaseClass } from './database.js';
export type { SQLiteMode, SQLiteOptions, SqlAggregate, SqlFunction } from './sqlite-options.js';
export { SQLitePlugin } from './sqlite-plugin.js';

declare module '../app/wiring/function-route.js' {
  interface Provided {
    /** What a `SQLitePlugin` with its default keyword provides. */
    db: Leased;
  }
}
