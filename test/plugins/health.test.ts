import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { openapi } from 'bottlenose/openapi';
import { type HealthOptions, health } from 'bottlenose/plugins';
import { ask } from '../app/ask.js';

function appWith(options?: HealthOptions): Bottle {
  const app = new Bottle();
  app.install(health(options));
  return app;
}

describe('health', () => {
  it('says that all is well where nothing is checked', async () => {
    const app = appWith();
    for (const path of ['/health', '/health/ready']) {
      const { status, headers, json } = await ask(app, path);
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, 'application/json', 'no-store']);
      expect(json).toEqual({ status: 'pass', checks: {} });
    }
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200, json: { status: 'pass' } });
    expect((await ask(app, 'HEAD /health')).status).toBe(200);
  });

  it('says 503 and which check failed, and with details why: thrown, rejected, or false', async () => {
    const app = appWith({
      details: true,
      checks: {
        good: () => undefined,
        thrown: () => {
          throw new Error('No room on the disk.');
        },
        rejected: () => Promise.reject(new Error('Connection refused.')),
        untrue: async () => false,
      },
    });
    const { status, json } = await ask(app, '/health');
    expect(status).toBe(503);
    expect(json).toEqual({
      status: 'fail',
      checks: {
        good: { status: 'pass' },
        thrown: { status: 'fail', reason: 'No room on the disk.' },
        rejected: { status: 'fail', reason: 'Connection refused.' },
        untrue: { status: 'fail', reason: 'The check returned false.' },
      },
    });
    expect((await ask(app, '/health/ready')).status).toBe(503);
    // A restart would not help.
    expect((await ask(app, '/health/live')).status).toBe(200);
  });

  it('aborts a check that takes too long, through its signal', async () => {
    let reason: unknown;
    const checks = {
      slow: (signal: AbortSignal) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return new Promise(() => undefined);
      },
    };
    const { status, json } = await ask(appWith({ timeout: 20, checks, details: true }), '/health');
    expect(status).toBe(503);
    expect(json).toEqual({ status: 'fail', checks: { slow: { status: 'fail', reason: 'It took longer than 20 ms.' } } });
    expect(reason).toMatchObject({ message: 'It took longer than 20 ms.' });
  });

  it('keeps the reasons to itself, unless told otherwise', async () => {
    const app = appWith({ checks: { db: () => Promise.reject(new Error('secret.internal:5432')) } });
    expect((await ask(app, '/health')).json).toEqual({ status: 'fail', checks: { db: { status: 'fail' } } });
  });

  it('runs its checks once for all who ask at the same time, and again for the next', async () => {
    let runs = 0;
    let finish = (): void => undefined;
    const check = (): Promise<void> => {
      runs++;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const app = appWith({ checks: { check } });
    const answers = [ask(app, '/health'), ask(app, '/health/ready'), ask(app, '/health')];
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(runs).toBe(1);
    const next = ask(app, '/health');
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await next;
    expect(runs).toBe(2);
  });

  it('is not ready while the server stops, and alive until the end', async () => {
    const app = appWith();
    let entered = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const seen: number[] = [];
    app.get('/slow', async ({ request }, { exchange }) => {
      entered();
      await new Promise((resolve) => exchange.stopping?.signal.addEventListener('abort', resolve));
      // Asked over the same server's sign, as its connections are closing for others.
      for (const path of ['/health/ready', '/health', '/health/live']) {
        const answer = await app.fetch(new Request(`http://localhost${path}`), { stopping: exchange.stopping });
        seen.push(answer.status);
        if (path === '/health') expect(await answer.json()).toEqual({ status: 'fail', reason: 'The server is stopping.' });
      }
      return request.path;
    });
    const server = await app.run({ port: 0, quiet: true });
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    const slow = fetch(`${server.url}/slow`);
    await arrived;
    await server.close();
    expect((await slow).status).toBe(200);
    expect(seen).toEqual([503, 503, 200]);
  });

  it('is asked elsewhere, past guards and without JSON, if told so', async () => {
    const app = new Bottle({ autojson: false });
    app.install(guard('members', () => false));
    app.install(health({ path: '/-/health', skip: 'members' }));
    app.get('/', () => 'secret');
    expect((await ask(app, '/')).status).toBe(403);
    expect((await ask(app, '/-/health/ready')).json).toEqual({ status: 'pass', checks: {} });
    expect((await ask(appWith({ path: '/-/health' }), '/health')).status).toBe(404);
  });

  it('is gone once it is uninstalled, and not part of what the API says of itself', async () => {
    const app = appWith();
    expect(openapi(app, { title: 'Health', version: '1' }).paths).toEqual({});
    app.uninstall('health');
    expect((await ask(app, '/health')).status).toBe(404);
  });

  it.each([
    [{ path: '/<x>' }, "health(): the option 'path' is \"/<x>\"; give a path without wildcards, such as '/health'."],
    [{ timeout: -1 }, "health(): the option 'timeout' is -1; give milliseconds."],
    [{ checks: { db: 'up' as never } }, "health(): the option 'checks' has no function at 'db'; give functions by name."],
    [{ check: {} } as never, "health() has no option 'check'. Did you mean 'checks'?"],
  ])('refuses %p', (options: HealthOptions, message) => {
    expect(() => health(options)).toThrow(message);
  });
});
