import type { Database as Leased } from './database.js';

export { Database, type DatabaseClass, type DatabaseOptions } from './database.js';
export type { SQLiteDriver } from './native-database.js';
export type { SQLiteOverOptions, SQLiteMode, SQLiteOptions, SqlAggregate, SqlFunction } from './sqlite-options.js';
export { SQLitePlugin } from './sqlite-plugin.js';

declare module '../app/wiring/function-route.js' {
  interface PluginValues {
    /** The database of a `SQLitePlugin` with the default keyword. */
    db: Leased;
  }
}
