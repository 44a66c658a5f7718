import { createServer } from 'node:http';
import express from 'express';
import { ajvCheckers, CHUNKS, files, listening, PLUGINS, post, ROUTES, TEXT } from './data.mjs';

function serve(build) {
  const app = express();
  build(app);
  return listening(createServer(app));
}

const show = ['/api/posts/:id', (request, response) => response.json(post(Number(request.params.id)))];

export const text = () => serve((app) => app.get('/hello', (_request, response) => response.type('text').send(TEXT)));
export const json = () => serve((app) => app.get(...show));

export async function body() {
  const check = await ajvCheckers();
  return serve((app) =>
    app.post('/posts', express.json(), (request, response) => {
      const errors = check.post(request.body);
      if (errors) response.status(422).json({ errors });
      else response.json(request.body);
    }),
  );
}

export async function query() {
  const check = await ajvCheckers();
  return serve((app) =>
    app.get('/search', (request, response) => {
      const { query } = request;
      const errors = check.search(query);
      if (errors) response.status(422).json({ errors });
      else response.json(query);
    }),
  );
}

export const file = () => serve((app) => app.use('/files', express.static(files())));

/** Middleware belongs to paths: that of other paths is only passed by in routing. */
export const plugins = () =>
  serve((app) => {
    for (let i = 0; i < PLUGINS; i++) app.use(`/other${i}`, (_request, _response, next) => next());
    app.get(...show);
  });

export const routes = () =>
  serve((app) => {
    for (let route = 0; route < ROUTES; route++) {
      app.get(`/r${route}/:a/items/:b`, ({ params }, response) => response.json({ route, a: params.a, b: params.b }));
    }
  });

export const stream = () =>
  serve((app) =>
    app.get('/stream', (_request, response) => {
      response.type('text');
      for (const chunk of CHUNKS) response.write(chunk);
      response.end();
    }),
  );
