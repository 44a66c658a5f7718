import fastify from 'fastify';
import { CHUNKS, database, files, HOST, IDS, PLUGINS, PORT, post, ROUTES, SQL, schemas, sorted, TEXT } from './data.mjs';

async function serve(build) {
  const app = fastify();
  await build(app);
  return app.listen({ port: PORT, host: HOST });
}

const postSchema = {
  type: 'object',
  properties: { id: { type: 'integer' }, title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
};
const rowSchema = {
  type: 'object',
  properties: { id: { type: 'integer' }, title: { type: 'string' }, body: { type: 'string' } },
};
const idSchema = { type: 'object', properties: { id: { type: 'integer' } } };
const show = [
  '/api/posts/:id',
  { schema: { params: idSchema, response: { 200: postSchema } } },
  (request, reply) => {
    reply.send(post(request.params.id));
  },
];

export const text = () =>
  serve((app) =>
    app.get('/hello', (_request, reply) => {
      reply.send(TEXT);
    }),
  );
export const hello = () =>
  serve((app) => {
    const schema = { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } };
    app.get('/hello/:name', { schema }, (request, reply) => {
      reply.send({ hello: request.params.name });
    });
  });
export const json = () => serve((app) => app.get(...show));
export const body = () =>
  serve((app) =>
    app.post('/posts', { schema: { body: schemas.post, response: { 200: schemas.post } } }, (request, reply) => {
      reply.send(request.body);
    }),
  );
export const query = () =>
  serve((app) =>
    app.get('/search', { schema: { querystring: schemas.search, response: { 200: schemas.search } } }, (request, reply) => {
      reply.send({ ...request.query });
    }),
  );

export async function read() {
  const { db } = await database();
  const statement = db.prepare(SQL.read);
  return serve((app) =>
    app.get('/posts/:id', { schema: { params: idSchema, response: { 200: rowSchema } } }, (request, reply) => {
      reply.send(statement.get(request.params.id));
    }),
  );
}

export async function reads() {
  const { db } = await database();
  const statement = db.prepare(SQL.read);
  const schema = { response: { 200: { type: 'array', items: rowSchema } } };
  return serve((app) =>
    app.get('/posts', { schema }, (_request, reply) => {
      reply.send(IDS.map((id) => statement.get(id)));
    }),
  );
}

export async function write() {
  const { db } = await database();
  const statement = db.prepare(SQL.write);
  const visit = db.transaction((id) => statement.run(id).changes);
  return serve((app) =>
    app.post('/posts/:id', { schema: { params: idSchema } }, (request, reply) => {
      const { id } = request.params;
      reply.send({ id, visited: visit(id) });
    }),
  );
}

export async function fortunes() {
  const { Eta } = await import('eta');
  const { db } = await database();
  const statement = db.prepare(SQL.fortunes);
  const eta = new Eta();
  eta.loadTemplate(
    '@fortunes',
    '<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>' +
      '<% for (const { id, message } of it.fortunes) { %><tr><td><%= id %></td><td><%= message %></td></tr><% } %></table></body></html>',
  );
  return serve((app) =>
    app.get('/fortunes', (_request, reply) => {
      reply.type('text/html; charset=utf-8').send(eta.render('@fortunes', { fortunes: sorted(statement.all()) }));
    }),
  );
}

export async function file() {
  const { default: fastifyStatic } = await import('@fastify/static');
  return serve((app) => app.register(fastifyStatic, { root: files(), prefix: '/files/' }));
}

/** Each plugin stands in a context of its own, which is how Fastify keeps a route free of them. */
export const plugins = () =>
  serve(async (app) => {
    for (let i = 0; i < PLUGINS; i++) {
      app.register(async (scope) => {
        scope.addHook('onRequest', async () => {});
        scope.get(`/other${i}`, async () => i);
      });
    }
    app.get(...show);
  });

export const routes = () =>
  serve((app) => {
    for (let route = 0; route < ROUTES; route++) {
      app.get(`/r${route}/:a/items/:b`, (request, reply) => {
        reply.send({ route, ...request.params });
      });
    }
  });

export async function stream() {
  const { Readable } = await import('node:stream');
  return serve((app) =>
    app.get('/stream', (_request, reply) => {
      reply.type('text/plain; charset=utf-8').send(Readable.from(CHUNKS));
    }),
  );
}
