import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bottle, Controller, Get, Post, RouteBuildError, RouteSyntaxError } from 'bottlenose';
import { ask } from './ask.js';

describe('routes to functions', () => {
  it('are added by verb, and each gives the app back', async () => {
    const app = new Bottle()
      .get('/x', () => 'get')
      .post('/x', () => 'post')
      .put('/x', () => 'put')
      .patch('/x', () => 'patch')
      .delete('/x', () => 'delete')
      .any('/x', () => 'any');
    const texts = [];
    for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) texts.push((await ask(app, `${verb} /x`)).text);
    expect(texts).toEqual(['get', 'post', 'put', 'patch', 'delete', 'any']);
  });

  it('take a verb or several, a rule or several, and options before or after the function', async () => {
    const app = new Bottle();
    app.route(['/a', '/b/<x>'], { method: ['put', 'PATCH'] }, (args) => `x is ${'x' in args ? args.x : 'none'}`);
    app.route('/c', () => 'c');
    app.get('/d', () => 'd', { name: 'dee' });
    expect((await ask(app, 'PUT /a')).text).toBe('x is none');
    expect((await ask(app, 'PATCH /b/1')).text).toBe('x is 1');
    expect((await ask(app, 'GET /a')).status).toBe(405);
    expect((await ask(app, '/c')).text).toBe('c');
    expect(app.url('dee')).toBe('/d');
  });

  it('get the wildcards converted, and the context', async () => {
    const app = new Bottle();
    app.get('/<name>/<n:int>', ({ name, n }, { request, response }) => {
      response.status = 202;
      return { name, n, path: request.path };
    });
    expect(await ask(app, '/a%20b/-7')).toMatchObject({ status: 202, json: { name: 'a b', n: -7, path: '/a b/-7' } });
  });

  it('are refused without a function, and with a rule that cannot be read', () => {
    expect(() => new Bottle().get('/x', undefined as never)).toThrow('A route needs a function to call');
    expect(() => new Bottle().get('/<x:re:(>', () => '')).toThrow(RouteSyntaxError);
    expect(() => new Bottle().get('/<x:nope>', () => '')).toThrow(RouteSyntaxError);
  });

  it('may be called without the app at hand', async () => {
    const app = new Bottle();
    const { get } = app;
    get('/x', () => 'x');
    expect((await ask(app, '/x')).text).toBe('x');
  });
});

describe('verbs', () => {
  it('HEAD is answered by GET, without the body', async () => {
    const app = new Bottle().get('/x', () => ({ a: 1 }));
    const answer = await ask(app, 'HEAD /x');
    expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([200, '', '7']);
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it('that no route takes give 405 with Allow, and unknown paths 404', async () => {
    const app = new Bottle().get('/x', () => '').post('/x', () => '');
    const answer = await ask(app, 'DELETE /x');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await ask(app, '/y')).status).toBe(404);
    expect((await ask(app, '/x/')).status).toBe(404);
  });

  it('that HTTP cannot carry are refused where they are added', () => {
    expect(() => new Bottle().route('/x', { method: ['GET', 'A B'] }, () => '')).toThrow("HTTP cannot carry the verb 'A B'");
    expect(() => new Bottle().route('/x', { method: [] }, () => '')).toThrow('empty list of verbs');
  });
});

describe('error handlers', () => {
  it('are refused for what no error can be of, and without a function', () => {
    const app = new Bottle();
    expect(() => app.error('404' as never, () => '')).toThrow('are for a status or an error class, not for 404');
    expect(() => app.error([404, 0.5], () => '')).toThrow('not for 0.5');
    expect(() => app.error(404 as never)).toThrow('An error handler is a function');
  });
});

describe('match, url and routes', () => {
  @Controller('/posts')
  class Posts {
    @Get('/<id:int>/<:path>', { name: 'post' })
    show(id: number) {
      return String(id);
    }
    @Post('/')
    create() {}
  }

  it('tell where a request would go', () => {
    const app = new Bottle().mount('/api', Posts);
    const found = app.match('GET', '/api/posts/7/a/b');
    expect([found?.route.displayName, found?.args]).toEqual(['Posts.show', { id: 7 }]);
    expect(app.match('PUT', '/api/posts/')).toBeUndefined();
    expect(app.routes.map(String)).toEqual(['GET /api/posts/<id:int>/<:path> → Posts.show', 'POST /api/posts/ → Posts.create']);
  });

  it('build URLs by name or rule, left-over parameters as the query', () => {
    const app = new Bottle().mount('/api', Posts);
    app.get('/hello/<name>', () => '');
    expect(app.url('post', { id: 7, page: 2 }, 'a b/c')).toBe('/api/posts/7/a%20b/c?page=2');
    expect(app.url('/hello/<name>', { name: 'ä/b' })).toBe('/hello/%C3%A4%2Fb');
    expect(() => app.url('post', {}, 'x')).toThrow(RouteBuildError);
    expect(() => app.url('psot')).toThrow('did you mean "post"?');
  });

  it('know filters that were added', async () => {
    const app = new Bottle();
    app.router.addFilter('hex', () => ({ pattern: '[0-9a-f]+', parse: (text) => Number.parseInt(text, 16) }));
    app.get('/<n:hex>', ({ n }: { n?: unknown }) => ({ n }));
    expect((await ask(app, '/ff')).json).toEqual({ n: 255 });
  });
});

