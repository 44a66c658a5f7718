import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get, WiringError } from 'bottlenose';
import { bindMethod } from 'bottlenose/kit';
import { isolate } from 'bottlenose/testing';

class Store {
  readonly name = 'store';
}

@Controller('/items')
class Items {
  constructor(readonly store: Store) {}
  @Get() list() {
    return this.store.name;
  }
}
class MoreItems extends Items {}

function errorOf(run: () => unknown): WiringError {
  try {
    run();
  } catch (error) {
    if (error instanceof WiringError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
const mounting = (container?: object) => () => new Bottle({ container: container as never }).mount(Items);

describe('a class whose constructor takes arguments', () => {
  it.each([
    ['is refused', mounting()],
    ['is refused if it inherits its constructor', () => new Bottle().mount(MoreItems)],
    ['is refused by isolate', () => isolate(Items)],
    ['is refused by bindMethod', () => bindMethod(new Bottle(), Items, 'list', { kind: 'JOB', name: 'list' })],
  ])('%s', (_what, run) => {
    expect(errorOf(run).problems).toMatchObject([
      {
        code: 'BN_CONSTRUCTOR',
        message: expect.stringContaining('takes an argument'),
        cure: expect.stringContaining('app.mount(new '),
      },
    ]);
  });

  it('works as an instance, through a container, and with default values', async () => {
    class Defaults {
      constructor(readonly store = new Store()) {}
      @Get('/defaults') list() {
        return this.store.name;
      }
    }
    class Own extends Items {
      constructor() {
        super(new Store());
      }
    }
    const container = { get: (Class: new (store: Store) => object) => new Class(new Store()) };
    const apps = [new Bottle().mount(new Items(new Store())), new Bottle({ container }).mount(Items), new Bottle().mount(Own)];
    for (const app of apps) expect(await (await app.fetch(new Request('http://localhost/items'))).text()).toBe('store');
    const app = new Bottle().mount(Defaults);
    expect(await (await app.fetch(new Request('http://localhost/defaults'))).text()).toBe('store');
  });
});

describe('a container', () => {
  it.each([
    ['a promise', { get: async () => new Items(new Store()) }, /gives a promise/, /await/],
    ['a promise that rejects', { get: () => Promise.reject(new Error('no')) }, /gives a promise/, /await/],
    ['nothing', { get: () => undefined }, /gives undefined/, /register Items/],
    ['null', { resolve: () => null }, /gives null/, /register Items/],
    ['an instance of another class', { get: () => new Store() }, /gives an instance of Store/, /register Items/],
    ['the class', { get: (Class: unknown) => Class }, /no instance of Items/, /register Items/],
    [
      'an error',
      {
        get: () => {
          throw new Error('unknown service');
        },
      },
      /failed to make Items: unknown service/,
      /container\.build\(Class\)/,
    ],
    ['no way to ask it', { build: () => undefined }, /neither get\(Class\) nor resolve\(Class\)/, /container\.build\(Class\)/],
  ])('that gives %s is refused, with the remedy', (_what, container, message, cure) => {
    expect(errorOf(mounting(container)).problems).toMatchObject([
      { code: 'BN_CONTAINER', controller: 'Items', message: expect.stringMatching(message), cure: expect.stringMatching(cure) },
    ]);
  });

  it('may give an instance of a subclass', () => {
    mounting({ get: () => new MoreItems(new Store()) })().check();
  });

  it('keeps its own error as the cause', () => {
    const cause = new Error('unknown service');
    const error = errorOf(
      mounting({
        resolve: () => {
          throw cause;
        },
      }),
    );
    expect(error.cause).toBe(cause);
  });
});
