import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { abort, Apply, Bottle, Controller, Error as OnError, Get, HTTPError, Post, staticFile } from 'bottlenose';
import {
  AnswerFilter,
  type AnswerHead,
  type Callback,
  chain,
  type Context,
  guard,
  type Plugin,
  type RouteInfo,
  type Target,
  WiringError,
  type WiringProblem,
} from 'bottlenose/kit';
import { TestClient } from 'bottlenose/testing';

// These plugins use what the package exports to everybody, and nothing else.

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function answered(app: Bottle, path: string, init: RequestInit = {}): Promise<[status: number, text: string]> {
  const answer = await app.fetch(new Request(`http://localhost${path}`, init));
  return [answer.status, await answer.text()];
}

interface Span {
  readonly name: string;
  readonly parent: Span | undefined;
  result?: unknown;
}

/** Measures what a request consists of: a span for the whole, one for each method, and those that methods open. */
class Tracer implements Plugin {
  readonly name = 'tracer';
  readonly provides = { keyword: 'tracer', type: Tracer };
  readonly log: string[] = [];
  readonly #current = new AsyncLocalStorage<Span>();

  around(next: Callback, { kind, route }: Target): Callback {
    const name = route === undefined ? kind : `${kind} ${route.rule}`;
    return (context) => {
      const span = this.#open(name);
      context.provide('tracer', this);
      context.onFinish(({ status, rule = '-', ending }) => this.#close(span, `${status} ${rule} ${ending}`));
      return this.#current.run(span, () => next(context));
    };
  }

  apply(next: Callback, route: RouteInfo): Callback {
    return (context) => this.span(route.displayName, () => next(context));
  }

  /** Runs something inside a span of its own. */
  span<T>(name: string, work: () => T): T {
    const span = this.#open(name);
    return this.#current.run(span, () =>
      chain(
        work,
        (value) => {
          this.#close(span, 'done');
          return value;
        },
        (error) => {
          this.#close(span, 'failed');
          throw error;
        },
      ),
    ) as T;
  }

  #open(name: string): Span {
    const span: Span = { name, parent: this.#current.getStore() };
    this.log.push(`begin ${pathOf(span)}`);
    return span;
  }

  #close(span: Span, result: string): void {
    this.log.push(`end ${pathOf(span)}: ${result}`);
  }
}

function pathOf({ name, parent }: Span): string {
  return parent === undefined ? name : `${pathOf(parent)} > ${name}`;
}

describe('a tracer', () => {
  @Controller('/posts')
  class Posts {
    @Get('/<id:int>')
    show(id: number, tracer: Tracer) {
      return tracer.span('sql', () => ({ id }));
    }

    @Post('/')
    async create(tracer: Tracer) {
      await new Promise((resolve) => setImmediate(resolve));
      return tracer.span('sql', async () => ({ created: true }));
    }

    @Get('/all')
    async *all() {
      yield 'first';
      yield 'second';
    }

    @Get('/fails')
    fails() {
      abort(409, 'Taken.');
    }

    @OnError(409)
    conflict(tracer: Tracer) {
      return tracer.span('page', () => 'conflict');
    }
  }

  let tracer: Tracer;
  let app: Bottle;
  const traced = async (path: string, init?: RequestInit): Promise<string[]> => {
    await answered(app, path, init);
    return tracer.log.splice(0);
  };

  beforeAll(() => {
    tracer = new Tracer();
    const inner = new Bottle({ logger: () => undefined });
    inner.install(tracer);
    inner.get('/leaf', function leaf() {
      return 'leaf';
    });
    app = new Bottle({ logger: () => undefined });
    app.install(tracer);
    app.mount(Posts);
    app.mount('/inner', inner);
  });

  it('nests its spans, synchronous and not, with a body and without', async () => {
    expect(await traced('/posts/1')).toEqual([
      'begin route /posts/<id:int>',
      'begin route /posts/<id:int> > Posts.show',
      'begin route /posts/<id:int> > Posts.show > sql',
      'end route /posts/<id:int> > Posts.show > sql: done',
      'end route /posts/<id:int> > Posts.show: done',
      'end route /posts/<id:int>: 200 /posts/<id:int> complete',
    ]);
    for (const body of [undefined, 'a body that has to be read first']) {
      expect(await traced('/posts/', { method: 'POST', body })).toEqual([
        'begin route /posts/',
        'begin route /posts/ > Posts.create',
        'begin route /posts/ > Posts.create > sql',
        'end route /posts/ > Posts.create > sql: done',
        'end route /posts/ > Posts.create: done',
        'end route /posts/: 200 /posts/ complete',
      ]);
    }
  });

  it('ends the span of a stream with its last byte, and that of an error with what is answered in its place', async () => {
    expect(await traced('/posts/all')).toEqual([
      'begin route /posts/all',
      'begin route /posts/all > Posts.all',
      'end route /posts/all > Posts.all: done',
      'end route /posts/all: 200 /posts/all complete',
    ]);
    const log = await traced('/posts/fails');
    expect(log[2]).toBe('end route /posts/fails > Posts.fails: failed');
    // Error handlers are outside of `around`.
    expect(log).toContain('begin Posts.conflict > page');
    expect(log.at(-1)).toBe('end route /posts/fails: 409 /posts/fails complete');
  });

  it('sees mounted apps from both sides, and what no route answers', async () => {
    expect(await traced('/inner/leaf')).toEqual([
      'begin mount /inner/<:re:.*>',
      'begin mount /inner/<:re:.*> > route /leaf',
      'begin mount /inner/<:re:.*> > route /leaf > leaf',
      'end mount /inner/<:re:.*> > route /leaf > leaf: done',
      'end mount /inner/<:re:.*>: 200 /inner/leaf complete',
      'end mount /inner/<:re:.*> > route /leaf: 200 /inner/leaf complete',
    ]);
    expect(await traced('/none')).toEqual(['begin none', 'end none: 404 - complete']);
  });
});

