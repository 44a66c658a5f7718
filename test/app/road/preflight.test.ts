import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, type Context, type Plugin } from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { ask } from '../ask.js';

const headers = { Origin: 'https://page.test', 'Access-Control-Request-Method': 'PUT' };
const asks = (app: Bottle, path: string) => ask(app, `OPTIONS ${path}`, { headers });

const nobody = (): Plugin => guard('nobody', () => abort(401));

/** Answers preflight requests with the text `allowed`. */
const allowing: Plugin = {
  around: (next, { preflight }) => (preflight === true ? () => 'allowed' : next),
};

describe('a preflight request below a mount', () => {
  it('passes the guards of the apps around, up to the route that it asks about', async () => {
    const inner = new Bottle();
    inner.install(allowing);
    inner.put('/x', () => 'secret');
    const middle = new Bottle().mount('/b', inner);
    const app = new Bottle();
    app.install(nobody());
    app.mount('/a', middle);
    expect(await asks(app, '/a/b/x')).toMatchObject({ status: 200, text: 'allowed' });
    expect((await ask(app, 'PUT /a/b/x')).status).toBe(401);
    expect((await ask(app, 'OPTIONS /a/b/x')).status).toBe(401);
  });

  it('is none where a route of the mounted app takes it: the guards around stay in front of that', async () => {
    const inner = new Bottle();
    inner.any('/any', () => 'secret');
    inner.route('/own', { method: 'OPTIONS' }, () => 'secret');
    const app = new Bottle();
    app.mount('/a', new Bottle().mount('/b', inner));
    expect((await asks(app, '/a/b/any')).text).toBe('secret');
    expect((await asks(app, '/a/b/own')).text).toBe('secret');
    app.install(nobody());
    expect((await asks(app, '/a/b/any')).status).toBe(401);
    expect((await asks(app, '/a/b/own')).status).toBe(401);
  });

  it('is none for a mounted handler or listener, which take every verb: the guards stay in front of them', async () => {
    const app = new Bottle();
    app.mount('/fetch', () => new globalThis.Response('secret'));
    app.mount('/node', (_request: unknown, response: { end(text: string): void }) => response.end('secret'));
    expect((await asks(app, '/fetch/x')).text).toBe('secret');
    expect((await asks(app, '/node/x')).text).toBe('secret');
    app.install(nobody());
    expect((await asks(app, '/fetch/x')).status).toBe(401);
    expect((await asks(app, '/node/x')).status).toBe(401);
  });

  it('leads to no route that hooks of the mounted app change it into', async () => {
    const inner = new Bottle();
    inner.hook('beforeRequest', ({ request }: Context) => {
      const { query } = request;
      if (query.has('verb')) request.method = query.get('verb') as string;
      if (query.has('path')) request.path = query.get('path') as string;
    });
    inner.put('/x', () => 'secret');
    inner.any('/any', () => 'secret');
    inner.mount('/fetch', () => new globalThis.Response('secret'));
    const app = new Bottle();
    app.install(nobody());
    app.mount('/a', inner);
    expect((await asks(app, '/a/x?verb=PUT')).status).toBe(405);
    expect((await asks(app, '/a/x?path=/any')).status).toBe(404);
    expect((await asks(app, '/a/x?path=/fetch/')).status).toBe(404);
    expect((await asks(app, '/a/nowhere?verb=PUT&path=/x')).status).toBe(405);
  });

  it('of a merged mount passes the guards of both apps, and no further than these', async () => {
    const inner = new Bottle();
    inner.install(allowing);
    inner.put('/x', () => 'secret');
    inner.any('/any', () => 'secret');
    const owner = new Bottle().mount('/in', inner);
    const app = new Bottle().merge(owner);
    owner.install(nobody());
    app.install(nobody());
    expect((await asks(app, '/in/x')).text).toBe('allowed');
    expect((await asks(app, '/in/any')).status).toBe(401);
    app.uninstall(true);
    owner.uninstall(true);
    expect((await asks(app, '/in/x')).text).toBe('allowed');
    expect((await asks(app, '/in/any')).text).toBe('secret');
  });
});

describe('a preflight request', () => {
  it('that asks about a path which the route cannot read is the client’s error, with the plugins around it', async () => {
    const app = new Bottle();
    app.router.addFilter('even', () => ({
      pattern: '\\d+',
      parse(text) {
        if (Number(text) % 2 === 1) throw new Error('odd');
        return Number(text);
      },
    }));
    app.install({
      around: (next) => (context) => {
        context.response.setHeader('X-Around', 'yes');
        return next(context);
      },
    });
    app.put('/<n:even>', () => 'x');
    const answer = await asks(app, '/3');
    expect([answer.status, answer.headers.get('x-around')]).toEqual([400, 'yes']);
    expect((await asks(app, '/%ff')).status).toBe(400);
    expect((await asks(app, '/4')).status).toBe(405);
  });
});
