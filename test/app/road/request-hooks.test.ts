import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, type Context, Controller, Get, Hook, type Plugin, Request, Response } from 'bottlenose';
import { ask } from '../ask.js';

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

describe('the hooks of an app', () => {
  it('run before in order, after in reverse, around the route', async () => {
    const order: string[] = [];
    const app = new Bottle();
    for (const name of ['a', 'b']) {
      app.hook('beforeRequest', () => order.push(`before ${name}`));
      app.hook('afterRequest', () => order.push(`after ${name}`));
    }
    app.get('/', () => {
      order.push('route');
      return 'x';
    });
    await ask(app, '/');
    expect(order).toEqual(['before a', 'before b', 'route', 'after b', 'after a']);
  });

  it('may be async, and are awaited', async () => {
    const order: string[] = [];
    const app = new Bottle();
    app.hook('beforeRequest', async () => {
      await pause();
      order.push('before');
    });
    app.hook('afterRequest', async ({ response }) => {
      await pause();
      response.setHeader('X-After', 'yes');
      order.push('after');
    });
    app.get('/', () => {
      order.push('route');
      return 'x';
    });
    const { headers } = await ask(app, '/');
    expect(order).toEqual(['before', 'route', 'after']);
    expect(headers.get('x-after')).toBe('yes');
  });

  it.each(['/none', '/abort', '/throws', '/later', '/x', 'POST /x'])('run after the answer in every case (%s)', async (path) => {
    const seen: number[] = [];
    const app = new Bottle({ logger: () => undefined });
    app.hook('afterRequest', ({ response }) => {
      response.setHeader('X-After', 'yes');
      seen.push(1);
    });
    app.get('/x', () => 'x');
    app.get('/abort', () => abort(403));
    app.get('/throws', () => {
      throw new Error('x');
    });
    app.get('/later', async () => {
      throw new Error('x');
    });
    const { headers } = await ask(app, path);
    expect([seen.length, headers.get('x-after')]).toEqual([1, 'yes']);
  });

  it('run after with the answer of an error handler in place', async () => {
    const seen: unknown[] = [];
    const app = new Bottle();
    app.error(404, (_error: Error, { response }: Context) => {
      response.status = 410;
      return 'gone';
    });
    app.hook('afterRequest', ({ response }) => seen.push(response.status));
    expect((await ask(app, '/')).status).toBe(410);
    expect(seen).toEqual([410]);
  });

  it('that throw before keep the route from running, are answered as its errors, and those after run', async () => {
    const order: string[] = [];
    const app = new Bottle();
    app.hook('beforeRequest', () => abort(401, 'who are you?'));
    app.hook('beforeRequest', () => order.push('second'));
    app.hook('afterRequest', () => order.push('after'));
    app.get('/', () => order.push('route'));
    expect(await ask(app, '/')).toMatchObject({ status: 401, text: expect.stringContaining('who are you?') });
    expect(order).toEqual(['after']);
  });

  it('that throw after replace the answer, and do not keep the others from running', async () => {
    const order: string[] = [];
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.hook('afterRequest', () => order.push('first registered'));
    app.hook('afterRequest', () => {
      throw new Error('in the hook');
    });
    app.hook('afterRequest', async () => {
      throw new Error('in the async hook');
    });
    app.get('/', () => 'x');
    expect((await ask(app, '/')).status).toBe(500);
    expect(order).toEqual(['first registered']);
    expect(logged).toEqual([new Error('in the async hook'), new Error('in the hook')]);
  });

  it('may change verb and path before the request is routed', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ request }) => {
      const override = request.query.get('_method');
      if (override !== undefined) request.method = override;
      if (request.path.endsWith('/') && request.path !== '/') request.path = request.path.slice(0, -1);
    });
    app.delete('/x', () => 'deleted');
    expect((await ask(app, 'POST /x/?_method=delete')).text).toBe('deleted');
  });

  it('are refused under a wrong name', () => {
    expect(() => new Bottle().hook('before_request' as never, (() => undefined) as never)).toThrow(
      "There is no hook 'before_request'. The hooks are beforeRequest, afterRequest, appReset, config.",
    );
    expect(() => new Bottle().hook('beforeRequest', undefined as never)).toThrow("The hook 'beforeRequest' needs a function.");
  });

  it('are called for resets and for changes of the configuration', () => {
    const heard: unknown[] = [];
    const app = new Bottle();
    app.hook('appReset', (which) => heard.push(which === app));
    app.hook('config', (key, value) => heard.push([key, value]));
    app.reset();
    app.config.set('a', 1);
    app.install((callback) => callback);
    expect(heard).toEqual([true, ['a', 1], true]);
  });
});

describe('the hooks of a controller', () => {
  const order: string[] = [];
  @Controller('/c')
  class Hooked {
    @Hook('beforeRequest')
    first(request: Request, id = 'none') {
      order.push(`first ${request.path} ${id}`);
    }
    @Hook('beforeRequest')
    async second() {
      await pause();
      order.push('second');
    }
    @Hook('afterRequest')
    third(response: Response) {
      response.setHeader('X-Third', 'yes');
      order.push('third');
    }
    @Hook('afterRequest')
    fourth() {
      order.push('fourth');
    }
    @Get('/<id>')
    show(id: string) {
      order.push('route');
      if (id === 'bad') abort(400);
      return id;
    }
  }
  const app = new Bottle().mount(Hooked);
  app.get('/other', () => 'x');

  it('run around its routes, with their parameters bound', async () => {
    order.length = 0;
    const { text, headers } = await ask(app, '/c/it');
    expect([text, headers.get('x-third')]).toEqual(['it', 'yes']);
    expect(order).toEqual(['first /c/it it', 'second', 'route', 'fourth', 'third']);
  });

  it('run after errors too, and around no other routes', async () => {
    order.length = 0;
    expect((await ask(app, '/c/bad')).status).toBe(400);
    expect(order.slice(-3)).toEqual(['route', 'fourth', 'third']);
    order.length = 0;
    await ask(app, '/other');
    await ask(app, '/c');
    expect(order).toEqual([]);
  });

  it('stand inside the plugins and the hooks of the app', async () => {
    const steps: string[] = [];
    class Steps {
      @Hook('beforeRequest')
      before() {
        steps.push('controller');
      }
      @Get('/s')
      s() {
        return 's';
      }
    }
    const plugin: Plugin = {
      apply: (callback) => (context) => {
        steps.push('plugin');
        return callback(context);
      },
    };
    const layered = new Bottle();
    layered.install(plugin);
    layered.hook('beforeRequest', () => steps.push('app'));
    await ask(layered.mount(Steps), '/s');
    expect(steps).toEqual(['app', 'plugin', 'controller']);
  });
});