class Busy extends Error {}

/** Calls a method again that found something busy. */
const retry = (times: number): Plugin => ({
  name: 'retry',
  apply(next) {
    const attempt = (context: Context, left: number): unknown =>
      chain(
        () => next(context),
        (value) => value,
        (error) => {
          if (!(error instanceof Busy) || left === 0) throw error;
          context.resetResponse();
          return attempt(context, left - 1);
        },
      );
    return (context) => attempt(context, times);
  },
});

describe('a retrier', () => {
  function app(fails: number, isAsync: boolean): Bottle {
    let tries = 0;
    const work = ({ request, response }: Context): string => {
      tries++;
      response.addHeader('X-Try', tries);
      response.setCookie('try', String(tries));
      if (tries <= fails) {
        response.status = 202;
        throw new Busy();
      }
      return request.text;
    };
    const made = new Bottle({ logger: () => undefined });
    made.hook('beforeRequest', ({ response }) => response.setHeader('X-Hook', 'hook'));
    made.install({
      around: (next) => (context) => {
        context.response.setHeader('X-Around', 'around');
        return next(context);
      },
    });
    made.install(retry(2));
    made.any('/', isAsync ? async (_args, context) => work(context) : (_args, context) => work(context));
    made.error(500, () => 'still busy');
    return made;
  }

  for (const isAsync of [false, true]) {
    for (const body of [undefined, 'the body']) {
      it(`gives the answer of the last try alone (${isAsync ? 'async' : 'sync'}, ${body ?? 'no body'})`, async () => {
        const method = body === undefined ? 'GET' : 'POST';
        const answer = await app(2, isAsync).fetch(new Request('http://localhost/', { method, body }));
        expect([answer.status, await answer.text()]).toEqual([200, body ?? '']);
        expect(answer.headers.get('x-try')).toBe('3');
        expect(answer.headers.getSetCookie()).toEqual(['try=3']);
        expect([answer.headers.get('x-hook'), answer.headers.get('x-around')]).toEqual(['hook', 'around']);
      });
    }
  }

  it('leaves the last failure to the error handlers', async () => {
    expect(await answered(app(3, true), '/')).toEqual([500, 'still busy']);
  });
});

/** Signs an answer over its bytes, whatever they come from. */
class SigningFilter extends AnswerFilter {
  readonly #key: string;
  readonly #chunks: (string | Uint8Array)[] = [];
  #head: AnswerHead | undefined;

  constructor(key: string) {
    super();
    this.#key = key;
  }

