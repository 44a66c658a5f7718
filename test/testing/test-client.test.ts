import { describe, expect, it } from '@jest/globals';
import { abort, Body, Bottle, Controller, Get, Post, redirect, type Request } from 'bottlenose';
import { BrokenAnswerError, TestClient } from 'bottlenose/testing';
import { until } from '../servers/raw-client.js';

const quiet = { logger: () => undefined };

/** Answers what it was sent. */
function echo(): Bottle {
  const app = new Bottle(quiet);
  app.route('/<path:path>', { method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] }, (_, { request }) => ({
    method: request.method,
    path: request.path,
    query: request.query,
    type: request.contentType,
    length: request.contentLength,
    text: request.text,
    headers: request.headers,
    cookies: request.cookies,
    from: request.remoteAddr,
    url: request.url,
  }));
  return app;
}

interface Echo {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  type: string;
  length: number;
  text: string;
  headers: Record<string, string>;
  cookies: Record<string, string>;
  from: string;
  url: string;
}

describe('a request of TestClient', () => {
  const client = new TestClient(echo());

  it('has a method for each verb', async () => {
    for (const verb of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const) {
      expect((await client[verb]<Echo>('/x')).json.method).toBe(verb.toUpperCase());
    }
    const head = await client.head('/x');
    expect([head.status, head.body.length, head.headers.get('content-type')]).toEqual([200, 0, 'application/json']);
  });

  it('may have any other verb, in any case', async () => {
    const app = new Bottle();
    app.route('/files', { method: 'PROPFIND' }, () => 'found');
    expect((await new TestClient(app).request('propfind', '/files')).text).toBe('found');
  });

  it('sends json', async () => {
    const { json } = await client.post<Echo>('/x', { json: { name: 'Ünal' } });
    expect(json).toMatchObject({ type: 'application/json', text: '{"name":"Ünal"}', length: 16 });
  });

  it('sends null as json', async () => {
    expect((await client.post<Echo>('/x', { json: null })).json.text).toBe('null');
  });

  it('sends a form, with lists, and without what is undefined or null', async () => {
    const { json } = await client.post<Echo>('/x', {
      form: { name: 'Ada L', tag: ['a', 'b'], n: 1, on: true, at: new Date(0), no: undefined, none: null },
    });
    expect(json.type).toBe('application/x-www-form-urlencoded');
    expect(json.text).toBe('name=Ada+L&tag=a&tag=b&n=1&on=true&at=1970-01-01T00%3A00%3A00.000Z');
  });

  it('sends a form given as pairs', async () => {
    const form = new Map([['a', '1']]);
    expect((await client.post<Echo>('/x', { form })).json.text).toBe('a=1');
  });

  it('sends multipart: plain values, blobs, files and files written on the spot', async () => {
    const raw = new Bottle();
    // Taken as it is: elsewhere a form is taken apart while it arrives.
    raw.post('/x', { stream: true }, async (_, { request }) => {
      const text = Buffer.concat(await request.stream.toArray()).toString('latin1');
      return { text, type: request.contentType, length: request.contentLength };
    });
    const { json } = await new TestClient(raw).post<Echo>('/x', {
      multipart: {
        title: 'Holiday',
        tag: ['a', 'b'],
        blob: new Blob(['blob!'], { type: 'text/css' }),
        file: new File(['file!'], 'f.txt'),
        photo: { filename: 'p.png', content: new Uint8Array([0x50, 0x4e]), type: 'image/png' },
      },
    });
    expect(json.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(json.length).toBe(Buffer.byteLength(json.text));
    expect(json.text).toContain('name="title"\r\n\r\nHoliday\r\n');
    expect(json.text.match(/name="tag"/g)).toHaveLength(2);
    expect(json.text).toContain('name="blob"; filename="blob"\r\nContent-Type: text/css\r\n\r\nblob!');
    expect(json.text).toContain('name="file"; filename="f.txt"\r\nContent-Type: application/octet-stream\r\n\r\nfile!');
    expect(json.text).toContain('name="photo"; filename="p.png"\r\nContent-Type: image/png\r\n\r\nPN');
  });

  it('sends a body as it is: text, bytes, a stream', async () => {
    const text = (await client.post<Echo>('/x', { body: 'hi', headers: { 'Content-Type': 'text/csv' } })).json;
    expect([text.text, text.type]).toEqual(['hi', 'text/csv']);
    expect((await client.put<Echo>('/x', { body: new Uint8Array([104, 105]) })).json).toMatchObject({
      text: 'hi',
      type: '',
      length: 2,
    });
    const stream = new Blob(['in pieces']).stream() as ReadableStream<Uint8Array>;
    expect((await client.put<Echo>('/x', { body: stream })).json).toMatchObject({ text: 'in pieces', length: -1 });
  });

  it('refuses two bodies, and a body where there can be none', async () => {
    await expect(client.post('/x', { json: 1, form: {} })).rejects.toThrow('A request has one body, but got json and form');
    await expect(client.get('/x', { json: 1 })).rejects.toThrow('GET /x cannot have a body');
    await expect(client.post('/x', { form: { a: {} as string } })).rejects.toThrow("The field 'a' is of type object");
  });

  it('adds a query to that of the path', async () => {
    const { json } = await client.get<Echo>('/x?a=1', { query: { b: ['2', '3'], c: undefined, d: 'ä&' } });
    expect(json.query).toEqual({ a: '1', b: ['2', '3'], d: 'ä&' });
    expect((await client.get<Echo>('/x', { query: '?raw=%zz' })).json.query).toEqual({ raw: '%zz' });
  });

  it('keeps a path as it is encoded, slashes too', async () => {
    const answer = await client.get<Echo>('//a%2Fb');
    expect([answer.url, answer.json.path]).toEqual(['http://localhost//a%2Fb', '//a/b']);
    expect((await new TestClient(echo()).get('/%ff')).status).toBe(400);
  });

  it('needs a path that starts with a slash', async () => {
    await expect(client.get('posts')).rejects.toThrow("The path 'posts' must start with '/'");
  });

  it('takes headers of the client, and its own over them', async () => {
    const own = new TestClient(echo(), { headers: { 'X-A': 'client', 'X-B': 'client' }, remoteAddress: '10.0.0.1' });
    const { json } = await own.get<Echo>('/x', { headers: { 'x-b': 'request', host: 'example.org' } });
    expect(json.headers).toMatchObject({ 'x-a': 'client', 'x-b': 'request', host: 'example.org' });
    expect(json.from).toBe('10.0.0.1');
    expect((await client.get<Echo>('/x')).json.from).toBe('127.0.0.1');
  });

  it('starts at the base URL', async () => {
    const based = new TestClient(echo(), { baseUrl: 'https://example.org/api/' });
    expect((await based.get<Echo>('/x')).json.url).toBe('https://example.org/api/x');
    expect((await based.get<Echo>('https://other.org/x')).json.url).toBe('https://other.org/x');
    expect(() => new TestClient(echo(), { baseUrl: 'ftp://example.org' })).toThrow("write 'http://localhost'");
  });

  it('is answered by anything with fetch', async () => {
    const other = new TestClient({ fetch: async (request: globalThis.Request) => new Response(await request.text()) });
    expect((await other.post('/', { body: 'same' })).text).toBe('same');
  });

  it('ends with the reason of its signal, even if the app never answers', async () => {
    const app = new Bottle();
    let noticed = false;
    app.get('/never', (_, { request }) => {
      request.signal.addEventListener('abort', () => {
        noticed = true;
      });
      return new Promise(() => undefined);
    });
    const abortion = new AbortController();
    const waiting = new TestClient(app).get('/never', { signal: abortion.signal });
    setTimeout(() => abortion.abort(new Error('gone')), 10);
    await expect(waiting).rejects.toThrow('gone');
    expect(noticed).toBe(true);
  });

  it('ends an endless stream with its signal, and the app closes the source', async () => {
    const app = new Bottle();
    let closed = false;
    app.get('/ticks', async function* ticks() {
      try {
        for (;;) {
          yield 'tick';
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        closed = true;
      }
    });
    await expect(new TestClient(app).get('/ticks', { signal: AbortSignal.timeout(30) })).rejects.toThrow(/timeout/);
    await until(() => closed, 'the source to be closed');
  });
});

describe('an answer', () => {
  const app = new Bottle(quiet);
  app.get('/post', (_, { response }) => {
    response.setHeader('X-Total', 7);
    response.setCookie('a', 'b c;d');
    response.setCookie('list', 'x');
    return { id: 1 };
  });
  app.get('/teapot', (_, { response }) => {
    response.status = '418 Short and stout';
    return 'tea';
  });
  app.get('/latin', (_, { response }) => {
    response.contentType = 'text/plain; charset=latin1';
    return 'ä';
  });
  app.get('/none', () => undefined);
  app.get('/crash', () => {
    throw new RangeError('of the handler');
  });
  app.get('/deliberate', () => abort(404, 'No such thing.'));
  app.get('/broken', async function* broken() {
    yield 'first, ';
    yield 'second';
    await new Promise((resolve) => setTimeout(resolve, 5));
    throw new RangeError('in the midst');
  });
  const client = new TestClient(app);

  it('holds status, headers, body, text, json and cookies', async () => {
    const answer = await client.get('/post');
    expect(answer).toMatchObject({
      status: 200,
      statusText: 'OK',
      ok: true,
      text: '{"id":1}',
      json: { id: 1 },
      redirected: false,
    });
    expect(answer.headers['x-total']).toBe('7');
    expect(answer.headers.get('X-TOTAL')).toBe('7');
    expect(answer.headers['x-absent']).toBeUndefined();
    expect(answer.body).toEqual(Buffer.from('{"id":1}'));
    expect(answer.cookies.a).toBe('b c;d');
    expect([...answer.cookies.keys()]).toEqual(['a', 'list']);
    expect(answer.url).toBe('http://localhost/post');
    expect(String(answer)).toBe('GET /post → 200 OK, application/json, 8 bytes');
  });

  it('has the reason phrase of the app', async () => {
    expect(await client.get('/teapot')).toMatchObject({ status: 418, statusText: 'Short and stout', ok: false });
  });

  it('has its text in the charset of the answer', async () => {
    const answer = await client.get('/latin');
    expect([answer.body.length, answer.text]).toEqual([1, 'ä']);
  });

  it('that is not JSON throws an error with its status and beginning', async () => {
    const answer = await client.get('/crash');
    expect(() => answer.json).toThrow(
      /^The answer to GET \/crash \(500 Internal Server Error, text\/html; charset=UTF-8\) is not JSON: <!DOCTYPE html>/,
    );
    const none = await client.get('/none');
    expect(() => none.json).toThrow('is not JSON: the body is empty.');
  });

  it('tells the error that the app has logged', async () => {
    expect((await client.get('/crash')).error).toEqual(new RangeError('of the handler'));
    expect((await client.get('/deliberate')).error).toBeUndefined();
  });

  it('tells the error of a mounted app, and of the right request of several at once', async () => {
    const outer = new Bottle(quiet).mount('/inner', app);
    const answers = await Promise.all(['/inner/crash', '/inner/post'].map((path) => new TestClient(outer).get(path)));
    expect(answers.map((answer) => String(answer.error))).toEqual(['RangeError: of the handler', 'undefined']);
  });

  it('whose body breaks off rejects, with what had come until then', async () => {
    const error = (await client.get('/broken').catch((reason) => reason)) as BrokenAnswerError;
    expect(error).toBeInstanceOf(BrokenAnswerError);
    expect(error.message).toContain('The body was aborted after 13 bytes');
    expect(error.message).toContain('in the midst');
    expect(error.cause).toEqual(new RangeError('in the midst'));
    expect(error.answer).toMatchObject({ status: 200, text: 'first, second' });
  });

  it('is logged as ever by the app', async () => {
    const logged: unknown[] = [];
    const logging = new Bottle({ logger: (_, error) => void logged.push(error) });
    logging.get('/', () => {
      throw new RangeError('seen');
    });
    await new TestClient(logging).get('/');
    expect(logged).toEqual([new RangeError('seen')]);
  });

  it('is none where the app lets errors through', async () => {
    const strict = new Bottle({ ...quiet, catchall: false });
    strict.get('/', () => {
      throw new RangeError('through');
    });
    await expect(new TestClient(strict).get('/')).rejects.toThrow('through');
  });

  it('comes from controllers as from functions', async () => {
    @Controller('/posts')
    class Posts {
      @Post()
      create(@Body() post: { title: string }, request: Request) {
        return { ...post, by: request.getHeader('x-user') };
      }

      @Get('/<id:int>')
      show(id: number) {
        return { id };
      }
    }
    const posts = new TestClient(new Bottle().mount('/api', Posts));
    expect((await posts.get('/api/posts/7')).json).toEqual({ id: 7 });
    const made = await posts.post('/api/posts', { json: { title: 'Hi' }, headers: { 'X-User': 'ada' } });
    expect(made.json).toEqual({ title: 'Hi', by: 'ada' });
  });
});

describe('a redirect', () => {
  const app = new Bottle();
  app.get('/old', () => redirect('/new?x=1'));
  app.get('/new', (_, { request }) => ({ at: request.path, x: request.query.x }));
  app.post('/form', () => redirect('/new'));
  app.post('/moved', () => redirect('/target', 307));
  app.post('/target', (_, { request }) => `${request.method} ${request.text} ${request.contentType}`);
  app.get('/loop', () => redirect('/loop'));
  app.get('/away', () => redirect('https://example.org/x'));
  app.get('/relative/here', () => redirect('there'));
  app.get('/relative/there', () => 'there');
  app.get('/secure', () => redirect('https://localhost/new'));
  const client = new TestClient(app);

  it('is not followed unless told to', async () => {
    const answer = await client.get('/old');
    expect(answer).toMatchObject({ status: 303, location: '/new?x=1', redirected: false });
  });

  it('is followed when told to', async () => {
    const answer = await client.get('/old', { follow: true });
    expect(answer).toMatchObject({
      status: 200,
      redirected: true,
      url: 'http://localhost/new?x=1',
      json: { at: '/new', x: '1' },
    });
    expect((await new TestClient(app, { follow: true }).get('/old')).status).toBe(200);
    expect((await client.get('/relative/here', { follow: true })).text).toBe('there');
    expect((await client.get('/secure', { follow: true })).url).toBe('https://localhost/new');
  });

  it('turns a POST into a GET, but not where the status keeps the verb', async () => {
    expect((await client.post('/form', { form: { a: 1 }, follow: true })).url).toBe('http://localhost/new');
    const kept = await client.post('/moved', { body: 'same', headers: { 'content-type': 'text/x' }, follow: true });
    expect(kept.text).toBe('POST same text/x');
  });

  it('without end is an error', async () => {
    await expect(client.get('/loop', { follow: 3 })).rejects.toThrow(
      'GET /loop was redirected more than 3 times, at last to /loop.',
    );
  });

  it('to another host is returned, because the client reaches only its app', async () => {
    expect(await client.get('/away', { follow: true })).toMatchObject({ status: 303, location: 'https://example.org/x' });
  });
});
