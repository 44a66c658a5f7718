import { describe, expect, it } from '@jest/globals';
import { Apply, Bottle, bodyLimit, Controller, Post, type Request as BottleRequest } from 'bottlenose';
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

  it('refuses a body that is announced as too large before it has arrived', async () => {
    const app = new Bottle();
    app.post('/', length, { apply: bodyLimit(1000) });
    await serving(app, async (url) => {
      const answer = await exchange(url, request('POST', '/', ['Content-Length: 1001']));
      expect(answer.status).toBe(413);
    });
  });

  it('takes bytes, and nothing else', () => {
    for (const wrong of [-1, 1.5, Number.NaN, '1mb' as unknown as number, undefined as unknown as number]) {
      expect(() => bodyLimit(wrong)).toThrow(/takes a whole number of bytes/);
    }
    expect(bodyLimit(Number.POSITIVE_INFINITY).name).toBe('bodyLimit');
  });
});