  override head(head: AnswerHead): void {
    this.#head = head;
  }

  override write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(chunk);
    return true;
  }

  override end(): void {
    this.#head?.set('X-Signature', sign(this.#key, this.#chunks));
    for (const chunk of this.#chunks) super.write(chunk);
    super.end();
  }
}

function sign(key: string, chunks: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key);
  for (const chunk of chunks) hmac.update(chunk);
  return hmac.digest('hex');
}

const signing = (key: string): Plugin => ({
  name: 'signing',
  around: (next) => (context) => {
    context.filter(new SigningFilter(key));
    return next(context);
  },
});

describe('a plugin that signs answers over their bytes', () => {
  const large = 'a large file '.repeat(20_000);
  let folder: string;
  let app: Bottle;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signing-'));
    writeFileSync(join(folder, 'small.txt'), 'a small file');
    writeFileSync(join(folder, 'large.txt'), large);
    app = new Bottle({ logger: () => undefined });
    app.install(signing('key'));
    app.get('/text', () => 'the text');
    app.get('/json', () => ({ a: 1 }));
    app.get('/bytes', () => Buffer.from([1, 2, 3]));
    app.get('/empty', () => '');
    app.get('/stream', async function* () {
      yield 'first ';
      await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.from('second');
    });
    app.get('/files/<name>', ({ name }) => staticFile(name, { root: folder }));
    app.get('/fails', () => {
      throw new Error('oops');
    });
    app.get('/gone', () => new HTTPError(410, 'Gone.'));
    app.error(410, () => 'It is gone.');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['/text', 200, 'the text'],
    ['/json', 200, '{"a":1}'],
    ['/bytes', 200, '\u0001\u0002\u0003'],
    ['/empty', 200, ''],
    ['/stream', 200, 'first second'],
    ['/files/small.txt', 200, 'a small file'],
    ['/files/large.txt', 200, large],
    ['/files/none.txt', 404, undefined],
    ['/fails', 500, undefined],
    ['/gone', 410, 'It is gone.'],
    ['/none', 404, undefined],
    ['/%ff', 400, undefined],
  ])('signs %s', async (path, status, text) => {
    const server = await app.run({ port: 0, quiet: true });
    closing.push(() => server.close());
    const answer = await fetch(server.url + path);
    const body = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, answer.headers.get('x-signature')]).toEqual([status, sign('key', [body])]);
    if (text !== undefined) expect(body.toString()).toBe(text);
    const length = answer.headers.get('content-length');
    if (length !== null) expect(length).toBe(String(body.length));
  });

  it('signs the absence of a body', async () => {
    for (const path of ['/text', '/stream', '/files/large.txt']) {
      const answer = await app.fetch(new Request(`http://localhost${path}`, { method: 'HEAD' }));
      expect([path, answer.headers.get('x-signature')]).toEqual([path, sign('key', [])]);
    }
    const modified = (await app.fetch(new Request('http://localhost/files/large.txt'))).headers.get('etag') as string;
    const again = await app.fetch(new Request('http://localhost/files/large.txt', { headers: { 'If-None-Match': modified } }));
    expect([again.status, again.headers.get('x-signature')]).toEqual([304, sign('key', [])]);
  });

  it('breaks off what breaks off, without a signature', async () => {
    const breaking = new Bottle({ logger: () => undefined });
    breaking.install(signing('key'));
    breaking.get('/', function* () {
      yield 'first';
      throw new Error('in the middle');
    });
    const server = await breaking.run({ port: 0, quiet: true });
    closing.push(() => server.close());
    await expect(fetch(server.url).then((answer) => answer.text())).rejects.toThrow();
  });
});

/** Opens something that takes its time. */
class Slow implements Plugin {
  readonly name = 'slow';
  readonly provides = { keyword: 'slow' };
  readonly opened: Promise<void>;
  finish: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  #value: string | undefined;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }

  async setup(): Promise<void> {
    await this.opened;
    this.#value = 'open';
  }

