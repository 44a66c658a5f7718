import { describe, expect, it } from '@jest/globals';
import { Apply, Bottle, Controller, type Plugin, Post, type Request as BottleRequest } from 'bottlenose';
import { bodyLimit } from 'bottlenose/plugins';
import { exchange, request, serving } from '../servers/raw-client.js';

async function post(app: Bottle, path: string, size: number): Promise<number> {
  const answer = await app.fetch(new Request(`http://localhost${path}`, { method: 'POST', body: 'x'.repeat(size) }));
  return answer.status;
}

const length = (_args: object, { request: { body } }: { request: { body: Buffer } }) => body.length;

describe('bodyLimit', () => {
  it('lets one route take more, or less, than the app', async () => {
    @Controller('/videos')
    class Videos {
      @Post('/large')
      @Apply(bodyLimit(2000))
      large(request: BottleRequest) {
        return request.body.length;
      }

      @Post('/small', { config: { maxBody: 5000 } })
      @Apply(bodyLimit(10))
      small(request: BottleRequest) {
        return request.body.length;
      }
    }

    const app = new Bottle({ maxBody: 100 });
    app.mount(Videos);
    app.post('/usual', length);
    expect(await post(app, '/videos/large', 2000)).toBe(200);
    expect(await post(app, '/videos/large', 2001)).toBe(413);
    expect(await post(app, '/videos/small', 10)).toBe(200);
    expect(await post(app, '/videos/small', 11)).toBe(413);
    expect(await post(app, '/usual', 100)).toBe(200);
    expect(await post(app, '/usual', 101)).toBe(413);
  });

  it('installed, leaves routes with a limit of their own alone, and ends when it is uninstalled', async () => {
    const app = new Bottle({ maxBody: 100 });
    app.post('/', length);
    app.post('/own', length, { config: { maxBody: 50 } });
    const plugin = app.install(bodyLimit(1000));
    expect(await post(app, '/', 1000)).toBe(200);
    expect(await post(app, '/', 1001)).toBe(413);
    expect(await post(app, '/own', 51)).toBe(413);
    app.uninstall(plugin);
    expect(await post(app, '/', 101)).toBe(413);
    expect(await post(app, '/own', 50)).toBe(200);
  });

  it('installed, leaves a limit alone that a route, controller or mount has set, though it is that of the app', async () => {
    @Controller('/c', { config: { maxBody: 100 } })
    class Pages {
      @Post('/x')
      x(request: BottleRequest) {
        return request.body.length;
      }
    }

    const app = new Bottle({ maxBody: 100 });
    app.install(bodyLimit(1000));
    app.mount(Pages);
    app.post('/route', length, { config: { maxBody: 100 } });
    app.mount('/in', new Bottle().post('/', length), { config: { maxBody: 100 } });
    app.post('/other', length, { config: { other: 1 } });
    for (const path of ['/c/x', '/route', '/in/']) {
      expect([path, await post(app, path, 100), await post(app, path, 101)]).toEqual([path, 200, 413]);
    }
    expect([await post(app, '/other', 1000), await post(app, '/other', 1001)]).toEqual([200, 413]);
  });

  it('refuses a body that is announced as too large before it has arrived, whoever would have read it', async () => {
    const app = new Bottle();
    let calls = 0;
    const count = () => `${++calls}`;
    app.install(bodyLimit(1000));
    app.post('/', count);
    app.post('/stream', count, { stream: true });
    app.mount('/in', new Bottle().post('/', count));
    app.mount('/fetch', () => new globalThis.Response(count()));
    await serving(app, async (url) => {
      for (const path of ['/', '/stream', '/in/', '/fetch/x', '/none']) {
        const answer = await exchange(url, request('POST', path, ['Content-Length: 1001']), 'POST');
        expect([path, answer.status]).toEqual([path, 413]);
      }
    });
    expect(calls).toBe(0);
  });

  it('refuses a body of unknown length when it has come to the limit', async () => {
    const app = new Bottle();
    app.install(bodyLimit(1000));
    app.post('/', length);
    app.post('/stream', { stream: true }, async (_args, { request: { stream } }) => {
      let size = 0;
      for await (const chunk of stream) size += (chunk as Buffer).length;
      return size;
    });
    const outcomes: string[] = [];
    const transaction: Plugin['apply'] = (next) => async (context) => {
      try {
        const result = await next(context);
        outcomes.push('commit');
        return result;
      } catch (error) {
        outcomes.push('rollback');
        throw error;
      }
    };
    app.post('/unread', { stream: true, apply: transaction }, () => 'nobody reads it');
    app.post('/echo', { stream: true }, (_args, { request: { stream } }) =>
      (async function* () {
        for await (const chunk of stream) yield chunk;
      })(),
    );
    await serving(app, async (url) => {
      for (const [size, status] of [
        [1000, 200],
        [1001, 413],
      ] as const) {
        const chunks = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
        for (const path of ['/', '/stream', '/unread', '/echo']) {
          const answer = await exchange(url, request('POST', path, ['Transfer-Encoding: chunked'], chunks), 'POST');
          expect([path, size, answer.status]).toEqual([path, size, status]);
        }
      }
    });
    expect(outcomes).toEqual(['commit', 'rollback']);
  });

  it('is the smallest of several, unless a route skips the installed one', async () => {
    const app = new Bottle();
    app.install(bodyLimit(100));
    app.post('/both', length, { apply: bodyLimit(1000) });
    app.post('/less', length, { apply: bodyLimit(10) });
    app.post('/more', length, { skip: 'bodyLimit', apply: bodyLimit(1000) });
    app.post('/config', length, { config: { maxBody: 1000 } });
    app.mount('/in', new Bottle().post('/', length, { apply: bodyLimit(1000) }));
    for (const [path, limit] of Object.entries({ '/both': 100, '/less': 10, '/more': 1000, '/config': 1000, '/in/': 100 })) {
      expect([path, await post(app, path, limit), await post(app, path, limit + 1)]).toEqual([path, 200, 413]);
    }
  });

  it('takes bytes, and nothing else', () => {
    for (const wrong of [-1, 1.5, Number.NaN, '1mb' as unknown as number, undefined as unknown as number]) {
      expect(() => bodyLimit(wrong)).toThrow(/takes a whole number of bytes/);
    }
    expect(bodyLimit(Number.POSITIVE_INFINITY).name).toBe('bodyLimit');
  });
});
