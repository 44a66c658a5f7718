import { describe, expect, it } from '@jest/globals';
import { Bottle, HTTPError } from 'bottlenose';
import { type LoggerOptions, logger } from 'bottlenose/plugins';
import pino from 'pino';
import WebSocket from 'ws';
import { ask } from '../app/ask.js';
import { RawClient, serving, until } from '../servers/raw-client.js';
import { ANSWERS, appWithAnswers } from './answers.js';

type Entry = Record<string, unknown>;

/** Takes what is logged. */
function sink() {
  const texts: string[] = [];
  return {
    write: (text: string) => void texts.push(text),
    get entries(): Entry[] {
      return texts.map((text) => JSON.parse(text) as Entry);
    },
    get text(): string {
      return texts.join('');
    },
  };
}

function logged(options: LoggerOptions = {}, debug = false) {
  const out = sink();
  const app = new Bottle({ debug });
  app.install(logger({ destination: out, ...options }));
  app.get('/posts/<id:int>', ({ id }) => ({ id }));
  app.get('/id', ({ request }) => String(request.state.requestId));
  app.get('/fails', () => {
    throw new Error('oops');
  });
  app.get('/refused', () => new HTTPError(403, 'No.'));
  app.get('/skips', () => 'skips', { skip: 'logger' });
  return { app, out };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('logger', () => {
  it('writes an entry of JSON for each request, through pino', async () => {
    const { app, out } = logged();
    await ask(app, '/posts/7?token=secret');
    expect(out.entries).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        pid: process.pid,
        hostname: expect.any(String),
        requestId: expect.stringMatching(UUID),
        method: 'GET',
        path: '/posts/7',
        route: '/posts/<id:int>',
        status: 200,
        duration: expect.any(Number),
        bytes: 8,
        msg: 'GET /posts/7 200',
      },
    ]);
    expect(out.text).not.toContain('secret');
  });

  it('has the level of the status, and no route where none was found', async () => {
    const { app, out } = logged();
    for (const path of ['/posts/1', '/refused', '/nowhere', 'POST /posts/1']) await ask(app, path);
    expect(out.entries.map(({ level, status, route }) => [level, status, route])).toEqual([
      [30, 200, '/posts/<id:int>'],
      [40, 403, '/refused'],
      [40, 404, undefined],
      [40, 405, undefined],
    ]);
  });

  it.each(ANSWERS)('logs %s once, and tells its id', async (_what, request, status, rule) => {
    const out = sink();
    const { headers } = await ask(appWithAnswers(logger({ destination: out })), request);
    const errors = out.entries.filter(({ err }) => err !== undefined);
    const [access, ...more] = out.entries.filter(({ err }) => err === undefined);
    expect(more).toEqual([]);
    expect(errors.map(({ requestId, route }) => [requestId, route])).toEqual(status === 500 ? [[access?.requestId, rule]] : []);
    expect([access?.status, access?.route, access?.requestId]).toEqual([status, rule, headers.get('x-request-id')]);
  });

  it('logs a request once, however many loggers stand around it', async () => {
    const outer = sink();
    const other = sink();
    const shared = logger({ destination: outer });
    const inner = new Bottle();
    inner.install(logger({ destination: other }));
    inner.get('/posts', () => 'posts');
    const merged = new Bottle();
    merged.install(logger({ destination: other }));
    merged.get('/merged', () => 'merged');
    const same = new Bottle();
    same.install(shared);
    same.get('/', () => 'same');
    const app = new Bottle();
    app.install(shared);
    app.mount('/inner', inner);
    app.mount('/skips', inner, { skip: 'logger' });
    app.mount('/same', same);
    app.merge(merged);
    app.get('/other', () => 'other', { apply: logger({ destination: other }) });
    for (const path of ['/inner/posts', '/merged', '/same/']) await ask(app, path);
    expect(outer.entries.map(({ path }) => path)).toEqual(['/inner/posts', '/merged', '/same/']);
    expect(other.entries).toEqual([]);
    // Its own, where it takes the place of the other, or that is left out.
    for (const path of ['/other', '/skips/posts']) await ask(app, path);
    expect(outer.entries).toHaveLength(3);
    expect(other.entries.map(({ path }) => path)).toEqual(['/other', '/skips/posts']);
  });

  it('logs verb and path as they were sent, whatever hooks and mounts make of them', async () => {
    const { app, out } = logged({ query: true });
    app.hook('beforeRequest', ({ request }) => {
      request.method = 'GET';
      request.path = '/posts/7';
    });
    await ask(app, 'POST /a%20b?c=d');
    expect(out.entries[0]).toMatchObject({ method: 'POST', path: '/a%20b?c=d', route: '/posts/<id:int>', status: 200 });
  });

  it('logs an error once, under the id of its request', async () => {
    const { app, out } = logged();
    const { headers, text } = await ask(app, '/fails');
    const [error, access, ...more] = out.entries;
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      level: 50,
      msg: 'GET /fails failed',
      route: '/fails',
      err: { type: 'Error', message: 'oops', stack: expect.stringContaining('logger.test') },
    });
    expect(access).toMatchObject({ level: 50, status: 500, msg: 'GET /fails 500' });
    expect(access).not.toHaveProperty('err');
    expect(error?.requestId).toBe(access?.requestId);
    expect(headers.get('x-request-id')).toBe(error?.requestId);
    expect(text).not.toContain('oops');
  });

  it('logs errors that a mounted app answers as well, with its whole rule', async () => {
    const { app, out } = logged();
    const inner = new Bottle({
      logger: () => {
        throw new Error('This logger is not to be asked.');
      },
    });
    inner.install(logger({ destination: { write: () => expect('this').toBe('never written') } }));
    inner.get('/<name>', () => {
      throw new Error('oops');
    });
    inner.error(500, () => 'answered inside');
    app.mount('/inner', inner);
    expect((await ask(app, '/inner/x')).text).toBe('answered inside');
    expect(out.entries.map(({ msg, route, requestId }) => [msg, route, requestId === out.entries[0]?.requestId])).toEqual([
      ['GET /inner/x failed', '/inner/<name>', true],
      ['GET /inner/x 500', '/inner/<name>', true],
    ]);
  });

  it('calls a request what its client calls it, if that is short and plain, and tells all who want to know', async () => {
    const { app, out } = logged();
    const own = await ask(app, '/id', { headers: { 'X-Request-Id': 'trace-1:a/b=' } });
    expect([own.text, own.headers.get('x-request-id'), out.entries[0]?.requestId]).toEqual(Array(3).fill('trace-1:a/b='));
    for (const id of ['', 'a b', '{"level":60}', 'x'.repeat(129), 'é', '<script>']) {
      const { text, headers } = await ask(app, '/id', { headers: { 'X-Request-Id': id } });
      expect(text).toMatch(UUID);
      expect(headers.get('x-request-id')).toBe(text);
    }
  });

  it('takes the id from another header, or makes its own, if told so', async () => {
    let count = 0;
    const { app } = logged({ requestId: 'X-Trace', makeId: () => `r${++count}` });
    const given = await ask(app, '/id', { headers: { 'X-Trace': 'mine', 'X-Request-Id': 'other' } });
    expect([given.text, given.headers.get('x-trace'), given.headers.get('x-request-id')]).toEqual(['mine', 'mine', null]);
    const without = logged({ requestId: false, makeId: () => `r${++count}` });
    const { text, headers } = await ask(without.app, '/id', { headers: { 'X-Request-Id': 'theirs' } });
    expect([text, headers.get('x-request-id')]).toEqual(['r1', null]);
  });

  it('logs headers that it is asked for, and the values of none that are secret', async () => {
    const headers = {
      Authorization: 'Basic c2VjcmV0',
      Cookie: 'session=c2VjcmV0',
      'Proxy-Authorization': 'c2VjcmV0',
      'X-Token': 'c2VjcmV0',
      'User-Agent': 'test',
    };
    const all = logged({ headers: true, redact: ['X-Token'] });
    await ask(all.app, '/posts/1', { headers });
    expect(all.out.entries[0]?.headers).toMatchObject({
      authorization: '[redacted]',
      cookie: '[redacted]',
      'proxy-authorization': '[redacted]',
      'x-token': '[redacted]',
      'user-agent': 'test',
    });
    expect(all.out.text).not.toContain('c2VjcmV0');
    const some = logged({ headers: ['User-Agent', 'Cookie', 'X-None'], query: true });
    await ask(some.app, '/posts/1?page=2', { headers });
    expect(some.out.entries[0]).toMatchObject({
      path: '/posts/1?page=2',
      headers: { 'user-agent': 'test', cookie: '[redacted]' },
    });
  });

  it('logs streamed answers at their end, with their bytes', async () => {
    const { app, out } = logged();
    let go = (): void => undefined;
    app.get('/stream', async function* () {
      yield 'höher';
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield Buffer.from('weiter');
    });
    const answer = await app.fetch(new Request('http://localhost/stream'));
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
    expect(out.entries).toEqual([]);
    go();
    await answer.text();
    expect(out.entries).toMatchObject([{ status: 200, bytes: 12, route: '/stream' }]);
  });

  it('says which answers were broken off, and by what', async () => {
    const { app, out } = logged();
    app.get('/endless', async function* ({ request }) {
      yield 'first';
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
    });
    app.get('/breaks', async function* () {
      yield 'first';
      throw new Error('in the middle');
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
      await until(() => client.received.includes('first'));
      client.close();
      await until(() => out.entries.length === 1);
      expect(out.entries[0]).toMatchObject({
        status: 200,
        aborted: true,
        remoteAddr: '127.0.0.1',
        msg: 'GET /endless 200 aborted',
      });
      await expect(fetch(`${url}/breaks`).then((answer) => answer.text())).rejects.toThrow();
      await until(() => out.entries.length === 3);
    });
    const [, error, access] = out.entries;
    expect(error).toMatchObject({ msg: 'GET /breaks failed', err: { message: 'in the middle' } });
    expect(access).toMatchObject({ status: 200, aborted: true, requestId: error?.requestId });
  });

  it('logs a WebSocket when it is closed, and answers its handshake with the id', async () => {
    const { app, out } = logged();
    app.route('/socket/<name>', { method: 'WEBSOCKET' }, async ({ socket }) => {
      for await (const message of socket) socket.send(message);
    });
    await serving(app, async (url) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/a`, { headers: { 'X-Request-Id': 'mine' } });
      let id: string | string[] | undefined;
      socket.on('upgrade', ({ headers }) => {
        id = headers['x-request-id'];
      });
      await new Promise((resolve) => {
        socket.on('message', resolve);
        socket.on('open', () => socket.send('echo'));
      });
      expect(id).toBe('mine');
      expect(out.entries).toEqual([]);
      socket.close();
      await until(() => out.entries.length === 1);
      expect(out.entries[0]).toMatchObject({ status: 101, requestId: 'mine', route: '/socket/<name>' });
    });
  });

  it('leaves out routes that skip it', async () => {
    const { app, out } = logged();
    await ask(app, '/skips');
    expect(out.text).toBe('');
  });

  it('writes to a logger of yours, errors without a request too, until it is uninstalled', async () => {
    const out = sink();
    const before: string[] = [];
    const app = new Bottle({ logger: (message) => void before.push(message) });
    app.install(logger({ log: pino({ level: 'error', base: null }, out) }));
    app.get('/', () => 'done');
    await ask(app, '/');
    expect(out.text).toBe('');
    app.log(new Error('A worker died.'));
    expect(out.entries).toMatchObject([{ level: 50, msg: 'A worker died.', err: { message: 'A worker died.' } }]);
    app.uninstall('logger');
    app.log(new Error('Another one.'));
    expect(before).toEqual(['Another one.']);
    expect(out.entries).toHaveLength(1);
  });

  it('writes lines to read, in colours where they are wanted', async () => {
    const { app, out } = logged({ pretty: true });
    await ask(app, '/posts/7');
    await ask(app, '/refused');
    await ask(app, '/fails');
    const lines = out.text.split('\n');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d 200 GET \/posts\/7 {2}[\d.]+ ms {2}8 B {2}\/posts\/<id:int>$/);
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d 403 GET \/refused {2}[\d.]+ ms {2}[\d.]+ k?B$/);
    expect(lines[2]).toMatch(/^\d\d:\d\d:\d\d GET \/fails failed [0-9a-f-]{36}$/);
    expect(lines[3]).toBe('Error: oops');
    expect(out.text.match(/oops/g)).toHaveLength(1);
    expect(lines.at(-2)).toMatch(/ 500 GET \/fails /);

    const saved = process.env.FORCE_COLOR;
    process.env.FORCE_COLOR = '1';
    try {
      const coloured = logged({ pretty: true });
      await ask(coloured.app, '/nowhere');
      expect(coloured.out.text).toContain('\u001b[33m404\u001b[0m');
    } finally {
      if (saved === undefined) delete process.env.FORCE_COLOR;
      else process.env.FORCE_COLOR = saved;
    }
  });

  it('lets no client steer the terminal', async () => {
    const { app, out } = logged({ pretty: true, query: true });
    await app.handle({
      method: 'GET',
      target: '/\u001b[2J\r\nforged',
      httpVersion: '1.1',
      secure: false,
      remoteAddress: undefined,
      environ: undefined,
      header: () => undefined,
      rawHeaders: () => [],
      hasBody: false,
      readBody: () => undefined,
      pauseBody: () => undefined,
      resumeBody: () => undefined,
      dropBody: () => undefined,
      send: () => undefined,
      begin: () => undefined,
      write: () => true,
      onDrain: () => undefined,
      end: () => undefined,
      destroy: () => undefined,
      onClose: () => undefined,
    });
    expect(out.text.trimEnd().split('\n')).toHaveLength(1);
    expect(out.text).toContain('/\\x1b[2J\\x0d\\x0aforged');
  });

  it.each([
    [{ log: {} as never }, "logger(): the option 'log' is Object; give an object with the methods info, warn and error."],
    [{ log: pino({}), pretty: true }, "logger(): the option 'pretty' has no effect with your own logger"],
    [{ pino: {}, pretty: true }, "logger(): the option 'pino' has no effect with coloured lines"],
    [{ requestId: 'no header' }, `logger(): the option 'requestId' has "no header" in it`],
    [{ leevl: 'info' } as never, 'logger() has no option'],
  ])('refuses %#', (options: LoggerOptions, message) => {
    expect(() => logger(options)).toThrow(message);
  });
});
