import { describe, expect, it } from '@jest/globals';
import { Apply, Bottle, Controller, Get, Skip } from 'bottlenose';
import { type BasicAuthOptions, basicAuth, bearerAuth } from 'bottlenose/plugins';
import { exchange, request, serving } from '../servers/raw-client.js';

type Credentials = [user: string, password: string];

async function ask(app: Bottle, path: string, credentials?: Credentials | string) {
  const value =
    typeof credentials === 'string' || credentials === undefined
      ? credentials
      : `Basic ${Buffer.from(credentials.join(':'), 'utf8').toString('base64')}`;
  const answer = await app.fetch(
    new Request(`http://localhost${path}`, { headers: value === undefined ? {} : { Authorization: value } }),
  );
  return { status: answer.status, challenge: answer.headers.get('www-authenticate'), text: await answer.text() };
}

const ada: Credentials = ['ada', 'lovelace'];

function appWith(...args: Parameters<typeof basicAuth>): Bottle {
  const app = new Bottle();
  const guarded = basicAuth(...args);

  @Controller('/admin')
  class Admin {
    @Get('/')
    @Apply(guarded)
    index(user: unknown) {
      return { user };
    }

    @Get('/open')
    open() {
      return 'open';
    }
  }

  app.mount(Admin);
  return app;
}

