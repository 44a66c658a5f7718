// Counts the bytes that a request allocates in bottlenose beyond a server written by hand on node:http, with the optimizer off, so
// that every object which the code makes is there: node bench/allocations.mjs. With --check it fails if that is more than ALLOWED,
// or if the count would not notice a closure and a promise more for each request. Needs `npm ci`, and no build.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { countedBytes, wire } from './in-process.mjs';

/** In bytes, on Node 20. Lower a limit after an improvement. A higher limit needs a reason. */
const ALLOWED = { get: 620, post: 2055, read: 1130 };
/** Counts differ a little from run to run. A closure and a promise are twice as much. */
const SLACK = 40;

const root = resolve(import.meta.dirname, '..');

/**
 * Servers of the same answers, as `in-process-child.mjs` starts them: by hand on node:http, with the requests that our server has,
 * so that only the path of a request differs; ours; and ours with a closure and a promise more for each request. For `read`, both with SQLite.
 */
const program = `
import { createServer } from 'node:http';
import 'reflect-metadata';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { Body, Bottle, Controller, Get, Post } from './src/index.ts';
import { SQLitePlugin } from './src/sqlite/index.ts';
import { DirectMessage } from './src/servers/http1/direct-message.ts';
import Database from 'better-sqlite3';

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const answer = (response, value) => {
  const body = JSON.stringify(value);
  response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
};
const post = (id) => ({ id, title: 'A post', tags: ['a', 'b'] });
const bare = (listener) => listening(createServer({ IncomingMessage: DirectMessage }, listener));
export const bareGet = () =>
  bare((request, response) => answer(response, post(Number(request.url.slice(request.url.lastIndexOf('/') + 1)))));
const read = 'SELECT id, title FROM posts WHERE id = ?';
export const bareRead = () => {
  const statement = new Database(process.env.FILE).prepare(read);
  return bare((request, response) => answer(response, statement.get(Number(request.url.slice(request.url.lastIndexOf('/') + 1)))));
};
export const barePost = () =>
  bare((request, response) => {
    let body;
    request.attachSink({
      data: (chunk) => { body = chunk; },
      end: () => answer(response, JSON.parse(body.toString())),
      error() {},
    });
  });

class NewPost {}
for (const [name, type, ...checks] of [['title', String, IsString(), Length(1, 80)], ['rating', Number, IsInt(), Min(1), Max(5)]]) {
  Reflect.defineMetadata('design:type', type, NewPost.prototype, name);
  for (const check of checks) check(NewPost.prototype, name);
}
class Posts {
  show(id) {
    return post(id);
  }
  create(made) {
    return made;
  }
  stored(id, db) {
    return db.prepare(read).get(id);
  }
}
const decorate = (name, decorator) => decorator(Posts.prototype, name, Object.getOwnPropertyDescriptor(Posts.prototype, name));
decorate('show', Get('/<id:int>'));
decorate('create', Post());
decorate('stored', Get('/stored/<id:int>'));
Body(NewPost)(Posts.prototype, 'create', 0);
Controller('/posts')(Posts);
const served = (...plugins) => {
  const app = new Bottle();
  app.install(new SQLitePlugin({ file: process.env.FILE }));
  for (const plugin of plugins) app.install(plugin);
  app.mount(Posts);
  return app.run({ port: 0, quiet: true });
};
export const ours = () => served();
let kept;
export const wasteful = () =>
  served((callback) => (context) => {
    kept = [() => context, Promise.resolve(context)];
    return callback(context);
  });
export const last = () => kept;
`;

const requests = {
  get: { bare: 'bareGet', request: wire('/posts/7') },
  post: {
    bare: 'barePost',
    request: wire('/posts', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"title":"A post","rating":5}',
    }),
  },
  read: { bare: 'bareRead', request: wire('/posts/stored/7') },
};

const isCheck = process.argv.includes('--check');
if (isCheck && !process.versions.node.startsWith('20.')) throw new Error('The limits of allocation hold for Node 20 only.');
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'allocations-'));
try {
  const FILE = await prepare();
  for (const [kind, { bare, request }] of Object.entries(requests)) {
    const module = pathToFileURL(join(folder, 'program.mjs')).href;
    const contestants = [bare, 'ours', 'wasteful'].map((name) => ({
      name,
      module,
      scenario: name,
      request,
      check,
      env: { FILE },
    }));
    const [base, ours, wasteful] = (await countedBytes(contestants)).map(Math.round);
    console.log(
      `${kind.padEnd(4)}  by hand ${base}, ours ${ours - base} more (allowed ${ALLOWED[kind]}), wasteful ${wasteful - base} more`,
    );
    if (!isCheck) continue;
    if (ours - base > ALLOWED[kind] + SLACK) fail(`${kind}: a request allocates more than it did.`);
    if (wasteful - base <= ALLOWED[kind] + SLACK) fail(`${kind}: what a request may allocate is too much to notice more of it.`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Bundles the servers, and makes the database that they read. */
async function prepare() {
  await build({
    stdin: { contents: program, resolveDir: root, loader: 'js' },
    outfile: join(folder, 'program.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
  const path = join(folder, 'posts.db');
  const db = new Database(path);
  db.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO posts VALUES (7, 'A post')");
  db.close();
  return path;
}

function check(answer) {
  if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes('"title":"A post"')) throw new Error(answer);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
