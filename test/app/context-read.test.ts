import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { type Context, guard, type Plugin } from 'bottlenose/kit';

/** A plugin that gives a value for reading, and tells its routes by `apply` that it is in effect. */
const store = (name: string, value: unknown): Plugin => ({
  name,
  provides: { keyword: 'store' },
  apply(next, route) {
    if (!route.wants(this)) return next;
    return (context) => {
      context.provide('store', `${value} of the route`);
      return next(context);
    };
  },
  read: (use) => use(value),
});

const reading = guard('reader', (context) => context.response.setHeader('X-Read', context.read('store', String) as string), {
  uses: ['store'],
});

const ask = async (app: Bottle, path: string): Promise<[number, string | null, string]> => {
  const answer = await app.fetch(new Request(`http://localhost${path}`, { headers: { Accept: 'application/json' } }));
  return [answer.status, answer.headers.get('x-read'), await answer.text()];
};

const whatIsProvided = (_args: object, context: Context): string => String(context.provided('store'));

describe('what a guard uses and a plugin gives for reading', () => {
  it('is there on routes and where there is none, and does not put the plugin into effect', async () => {
    const app = new Bottle();
    app.install(store('store', 'a'));
    app.install(reading);
    app.get('/', whatIsProvided);
    app.check();
    expect(await ask(app, '/')).toEqual([200, 'a', 'undefined']);
    expect((await ask(app, '/nowhere')).slice(0, 2)).toEqual([404, 'a']);
  });

  it('is there where a place applies the plugin, in preference to what is installed', async () => {
    const app = new Bottle();
    app.install(store('outer', 'outer'));
    app.get('/', { apply: [store('inner', 'inner'), reading] }, whatIsProvided);
    app.get('/plain', { apply: reading }, whatIsProvided);
    expect(await ask(app, '/')).toEqual([200, 'inner', 'undefined']);
    expect(await ask(app, '/plain')).toEqual([200, 'outer', 'undefined']);
  });

  it('is that of the app whose plugins stand around a merged route', async () => {
    const owner = new Bottle();
    owner.install(store('store', 'owner'));
    owner.get('/', whatIsProvided);
    const app = new Bottle().merge(owner);
    app.install(store('other', 'app'));
    app.install(reading);
    expect((await ask(app, '/'))[1]).toBe('app');
    const bare = new Bottle().merge(owner);
    owner.install(reading);
    expect((await ask(bare, '/'))[1]).toBe('owner');
  });

  it('is refused at the start where nothing gives it', () => {
    const app = new Bottle();
    app.install(reading);
    expect(() => app.check()).toThrow("The plugin reader uses 'store', and no plugin provides it.");
  });

  it('puts the plugin into effect where another uses it around the method', async () => {
    const app = new Bottle();
    app.install(store('store', 'a'));
    app.install({ name: 'user', uses: ['store'], apply: (next) => (context) => next(context) });
    app.get('/', whatIsProvided);
    expect((await ask(app, '/'))[2]).toBe('a of the route');
  });
});