  around(next: Callback): Callback {
    return (context) => {
      context.provide('slow', this.#value);
      return next(context);
    };
  }
}

describe('a plugin whose setup takes its time', () => {
  const listen = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const appWith = (slow: Plugin): Bottle => {
    const app = new Bottle({ logger: () => undefined });
    app.install(slow);
    app.get('/', (_args, context) => `It is ${context.provided('slow')}.`);
    return app;
  };
  const text = (answer: globalThis.Response): Promise<string> => answer.text();
  /** The ways in which an app is asked. */
  const ways: Record<string, (app: Bottle) => Promise<string>> = {
    fetch: (app) => app.fetch(new Request('http://localhost/')).then(text),
    'run()': async (app) => {
      const server = await app.run({ port: 0, quiet: true });
      closing.push(() => server.close());
      return text(await fetch(server.url));
    },
    'the app around it': (app) => {
      const outer = new Bottle({ logger: () => undefined });
      outer.mount('/inner', app);
      return outer.fetch(new Request('http://localhost/inner/')).then(text);
    },
    TestClient: async (app) => (await new TestClient(app).get('/')).text,
  };

  it.each(Object.entries(ways))('keeps requests by %s waiting', async (_way, ask) => {
    const slow = new Slow();
    const answer = ask(appWith(slow));
    let isAnswered = false;
    void answer.finally(() => {
      isAnswered = true;
    });
    // Longer than an answer would take that waits for nothing.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isAnswered).toBe(false);
    slow.finish();
    expect(await answer).toBe('It is open.');
  });

  it.each(['listener', 'fetch', 'node', 'uws'])('keeps requests with a body waiting (%s)', async (door) => {
    const app = new Bottle();
    app.post('/echo', (_args, { request }) => String(request.text.length));
    const urls: Record<string, () => Promise<string>> = {
      listener: () => listen(app.listener),
      fetch: async () => 'http://localhost',
    };
    const run = async (server: string): Promise<string> => {
      const running = await app.run({ server, port: 0, quiet: true });
      closing.push(() => running.close());
      return running.url;
    };
    const url = await (urls[door]?.() ?? run(door));
    const slow = app.install(new Slow());
    const request = new Request(`${url}/echo`, { method: 'POST', body: 'everything '.repeat(20_000) });
    const answer = door === 'fetch' ? app.fetch(request) : fetch(request);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    slow.finish();
    expect(await text(await answer)).toBe('220000');
  });

  it.each(Object.entries(ways))('fails requests by %s with the error that it rejects with', async (_way, ask) => {
    const slow = new Slow();
    const app = appWith(slow);
    const answer = ask(app);
    slow.fail(new RangeError('No such host.'));
    await expect(answer).rejects.toThrow('No such host.');
    // And those that follow.
    await expect(ask(app)).rejects.toThrow('No such host.');
  });

  it('is answered for by the listener with 500, which is logged', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => void logged.push(error) });
    const slow = app.install(new Slow());
    app.get('/', () => 'never');
    const url = await listen(app.listener);
    const failure = new RangeError('No such host.');
    slow.fail(failure);
    expect((await fetch(url)).status).toBe(500);
    expect(logged).toEqual([failure]);
  });

  it('is waited for by ready() and checkAll(), in mounted apps and on routes too', async () => {
    for (const install of [
      (app: Bottle, slow: Slow) => void app.install(slow),
      (app: Bottle, slow: Slow) => void app.mount('/inner', appWith(slow)),
      (app: Bottle, slow: Slow) => void app.get('/route', () => 'route', { apply: slow }),
    ]) {
      for (const wait of ['ready', 'checkAll'] as const) {
        const slow = new Slow();
        const app = new Bottle();
        install(app, slow);
        let isReady = false;
        const ready = app[wait]().then(() => {
          isReady = true;
        });
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(isReady).toBe(false);
        slow.finish();
        await ready;

        const failing = new Slow();
        const failed = new Bottle();
        install(failed, failing);
        failing.fail(new RangeError('No such host.'));
        await expect(failed[wait]()).rejects.toThrow('No such host.');
      }
    }
  });

  it('may come while the app runs', async () => {
    const app = new Bottle();
    app.get('/', (_args, context) => `It is ${context.provided('slow')}.`);
    expect(await answered(app, '/')).toEqual([200, 'It is undefined.']);
    const slow = app.install(new Slow());
    const answer = answered(app, '/');
    slow.finish();
    expect(await answer).toEqual([200, 'It is open.']);
  });
});

