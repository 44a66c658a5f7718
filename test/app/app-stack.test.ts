import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  app,
  Bottle,
  Controller,
  defaultApp,
  del,
  error,
  Get,
  get,
  hook,
  install,
  mount,
  patch,
  post,
  put,
  route,
  run,
  uninstall,
  url,
} from 'bottlenose';
import { AppStack } from '../../src/app/app-stack.js';
import { ask } from './ask.js';

describe('a stack of apps', () => {
  it('gives the app on top when it is called, and is never empty', () => {
    const stack = new AppStack();
    const bottom = stack();
    expect(bottom).toBeInstanceOf(Bottle);
    expect(stack()).toBe(bottom);
    const mine = new Bottle();
    expect(stack.push(mine)).toBe(mine);
    expect(stack()).toBe(mine);
    expect(stack.push()).not.toBe(mine);
    stack.pop();
    expect(stack.pop()).toBe(mine);
    expect(stack.pop()).toBe(bottom);
    expect(stack()).not.toBe(bottom);
  });

  it('is an AppStack and a function', () => {
    const stack = new AppStack();
    expect(stack).toBeInstanceOf(AppStack);
    expect(typeof stack).toBe('function');
    expect(new AppStack()()).not.toBe(stack());
  });
});

describe('the functions of the module', () => {
  let mine: Bottle;
  beforeEach(() => {
    mine = defaultApp.push();
  });
  afterEach(() => {
    defaultApp.pop();
  });

  it('act on the default app, whichever it is', async () => {
    expect(app).toBe(defaultApp);
    route('/r', () => 'route');
    get('/x/<n:int>', ({ n }) => `get ${n}`, { name: 'x' });
    post('/x', () => 'post');
    put('/x', () => 'put');
    patch('/x', () => 'patch');
    del('/x', () => 'del');
    const texts = [];
    for (const what of ['/r', '/x/1', 'POST /x', 'PUT /x', 'PATCH /x', 'DELETE /x']) texts.push((await ask(mine, what)).text);
    expect(texts).toEqual(['route', 'get 1', 'post', 'put', 'patch', 'del']);
    expect(url('x', { n: 2 })).toBe('/x/2');
    const other = defaultApp.push();
    get('/only-here', () => 'here');
    expect((await ask(other, '/only-here')).text).toBe('here');
    defaultApp.pop();
    expect((await ask(mine, '/only-here')).status).toBe(404);
  });

  it('mount, install, uninstall, and handle errors', async () => {
    @Controller('/c')
    class C {
      @Get('/')
      index() {
        return 'c';
      }
    }
    expect(mount('/in', C)).toBe(mine);
    mount(C);
    const plugin = install((callback) => (context) => `<${callback(context)}>`);
    error(404, () => 'nothing');
    error(() => 'failed');
    hook('beforeRequest', ({ response }) => response.setHeader('X-Hook', 'yes'));
    const answer = await ask(mine, '/in/c/');
    expect([answer.text, answer.headers.get('x-hook')]).toEqual(['<c>', 'yes']);
    expect((await ask(mine, '/none')).text).toBe('nothing');
    expect(uninstall(plugin)).toHaveLength(1);
    expect((await ask(mine, '/c/')).text).toBe('c');
  });

  it('run serves it, or another', async () => {
    get('/', () => 'default');
    const first = await run({ port: 0, quiet: true });
    const second = await run({ app: new Bottle().get('/', () => 'another'), port: 0, quiet: true });
    expect(await (await fetch(first.url)).text()).toBe('default');
    expect(await (await fetch(second.url)).text()).toBe('another');
    await Promise.all([first.close(), second.close()]);
  });
});
