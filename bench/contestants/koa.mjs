import { createServer } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import { ajvCheckers, CHUNKS, files, listening, PLUGINS, post, ROUTES, TEXT } from './data.mjs';

function serve(build) {
  const app = new Koa();
  const router = new Router();
  build(router, app);
  app.use(router.routes()).use(router.allowedMethods());
  return listening(createServer(app.callback()));
}

const answer = (ctx, errors, value) => {
  ctx.status = errors ? 422 : 200;
  ctx.body = errors ? { errors } : value;
};
const show = [
  '/api/posts/:id',
  (ctx) => {
    ctx.body = post(Number(ctx.params.id));
  },
];

export const text = () =>
  serve((router) =>
    router.get('/hello', (ctx) => {
      ctx.body = TEXT;
    }),
  );
export const hello = () =>
  serve((router) =>
    router.get('/hello/:name', (ctx) => {
      ctx.body = { hello: ctx.params.name };
    }),
  );
export const json = () => serve((router) => router.get(...show));

export async function body() {
  const [{ bodyParser }, check] = await Promise.all([import('@koa/bodyparser'), ajvCheckers()]);
  return serve((router) =>
    router.post('/posts', bodyParser({ enableTypes: ['json'] }), (ctx) =>
      answer(ctx, check.post(ctx.request.body), ctx.request.body),
    ),
  );
}

export async function query() {
  const check = await ajvCheckers();
  return serve((router) =>
    router.get('/search', (ctx) => {
      const query = { ...ctx.query };
      answer(ctx, check.search(query), query);
    }),
  );
}

export async function file() {
  const { default: serveFiles } = await import('koa-static');
  const middleware = serveFiles(files());
  return serve((_router, app) =>
    app.use((ctx, next) => {
      if (!ctx.path.startsWith('/files/')) return next();
      ctx.path = ctx.path.slice('/files'.length);
      return middleware(ctx, next);
    }),
  );
}

export const plugins = () =>
  serve((router) => {
    for (let i = 0; i < PLUGINS; i++) router.use(`/other${i}`, (_ctx, next) => next());
    router.get(...show);
  });

export const routes = () =>
  serve((router) => {
    for (let route = 0; route < ROUTES; route++) {
      router.get(`/r${route}/:a/items/:b`, (ctx) => {
        ctx.body = { route, a: ctx.params.a, b: ctx.params.b };
      });
    }
  });

export async function stream() {
  const { Readable } = await import('node:stream');
  return serve((router) =>
    router.get('/stream', (ctx) => {
      ctx.type = 'text';
      ctx.body = Readable.from(CHUNKS);
    }),
  );
}
