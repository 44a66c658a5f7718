import { serve as listen } from '@hono/node-server';
import { Hono } from 'hono';
import { CHUNKS, files, HOST, PLUGINS, PORT, post, ROUTES, TEXT, zodSchemas } from './data.mjs';

function serve(build) {
  const app = new Hono();
  build(app);
  return new Promise((resolve) => {
    listen({ fetch: app.fetch, port: PORT, hostname: HOST }, ({ port }) => resolve(`http://${HOST}:${port}`));
  });
}

const show = ['/api/posts/:id{-?[0-9]+}', (c) => c.json(post(Number(c.req.param('id'))))];

export const text = () => serve((app) => app.get('/hello', (c) => c.text(TEXT)));
export const hello = () => serve((app) => app.get('/hello/:name', (c) => c.json({ hello: c.req.param('name') })));
export const json = () => serve((app) => app.get(...show));

export async function body() {
  const [{ sValidator }, schemas] = await Promise.all([import('@hono/standard-validator'), zodSchemas()]);
  return serve((app) => app.post('/posts', sValidator('json', schemas.post), (c) => c.json(c.req.valid('json'))));
}

export async function query() {
  const [{ sValidator }, schemas] = await Promise.all([import('@hono/standard-validator'), zodSchemas()]);
  return serve((app) => app.get('/search', sValidator('query', schemas.search), (c) => c.json(c.req.valid('query'))));
}

export async function file() {
  const { serveStatic } = await import('@hono/node-server/serve-static');
  const root = files();
  const rewriteRequestPath = (path) => path.slice('/files'.length);
  return serve((app) => app.get('/files/*', serveStatic({ root, rewriteRequestPath })));
}

/** Middleware belongs to paths: that of other paths is only passed by in routing. */
export const plugins = () =>
  serve((app) => {
    for (let i = 0; i < PLUGINS; i++) app.use(`/other${i}/*`, (_c, next) => next());
    app.get(...show);
  });

export const routes = () =>
  serve((app) => {
    for (let route = 0; route < ROUTES; route++) {
      app.get(`/r${route}/:a/items/:b`, (c) => c.json({ route, a: c.req.param('a'), b: c.req.param('b') }));
    }
  });

export async function stream() {
  const { streamText } = await import('hono/streaming');
  return serve((app) =>
    app.get('/stream', (c) =>
      streamText(c, async (out) => {
        for (const chunk of CHUNKS) await out.write(chunk);
      }),
    ),
  );
}
