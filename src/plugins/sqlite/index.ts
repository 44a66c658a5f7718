export { Database, type DatabaseClass } from './database.js';
export type { SQLiteMode, SQLiteOptions, SqlAggregate, SqlFunction } from './options.js';
export { SQLitePlugin } from './plugin.js';
