import { describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Apply,
  Bottle,
  type Context,
  Controller,
  Error as OnError,
  Get,
  Hook,
  type HTTPError,
  type Plugin,
  Post,
  Skip,
  WebSocket,
  type WebSocketConnection,
} from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { basicAuth, bearerAuth, csrf } from 'bottlenose/plugins';
import { TestClient } from 'bottlenose/testing';
import { type Answer, ask } from '../app/ask.js';
import { exchange, request, serving } from '../servers/raw-client.js';

declare module 'bottlenose' {
  interface Provided {
    user: unknown;
  }
}

const credentials = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const GRACE = { Authorization: credentials('grace', 'cobol') };
const staff = (): Plugin => basicAuth({ users: { grace: 'cobol', alan: 'enigma' }, realm: 'Staff' });

/** What an app answers without and with the password of Grace, as `[status, status, text]`. */
async function both(app: Bottle, what: string, init: RequestInit = {}): Promise<[number, number, string]> {
  const stranger = await ask(app, what, init);
  const { status, text } = await ask(app, what, { ...init, headers: { ...init.headers, ...GRACE } });
  return [stranger.status, status, text];
}

const opened = (text: string): [number, number, string] => [200, 200, text];
const guarded = (text: string): [number, number, string] => [401, 200, text];

