// Controllers, with their decorators applied by hand, since this is plain JavaScript. SERVER names the adapter.
import { Body, Bottle, Controller, Get, Post, Query, SimpleTemplate, View } from '../../dist/index.js';
import { CHUNKS, database, decorate, dtos, files, HOST, IDS, PLUGINS, PORT, post, ROUTES, SQL, sorted, TEXT } from './data.mjs';

const { SERVER = 'node' } = process.env;

export async function serve(prefix, controller, plugins = []) {
  if (prefix !== undefined) Controller(prefix)(controller);
  const app = new Bottle();
  for (const plugin of plugins) app.install(plugin);
  app.mount(controller);
  return listen(app);
}

export async function listen(app) {
  const workers = SERVER === 'cluster' ? { workers: 2 } : {};
  const { url } = await app.run({ server: SERVER, port: PORT, host: HOST, quiet: true, ...workers });
  return SERVER === 'cluster' && (await import('node:cluster')).default.isWorker ? undefined : url;
}

export class Posts {
  show(id) {
    return post(id);
  }
}
decorate(Posts, 'show', [Get('/<id:int>')]);

export const json = () => serve('/api/posts', Posts);

export function text() {
  const app = new Bottle();
  app.get('/hello', (_args, { response }) => {
    response.contentType = 'text/plain; charset=utf-8';
    return TEXT;
  });
  return listen(app);
}

export async function body() {
  const { NewPost } = await dtos();
  class NewPosts {
    create(made) {
      return made;
    }
  }
  decorate(NewPosts, 'create', [Post()], [Body()], [NewPost]);
  return serve('/posts', NewPosts);
}

export async function query() {
  const { Search } = await dtos();
  class Searches {
    search(search) {
      return search;
    }
  }
  decorate(Searches, 'search', [Get()], [Query()], [Search]);
  return serve('/search', Searches);
}

/** A controller with the database. */
async function withDatabase(prefix, controller) {
  const [{ SQLitePlugin }, { file, db }] = await Promise.all([import('../../dist/sqlite/index.js'), database()]);
  db.close();
  return serve(prefix, controller, [new SQLitePlugin({ file })]);
}

export function read() {
  class Stored {
    show(id, db) {
      return db.prepare(SQL.read).get(id);
    }
  }
  decorate(Stored, 'show', [Get('/<id:int>')]);
  return withDatabase('/posts', Stored);
}

export function reads() {
  class Stored {
    list(db) {
      const statement = db.prepare(SQL.read);
      return IDS.map((id) => statement.get(id));
    }
  }
  decorate(Stored, 'list', [Get()]);
  return withDatabase('/posts', Stored);
}

export function write() {
  class Stored {
    visit(id, db) {
      return { id, visited: db.prepare(SQL.write).run(id).changes };
    }
  }
  decorate(Stored, 'visit', [Post('/<id:int>')]);
  return withDatabase('/posts', Stored);
}

export function fortunes() {
  class Fortunes {
    list(db) {
      return { fortunes: sorted(db.prepare(SQL.fortunes).all()) };
    }
  }
  const page =
    new SimpleTemplate(`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>
% for fortune of fortunes:
<tr><td>{{fortune.id}}</td><td>{{fortune.message}}</td></tr>
% end
</table></body></html>`);
  decorate(Fortunes, 'list', [Get(), View(page)]);
  return withDatabase('/fortunes', Fortunes);
}

export async function file() {
  const { staticFile } = await import('../../dist/index.js');
  const root = files();
  const app = new Bottle();
  app.get('/files/<name:path>', ({ name }) => staticFile(name, { root }));
  return listen(app);
}

/** Plugins that provide something, which the route does not ask for. */
export function plugins() {
  const made = Array.from({ length: PLUGINS }, (_, i) => ({
    name: `plugin${i}`,
    provides: { keyword: `thing${i}` },
    apply(callback, route) {
      if (!route.wants(this)) return callback;
      return (context) => {
        context.provide(`thing${i}`, i);
        return callback(context);
      };
    },
  }));
  return serve('/api/posts', Posts, made);
}

export function routes() {
  const app = new Bottle();
  for (let route = 0; route < ROUTES; route++) app.get(`/r${route}/<a>/items/<b>`, ({ a, b }) => ({ route, a, b }));
  return listen(app);
}

export function stream() {
  const app = new Bottle();
  app.get('/stream', function* (_args, { response }) {
    response.contentType = 'text/plain; charset=utf-8';
    yield* CHUNKS;
  });
  return listen(app);
}
