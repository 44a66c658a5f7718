// What one thing more costs a request of bottlenose: the same route, each time with one more thing. Each scenario is a server.
import { randomUUID } from 'node:crypto';
import { Body, Bottle, Controller, Cookie, Get, Hook, Post, Query, Returns, Status, SetHeader, View } from '../../dist/index.js';
import { listen, Posts, serve } from './bottlenose.mjs';
import { decorate, dtos, post } from './data.mjs';

export const plain = () => serve('/api/posts', Posts);

/** A controller with one method. */
function one(decorators, method, parameters = [], types = []) {
  class Own {}
  Object.defineProperty(method, 'name', { value: 'method' });
  Object.defineProperty(Own.prototype, 'method', { value: method, writable: true, configurable: true });
  decorate(Own, 'method', decorators, parameters, types);
  return Own;
}

const show = Get('/<id:int>');
const serveOne = (controller, plugins) => serve('/api/posts', controller, plugins);

export function handler() {
  const app = new Bottle();
  app.get('/api/posts/<id:int>', ({ id }) => post(id));
  return listen(app);
}

export const promised = () =>
  serveOne(
    one([show], async function method(id) {
      return post(id);
    }),
  );

export const header = () =>
  serveOne(
    one([show, SetHeader('Cache-Control', 'no-store'), Status(200)], function method(id) {
      return post(id);
    }),
  );

export const requestObject = () =>
  serveOne(
    one([show], function method(id, request) {
      return post(request.method === 'GET' ? id : 0);
    }),
  );

export const queryValue = () =>
  serveOne(
    one(
      [show],
      function method(id, page) {
        return post(page === 2 ? id : 0);
      },
      [undefined, Query('page')],
      [Number, Number],
    ),
  );

function hooked(...names) {
  const app = new Bottle();
  for (const name of names) app.hook(name, () => undefined);
  app.mount('/api', named(Posts));
  return listen(app);
}

function named(controller) {
  Controller('/posts')(controller);
  return controller;
}

export const before = () => hooked('beforeRequest');
export const after = () => hooked('afterRequest');
export const bothHooks = () => hooked('beforeRequest', 'afterRequest');

export function controllerHook() {
  class Hooked {
    show(id) {
      return post(id);
    }
    check() {}
  }
  decorate(Hooked, 'show', [show]);
  decorate(Hooked, 'check', [Hook('beforeRequest')]);
  return serveOne(Hooked);
}

const wrapping = () => (callback) => (context) => callback(context);
export const plugin = () => serveOne(Posts, [wrapping()]);
export const tenPlugins = () => serveOne(Posts, Array.from({ length: 10 }, wrapping));
export const asyncPlugin = () => serveOne(Posts, [(callback) => async (context) => await callback(context)]);

const providing = (i) => ({
  name: `plugin${i}`,
  provides: { keyword: `thing${i}` },
  apply(callback, route) {
    if (!route.wants(this)) return callback;
    return (context) => {
      context.provide(`thing${i}`, i);
      return callback(context);
    };
  },
});
export const unwanted = () =>
  serveOne(
    Posts,
    Array.from({ length: 50 }, (_, i) => providing(i)),
  );
export const wanted = () =>
  serveOne(
    one([show], function method(id, thing7) {
      return post(thing7 === 7 ? id : 0);
    }),
    [providing(7)],
  );

export function mounted() {
  const inner = new Bottle();
  inner.mount(named(Posts));
  const app = new Bottle();
  app.mount('/api', inner);
  return listen(app);
}

export async function tracked() {
  await import('../../dist/app/context-globals.js');
  return plain();
}

export async function globals() {
  const { request } = await import('../../dist/app/context-globals.js');
  return serveOne(
    one([show], function method(id) {
      return post(request.method === 'GET' ? id : 0);
    }),
  );
}

export async function returns() {
  await import('reflect-metadata');
  class Shown {
    id = 0;
    title = '';
    tags = [''];
  }
  return serveOne(
    one([show, Returns(Shown)], function method(id) {
      return post(id);
    }),
  );
}

export const view = () =>
  serveOne(
    one([show, View('<h1>{{id}} {{title}}</h1>')], function method(id) {
      return post(id);
    }),
  );

export const cookie = () =>
  serveOne(
    one(
      [show],
      function method(id, visit) {
        return post(visit === 'seven' ? id : 0);
      },
      [undefined, Cookie('visit', String)],
    ),
  );

const SECRET = randomUUID();
export const setCookie = () =>
  serveOne(
    one([show], function method(id, response) {
      response.setCookie('visit', 'seven', { httpOnly: true });
      return post(id);
    }),
  );
export const signedCookie = () =>
  serveOne(
    one([show], function method(id, response) {
      response.setCookie('visit', 'seven', { httpOnly: true, secret: SECRET });
      return post(id);
    }),
  );
/** The cookie that the request of the table holds was signed with this. */
export const readSigned = () =>
  serveOne(
    one(
      [show],
      function method(id, visit) {
        return post(visit === 'seven' ? id : 0);
      },
      [undefined, Cookie('visit', String, { secret: 'bench' })],
    ),
  );

const writes = (parameters) =>
  serve(
    '/posts',
    one(
      [Post()],
      function method(made) {
        return made;
      },
      parameters,
      [Object],
    ),
  );

/** A body that nobody looks at. */
export const unread = () =>
  serve(
    '/posts',
    one([Post()], function method() {
      return post(7);
    }),
  );
export const parsed = () =>
  serve(
    '/posts',
    one([Post()], function method(request) {
      return request.json;
    }),
  );
export const validated = async () => writes([Body((await dtos()).NewPost)]);
