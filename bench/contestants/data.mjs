// What all contestants answer with, and the DTOs of the frameworks that use class-validator, their decorators applied by hand: this
// is plain JavaScript. Nothing here is loaded before it is needed, since start-up is measured as well.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PORT = Number(process.env.PORT ?? 0);
export const HOST = '127.0.0.1';
export const TEXT = 'Hello, World!';
export const PLUGINS = 50;
export const ROUTES = 1000;
export const CHUNKS = Array.from({ length: 100 }, (_, i) => `This is line ${i} of a hundred.\n`);

export const post = (id) => ({ id, title: 'A post', tags: ['a', 'b'] });

/** Where a node server listens, once it does. */
export function listening(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, () => resolve(`http://${HOST}:${server.address().port}`));
  });
}

/** A directory that is gone when the process is. */
export function directory() {
  const made = mkdtempSync(join(tmpdir(), 'bn-bench-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  process.once('SIGTERM', () => process.exit());
  return made;
}

/** A directory with a page of 10 KB. */
export function files() {
  const made = directory();
  writeFileSync(join(made, 'page.html'), '<p>A line of the page.</p>\n'.repeat(380).slice(0, 10_240));
  return made;
}

/** The file of a database with 1,000 posts and 12 fortunes, and the connection that a server without plugins works with. */
export async function database() {
  const { default: Database } = await import('better-sqlite3');
  const file = join(directory(), 'bench.db');
  const open = () => {
    const db = new Database(file);
    for (const pragma of ['journal_mode = WAL', 'foreign_keys = ON', 'synchronous = NORMAL']) db.pragma(pragma);
    return db;
  };
  const db = open();
  db.exec(`CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, visits INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE fortunes (id INTEGER PRIMARY KEY, message TEXT NOT NULL);`);
  const add = db.prepare('INSERT INTO posts (id, title, body) VALUES (?, ?, ?)');
  db.transaction(() => {
    for (let id = 1; id <= 1000; id++) add.run(id, `Post ${id}`, `The text of post ${id}.`);
    for (const message of FORTUNES) db.prepare('INSERT INTO fortunes (message) VALUES (?)').run(message);
  })();
  // Opened again, as a server that starts finds it: with an empty WAL, where every transaction asks for the file's size (an fstat).
  // This connection reads from the WAL that it has filled, and would spare its contestant that.
  db.close();
  return { file, db: open() };
}

export const SQL = {
  read: 'SELECT id, title, body FROM posts WHERE id = ?',
  write: 'UPDATE posts SET visits = visits + 1 WHERE id = ?',
  fortunes: 'SELECT id, message FROM fortunes',
};

/** The posts of the twenty reads. */
export const IDS = Array.from({ length: 20 }, (_, i) => i * 50 + 1);

const FORTUNES = [
  'fortune: No such file or directory',
  "A computer scientist is someone who fixes things that aren't broken.",
  'After enough decimal places, nobody gives a damn.',
  'A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1',
  'A computer program does what you tell it to do, not what you want it to do.',
  'Emacs is a nice operating system, but I prefer UNIX.',
  'Any program that runs right is obsolete.',
  'A list is only as strong as its weakest link.',
  'Feature: A bug with seniority.',
  'Computers make very fast, very accurate mistakes.',
  '<script>alert("This should not be displayed in a browser alert box.");</script>',
  'フレームワークのベンチマーク',
];

/** The fortunes as they are shown: one is added for each request, and they are sorted. */
export function sorted(fortunes) {
  fortunes.push({ id: 0, message: 'Additional fortune added at request time.' });
  return fortunes.sort((a, b) => (a.message < b.message ? -1 : 1));
}

/** Applies decorators to a method and its parameters as a compiler does. */
export function decorate(Class, method, decorators, parameters = [], types = [], result = Object) {
  const { prototype } = Class;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  Reflect.defineMetadata?.('design:type', Function, prototype, method);
  Reflect.defineMetadata?.('design:paramtypes', types, prototype, method);
  Reflect.defineMetadata?.('design:returntype', result, prototype, method);
  for (const [i, parameter] of parameters.entries()) parameter?.(prototype, method, i);
  for (const decorator of decorators) decorator(prototype, method, descriptor);
}

function field(Class, name, type, decorators) {
  Reflect.defineMetadata('design:type', type, Class.prototype, name);
  for (const decorator of decorators) decorator(Class.prototype, name);
}

/** The classes of a validated body and a validated query. */
export async function dtos() {
  await import('reflect-metadata');
  const { ArrayMaxSize, IsArray, IsIn, IsInt, IsString, Length, Max, Min } = await import('class-validator');
  class NewPost {}
  field(NewPost, 'title', String, [IsString(), Length(1, 80)]);
  field(NewPost, 'author', String, [IsString(), Length(1, 40)]);
  field(NewPost, 'rating', Number, [IsInt(), Min(1), Max(5)]);
  field(NewPost, 'tags', Array, [IsArray(), ArrayMaxSize(10), IsString({ each: true })]);
  class Search {}
  field(Search, 'q', String, [IsString(), Length(1, 80)]);
  field(Search, 'page', Number, [IsInt(), Min(1)]);
  field(Search, 'size', Number, [IsInt(), Min(1), Max(100)]);
  field(Search, 'sort', String, [IsIn(['newest', 'oldest'])]);
  return { NewPost, Search };
}

/** The same as JSON Schema. */
export const schemas = {
  post: object({
    title: { type: 'string', minLength: 1, maxLength: 80 },
    author: { type: 'string', minLength: 1, maxLength: 40 },
    rating: { type: 'integer', minimum: 1, maximum: 5 },
    tags: { type: 'array', maxItems: 10, items: { type: 'string' } },
  }),
  search: object({
    q: { type: 'string', minLength: 1, maxLength: 80 },
    page: { type: 'integer', minimum: 1 },
    size: { type: 'integer', minimum: 1, maximum: 100 },
    sort: { type: 'string', enum: ['newest', 'oldest'] },
  }),
};

function object(properties) {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}

/** The same in Zod. */
export async function zodSchemas() {
  const { z } = await import('zod');
  return {
    post: z.object({
      title: z.string().min(1).max(80),
      author: z.string().min(1).max(40),
      rating: z.int().min(1).max(5),
      tags: z.array(z.string()).max(10),
    }),
    search: z.object({
      q: z.string().min(1).max(80),
      page: z.coerce.number().int().min(1),
      size: z.coerce.number().int().min(1).max(100),
      sort: z.enum(['newest', 'oldest']),
    }),
  };
}

/** The same in Ajv, as Express and Koa do without a validator of their own; the query's numbers are converted. */
export async function ajvCheckers() {
  const { Ajv } = await import('ajv');
  const checked = (ajv, schema) => {
    const check = ajv.compile(schema);
    return (data) => (check(data) ? undefined : check.errors);
  };
  return { post: checked(new Ajv(), schemas.post), search: checked(new Ajv({ coerceTypes: true }), schemas.search) };
}
