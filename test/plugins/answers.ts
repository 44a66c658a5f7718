import { Bottle, HTTPError, HTTPResponse } from 'bottlenose';
import type { Plugin } from 'bottlenose/kit';

/** Every way in which an app comes to an answer: the request, its status, and the rule that it is known by. */
export const ANSWERS: readonly (readonly [what: string, request: string, status: number, rule: string | undefined])[] = [
  ['a route', '/', 200, '/'],
  ['a stream', '/stream', 200, '/stream'],
  ['a returned response', '/created', 201, '/created'],
  ['an error handler', '/teapot', 418, '/teapot'],
  ['an error that nobody handles', '/fails', 500, '/fails'],
  ['a result that is not a response', '/symbol', 500, '/symbol'],
  ['no route', '/none', 404, undefined],
  ['no route for the verb', 'DELETE /', 405, undefined],
  ['a path that cannot be read', '/%ff', 400, undefined],
  ['a hook that returns', '/?hook=returns', 403, undefined],
  ['a hook that throws', '/?hook=throws', 503, undefined],
  ['a hook that rejects', '/?hook=rejects', 500, undefined],
  ['a mounted app', '/inner/posts/1', 200, '/inner/posts/<id:int>'],
  ['an error in a mounted app', '/inner/fails', 500, '/inner/fails'],
  ['a mounted app without such a route', '/inner/none', 404, undefined],
  ['a path that a mounted app cannot read', '/inner/%ff', 400, undefined],
  ['a mounted fetch handler', '/fetch/any', 200, '/fetch/<:re:.*>'],
  ['a merged route', '/merged/1', 200, '/merged/<id:int>'],
  ['an error in a merged route', '/merged-fails', 500, '/merged-fails'],
];

/** An app with all of these, and plugins installed. */
export function appWithAnswers(...plugins: Plugin[]): Bottle {
  const fails = (): never => {
    throw new Error('oops');
  };
  const app = new Bottle({ logger: () => undefined });
  for (const plugin of plugins) app.install(plugin);
  app.hook('beforeRequest', ({ request }) => {
    const what = request.query.get('hook');
    if (what === 'returns') return new HTTPError(403, 'Refused.');
    if (what === 'throws') throw new HTTPError(503, 'Closed.');
    if (what === 'rejects') return Promise.reject(new Error('oops'));
  });
  app.get('/', () => 'text');
  app.get('/stream', function* () {
    yield 'first ';
    yield 'second';
  });
  app.get('/created', () => new HTTPResponse('created', { status: 201 }));
  app.get('/teapot', () => new HTTPError(418));
  app.error(418, () => 'I am a teapot.');
  app.get('/fails', fails);
  app.get('/symbol', () => Symbol('none'));

  const inner = new Bottle({ logger: () => undefined });
  inner.get('/posts/<id:int>', ({ id }) => ({ id }));
  inner.get('/fails', fails);
  app.mount('/inner', inner);
  app.mount('/fetch', (_request: globalThis.Request) => new globalThis.Response('fetch'));

  const merged = new Bottle({ logger: () => undefined });
  merged.get('/merged/<id:int>', ({ id }) => ({ id }));
  merged.get('/merged-fails', fails);
  app.merge(merged);
  return app;
}
