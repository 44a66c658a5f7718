import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { until } from '../../servers/raw-client.js';

describe('in process', () => {
  it('a request tells what the runtime knows of its peer', async () => {
    const app = new Bottle();
    app.get('/', (_args, { request }) => [request.remoteAddr, request.environ, request.url]);
    const answer = await app.fetch(new Request('https://x:81/?a=%20#b'), { remoteAddress: '1.2.3.4', environ: 'mine' });
    expect(await answer.json()).toEqual(['1.2.3.4', 'mine', 'https://x:81/?a=%20']);
  });

  it('a call that was given up before rejects with its reason', async () => {
    const app = new Bottle();
    app.get('/', () => 'x');
    const request = new Request('http://x/', { signal: AbortSignal.abort(new Error('too late')) });
    await expect(app.fetch(request)).rejects.toThrow('too late');
  });

  it('a body that is too large is not read to its end', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      async pull(controller) {
        pulled++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const app = new Bottle({ maxBody: 5000 });
    app.post('/', () => 'x');
    const answer = await app.fetch(new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit));
    expect(answer.status).toBe(413);
    const before = pulled;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pulled - before).toBeLessThanOrEqual(2);
  });

  it('a body that fails on its way is 400, and no handler sees it', async () => {
    let called = false;
    const app = new Bottle();
    app.post('/', () => {
      called = true;
      return 'x';
    });
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('lost')),
    });
    const answer = await app.fetch(new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit));
    expect([answer.status, called]).toEqual([400, false]);
  });

  it('a { stream: true } route reads as fast as it wants, and no faster', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        if (pulled > 100) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    let go = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      go = resolve;
    });
    const app = new Bottle();
    app.post('/', { stream: true }, async (_args, { request: { stream } }) => {
      stream.read();
      await ready;
      let size = 0;
      for await (const chunk of stream) size += chunk.length;
      return String(size);
    });
    const answer = app.fetch(new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit));
    await until(() => pulled > 1, 'the first pieces');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pulled).toBeLessThan(10);
    go();
    expect(await (await answer).text()).toBe(String(100 * 64 * 1024));
  });
});