describe('check', () => {
  it('passes a whole app, and lists everything that is wrong with another', () => {
    class Wrong {
      @Get('/<id:int>')
      show(idd: number) {
        return idd;
      }
      @Get('/x')
      x(nothing: string) {
        return nothing;
      }
    }
    expect(() => new Bottle().get('/', () => '').check()).not.toThrow();
    const app = new Bottle().mount('/w', Wrong);
    expect(() => app.check()).toThrow(/idd.*nothing/s);
    expect(() => app.check()).toThrow(expect.objectContaining({ code: 'BN_WIRING', problems: expect.any(Array) }));
  });

  it('reports rules that are replaced or never reached', () => {
    const app = new Bottle().get('/<a>', () => '').get('/<b>', () => '');
    expect(() => app.check()).toThrow('was added later, and wins');
  });

  it('reports rules without their slash, which match no path', () => {
    const app = new Bottle().get('hello/<name>', () => '').get('', () => '');
    const fine = new Bottle()
      .route('*', { method: 'OPTIONS' }, () => '')
      .get('<all:path>', () => '')
      .mount('inner', app);
    expect(app.wiringProblems()).toMatchObject([
      { code: 'BN_RULE_UNREACHABLE', verb: 'GET', rule: 'hello/<name>', cure: "write it as '/hello/<name>'." },
      { code: 'BN_RULE_UNREACHABLE', verb: 'GET', rule: '', cure: "write it as '/'." },
    ]);
    expect(fine.wiringProblems()).toHaveLength(2);
  });

  it('is strict about unused wildcards when told', () => {
    class Lazy {
      @Get('/<id>')
      show() {
        return '';
      }
    }
    const app = new Bottle().mount(Lazy);
    expect(() => app.check()).not.toThrow();
    expect(() => app.check({ strict: true })).toThrow('<id>');
    expect(() => new Bottle({ strict: true }).mount(Lazy).check()).toThrow('<id>');
  });

  it('is done by the first request of an app that was not checked', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.get('/', ({ nope }: { nope?: never } & Record<string, unknown>) => nope);
    app.get('/fine', () => 'fine');
    await expect(ask(app, '/fine')).rejects.toThrow('nope');
  });

  it('is not done again to a running app: a bad route that comes later costs itself only', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.get('/fine', () => 'fine');
    expect((await ask(app, '/fine')).text).toBe('fine');
    app.get('/bad', ({ nope }: { nope?: never } & Record<string, unknown>) => nope);
    expect((await ask(app, '/fine')).text).toBe('fine');
    expect((await ask(app, '/bad')).status).toBe(500);
    expect(String(logged[0])).toContain('nope');
  });
});

describe('listener and run', () => {
  const app = new Bottle({ logger: () => undefined });
  app.get('/hello/<name>', ({ name }) => ({ hello: name }));
  app.post('/echo', (_, { request }) => request.body);
  app.get('/boom', () => {
    throw new Error('x');
  });
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer(app.listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it('answer on a socket what fetch answers in process', async () => {
    for (const path of ['/hello/World', '/boom', '/none', '/%ff']) {
      const [socket, process] = [await fetch(base + path), await ask(app, path)];
      expect([socket.status, await socket.text()]).toEqual([process.status, process.text]);
      expect(socket.headers.get('content-type')).toBe(process.headers.get('content-type'));
    }
    const body = 'ü'.repeat(70_000);
    expect(await (await fetch(`${base}/echo`, { method: 'POST', body })).text()).toBe(body);
  });

  it('serve and stop', async () => {
    const running = await new Bottle().get('/', () => 'served').run({ port: 0, quiet: true });
    expect(await (await fetch(running.url)).text()).toBe('served');
    await running.close();
    await expect(fetch(running.url)).rejects.toThrow();
  });
});

describe('switches of the configuration', () => {
  it('take what files and the command line give, as texts', () => {
    const app = new Bottle();
    for (const [text, value] of Object.entries({ false: false, True: true, no: false, on: true, 0: false, 1: true })) {
      for (const key of ['catchall', 'autojson', 'strict']) {
        app.config.set(key, text);
        expect([key, text, app.config.get(key)]).toEqual([key, text, value]);
      }
      expect([app.catchall, app.strict]).toEqual([value, value]);
    }
  });

  it('refuse what says neither', () => {
    const app = new Bottle();
    expect(() => app.config.set('strict', 'perhaps')).toThrow('the value of config "strict" is refused: it is true or false');
  });
});