describe('basicAuth', () => {
  it('asks for a name and a password, and says that it takes UTF-8', async () => {
    expect(await ask(appWith({ users: { ada: 'lovelace' } }), '/admin/')).toMatchObject({
      status: 401,
      challenge: 'Basic realm="private", charset="UTF-8"',
      text: expect.stringContaining('Access denied'),
    });
  });

  it('takes a check, a realm and a text in the order of auth_basic', async () => {
    const app = appWith((user, password) => user === 'ada' && password === 'lovelace', 'The "inner" \\ circle', 'Go away.');
    const { challenge, text } = await ask(app, '/admin/', ['ada', 'wrong']);
    expect(challenge).toBe('Basic realm="The \\"inner\\" \\\\ circle", charset="UTF-8"');
    expect(text).toContain('Go away.');
    expect(await ask(app, '/admin/', ada)).toMatchObject({ status: 200, text: '{"user":"ada"}' });
  });

  it('lets the listed users in, and nobody else', async () => {
    const app = appWith({ users: { ada: 'lovelace', bob: 'pass:word', zoë: 'pässwörd' } });
    const status = async (...credentials: Credentials) => (await ask(app, '/admin/', credentials)).status;
    expect(await status('ada', 'lovelace')).toBe(200);
    expect(await status('bob', 'pass:word')).toBe(200);
    expect(await status('zoë', 'pässwörd')).toBe(200);
    for (const wrong of [
      ['ada', 'pass:word'],
      ['ada', ''],
      ['ada', 'lovelac'],
      ['ada', 'lovelace '],
      ['ADA', 'lovelace'],
      ['', ''],
      ['__proto__', ''],
      ['constructor', 'function Object() { [native code] }'],
      ['bob:pass', 'word:'],
    ] as Credentials[]) {
      expect([wrong, await status(...wrong)]).toEqual([wrong, 401]);
    }
  });

  it('takes broken credentials and other schemes for none', async () => {
    const app = appWith({ users: { ada: 'lovelace' } });
    for (const value of ['Basic', 'Basic !!!', 'Basic YWRh', 'Bearer YWRhOmxvdmVsYWNl', 'Basic YWRhOmxvdmVsYWNl x', '']) {
      expect([value, (await ask(app, '/admin/', value)).status]).toEqual([value, 401]);
    }
  });

  it('provides what the check returned, also later', async () => {
    const app = appWith(async (user) => {
      await Promise.resolve();
      return user === 'ada' ? { id: 7 } : null;
    });
    expect((await ask(app, '/admin/', ada)).text).toBe('{"user":{"id":7}}');
    expect((await ask(app, '/admin/', ['bob', 'x'])).status).toBe(401);
  });

  it('does not take a check that fails for one that passes', async () => {
    const log: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => log.push(error) });
    app.install(
      basicAuth(() => {
        throw new Error('The database is gone.');
      }),
    );
    app.get('/', () => 'secret');
    const answer = await ask(app, '/', ada);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('gone');
    expect(log).toHaveLength(1);
  });

  it('guards only the route that applies it', async () => {
    expect(await ask(appWith({ users: { ada: 'lovelace' } }), '/admin/open')).toMatchObject({ status: 200, text: 'open' });
  });

  it('installed, guards mounted apps and merged routes too, but not what skips it by name', async () => {
    const inner = new Bottle();
    inner.get('/', () => 'inner');
    const open = new Bottle();
    open.get('/', () => 'open app');
    const other = new Bottle();
    other.install(basicAuth({ users: { ada: 'lovelace' } }));
    other.get('/merged', () => 'merged');

    class Health {
      @Get('/health')
      @Skip('basicAuth')
      health() {
        return 'well';
      }
    }

    const app = new Bottle();
    app.install(basicAuth({ users: { ada: 'lovelace' } }));
    app.mount('/inner', inner);
    app.mount('/open', open, { skip: ['basicAuth'] });
    app.mount(Health);
    app.merge(other);
    const calls: string[] = [];
    app.mount('/foreign', (request: globalThis.Request) => {
      calls.push(request.url);
      return new globalThis.Response('foreign');
    });
    for (const path of ['/inner/', '/inner', '/inner/nothing', '/foreign/x', '/merged']) {
      expect([path, (await ask(app, path)).status]).toEqual([path, 401]);
    }
    expect(calls).toEqual([]);
    expect((await ask(app, '/inner/', ada)).text).toBe('inner');
    expect((await ask(app, '/merged', ada)).text).toBe('merged');
    expect((await ask(app, '/foreign/x', ada)).text).toBe('foreign');
    expect((await ask(app, '/open/')).text).toBe('open app');
    expect((await ask(app, '/health')).text).toBe('well');
  });

  it('refuses strangers before their bodies have arrived', async () => {
    const app = new Bottle();
    const refused = [basicAuth(() => false), bearerAuth({ verify: () => false })];
    for (const [i, plugin] of refused.entries()) {
      app.post(`/${i}`, { apply: plugin }, (_args, { request: { text } }) => text);
      app.post(`/${i}/stream`, { stream: true, apply: plugin }, (_args, { request: { stream } }) => stream);
    }
    await serving(app, async (url) => {
      for (const path of ['/0', '/1', '/0/stream', '/1/stream']) {
        const huge = request('POST', path, ['Authorization: Bearer x', 'Content-Length: 9000000000'], 'the beginning');
        expect([path, (await exchange(url, huge, 'POST')).status]).toEqual([path, 401]);
      }
    });
  });

  it('takes other users where a route skips the installed one and applies its own', async () => {
    class Pages {
      @Get('/both')
      @Apply(basicAuth({ users: { bob: 'x' } }))
      both() {
        return 'both';
      }

      @Get('/own')
      @Skip('basicAuth')
      @Apply(basicAuth({ users: { bob: 'x' } }))
      own(user: string) {
        return user;
      }
    }

    const app = new Bottle();
    app.install(basicAuth({ users: { ada: 'lovelace' } }));
    app.mount(Pages);
    expect(await ask(app, '/own', ['bob', 'x'])).toMatchObject({ status: 200, text: 'bob' });
    expect((await ask(app, '/own', ada)).status).toBe(401);
    for (const one of [ada, ['bob', 'x'] as Credentials]) expect((await ask(app, '/both', one)).status).toBe(401);
  });

  it('is gone when uninstalled', async () => {
    const app = new Bottle();
    const inner = new Bottle();
    inner.get('/', () => 'inner');
    app.mount('/inner', inner);
    app.get('/', () => 'outer');
    const plugin = app.install(basicAuth(() => false));
    expect((await ask(app, '/')).status).toBe(401);
    app.uninstall(plugin);
    expect((await ask(app, '/')).text).toBe('outer');
    expect((await ask(app, '/inner/')).text).toBe('inner');
  });

  it('refuses options that would protect nothing', () => {
    const wrong = (options: unknown) => () => basicAuth(options as BasicAuthOptions);
    expect(wrong({})).toThrow(/needs either a function check\(user, password\) or an object of users/);
    expect(wrong({ users: {}, check: () => true })).toThrow(/not both/);
    expect(wrong({ user: { ada: 'x' } })).toThrow("basicAuth() has no option 'user'. Did you mean 'users'?");
    expect(wrong({ users: { ada: '' } })).toThrow(/has no password for "ada"/);
    expect(wrong({ users: { 'a:b': 'x' } })).toThrow(/no colon/);
    expect(wrong({ check: 'yes' })).toThrow(/'check' is "yes"/);
    expect(wrong(undefined)).toThrow(/takes an object of options/);
    expect(wrong({ users: {}, realm: 'a\r\nSet-Cookie: b=1' })).toThrow(/'realm' is not a line of ASCII text/);
  });
});
