import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { type MetricsOptions, metrics } from 'bottlenose/plugins';
import client from 'prom-client';
import WebSocket from 'ws';
import { ask } from '../app/ask.js';
import { serving, until } from '../servers/raw-client.js';
import { ANSWERS, appWithAnswers } from './answers.js';

/** The samples of our own metrics. */
async function samples(app: Bottle, pattern: RegExp, path = '/metrics'): Promise<string[]> {
  const { text } = await ask(app, path);
  return text.split('\n').filter((line) => pattern.test(line) && !line.startsWith('#'));
}

function appWith(options?: MetricsOptions): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.install(metrics({ process: false, ...options }));
  app.get('/posts/<id:int>', ({ id }) => ({ id }));
  app.get('/fails', () => {
    throw new Error('oops');
  });
  app.get('/skips', () => 'skips', { skip: 'metrics' });
  return app;
}

describe('metrics', () => {
  it('counts requests by method, rule and class of status, and never by path', async () => {
    const app = appWith();
    for (const path of [
      '/posts/1',
      '/posts/2',
      'HEAD /posts/3',
      '/posts/x',
      '/nowhere/1',
      '/nowhere/2',
      '/fails',
      'POST /posts/1',
    ])
      await ask(app, path);
    expect((await samples(app, /^http_requests_total/)).sort()).toEqual([
      'http_requests_total{method="GET",route="",status="4xx"} 3',
      'http_requests_total{method="GET",route="/fails",status="5xx"} 1',
      'http_requests_total{method="GET",route="/posts/<id:int>",status="2xx"} 2',
      'http_requests_total{method="HEAD",route="/posts/<id:int>",status="2xx"} 1',
      'http_requests_total{method="POST",route="",status="4xx"} 1',
    ]);
  });

  it('counts every answer, whatever makes it', async () => {
    const app = appWithAnswers(metrics({ process: false }));
    const expected = new Map<string, number>();
    for (const [, request, status, rule = ''] of ANSWERS) {
      expect([request, (await ask(app, request)).status]).toEqual([request, status]);
      const [method] = request.includes(' ') ? request.split(' ') : ['GET'];
      const series = `http_requests_total{method="${method}",route="${rule}",status="${Math.floor(status / 100)}xx"}`;
      expected.set(series, (expected.get(series) ?? 0) + 1);
    }
    const counted = await samples(app, /^http_requests_total/);
    expect(new Map(counted.map((line) => [line.replace(/ \d+$/, ''), Number(/ (\d+)$/.exec(line)?.[1])]))).toEqual(expected);
    expect(await samples(app, /^http_requests_in_flight/)).toEqual(['http_requests_in_flight 1']);
  });

  it('counts by the verb that the client sent, and the rule that a hook has led it to', async () => {
    const app = appWith();
    app.put('/items/<id:int>', () => 'put');
    app.hook('beforeRequest', ({ request }) => {
      if (request.method !== 'POST') return;
      request.method = 'PUT';
      request.path = '/items/1';
    });
    await ask(app, 'POST /elsewhere');
    expect(await samples(app, /^http_requests_total/)).toEqual([
      'http_requests_total{method="POST",route="/items/<id:int>",status="2xx"} 1',
    ]);
  });

  it('leaves mounts and merged routes out that skip it', async () => {
    const inner = new Bottle();
    inner.get('/inner', () => 'inner');
    inner.get('/merged', () => 'merged', { skip: 'metrics' });
    const app = appWith();
    app.mount('/skips', inner, { skip: 'metrics' });
    app.merge(inner);
    for (const path of ['/skips/inner', '/merged', '/inner']) expect((await ask(app, path)).status).toBe(200);
    expect(await samples(app, /^http_requests_total/)).toEqual([
      'http_requests_total{method="GET",route="/inner",status="2xx"} 1',
    ]);
  });

  it('has no more series however many paths and verbs clients invent', async () => {
    const app = appWith();
    app.any('/any/<rest:path>', () => 'any');
    for (let i = 0; i < 20; i++) await ask(app, `VERB${i} /any/${i}`);
    expect(await samples(app, /^http_requests_total/)).toEqual([
      'http_requests_total{method="OTHER",route="/any/<rest:path>",status="2xx"} 20',
    ]);
  });

  it('knows the rules of mounted apps by their whole length, of their errors too', async () => {
    const inner = new Bottle();
    inner.get('/posts/<id:int>', ({ id }) => ({ id }));
    inner.get('/fails', () => {
      throw new Error('oops');
    });
    const middle = new Bottle();
    middle.mount('/v1', inner);
    const app = appWith();
    app.mount('/api', middle);
    await ask(app, '/api/v1/posts/1');
    await ask(app, '/api/v1/fails');
    await ask(app, '/api/v1/nowhere');
    expect((await samples(app, /^http_requests_total/)).sort()).toEqual([
      'http_requests_total{method="GET",route="",status="4xx"} 1',
      'http_requests_total{method="GET",route="/api/v1/fails",status="5xx"} 1',
      'http_requests_total{method="GET",route="/api/v1/posts/<id:int>",status="2xx"} 1',
    ]);
  });

  it('counts once what comes through two apps that share it', async () => {
    const shared = metrics({ process: false });
    const inner = new Bottle();
    inner.install(shared);
    inner.get('/', () => 'inner');
    const app = new Bottle();
    app.install(shared);
    app.mount('/inner', inner);
    await ask(app, '/inner/');
    expect(await samples(app, /^http_requests_total/)).toEqual([
      'http_requests_total{method="GET",route="/inner/",status="2xx"} 1',
    ]);
  });

  it('sorts how long answers took into buckets, streamed ones by their end', async () => {
    const app = appWith({ buckets: [0.02, 60] });
    let go = (): void => undefined;
    app.get('/stream', async function* () {
      yield 'first';
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield 'last';
    });
    const answer = await app.fetch(new Request('http://localhost/stream'));
    expect(await samples(app, /^http_requests_(total|in_flight)/)).toEqual(['http_requests_in_flight 2']);
    // Any longer than this is as well.
    setTimeout(() => go(), 50);
    expect(await answer.text()).toBe('firstlast');
    const line = 'http_request_duration_seconds';
    expect(await samples(app, /duration.*stream/)).toEqual([
      `${line}_bucket{le="0.02",method="GET",route="/stream"} 0`,
      `${line}_bucket{le="60",method="GET",route="/stream"} 1`,
      `${line}_bucket{le="+Inf",method="GET",route="/stream"} 1`,
      expect.stringMatching(/^http_request_duration_seconds_sum\{method="GET",route="\/stream"\} 0\.\d+$/),
      `${line}_count{method="GET",route="/stream"} 1`,
    ]);
    // The one that asks.
    expect(await samples(app, /in_flight/)).toEqual(['http_requests_in_flight 1']);
  });

  it('lets go of streams whose clients leave, and of WebSockets at their end', async () => {
    const app = appWith();
    app.get('/endless', async function* ({ request }) {
      yield 'first';
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
    });
    app.route('/socket', { method: 'WEBSOCKET' }, async ({ socket }) => {
      for await (const message of socket) socket.send(message);
    });
    const inFlight = async (): Promise<string | undefined> => (await samples(app, /in_flight/))[0]?.split(' ')[1];
    await serving(app, async (url) => {
      const request = httpRequest(`${url}/endless`, { agent: false });
      request.on('error', () => undefined).on('response', (response) => response.on('error', () => undefined).resume());
      request.end();
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`);
      await new Promise((resolve) => socket.on('open', resolve));
      let seen: string | undefined;
      const look = (): boolean => {
        void inFlight().then((value) => {
          seen = value;
        });
        return seen === '3';
      };
      await until(look, 'both');
      request.destroy();
      socket.close();
      await until(() => {
        look();
        return seen === '1';
      }, 'neither');
    });
    const counted = await samples(app, /^http_requests_total.*(endless|socket)/);
    expect(counted.sort()).toEqual([
      'http_requests_total{method="GET",route="/endless",status="2xx"} 1',
      'http_requests_total{method="GET",route="/socket",status="1xx"} 1',
    ]);
    expect(await samples(app, /duration.*socket/)).toEqual([]);
  });

  it('leaves out routes that skip it, and counts only those that apply it where it is not installed', async () => {
    const app = appWith();
    await ask(app, '/skips');
    expect(await samples(app, /^http_requests_total/)).toEqual([]);

    const registry = new client.Registry();
    const own = new Bottle();
    own.get('/counted', () => 'counted', { apply: metrics({ process: false, path: false, registry }) });
    own.get('/other', () => 'other');
    await ask(own, '/counted');
    await ask(own, '/other');
    await ask(own, '/nowhere');
    expect((await registry.metrics()).match(/^http_requests_total.*$/gm)).toEqual([
      'http_requests_total{method="GET",route="/counted",status="2xx"} 1',
    ]);
  });

  it('has metrics of the process beside your own, under a prefix', async () => {
    const registry = new client.Registry();
    new client.Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(3);
    const app = new Bottle();
    const plugin = app.install(metrics({ registry, prefix: 'shop_', path: '/-/metrics' }));
    expect(plugin.registry).toBe(registry);
    const { headers, text } = await ask(app, '/-/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).toMatch(/^orders_total 3$/m);
    expect(text).toMatch(/^shop_process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^shop_http_requests_in_flight 1$/m);
    // The global registry is nobody's business.
    expect(await client.register.metrics()).toBe('\n');
  });

  it('is gone once it is uninstalled, and back when it is installed again', async () => {
    const app = appWith();
    const [plugin] = app.uninstall('metrics');
    expect((await ask(app, '/metrics')).status).toBe(404);
    expect((await ask(app, '/posts/1')).status).toBe(200);
    app.install(plugin as object as ReturnType<typeof metrics>);
    expect(await samples(app, /^http_requests_total/)).toEqual([]);
  });

  it.each([
    [{ path: 'metrics' }, `metrics(): the option 'path' is "metrics"; give a path without wildcards`],
    [{ prefix: 'my-app' }, `metrics(): the option 'prefix' is "my-app"; give letters, digits and underscores.`],
    [{ buckets: [1, 1] }, "metrics(): the option 'buckets' is Array; give seconds in ascending order."],
    [{ pat: '/' } as never, "metrics() has no option 'pat'. Did you mean 'path'?"],
  ])('refuses %p', (options: MetricsOptions, message) => {
    expect(() => metrics(options)).toThrow(message);
  });
});