describe('a plugin with a check', () => {
  const problem = (message: string): WiringProblem => ({ code: 'BN_MINE', message, cure: 'do something about it.' });
  const problemsOf = async (app: Bottle, options = {}): Promise<string[]> => {
    try {
      await app.checkAll(options);
    } catch (error) {
      if (!(error instanceof WiringError)) throw error;
      return error.problems.map(({ code, message }) => `${code} ${message}`);
    }
    return [];
  };

  it('is asked by checkAll, and its problems stand beside all others', async () => {
    const app = new Bottle();
    let calls = 0;
    app.install({
      name: 'listing',
      *check() {
        calls++;
        yield problem('the first');
        yield problem('the second');
      },
    });
    app.install({ name: 'waiting', check: async () => [problem('the third')] });
    app.install({ name: 'content', check: () => [] });
    @Controller('/wrong')
    class Wrong {
      @Get('/') show(nothing: string) {
        return nothing;
      }
    }
    expect(() => app.check()).not.toThrow();
    expect(calls).toBe(0);
    expect(await problemsOf(app)).toEqual(['BN_MINE the first', 'BN_MINE the second', 'BN_MINE the third']);
    app.mount(Wrong);
    expect(await problemsOf(app)).toEqual([
      expect.stringMatching(/^BN_PARAMETER_UNPROVIDED/),
      'BN_MINE the first',
      'BN_MINE the second',
      'BN_MINE the third',
    ]);
  });

  it('keeps run() from listening', async () => {
    const app = new Bottle();
    app.install({ check: async () => [problem('the only one')] });
    await expect(app.run({ port: 0, quiet: true })).rejects.toThrow(/the only one[\s\S]*BN_MINE[\s\S]*do something about it/);
  });

  it('is asked once for each app that it stands in, also mounted and on routes, with the options', async () => {
    const seen: [string, unknown][] = [];
    const asked = (name: string): Plugin => ({
      name,
      apply: (next) => (context) => next(context),
      check: (_app, options) => {
        seen.push([name, options.sql]);
        return [problem(name)];
      },
    });
    const inner = new Bottle();
    inner.install(asked('mounted'));
    const app = new Bottle();
    app.install(asked('installed'));
    app.mount('/a', inner);
    app.mount('/b', inner);
    app.get('/1', () => '', { apply: asked('applied') });
    const shared = asked('shared');
    app.get('/2', () => '', { apply: shared });
    app.get('/3', () => '', { apply: shared });
    const names = ['installed', 'applied', 'shared', 'mounted'];
    expect(await problemsOf(app, { sql: true })).toEqual(names.map((name) => `BN_MINE ${name}`));
    expect(seen).toEqual(names.map((name) => [name, true]));
  });

  it('that fails, fails checkAll with its own error', async () => {
    const app = new Bottle();
    app.install({ check: () => Promise.reject(new RangeError('No such table.')) });
    await expect(app.checkAll()).rejects.toThrow(RangeError);
  });
});

/** Knows who is who. */
const people = (asked: string[] = []): Plugin => ({
  name: 'people',
  provides: { keyword: 'people' },
  read: (use) => use({ find: (key: string) => (key === 'ada-key' ? 'ada' : undefined) }),
  apply(next, route) {
    if (!route.wants(this)) return next;
    asked.push(route.displayName);
    return (context) => {
      context.provide('people', { find: () => 'from apply' });
      return next(context);
    };
  },
});

interface People {
  find(key: string): string | undefined;
}

