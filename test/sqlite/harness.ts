import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import type { RouteInfo } from '../../src/app/wiring/plugin.js';
import { Context } from '../../src/http/context.js';
import type { Exchange } from '../../src/http/gateway/exchange.js';
import { type Database, SQLitePlugin, type SQLiteOptions } from '../../src/sqlite/index.js';

/** One request at the plugin's own contract: no app around it. */
export interface Call {
  /** What the plugin's callback returned or threw, at once. */
  result: unknown;
  /** Resolves to the same once a promise is settled. */
  done: Promise<unknown>;
  context: Context;
  /** The client goes away. */
  leave(): void;
}

type Handler = (db: Database, context: Context) => unknown;

/** Applies a plugin to a handler, as an app would, and gives a function that makes one request. */
export function route(
  plugin: SQLitePlugin | readonly SQLitePlugin[],
  method: string,
  handler: Handler,
  config: Record<string, unknown> = {},
  name = handler.name || 'handler',
): () => Call {
  const plugins = [plugin].flat() as SQLitePlugin[];
  const info = {
    rule: '/x',
    method,
    name: undefined,
    config: { toNested: () => config },
    controller: undefined,
    displayName: name,
    isAsync: /^Async/.test(handler.constructor.name),
    parameters: [],
    wants: () => true,
  } as unknown as RouteInfo;
  const keyword = plugins[0]?.provides.keyword as string;
  const innermost = (context: Context): unknown => handler(context.provided(keyword) as Database, context);
  const callback = plugins.reduceRight((inner, each) => each.apply(inner, info), innermost);
  return () => {
    const listeners: (() => void)[] = [];
    const exchange = { method, target: '/x', onClose: (listener: () => void) => listeners.push(listener) } as unknown as Exchange;
    const context = new Context(exchange, undefined as never);
    let result: unknown;
    let done: Promise<unknown>;
    try {
      result = callback(context);
      done = Promise.resolve(result);
    } catch (error) {
      result = error;
      done = Promise.reject(error);
    }
    done.catch(() => {});
    const leave = (): void => {
      for (const listener of listeners) listener();
    };
    return { result, done, context, leave };
  };
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A folder that is removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bottlenose-'));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A database file with one table of posts and one counter at 0. */
export function blog(sql = ''): string {
  const file = join(folder(), 'blog.db');
  const db = new BetterSqlite3(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE posts (
      id INTEGER PRIMARY KEY, title TEXT NOT NULL CHECK (title <> ''),
      author INTEGER REFERENCES authors DEFERRABLE INITIALLY DEFERRED
    );
    CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
    INSERT INTO counter VALUES (1, 0);
    INSERT INTO authors VALUES (1, 'Ann');
    INSERT INTO posts VALUES (1, 'first', 1), (2, 'second', 1);
    ${sql}
  `);
  db.close();
  return file;
}

/** What is in the file, seen from outside. */
export function look(file: string, sql: string): unknown {
  const db = new BetterSqlite3(file);
  try {
    return db.prepare(sql).pluck().get();
  } finally {
    db.close();
  }
}

export interface Installed {
  plugin: SQLitePlugin;
  file: string;
  warnings: string[];
}

/** An installed plugin on a fresh file, closed after the test. Requests that wait for the writer get it, unless a test says otherwise. */
export function install(options: Partial<SQLiteOptions> = {}): Installed {
  const warnings: string[] = [];
  const file = options.file ?? blog();
  const plugin = new SQLitePlugin({ file, busyTimeout: 60_000, warn: (message) => warnings.push(message), ...options });
  plugin.setup();
  atEnd(() => plugin.close());
  return { plugin, file, warnings };
}

/** A promise that the test resolves. */
export function held(): { promise: Promise<void>; release: () => void } {
  let release!: () => void;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

export const count = 'SELECT n FROM counter';
export const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
export const title = (db: Database, text: string | null): unknown => db.prepare('INSERT INTO posts (title) VALUES (?)').run(text);
