import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get } from 'bottlenose';
import { Hono } from 'hono';
import { streamText } from 'hono/streaming';
import { ask } from '../ask.js';

function hono(): Hono {
  const app = new Hono();
  app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page') }));
  app.get('/url', (c) => c.text(c.req.url));
  app.post('/echo', async (c) => c.text(`${c.req.header('content-type')} ${await c.req.text()}`, 201));
  app.get('/cookies', (c) => {
    c.header('Set-Cookie', 'a=1', { append: true });
    c.header('Set-Cookie', 'b=2', { append: true });
    return c.body(null, 204);
  });
  app.get('/stream', (c) =>
    streamText(c, async (stream) => {
      await stream.write('one ');
      await stream.write('two');
    }),
  );
  return app;
}

describe('a fetch handler that is mounted', () => {
  it('may be an object with fetch, as of Hono', async () => {
    const app = new Bottle().mount('/hono', hono());
    expect((await ask(app, '/hono/users/7?page=2')).json).toEqual({ id: '7', page: '2' });
    expect(await ask(app, 'POST /hono/echo', { body: 'hi', headers: { 'content-type': 'text/x' } })).toMatchObject({
      status: 201,
      text: 'text/x hi',
    });
    const cookies = await ask(app, '/hono/cookies');
    expect([cookies.status, cookies.headers.getSetCookie()]).toEqual([204, ['a=1', 'b=2']]);
    expect((await ask(app, '/hono/stream')).text).toBe('one two');
    expect((await ask(app, '/hono/nowhere')).text).toBe('404 Not Found');
  });

  it('may be a function', async () => {
    const app = new Bottle().mount('/f', async (request: Request) => new Response(`${request.method} ${await request.text()}`));
    expect((await ask(app, 'PUT /f/x', { body: 'body' })).text).toBe('PUT body');
    expect((await ask(app, '/f')).text).toBe('GET ');
  });

  it('may be the fetch of another app', async () => {
    const inner = new Bottle();
    inner.get('/<name>', ({ name }) => `inner ${name}`);
    expect((await ask(new Bottle().mount('/in', inner.fetch), '/in/x')).text).toBe('inner x');
  });

  it('sees in its URL the path below the mount point, the host and the query as they were', async () => {
    const app = new Bottle().mount('/outer', new Bottle().mount('/hono', hono()));
    expect((await ask(app, '/outer/hono/url?a=%20b')).text).toBe('http://localhost/url?a=%20b');
    const bare = new Bottle().mount('/f', (request: Request) => new Response(request.url));
    expect((await ask(bare, '/f')).text).toBe('http://localhost/');
    expect((await ask(bare, '/f//evil.example/x')).text).toMatch(/^http:\/\/localhost\//);
  });

  it('keeps headers that hooks have set, and lets its own win', async () => {
    const app = new Bottle().mount('/f', () => new Response('x', { headers: { 'X-B': 'inner' } }));
    app.hook('beforeRequest', ({ response }) => {
      response.setHeader('X-A', 'outer');
      response.setHeader('X-B', 'outer');
    });
    const { headers } = await ask(app, '/f');
    expect([headers.get('x-a'), headers.get('x-b')]).toEqual(['outer', 'inner']);
  });

  it('has its errors handled by the app', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.mount('/f', () => {
      throw new Error('secret');
    });
    const answer = await ask(app, '/f');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect(logged).toEqual([new Error('secret')]);
  });

  it('is not a controller, unless it has decorators', async () => {
    @Controller('/feed')
    class Feed {
      @Get('/')
      fetch() {
        return 'the feed';
      }
    }
    expect((await ask(new Bottle().mount(new Feed()), '/feed/')).text).toBe('the feed');
  });
});