describe("a plugin that uses another's value", () => {
  const key: Plugin = {
    name: 'key',
    provides: { keyword: 'key' },
    around: (next) => (context) => {
      context.provide('key', context.request.getHeader('X-Key', 'nobody'));
      return next(context);
    },
  };
  const greeting: Plugin = {
    name: 'greeting',
    uses: ['key'],
    provides: { keyword: 'greeting' },
    around: (next) => (context) => {
      context.provide('greeting', `Hello ${context.provided('key')}!`);
      return next(context);
    },
  };
  const late: Plugin = {
    name: 'late',
    provides: { keyword: 'late' },
    apply: (next) => (context) => {
      context.provide('late', 'too late');
      return next(context);
    },
  };
  const usesLate: Plugin = { name: 'usesLate', uses: ['late'], around: (next) => (context) => next(context) };

  const appWith = (...plugins: Plugin[]): Bottle => {
    const app = new Bottle({ logger: () => undefined });
    for (const plugin of plugins) app.install(plugin);
    app.get('/', (_args, context) => String(context.provided('greeting')));
    return app;
  };
  const problemsOf = (app: Bottle): string[] => {
    try {
      app.check();
    } catch (error) {
      return (error as WiringError).problems.map(({ code, message, cure }) => `${code}: ${message} ${cure}`);
    }
    return [];
  };

  it('gets it from the plugin outside', async () => {
    const app = appWith(key, greeting);
    expect(await answered(app, '/', { headers: { 'X-Key': 'Ada' } })).toEqual([200, 'Hello Ada!']);
  });

  it('is a mistake in the wiring without it, and where it is provided further inside', async () => {
    const missing = appWith(greeting);
    expect(problemsOf(missing)).toContain(
      "BN_PLUGIN_USES: The plugin greeting uses 'key', and no plugin provides it. install the plugin that provides 'key' before it.",
    );
    await expect(missing.fetch(new Request('http://localhost/'))).rejects.toThrow(/BN_PLUGIN_USES/);
    await expect(missing.run({ port: 0, quiet: true })).rejects.toThrow(/BN_PLUGIN_USES/);
    expect(problemsOf(appWith(greeting, key))).toContain(
      "BN_PLUGIN_USES: The plugin greeting uses 'key', which key provides further inside. install key before greeting; a plugin with `around` can only use what another `around` provides.",
    );
    // What stands around the method is inside of everything that stands around the answer.
    expect(problemsOf(appWith(late, usesLate))).toContainEqual(expect.stringMatching(/^BN_PLUGIN_USES.*'late', which late/));
  });

  it('is a mistake only where it is in effect', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.install(key);
    app.get('/', (_args, context) => String(context.provided('greeting')), { apply: greeting });
    app.get('/plain', () => 'plain', { skip: 'key' });
    expect(problemsOf(app)).toEqual([]);
    expect((await answered(app, '/'))[0]).toBe(200);
    // From now on a mistake costs its own route.
    app.get('/wrong', () => 'wrong', { apply: greeting, skip: 'key' });
    expect(problemsOf(app)).toEqual([expect.stringMatching(/^BN_PLUGIN_USES: The plugin greeting uses 'key'/)]);
    expect((await answered(app, '/'))[0]).toBe(200);
    expect((await answered(app, '/wrong'))[0]).toBe(500);
  });

  it('makes the route want the other plugin', async () => {
    const asked: string[] = [];
    const rank: Plugin = {
      name: 'rank',
      uses: ['people'],
      apply: (next) => (context) => {
        context.response.setHeader('X-Who', (context.provided('people') as People).find('') ?? '');
        return next(context);
      },
    };
    const app = new Bottle();
    app.install(people(asked));
    app.get(
      '/ranked',
      function ranked() {
        return '';
      },
      { apply: rank },
    );
    app.get('/plain', function plain() {
      return '';
    });
    const answer = await app.fetch(new Request('http://localhost/ranked'));
    expect(answer.headers.get('x-who')).toBe('from apply');
    expect(asked).toEqual(['ranked']);
  });

  it('reads it before the method, where the other can be read', async () => {
    const members = guard(
      'members',
      (context) => context.read('people', (all: People) => all.find(context.request.getHeader('X-Key', '')) ?? abort(403)),
      { uses: ['people'] },
    );
    const app = new Bottle({ logger: () => undefined });
    app.install(members);
    app.install(people());
    app.get('/', () => 'secret');
    @Controller('/own')
    @Apply(members)
    class Own {
      @Get('/') show() {
        return 'own';
      }
    }
    app.mount(Own);
    for (const path of ['/', '/own/']) {
      expect((await answered(app, path))[0]).toBe(403);
      expect((await answered(app, path, { headers: { 'X-Key': 'ada-key' } }))[0]).toBe(200);
    }
    app.uninstall('people');
    await expect(app.checkAll()).rejects.toThrow(/BN_PLUGIN_USES/);
  });
});
