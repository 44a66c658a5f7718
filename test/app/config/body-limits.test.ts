import { describe, expect, it } from '@jest/globals';
import { Bottle, type Context, type Plugin } from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { exchange, request, serving } from '../../servers/raw-client.js';

const limiting = (bytes: number): Plugin => guard('limiting', (context) => context.limitBody(bytes));

const read = (_args: object, { request: { body } }: Context): number => body.length;
const stream = async (_args: object, context: Context): Promise<number> => {
  let size = 0;
  for await (const chunk of context.request.stream) size += (chunk as Buffer).length;
  return size;
};

/** The status of a body that is announced, and of one whose length only its end tells. */
async function send(url: string, path: string, size: number): Promise<[announced: number, chunked: number]> {
  const body = 'x'.repeat(size);
  const announced = await exchange(url, request('POST', path, [`Content-Length: ${size}`], body), 'POST');
  const chunks = `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const chunked = await exchange(url, request('POST', path, ['Transfer-Encoding: chunked'], chunks), 'POST');
  return [announced.status, chunked.status];
}

describe('context.limitBody', () => {
  it('stands in for the limit of the route, more or less than that, also of streamed bodies', async () => {
    const app = new Bottle({ maxBody: 100 });
    app.post('/more', read, { apply: limiting(1000) });
    app.post('/less', read, { apply: limiting(10), config: { maxBody: 1000 } });
    app.post('/stream', stream, { apply: limiting(10), stream: true });
    await serving(app, async (url) => {
      expect(await send(url, '/more', 1000)).toEqual([200, 200]);
      expect(await send(url, '/more', 1001)).toEqual([413, 413]);
      for (const path of ['/less', '/stream']) {
        expect([path, await send(url, path, 10)]).toEqual([path, [200, 200]]);
        expect([path, await send(url, path, 11)]).toEqual([path, [413, 413]]);
      }
    });
  });

  it('refuses what is announced as too large at once, also where nobody reads it', async () => {
    const app = new Bottle();
    let calls = 0;
    const count = () => `${++calls}`;
    app.post('/stream', count, { apply: limiting(1000), stream: true });
    app.post('/read', count, { apply: limiting(1000) });
    await serving(app, async (url) => {
      for (const path of ['/stream', '/read'])
        expect((await exchange(url, request('POST', path, ['Content-Length: 1001']), 'POST')).status).toBe(413);
    });
    expect(calls).toBe(0);
  });

  it('is the smallest where several are given', async () => {
    const app = new Bottle();
    app.post('/', read, { apply: [limiting(10), limiting(1000)] });
    app.post('/turned', read, { apply: [limiting(1000), limiting(10)] });
    await serving(app, async (url) => {
      for (const path of ['/', '/turned']) {
        expect([path, await send(url, path, 10)]).toEqual([path, [200, 200]]);
        expect([path, await send(url, path, 11)]).toEqual([path, [413, 413]]);
      }
    });
  });

  it('around a mount is the most that is allowed inside, and allows no more than the mounted app does', async () => {
    const inner = new Bottle({ maxBody: 200 });
    inner.post('/usual', read);
    inner.post('/small', read, { config: { maxBody: 10 } });
    inner.post('/large', read, { apply: limiting(5000) });
    inner.post('/stream', stream, { apply: limiting(5000), stream: true });
    const app = new Bottle();
    app.install(limiting(1000));
    app.mount('/a', new Bottle().mount('/b', inner));
    app.mount('/fetch', async (asked: globalThis.Request) => new globalThis.Response(`${(await asked.text()).length}`));
    await serving(app, async (url) => {
      const limits = { '/a/b/usual': 200, '/a/b/small': 10, '/a/b/large': 1000, '/a/b/stream': 1000, '/fetch/x': 1000 };
      for (const [path, limit] of Object.entries(limits)) {
        expect([path, await send(url, path, limit)]).toEqual([path, [200, 200]]);
        expect([path, await send(url, path, limit + 1)]).toEqual([path, [413, 413]]);
      }
    });
  });

  it('of a mount’s own configuration is the most that is allowed inside', async () => {
    const inner = new Bottle();
    inner.post('/', read);
    inner.post('/large', read, { config: { maxBody: 5000 } });
    const app = new Bottle().mount('/in', inner, { config: { maxBody: 100 } });
    await serving(app, async (url) => {
      for (const path of ['/in/', '/in/large']) {
        expect([path, await send(url, path, 100)]).toEqual([path, [200, 200]]);
        expect([path, await send(url, path, 101)]).toEqual([path, [413, 413]]);
      }
    });
  });
});
