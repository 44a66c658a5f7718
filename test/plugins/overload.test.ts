import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get } from 'bottlenose';
import { cors, health, type OverloadOptions, overload } from 'bottlenose/plugins';
import { ask } from '../app/ask.js';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const never = new Int32Array(new SharedArrayBuffer(4));

/** Keeps the event loop from coming round. */
function block(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}

@Controller('/probes')
class Probes {
  @Get('/<name>')
  probe(name: string) {
    return name;
  }

  @Get()
  list() {
    return 'list';
  }
}

function appWith(options: OverloadOptions): Bottle {
  const app = new Bottle();
  app.install(overload(options));
  app.get('/', () => 'done');
  app.get('/status', () => 'status');
  app.get('/skips', () => 'skips', { skip: 'overload' });
  return app;
}

/** Blocks the loop again and again until the app says that it has too much to do. */
async function untilShed(app: Bottle, ms = 60): Promise<Awaited<ReturnType<typeof ask>>> {
  for (let i = 0; i < 200; i++) {
    const answer = await ask(app, '/');
    if (answer.status !== 200) return answer;
    block(ms);
    await wait(0);
  }
  throw new Error('It never did.');
}

describe('overload', () => {
  it('refuses with 503 and Retry-After while the event loop comes round late, and answers again afterwards', async () => {
    // So much that the loop of a busy machine comes round sooner once it is not blocked any more.
    const app = appWith({ maxDelay: 500, interval: 50, retryAfter: 7 });
    try {
      expect((await ask(app, '/')).status).toBe(200);
      const refused = await untilShed(app, 1000);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('7');
      let answer = refused;
      for (; answer.status === 503; answer = await ask(app, '/')) await wait(50);
      expect(answer).toMatchObject({ status: 200, text: 'done' });
    } finally {
      await app.close();
    }
  });

  it('still answers exempt requests: the routes of health, those that skip it, and those listed', async () => {
    const app = appWith({ maxDelay: 0.001, interval: 10, exempt: ['/status', '/probes/<name>', '/merged'] });
    app.install(health());
    app.mount(Probes);
    app.merge(new Bottle().get('/merged', () => 'merged').get('/shed', () => 'shed'));
    app.mount(
      '/in',
      new Bottle().get('/status', () => 'inner'),
    );
    try {
      await untilShed(app);
      // The loop is never round within a microsecond, so it stays so.
      for (const path of ['/status', '/skips', '/health', '/health/live', '/health/ready', '/probes/disk', '/merged']) {
        block(30);
        expect([path, (await ask(app, path)).status]).toEqual([path, 200]);
      }
      for (const path of ['/probes', '/shed', '/in/status']) {
        block(30);
        expect([path, (await ask(app, path)).status]).toEqual([path, 503]);
      }
    } finally {
      await app.close();
    }
  });

  it('refuses mounted apps and unknown paths too, and before the body is read', async () => {
    const app = appWith({ maxDelay: 25, interval: 1000 });
    const inner = new Bottle();
    inner.get('/', () => 'inner');
    app.mount('/inner', inner);
    app.post('/', () => 'posted');
    try {
      await untilShed(app);
      expect((await ask(app, '/inner/')).status).toBe(503);
      expect((await ask(app, '/nowhere')).status).toBe(503);
      expect((await ask(app, 'POST /', { body: 'text' })).status).toBe(503);
    } finally {
      await app.close();
    }
  });

  it('lets the plugins around it see the refusal', async () => {
    const app = appWith({ maxDelay: 25, interval: 2000 });
    app.install(cors());
    try {
      const refused = await untilShed(app);
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([503, '*']);
      const headers = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'GET' };
      expect((await ask(app, 'OPTIONS /', { headers })).status).toBe(204);
    } finally {
      await app.close();
    }
  });

  it('notices a loop that comes round only as often as it looks', async () => {
    const app = appWith({ maxDelay: 20, interval: 50 });
    try {
      let refused = 0;
      for (let i = 0; i < 12; i++) {
        block(60);
        await wait(0);
        if ((await ask(app, '/')).status === 503) refused++;
      }
      expect(refused).toBeGreaterThan(6);
    } finally {
      await app.close();
    }
  });

  it('goes by utilization, if told so', async () => {
    const app = appWith({ maxDelay: Number.POSITIVE_INFINITY, maxUtilization: 0.5, interval: 100 });
    try {
      expect((await untilShed(app)).status).toBe(503);
    } finally {
      await app.close();
    }
  });

  it('measures nothing once it is closed or uninstalled', async () => {
    const app = appWith({ maxDelay: 25, interval: 50 });
    await untilShed(app);
    app.uninstall('overload');
    expect((await ask(app, '/')).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      block(60);
      await wait(0);
    }
    expect((await ask(app, '/')).status).toBe(200);
    await app.close();
  });

  it.each([
    [{ maxDelay: 0 }, "overload(): the option 'maxDelay' is 0; give milliseconds."],
    [{ maxUtilization: 2 }, "overload(): the option 'maxUtilization' is 2; give a number from 0 to 1."],
    [{ interval: 1 }, "overload(): the option 'interval' is 1; give milliseconds from 10 to 60000."],
    [{ retryAfter: 1.5 }, "overload(): the option 'retryAfter' is 1.5; give whole seconds."],
    [{ exempt: '/health' as never }, `overload(): the option 'exempt' is "/health"; give a list of rules, as in ['/status'].`],
    [{ maxDealy: 1 } as never, "overload() has no option 'maxDealy'. Did you mean 'maxDelay'?"],
  ])('refuses %p', (options: OverloadOptions, message) => {
    expect(() => overload(options)).toThrow(message);
  });
});
