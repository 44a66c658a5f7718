// The server of soak.mjs: one route for each kind of request. Tells its parent its URL, and on request how much memory it holds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Body, Bottle, Controller, Get, Post, staticFile } from '../../dist/index.js';
import { SQLitePlugin } from '../../dist/sqlite/index.js';
import { ArrayMaxSize, IsInt, IsString, Length, Min } from 'class-validator';

const [directory] = process.argv.slice(2);
const files = join(directory, 'files');
mkdirSync(files);
writeFileSync(join(files, 'page.html'), '<p>A page</p>\n'.repeat(300));

const decorate = (Class, method, ...decorators) => {
  for (const one of decorators) one(Class.prototype, method, Object.getOwnPropertyDescriptor(Class.prototype, method));
};

class NewPost {}
for (const [name, ...checks] of [
  ['title', IsString(), Length(1, 80)],
  ['stars', IsInt(), Min(0)],
  ['tags', IsString({ each: true }), ArrayMaxSize(5)],
])
  for (const check of checks) check(NewPost.prototype, name);

class Posts {
  show(id) {
    return { id, title: 'A post', tags: ['a', 'b'] };
  }
  create(post) {
    return { made: post instanceof NewPost, title: post.title };
  }
  read(id, db) {
    return db.prepare('SELECT * FROM posts WHERE id = ?').get(id) ?? { id, title: null };
  }
  async write(id, db) {
    await undefined;
    return db.prepare('INSERT OR REPLACE INTO posts (id, title) VALUES (?, ?) RETURNING *').get(id, `Post ${id}`);
  }
}
decorate(Posts, 'show', Get('/<id:int>'));
decorate(Posts, 'create', Post('/'));
Body(NewPost)(Posts.prototype, 'create', 0);
decorate(Posts, 'read', Get('/stored/<id:int>'));
decorate(Posts, 'write', Post('/stored/<id:int>'));
Controller('/posts')(Posts);

let logged = 0;
const app = new Bottle({ tempDir: directory, memfileMax: 2048, logger: () => logged++ });
app.install(new SQLitePlugin({ file: join(directory, 'soak.db') }));
app.mount(Posts);
app.post('/form', (_args, { request: { forms } }) => `${forms.name} ${forms.getAll('n').length}`);
app.post('/upload', async (_args, { request: { files, forms } }) => `${forms.note} ${(await files.file.bytes()).length}`);
app.get('/files/<name:path>', ({ name }) => staticFile(name, { root: files }));
app.get('/stream', async function* () {
  for (let i = 0; i < 5; i++) {
    yield `line ${i}\n`;
    await undefined;
  }
});
app.get('/endless', async function* () {
  for (;;) {
    yield 'x'.repeat(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
app.get('/fails', () => {
  throw new TypeError('A mistake.');
});
app.get('/cookie', (_args, { request, response }) => {
  const seen = request.getCookie('visit', { secret: 'soak' });
  response.setCookie('visit', { count: (seen?.count ?? 0) + 1 }, { secret: 'soak', httpOnly: true });
  return { seen };
});
app.post('/setup', ({ db }) => {
  db.exec('CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL)');
  return 'ready';
});

const { url, close } = await app.run({ port: 0, quiet: true });
process.send({ url });
process.on('message', async (what) => {
  if (what === 'stop') {
    await close();
    process.disconnect();
    return;
  }
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
  process.send({ heapUsed, rss, external, arrayBuffers, logged });
});
