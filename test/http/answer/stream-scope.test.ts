import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { Bottle, eventStream, HTTPResponse, type PluginLike } from 'bottlenose';
import { serving } from '../../servers/raw-client.js';

const storage = new AsyncLocalStorage<string>();

const ways: [string, PluginLike][] = [
  ['around', { around: (next) => (context) => storage.run('R', () => next(context)) }],
  ['apply', (next) => (context) => storage.run('R', () => next(context))],
];

function* generator(): Generator<string> {
  for (let i = 0; i < 3; i++) yield `${storage.getStore()} `;
}

async function* asyncGenerator(): AsyncGenerator<string> {
  for (let i = 0; i < 3; i++) {
    await Promise.resolve();
    yield `${storage.getStore()} `;
  }
}

const sources: [string, () => unknown, string][] = [
  ['a generator', generator, 'R R R '],
  ['an async generator', asyncGenerator, 'R R R '],
  ['a generator in a response', () => new HTTPResponse(generator()), 'R R R '],
  ['what an async method returns', async () => asyncGenerator(), 'R R R '],
  ['an event stream', () => eventStream(asyncGenerator()), ':\n\ndata: R \n\ndata: R \n\ndata: R \n\n'],
  [
    'a web stream',
    () =>
      new ReadableStream(
        {
          pull(controller) {
            controller.enqueue(Buffer.from(`${storage.getStore()} `));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      ),
    'R ',
  ],
];

describe.each(ways)('an AsyncLocalStorage that a plugin opens in %s', (_way, plugin) => {
  it.each(sources)('holds in %s', async (_source, method, expected) => {
    const app = new Bottle();
    app.install(plugin);
    app.get('/', method as () => unknown);
    const text = await (await app.fetch(new Request('http://localhost/'))).text();
    expect(text.replace(/^:\n\n/, '')).toBe(expected.replace(/^:\n\n/, ''));
  });

  it('holds after the client was too slow for the stream', async () => {
    const app = new Bottle();
    app.install(plugin);
    app.get('/', async function* () {
      for (let i = 0; i < 64; i++) yield `${storage.getStore()}`.padEnd(64 * 1024);
    });
    app.get('/events', () =>
      eventStream(
        (function* () {
          for (let i = 0; i < 64; i++) yield `${storage.getStore()}`.padEnd(64 * 1024, '.');
        })(),
      ),
    );
    await serving(app, async (url) => {
      for (const path of ['/', '/events']) {
        const text = await (await fetch(url + path)).text();
        expect(new Set(text.match(/R|undefined/g))).toEqual(new Set(['R']));
      }
    });
  });
});

it('an AsyncLocalStorage that the plugin of an outer app opens holds in the streams of a mounted app', async () => {
  const inner = new Bottle();
  inner.get('/', generator);
  const app = new Bottle();
  app.install({ around: (next) => (context) => storage.run('R', () => next(context)) });
  app.mount('/inner', inner);
  expect(await (await app.fetch(new Request('http://localhost/inner/'))).text()).toBe('R R R ');
});
