import { describe, expect, it } from '@jest/globals';
import { Bottle, HTTPResponse } from 'bottlenose';
import { compress, type ETagOptions, etag, secureHeaders } from 'bottlenose/plugins';
import { ANSWERS, appWithAnswers } from './answers.js';

async function ask(app: Bottle, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await app.fetch(new Request(`http://localhost${path}`, { method, headers }));
  return { status: answer.status, headers: answer.headers, tag: answer.headers.get('etag'), text: await answer.text() };
}

function appWith(options?: ETagOptions): Bottle {
  const app = new Bottle();
  app.install(etag(options));
  app.get('/', (_args, { response }) => {
    response.setHeader('Cache-Control', 'max-age=60');
    response.setCookie('seen', '1');
    return { a: 1 };
  });
  app.get('/text', () => 'text');
  app.get('/bytes', () => Buffer.from('text'));
  app.get('/own', (_args, { response }) => {
    response.setHeader('ETag', '"mine"');
    return 'own';
  });
  app.get('/stream', function* () {
    yield 'text';
  });
  app.get('/empty', () => '');
  app.get('/created', () => new HTTPResponse('text', { status: 201 }));
  app.get('/secret', (_args, { response }) => {
    response.setHeader('Cache-Control', 'private, no-store');
    return 'text';
  });
  app.post('/', () => 'text');
  return app;
}

describe('etag', () => {
  it('tags what is answered whole by its bytes', async () => {
    const app = appWith();
    const { tag } = await ask(app, '/text');
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    expect((await ask(app, '/bytes')).tag).toBe(tag);
    expect((await ask(app, '/')).tag).not.toBe(tag);
    expect((await ask(appWith({ weak: true }), '/text')).tag).toBe(`W/${tag}`);
  });

  it('sends nothing again that the client has', async () => {
    const app = appWith();
    const first = await ask(app, '/');
    for (const known of [first.tag, `W/${first.tag}`, `"other", ${first.tag}`, '*'] as string[]) {
      const answer = await ask(app, '/', { 'If-None-Match': known });
      expect([known, answer.status, answer.text, answer.tag]).toEqual([known, 304, '', first.tag]);
      expect(answer.headers.get('cache-control')).toBe('max-age=60');
      expect(answer.headers.get('set-cookie')).toBe('seen=1');
      expect(answer.headers.has('content-type')).toBe(false);
      expect(answer.headers.has('content-length')).toBe(false);
    }
    expect(await ask(app, '/', { 'If-None-Match': '"other"' })).toMatchObject({ status: 200, text: '{"a":1}' });
  });

  it('uses the tag that a handler sets', async () => {
    const app = appWith();
    expect((await ask(app, '/own')).tag).toBe('"mine"');
    expect((await ask(app, '/own', { 'If-None-Match': '"mine"' })).status).toBe(304);
    expect((await ask(app, '/own', { 'If-None-Match': '"mine"' }, 'HEAD')).status).toBe(304);
  });

  it('leaves streams, errors and other statuses and verbs alone', async () => {
    const app = appWith();
    for (const [path, status] of [
      ['/stream', 200],
      ['/empty', 200],
      ['/created', 201],
      ['/secret', 200],
      ['/none', 404],
    ] as const) {
      const answer = await ask(app, path, { 'If-None-Match': '*' });
      expect([path, answer.status, answer.tag]).toEqual([path, status, null]);
    }
    expect(await ask(app, '/', {}, 'POST')).toMatchObject({ status: 200, tag: null });
    expect(await ask(app, '/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('fits each encoding, whichever of both plugins comes first', async () => {
    for (const plugins of [
      [etag(), compress()],
      [compress(), etag()],
    ]) {
      const app = new Bottle();
      for (const plugin of plugins) app.install(plugin);
      app.get('/', () => 'text '.repeat(1000));
      const plain = await ask(app, '/');
      const zipped = await ask(app, '/', { 'Accept-Encoding': 'gzip' });
      expect(zipped.headers.get('content-encoding')).toBe('gzip');
      expect(zipped.tag).not.toBe(plain.tag);
      for (const headers of [plain.headers, zipped.headers]) expect(headers.get('vary')).toBe('Accept-Encoding');
      const again = await ask(app, '/', { 'Accept-Encoding': 'gzip', 'If-None-Match': zipped.tag ?? '' });
      expect([again.status, again.tag, again.headers.get('vary')]).toEqual([304, zipped.tag, 'Accept-Encoding']);
    }
  });

  it.each(ANSWERS)('fits %s', async (what, request, status) => {
    const [verb, path] = request.includes(' ') ? (request.split(' ', 2) as [string, string]) : ['GET', request];
    const app = appWithAnswers(etag());
    const { status: given, tag } = await ask(app, path, {}, verb);
    const isWhole = status === 200 && what !== 'a stream' && what !== 'a mounted fetch handler';
    expect([given, tag === null]).toEqual([status, !isWhole]);
    if (isWhole) expect(await ask(app, path, { 'If-None-Match': tag as string })).toMatchObject({ status: 304, text: '' });
  });

  it('tags the answers of hooks, and goes by the verb that the client sent', async () => {
    const app = appWith();
    app.hook('beforeRequest', ({ request }) => {
      if (request.query.has('closed')) return new HTTPResponse('closed');
      request.method = request.getHeader('X-Method', request.method);
    });
    const closed = await ask(app, '/?closed');
    expect((await ask(app, '/text?closed', { 'If-None-Match': closed.tag as string })).status).toBe(304);
    expect(await ask(app, '/text', { 'X-Method': 'GET', 'If-None-Match': '*' }, 'POST')).toMatchObject({
      status: 200,
      tag: null,
    });
  });

  it('costs nothing on routes for other verbs', () => {
    const app = appWith();
    app.check();
    const effective = app.routes.map(({ method, plugins }) => [method, plugins.some(({ name }) => name === 'etag')]);
    expect(new Map(effective as [string, boolean][])).toEqual(
      new Map([
        ['GET', true],
        ['POST', false],
      ]),
    );
  });

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])('works with compress and secureHeaders in any order: %d %d %d', async (...order) => {
    const app = new Bottle();
    const plugins = [etag(), compress(), secureHeaders()];
    for (const i of order) app.install(plugins[i] as (typeof plugins)[0]);
    app.get('/', () => 'text '.repeat(1000));
    const gzip = { 'Accept-Encoding': 'gzip' };
    const first = await ask(app, '/', gzip);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    const again = await ask(app, '/', { ...gzip, 'If-None-Match': first.tag as string });
    expect([again.status, again.text, again.tag]).toEqual([304, '', first.tag]);
    const head = await ask(app, '/', gzip, 'HEAD');
    expect([head.status, head.headers.get('content-encoding'), head.text]).toEqual([200, 'gzip', '']);
    for (const { headers } of [first, again, head]) {
      expect([headers.get('vary'), headers.get('x-frame-options')]).toEqual(['Accept-Encoding', 'SAMEORIGIN']);
    }
  });

  it('refuses options that make no sense', () => {
    expect(() => etag({ weak: 1 as unknown as boolean })).toThrow(/etag\(\): the option 'weak' is 1/);
    expect(() => etag({ week: true } as ETagOptions)).toThrow(/Did you mean 'weak'/);
  });
});