describe('an installed guard', () => {
  it('sees the route that runs, whatever hooks make of the path before', async () => {
    const vault = new Bottle();
    vault.get('/gold', () => 'gold');
    const app = new Bottle();
    // One hook was there before the guard, the other comes after it.
    app.hook('beforeRequest', ({ request }: Context) => {
      if (request.path.startsWith('/en/')) request.path = request.path.slice('/en'.length);
    });
    app.install(staff());
    app.hook('beforeRequest', async ({ request }: Context) => {
      await Promise.resolve();
      if (request.path === '/shortcut') request.path = '/vault/gold';
      if (request.path === '/lobby') request.path = '/office';
    });
    app.mount('/vault', vault);
    app.get('/office', () => 'office');
    app.get('/street', () => 'street', { skip: 'basicAuth' });
    for (const path of ['/vault/gold', '/en/vault/gold', '/shortcut', '/en/shortcut']) {
      expect([path, await both(app, path)]).toEqual([path, guarded('gold')]);
    }
    for (const path of ['/office', '/en/office', '/lobby'])
      expect([path, await both(app, path)]).toEqual([path, guarded('office')]);
    expect(await both(app, '/en/street')).toEqual(opened('street'));
  });

  it('sees the verb that runs, whatever hooks make of it', async () => {
    const shop = new Bottle();
    shop.delete('/orders/<id:int>', ({ id }) => `deleted ${id}`);
    const app = new Bottle();
    app.install(csrf());
    app.hook('beforeRequest', ({ request }: Context) => {
      const verb = request.getHeader('x-http-method-override') ?? request.query.get('verb');
      if (verb !== undefined) request.method = verb;
    });
    app.mount('/shop', shop);
    app.put('/name', () => 'renamed');
    app.get('/name', () => 'read');
    const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://mallory.test' };
    const own = { 'Sec-Fetch-Site': 'same-origin' };
    for (const [what, text] of [
      ['/shop/orders/7?verb=DELETE', 'deleted 7'],
      ['/name?verb=put', 'renamed'],
    ] as const) {
      expect((await ask(app, what, { headers: foreign })).status).toBe(403);
      expect((await ask(app, what, { headers: own })).text).toBe(text);
    }
    const overridden = { ...foreign, 'X-HTTP-Method-Override': 'DELETE' };
    expect((await ask(app, '/shop/orders/7', { headers: overridden })).status).toBe(403);
    expect((await ask(app, '/name', { headers: foreign })).text).toBe('read');
  });

  it('guards what has no route: unknown paths, other verbs, paths that cannot be read, what hooks refuse', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.install(staff());
    app.hook('beforeRequest', ({ request }: Context) => {
      if (request.path === '/closed') throw new TypeError('closed');
      return request.path === '/moved' ? new globalThis.Response('moved', { status: 410 }) : undefined;
    });
    app.post('/here', () => 'here');
    app.mount('/in', new Bottle());
    const statuses: Record<string, number> = {
      '/nowhere': 404,
      '/here': 405,
      'OPTIONS /here': 405,
      '/%e2%82': 400,
      '/closed': 500,
      '/moved': 410,
      '/in/nowhere': 404,
    };
    for (const [what, status] of Object.entries(statuses)) {
      expect([what, (await both(app, what)).slice(0, 2)]).toEqual([what, [401, status]]);
    }
  });

  it('guards mounted apps, handlers and listeners, which do not run before', async () => {
    const calls: string[] = [];
    const deep = new Bottle();
    deep.hook('beforeRequest', () => void calls.push('hook'));
    deep.get('/', () => 'deep');
    const app = new Bottle();
    app.install(staff());
    app.mount('/a', new Bottle().mount('/b', deep));
    app.mount('/fetch', ({ url }: globalThis.Request) => {
      calls.push('fetch');
      return new globalThis.Response(new URL(url).pathname);
    });
    app.mount('/node', (asked: IncomingMessage, response: ServerResponse) => {
      calls.push('node');
      response.end(asked.url);
    });
    for (const verb of ['GET', 'POST', 'OPTIONS']) {
      for (const path of ['/a/b/', '/a/b/none', '/a', '/fetch/x', '/fetch', '/node/x', '/node']) {
        expect([verb, path, (await ask(app, `${verb} ${path}`)).status]).toEqual([verb, path, 401]);
      }
    }
    expect(calls).toEqual([]);
    expect(await both(app, '/a/b/')).toEqual(guarded('deep'));
    expect(await both(app, '/fetch/x')).toEqual(guarded('/x'));
    expect(await both(app, '/node/x?y')).toEqual(guarded('/x?y'));
    expect(calls).toEqual(['hook', 'fetch', 'node']);
  });

  it('guards a listener on the server’s own objects', async () => {
    let calls = 0;
    const app = new Bottle();
    app.install(staff());
    app.mount('/node', (_asked: IncomingMessage, response: ServerResponse) => {
      calls++;
      response.end('node');
    });
    const server = createServer(app.listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node/x`;
      const stranger = await fetch(url);
      expect([stranger.status, stranger.headers.get('www-authenticate'), calls]).toEqual([
        401,
        'Basic realm="Staff", charset="UTF-8"',
        0,
      ]);
      await stranger.arrayBuffer();
      expect(await (await fetch(url, { headers: GRACE })).text()).toBe('node');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('guards the routes that are merged into its app, and keeps guarding those of its own that are merged elsewhere', async () => {
    class Reports {
      @Get('/reports')
      list() {
        return 'reports';
      }
      @Get('/imprint')
      @Skip('basicAuth')
      imprint() {
        return 'imprint';
      }
    }
    const part = new Bottle();
    part.mount(Reports);
    const app = new Bottle();
    app.install(staff());
    app.merge(part);
    expect(await both(app, '/reports')).toEqual(guarded('reports'));
    expect(await both(app, '/imprint')).toEqual(opened('imprint'));
    expect(await both(part, '/reports')).toEqual(opened('reports'));

    const outside = new Bottle();
    const closed = new Bottle();
    closed.install(staff());
    closed.get('/closed', () => 'closed');
    outside.merge(closed);
    expect(await both(outside, '/closed')).toEqual(guarded('closed'));
    outside.install(bearerAuth({ token: 'both-are-needed' }));
    expect((await both(outside, '/closed')).slice(0, 2)).toEqual([401, 401]);
  });

  it('refuses the handshake of a WebSocket, and gives the method what it provides', async () => {
    class Chat {
      @WebSocket('/chat')
      async chat(socket: WebSocketConnection, user: string) {
        await socket.send(`hello ${user}`);
        socket.close();
      }
    }
    const app = new Bottle();
    app.install(staff());
    app.mount(Chat).mount('/in', new Bottle().mount(new (class extends Chat {})(), { apply: staff() }));
    const client = new TestClient(app);
    await expect(client.ws('/chat')).rejects.toThrow('401');
    await expect(client.ws('/in/chat')).rejects.toThrow('401');
    for (const path of ['/chat', '/in/chat']) {
      const socket = await client.ws(path, { headers: GRACE });
      expect(await socket.next()).toBe('hello grace');
    }
    expect((await ask(app, '/chat')).status).toBe(401);
    expect((await ask(app, '/chat', { headers: GRACE })).status).toBe(426);
  });

  it('is gone everywhere when it is uninstalled while the app runs, and back when it is installed', async () => {
    const part = new Bottle();
    part.get('/merged', () => 'merged');
    const app = new Bottle();
    app.get('/', () => 'home');
    app
      .mount(
        '/in',
        new Bottle().get('/', () => 'inner'),
      )
      .merge(part);
    const paths = { '/': 'home', '/in/': 'inner', '/merged': 'merged' };
    for (const plugin of [staff(), staff()]) {
      for (const [path, text] of Object.entries(paths)) expect([path, await both(app, path)]).toEqual([path, opened(text)]);
      expect((await ask(app, '/none')).status).toBe(404);
      app.install(plugin);
      for (const [path, text] of Object.entries(paths)) expect([path, await both(app, path)]).toEqual([path, guarded(text)]);
      expect((await ask(app, '/none')).status).toBe(401);
      app.uninstall(plugin);
    }
  });
});

describe('what skips a guard', () => {
  it('names it: by name, instance, or all of them; nothing else leaves it out', async () => {
    const plugin = staff();
    const other = staff();
    @Controller('/c')
    class Pages {
      @Get('/name') @Skip('basicAuth') name() {
        return 'x';
      }
      @Get('/instance') @Skip(plugin) instance() {
        return 'x';
      }
      @Get('/all') @Skip(true) all() {
        return 'x';
      }
      @Get('/other') @Skip(other, 'bearerAuth', 'basic') other() {
        return 'x';
      }
    }
    const app = new Bottle();
    app.install(plugin);
    app.mount(Pages);
    app.get('/option', () => 'x', { skip: [plugin] });
    app.mount(
      '/mount/name',
      new Bottle().get('/', () => 'x'),
      { skip: 'basicAuth' },
    );
    app.mount(
      '/mount/all',
      new Bottle().get('/', () => 'x'),
      { skip: true },
    );
    app.mount(
      '/mount/other',
      new Bottle().get('/', () => 'x'),
      { skip: other },
    );
    for (const path of ['/c/name', '/c/instance', '/c/all', '/option', '/mount/name/', '/mount/all/']) {
      expect([path, await both(app, path)]).toEqual([path, opened('x')]);
    }
    for (const path of ['/c/other', '/mount/other/']) expect([path, await both(app, path)]).toEqual([path, guarded('x')]);
  });

  it('never leaves out what the same place, or one further in, applies', async () => {
    @Controller('/reports')
    @Skip(true)
    class Reports {
      @Get('/open') open() {
        return 'x';
      }
      @Get('/closed') @Apply(staff()) closed() {
        return 'x';
      }
      @Get('/both') @Skip('basicAuth') @Apply(staff()) both() {
        return 'x';
      }
    }
    @Controller('/drafts', { skip: true, apply: staff() })
    class Drafts {
      @Get() index() {
        return 'x';
      }
    }
    const app = new Bottle();
    app.mount(Reports).mount(Drafts);
    app.get('/option', () => 'x', { skip: true, apply: staff() });
    expect(await both(app, '/reports/open')).toEqual(opened('x'));
    for (const path of ['/reports/closed', '/reports/both', '/drafts', '/option']) {
      expect([path, await both(app, path)]).toEqual([path, guarded('x')]);
    }
  });
});

describe('a guard in the options of a mount', () => {
  it('guards whatever is mounted there, and nothing beside it', async () => {
    @Controller()
    class Pages {
      @Get('/') index() {
        return 'x';
      }
    }
    const app = new Bottle();
    const inner = new Bottle();
    inner.get('/', () => 'x');
    app.mount('/app', inner, { apply: staff() });
    app.mount('/skip', inner, { skip: true, apply: staff() });
    app.mount('/class', Pages, { apply: staff() });
    app.mount('/fetch', () => new globalThis.Response('x'), { apply: [staff()] });
    app.mount('/node', (_request: IncomingMessage, response: ServerResponse) => response.end('x'), { apply: staff() });
    app.mount('/free', inner);
    app.check();
    for (const path of ['/app/', '/skip/', '/class/', '/fetch/', '/node/']) {
      expect([path, await both(app, path)]).toEqual([path, guarded('x')]);
    }
    expect((await ask(app, '/app/none')).status).toBe(401);
    expect(await both(app, '/free/')).toEqual(opened('x'));
    expect((await ask(app, '/none')).status).toBe(404);
  });
});

describe('several guards', () => {
  it('of one name add up, in the order of installation', async () => {
    const asked: string[] = [];
    const checking = (label: string, users: readonly string[]): Plugin =>
      basicAuth((user) => {
        asked.push(label);
        return users.includes(user);
      }, label);
    @Controller('/c')
    @Apply(checking('class', ['ada', 'bob', 'eve']))
    class Pages {
      @Get('/x')
      @Apply(checking('method', ['ada', 'bob', 'dan']))
      x(user: string) {
        return user;
      }
    }
    const app = new Bottle();
    app.install(checking('first', ['ada', 'dan', 'eve']));
    app.install(checking('second', ['ada', 'bob', 'dan', 'eve']));
    app.mount(Pages);
    const outcome = async (user: string) => {
      const headers = { Authorization: credentials(user, 'x') };
      const answer = await ask(app, '/c/x', { headers });
      const realm = /realm="(\w+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1];
      return [answer.status, realm ?? answer.text, asked.splice(0).join(' ')];
    };
    expect(await outcome('ada')).toEqual([200, 'ada', 'first second class method']);
    expect(await outcome('bob')).toEqual([401, 'first', 'first']);
    expect(await outcome('dan')).toEqual([401, 'class', 'first second class']);
    expect(await outcome('eve')).toEqual([401, 'method', 'first second class method']);
  });

  it('are asked once where one is installed and applied', async () => {
    let asked = 0;
    const plugin = basicAuth(() => {
      asked++;
      return true;
    });
    const app = new Bottle();
    app.install(plugin);
    app.get('/x', ({ user }) => user, { apply: plugin });
    app.mount(
      '/in',
      new Bottle().get('/', () => 'inner'),
      { apply: [plugin, plugin] },
    );
    expect((await ask(app, '/x', { headers: GRACE })).text).toBe('grace');
    expect(asked).toBe(1);
    expect((await ask(app, '/in/', { headers: GRACE })).text).toBe('inner');
    expect(asked).toBe(2);
  });

  it('stand inside all other plugins, which see their refusals', async () => {
    const seen: unknown[] = [];
    const watching = (name: string): Plugin => ({
      name,
      around: (next) => (context) => {
        context.onFinish(({ status, rule }) => seen.push([name, status, rule]));
        return next(context);
      },
    });
    const app = new Bottle();
    app.install(staff());
    app.install(watching('after'));
    app.get('/x', () => 'x', { apply: watching('route') });
    expect((await ask(app, '/x')).status).toBe(401);
    expect(seen).toEqual([
      ['after', 401, '/x'],
      ['route', 401, '/x'],
    ]);
  });
});

describe('the refusal of a guard', () => {
  it('is answered by the error handlers of controller and app', async () => {
    const refused = (place: string, { status, headers }: HTTPError): string =>
      `${place}: ${status} ${headers.get('www-authenticate')}`;
    @Controller('/c')
    class Pages {
      @Get('/x') x() {}
      @OnError(401) sorry(error: HTTPError) {
        return refused('controller', error);
      }
    }
    const app = new Bottle();
    app.install(bearerAuth({ token: 'key' }));
    app.mount(Pages);
    app.get('/y', () => 'y');
    app.error(401, (error) => refused('app', error as HTTPError));
    const page = async (path: string): Promise<Partial<Answer>> => {
      const { status, text, headers } = await ask(app, path);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="private"');
      return { status, text };
    };
    expect(await page('/c/x')).toEqual({ status: 401, text: 'controller: 401 Bearer realm="private"' });
    expect(await page('/y')).toEqual({ status: 401, text: 'app: 401 Bearer realm="private"' });
    expect(await page('/none')).toEqual({ status: 401, text: 'app: 401 Bearer realm="private"' });
  });

  it('comes before the body is read, and before the controller’s hooks run', async () => {
    let calls = 0;
    class Uploads {
      @Hook('beforeRequest') count() {
        calls++;
      }
      @Post('/upload') upload() {
        calls++;
      }
    }
    const app = new Bottle();
    app.install(staff());
    app.mount(Uploads);
    app.mount('/in', new Bottle().mount(Uploads));
    await serving(app, async (url) => {
      for (const path of ['/upload', '/in/upload', '/none']) {
        const huge = request('POST', path, ['Content-Length: 5000000'], 'only the beginning');
        expect((await exchange(url, huge, 'POST')).status).toBe(401);
      }
    });
    expect(calls).toBe(0);
  });
});

describe('the check of a guard', () => {
  it('may wait, and reads what plugins provide for reading; the body still arrives', async () => {
    const people: Plugin = {
      name: 'people',
      provides: { keyword: 'people' },
      setup: () => undefined,
      read: async (use) => use(new Map([['grace', { id: 7 }]])),
    };
    const app = new Bottle();
    app.install(people);
    app.install(
      basicAuth((user, password, context) =>
        context.read('people', (known: Map<string, object>) => (password === 'cobol' ? known.get(user) : undefined)),
      ),
    );
    app.post('/who', ({ user }, { request: { text } }) => ({ user, text }));
    await serving(app, async (url) => {
      const post = (headers: Record<string, string>) =>
        fetch(`${url}/who`, { method: 'POST', body: 'x'.repeat(200_000), headers });
      const known = await post(GRACE);
      const { user, text } = (await known.json()) as { user: unknown; text: string };
      expect([known.status, user, text.length]).toEqual([200, { id: 7 }, 200_000]);
      const stranger = await post({ Authorization: credentials('grace', 'wrong') });
      expect(stranger.status).toBe(401);
      await stranger.arrayBuffer();
    });
  });

  it('knows the route and its wildcards', async () => {
    const seen: unknown[] = [];
    const app = new Bottle();
    app.install(
      guard('watch', ({ route, args, app: served }) => {
        seen.push([route?.rule, args, served === app]);
      }),
    );
    app.get('/posts/<id:int>', () => 'x');
    app.mount('/in', new Bottle());
    for (const path of ['/posts/3', '/none', '/in/x']) await ask(app, path);
    expect(seen).toEqual([
      ['/posts/<id:int>', { id: 3 }, true],
      [undefined, {}, true],
      ['/in/<:re:.*>', expect.anything(), true],
    ]);
  });
});
