// The public surface as its contract names it, section by section, from a user's side. What each part does in depth is told beside
// its source; this file proves that nothing of the contract is missing, misnamed or badly typed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as bottlenose from 'bottlenose';
import {
  Any,
  Apply,
  abort,
  app as appStack,
  Body,
  Bottle,
  type Callback,
  type Context,
  Controller,
  Cookie,
  createParam,
  Delete,
  debug,
  defaultApp,
  Error,
  type FileUpload,
  Form,
  FormsDict,
  Get,
  Head,
  Header,
  Hook,
  HTTPError,
  HTTPResponse,
  Inject,
  OnError,
  Options,
  Param,
  Patch,
  type Plugin,
  Post,
  Put,
  Query,
  Request,
  Response,
  Route,
  RouteBuildError,
  RouteSyntaxError,
  redirect,
  SetHeader,
  Skip,
  Status,
  staticFile,
  Upload,
  View,
  WiringError,
} from 'bottlenose';
import { AppStack } from '../src/app/app-stack.js';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { isolate, TestClient } from 'bottlenose/testing';
import { IsString, Length } from 'class-validator';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bottlenose-api-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const httpURL = (path: string) => `http://localhost${path}`;

class NewPost {
  @IsString()
  @Length(1, 80)
  title!: string;
}

@Controller('/posts')
class Posts {
  @Get('/<id:int>')
  show(id: number, db: Database) {
    return db.prepare('SELECT * FROM posts WHERE id = ?').get(id) ?? abort(404, 'No such post.');
  }

  @Post('/')
  create(@Body() post: NewPost, db: Database) {
    return db.prepare('INSERT INTO posts (title) VALUES (?) RETURNING *').get(post.title);
  }

  @Error(404)
  missing(error: HTTPError) {
    return { error: error.body };
  }
}

describe('section 1: a whole application', () => {
  it('answers over a socket, and says so in JSON when there is no such post', async () => {
    const file = join(folder, 'blog.db');
    const setUp = new Database(file);
    setUp.exec('CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL)');
    setUp.close();
    const app = new Bottle();
    app.install(new SQLitePlugin({ file }));
    app.mount('/api', Posts);
    const server = await app.run({ port: 0, quiet: true });
    try {
      const create = (title: unknown) =>
        fetch(`${server.url}/api/posts/`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ title }),
        });
      const created = await create('First');
      expect([created.status, created.headers.get('content-type'), await created.json()]).toEqual([
        200,
        'application/json',
        { id: 1, title: 'First' },
      ]);
      expect(await (await fetch(`${server.url}/api/posts/1`)).json()).toEqual({ id: 1, title: 'First' });
      const missing = await fetch(`${server.url}/api/posts/2`);
      expect([missing.status, await missing.json()]).toEqual([404, { error: 'No such post.' }]);
      expect((await fetch(`${server.url}/api/posts/nowhere`)).status).toBe(404);
      const refused = await create('');
      expect([refused.status, refused.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    } finally {
      await server.close();
    }
  });

  it('leaves a controller alone until it is mounted', () => {
    expect(new Posts().missing(new HTTPError(404, 'Gone.'))).toEqual({ error: 'Gone.' });
  });
});

describe('section 2: decorators', () => {
  it('exist for every verb, with and without a rule, with lists and options', async () => {
    @Controller('/things', { config: { colour: 'red' } })
    class Things {
      @Get() list() {
        return 'list';
      }
      @Post(['/', '/new']) create() {
        return 'create';
      }
      @Put('/<id:int>') async put(id: number) {
        return `put ${id}`;
      }
      @Patch('/<id:int>') patch(id: number) {
        return `patch ${id}`;
      }
      @Delete('/<id:int>', { name: 'thing' }) remove(id: number) {
        return `delete ${id}`;
      }
      @Head('/<id:int>') @SetHeader('X-Head', 'own') head() {}
      @Options() options() {
        return 'options';
      }
      @Any('/<id:int>') any(request: Request) {
        return `any ${request.method}`;
      }
      @Route(['/a', '/b'], { method: ['GET', 'PURGE'] }) both(request: Request) {
        return `both ${request.method}`;
      }
      @Route('/r') plain() {
        return 'plain';
      }
    }
    const app = new Bottle();
    app.mount('/x', Things);
    app.check();
    const client = new TestClient(app);
    const said = async (verb: string, path: string) => (await client.request(verb, path)).text;
    expect(await said('GET', '/x/things')).toBe('list');
    expect(await said('POST', '/x/things/')).toBe('create');
    expect(await said('POST', '/x/things/new')).toBe('create');
    expect(await said('PUT', '/x/things/1')).toBe('put 1');
    expect(await said('PATCH', '/x/things/1')).toBe('patch 1');
    expect(await said('DELETE', '/x/things/1')).toBe('delete 1');
    expect(await said('OPTIONS', '/x/things')).toBe('options');
    expect(await said('PROPFIND', '/x/things/1')).toBe('any PROPFIND');
    expect(await said('GET', '/x/things/a')).toBe('both GET');
    expect(await said('PURGE', '/x/things/b')).toBe('both PURGE');
    expect(await said('GET', '/x/things/r')).toBe('plain');
    expect((await client.head('/x/things/1')).headers['x-head']).toBe('own');
    expect(app.url('thing', { id: 7 })).toBe('/x/things/7');
    expect(app.routes[0]?.config.get('colour')).toBe('red');
  });

  it('say what a response is like, run around routes, and answer errors by status, class or list', async () => {
    const log: string[] = [];
    class Lost extends globalThis.Error {}
    @Controller('/c')
    class C {
      @Get('/made') @Status(201) @SetHeader('X-A', '1') made() {
        return { ok: true };
      }
      @Get('/view') @View('<b>{{name}}</b> {{extra}}', { extra: 'more' }) view() {
        return { name: '<Ada>' };
      }
      @Get('/lost') lost() {
        throw new Lost('nowhere');
      }
      @Get('/teapot') teapot() {
        abort(418);
      }
      @Get('/broken') broken() {
        throw new TypeError('secret');
      }
      @Hook('beforeRequest') before() {
        log.push('before');
      }
      @Hook('afterRequest') after() {
        log.push('after');
      }
      @Error(Lost) onLost(error: Lost) {
        return `lost: ${error.message}`;
      }
      @OnError([418, 405]) onTeapot(error: HTTPError) {
        return `status ${error.status}`;
      }
      @Error() onAny(error: HTTPError) {
        return `any ${error.status}`;
      }
    }
    const app = new Bottle({ logger: () => {} });
    app.mount(C);
    const client = new TestClient(app);
    const made = await client.get('/c/made');
    expect([made.status, made.headers.get('x-a'), made.json, log]).toEqual([201, '1', { ok: true }, ['before', 'after']]);
    expect((await client.get('/c/view')).text).toBe('<b>&lt;Ada&gt;</b> more');
    expect(await client.get('/c/lost')).toMatchObject({ status: 500, text: 'lost: nowhere' });
    expect(await client.get('/c/teapot')).toMatchObject({ status: 418, text: 'status 418' });
    expect(await client.delete('/c/made')).toMatchObject({ status: 405, text: 'status 405' });
    expect(await client.get('/c/broken')).toMatchObject({ status: 500, text: 'any 500' });
  });

  it('apply and skip plugins, on classes and methods, by name, class, instance, function and all', async () => {
    const mark = (name: string): Plugin => ({
      name,
      apply: (callback) => (context) => `${name}(${callback(context) as string})`,
    });
    class Outer implements Plugin {
      apply(callback: Callback): Callback {
        return (context) => `outer(${callback(context) as string})`;
      }
    }
    const instance = mark('instance');
    const bare = (callback: Callback) => (context: Context) => `bare(${callback(context) as string})`;
    @Controller()
    @Apply(mark('class'))
    class C {
      @Get('/a') a() {
        return 'a';
      }
      @Get('/b') @Apply(mark('one'), mark('two')) b() {
        return 'b';
      }
      @Get('/c') @Skip('named') c() {
        return 'c';
      }
      @Get('/d') @Skip(Outer, instance, bare) d() {
        return 'd';
      }
      @Get('/e') @Skip(true) e() {
        return 'e';
      }
      @Get('/f', { skip: 'named', apply: [mark('option')] }) f() {
        return 'f';
      }
    }
    const app = new Bottle();
    app.install(new Outer());
    app.install(mark('named'));
    app.install(instance);
    app.install(bare);
    app.mount(C);
    const client = new TestClient(app);
    const said = async (path: string) => (await client.get(path)).text;
    expect(await said('/a')).toBe('outer(named(instance(bare(class(a)))))');
    expect(await said('/b')).toBe('outer(named(instance(bare(class(one(two(b)))))))');
    expect(await said('/c')).toBe('outer(instance(bare(class(c))))');
    expect(await said('/d')).toBe('named(class(d))');
    expect(await said('/e')).not.toContain('named');
    expect(await said('/f')).toBe('outer(instance(bare(class(option(f)))))');
  });

  it('are inherited, and kept by an overriding method that has no decorators of its own', async () => {
    class Child extends Posts {
      override missing() {
        return { error: 'overridden' };
      }
    }
    expect((await isolate(Child, { db: { prepare: () => ({ get: () => undefined }) } }).get('/posts/1')).json).toEqual({
      error: 'overridden',
    });
  });

  it('leave the name Error as useful as the language’s own, where a module imports it', async () => {
    const cause = new TypeError('deep');
    const error: Error = new Error('boom', { cause });
    class Special extends Error {}
    expect(error).toBeInstanceOf(globalThis.Error);
    expect([error.message, error.cause, error.name]).toEqual(['boom', cause, 'Error']);
    expect(cause instanceof Error).toBe(true);
    expect(new Special('x')).toBeInstanceOf(Special);
    expect(new Special('x')).toBeInstanceOf(globalThis.Error);
    expect(OnError).toBe(Error);

    @Controller()
    class C {
      @Get('/') fail() {
        throw new Special('special');
      }
      @Error(Error) answer(caught: Error) {
        return caught.message;
      }
    }
    expect((await isolate(C).get('/')).text).toBe('special');
  });

  it('give functions wildcards with the types of the rule', async () => {
    const app = new Bottle();
    app.get('/hello/<name>/<n:int>', ({ name, n }) => ({ upper: name.toUpperCase(), half: n / 2 }));
    expect((await new TestClient(app).get('/hello/ada/3')).json).toEqual({ upper: 'ADA', half: 1.5 });
  });
});

describe('section 3: rules', () => {
  it('know filters of one’s own: a parse that throws gives 400, and format builds', async () => {
    const app = new Bottle();
    app.router.addFilter('list', (config) => ({
      pattern: '[^/]+',
      parse: (text) => text.split(config ?? ',').map((part) => (part === '' ? abort(418) : Number(part))),
      format: (value) => (value as number[]).join(config ?? ','),
    }));
    app.get('/sum/<ns:list:;>', ({ ns }) => (ns as number[]).reduce((a, b) => a + b, 0), { name: 'sum' });
    const client = new TestClient(app);
    expect((await client.get('/sum/1;2;3')).json).toBe(6);
    expect((await client.get('/sum/1;;3')).status).toBe(400);
    expect(app.url('sum', { ns: [4, 5], page: 2 })).toBe('/sum/4%3B5?page=2');
  });

  it('have Bottle’s filters, anonymous wildcards, old syntax and escapes', async () => {
    const app = new Bottle();
    app.get('/int/<a:int>', (args) => args);
    app.get('/float/<a:float>', (args) => args);
    app.get('/path/<a:path>/end', (args) => args);
    app.get('/re/<a:re:[a-c]+>', (args) => args);
    app.get('/anonymous/<:int>/<>', ({ request }) => request.route !== undefined);
    app.get('/old/:a', (args) => args);
    app.get('/oldre/:a#[0-9]+#', (args) => args);
    app.get('/oldanonymous/:#[0-9]+#/:##', () => 'old');
    app.get('/a\\:b', () => 'colon');
    app.get('/\\<x>', () => 'angle');
    app.get('/func(<a>)', (args) => args);
    const client = new TestClient(app);
    const got = async (path: string) => {
      const answer = await client.get(path);
      return answer.status === 200 ? answer.text : answer.status;
    };
    expect(await got('/int/-7')).toBe('{"a":-7}');
    expect(await got('/int/x')).toBe(404);
    expect(await got('/float/-1.5')).toBe('{"a":-1.5}');
    expect(await got('/path/x/y/end')).toBe('{"a":"x/y"}');
    expect(await got('/re/abc')).toBe('{"a":"abc"}');
    expect(await got('/re/abd')).toBe(404);
    expect(await got('/anonymous/1/x')).toBe('true');
    expect(await got('/old/x%2Fy%C3%A4')).toBe('{"a":"x/yä"}');
    expect(await got('/oldre/12')).toBe('{"a":"12"}');
    expect(await got('/oldanonymous/1/x')).toBe('old');
    expect(await got('/a:b')).toBe('colon');
    expect(await got('/<x>')).toBe('angle');
    expect(await got('/func(1)')).toBe('{"a":"1"}');
    expect(await got('/old/')).toBe(404);
    expect(await got('/a:b/')).toBe(404);
    expect(await got('/old/%ff')).toBe(400);
  });

  it('are tried by verb, static ones first, then in order; the later of two equal ones wins and check tells', async () => {
    const app = new Bottle();
    app.any('/x/<a>', () => 'any');
    app.get('/x/<a>', () => 'first');
    app.get('/x/<b:path>', () => 'second');
    app.get('/x/static', () => 'static');
    app.post('/y', () => 'y');
    const client = new TestClient(app);
    const said = async (verb: string, path: string) => (await client.request(verb, path)).text;
    expect(await said('GET', '/x/static')).toBe('static');
    expect(await said('GET', '/x/1')).toBe('first');
    expect(await said('GET', '/x/1/2')).toBe('second');
    expect(await said('DELETE', '/x/1')).toBe('any');
    const refused = await client.get('/y');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    app.post('/y', () => 'later');
    expect(await said('POST', '/y')).toBe('later');
    expect(() => app.check()).toThrow(WiringError);
  });

  it('throw where they are added, and where a URL cannot be built', () => {
    const app = new Bottle();
    expect(() => app.get('/<a:nothing>', () => '')).toThrow(RouteSyntaxError);
    app.get('/<a:int>/<:path>', () => '', { name: 'two' });
    expect(app.url('two', { a: 1, q: 'ä' }, 'x/y')).toBe('/1/x/y?q=%C3%A4');
    expect(() => app.url('two', {})).toThrow(RouteBuildError);
    expect(() => app.url('nothing')).toThrow(RouteBuildError);
  });
});

describe('section 4: parameters', () => {
  class Filters {
    page?: number;
  }
  const Agent = createParam((request) => request.getHeader('user-agent', 'none'));

  @Controller('/p')
  class Params {
    @Get('/sources/<id:int>')
    sources(
      @Param('id') key: number,
      @Query('page') page: number,
      @Query('tag') tags: string[],
      @Query() filters: Filters,
      @Header('x-token') token: string,
      @Cookie('plain') plain: string,
      @Cookie('signed', { secret: 'key' }) signed: unknown,
      @Inject('clock') clock: string,
      @Agent() agent: string,
      @Query('name') name = 'Stranger',
      @Query('missing') missing?: string,
    ) {
      return { key, page, tags, filters, token, plain, signed, clock, agent, name, missing: missing === undefined };
    }

    @Get('/scalars')
    scalars(@Query('on') on: boolean, @Query('at') at: Date, @Query('n', { required: true }) n: number) {
      return { on, year: at?.getUTCFullYear(), n };
    }

    @Post('/form')
    form(@Form('name') name: string, @Form() all: Filters, @Upload('photo') photo: FileUpload) {
      return { name, all, photo: [photo.name, photo.filename, photo.contentType, photo.contentLength] };
    }

    @Get('/types/<id:int>')
    types(a: Request, b: Response, id: number, request: Request, response: Response, clock: string) {
      return [a === request, b === response, a instanceof Request, b instanceof Response, id, clock];
    }
  }

  const values = { clock: 'noon' };

  it('come from where their decorators say', async () => {
    const client = isolate(Params, values);
    const signing = new Response();
    signing.setCookie('signed', { a: 1 }, { secret: 'key' });
    const pair = (signing.toFlat()[1] as string).split(';')[0] as string;
    const answer = await client.get('/p/sources/7?page=2&tag=a&tag=b', {
      headers: { 'X-Token': 't', 'User-Agent': 'me', Cookie: `plain=p; ${pair}` },
    });
    expect(answer.json).toEqual({
      key: 7,
      page: 2,
      tags: ['a', 'b'],
      filters: { page: '2', tag: ['a', 'b'] },
      token: 't',
      plain: 'p',
      signed: { a: 1 },
      clock: 'noon',
      agent: 'me',
      name: 'Stranger',
      missing: true,
    });
  });

  it('are converted, and refused with 422 before the method sees them', async () => {
    const client = isolate(Params, values);
    expect((await client.get('/p/scalars?on=true&at=2024-02-03&n=1.5')).json).toEqual({ on: true, year: 2024, n: 1.5 });
    expect((await client.get('/p/scalars?n=x')).status).toBe(422);
    expect((await client.get('/p/scalars')).status).toBe(422);
  });

  it('come from forms and files, and by type and name', async () => {
    const client = isolate(Params, values);
    const answer = await client.post('/p/form', {
      multipart: { name: 'Ada', photo: new File(['xyz'], '../p.txt', { type: 'text/plain' }) },
    });
    expect(answer.json).toMatchObject({ name: 'Ada', photo: ['photo', 'p.txt', 'text/plain', 3] });
    expect((await client.get('/p/types/1')).json).toEqual([true, true, true, true, 1, 'noon']);
  });

  it('that nothing provides are told by check, all at once, and run refuses', async () => {
    class Wrong {
      @Get('/<id:int>')
      show(id: string, nmae: string, name = 'x') {
        return [id, nmae, name];
      }
      @Get('/other/<slug>')
      other(slgu: string) {
        return slgu;
      }
    }
    const app = new Bottle().mount(Wrong);
    let error: unknown;
    try {
      app.check();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WiringError);
    const { message } = error as WiringError;
    for (const part of ['Wrong', 'show', 'other', '/<id:int>', 'nmae', 'slgu', "'slug'", 'request, response']) {
      expect(message).toContain(part);
    }
    await expect(app.run({ port: 0, quiet: true })).rejects.toThrow(WiringError);
  });

  it('reach controllers made by the app, by hand, or by a container', async () => {
    class Store {
      name = 'mine';
    }
    @Controller('/s')
    class Stored {
      readonly store: Store;
      constructor(store: Store = { name: 'default' }) {
        this.store = store;
      }
      @Get() show() {
        return this.store.name;
      }
    }
    const container = { get: <T>(Class: new (store: Store) => T) => new Class({ name: 'contained' }) };
    const said = async (app: Bottle) => (await new TestClient(app).get('/s')).text;
    expect(await said(new Bottle().mount(Stored))).toBe('default');
    expect(await said(new Bottle().mount('/', new Stored(new Store())))).toBe('mine');
    expect(await said(new Bottle({ container }).mount(Stored))).toBe('contained');
  });
});

describe('section 5: what a method may return', () => {
  class Dated {
    at = new Date(0);
    toJSON() {
      return { at: 'then' };
    }
  }
  const cases: [string, () => unknown, Record<string, unknown>][] = [
    ['an object', () => ({ a: 1 }), { text: '{"a":1}', type: 'application/json' }],
    ['a list', () => [1], { text: '[1]', type: 'application/json' }],
    ['an instance', () => new Dated(), { text: '{"at":"then"}', type: 'application/json' }],
    ['a number', () => 7, { text: '7', type: 'application/json' }],
    ['true', () => true, { text: 'true', type: 'application/json' }],
    ['undefined', () => undefined, { text: '', length: '0' }],
    ['null', () => null, { text: '', length: '0' }],
    ['false', () => false, { text: '', length: '0' }],
    ['an empty text', () => '', { text: '', length: '0' }],
    ['a text', () => 'ä', { text: 'ä', length: '2', type: 'text/html; charset=UTF-8' }],
    ['a Buffer', () => Buffer.from('b'), { text: 'b', length: '1' }],
    ['bytes', () => new Uint8Array([98]), { text: 'b', length: '1' }],
    ['an ArrayBuffer', () => new Uint8Array([98]).buffer, { text: 'b', length: '1' }],
    ['an HTTPResponse', () => new HTTPResponse('r', { status: 202, headers: { 'X-A': 'b' } }), { status: 202, text: 'r' }],
    ['an HTTPError', () => new HTTPError(409, 'No.'), { status: 409 }],
    ['a fetch Response', () => new globalThis.Response('f', { status: 203 }), { status: 203, text: 'f' }],
    ['a web stream', () => new Blob(['w']).stream(), { text: 'w' }],
    ['a Blob', () => new Blob(['b'], { type: 'text/x' }), { text: 'b' }],
    ['a generator', () => ['', 'g', Buffer.from('h')].values(), { text: 'gh' }],
    [
      'an async generator',
      async function* () {
        yield 'a';
        yield 'b';
      },
      { text: 'ab' },
    ],
    ['a promise', async () => ({ a: 1 }), { text: '{"a":1}' }],
    ['a promise of a generator', async () => ['p'].values(), { text: 'p' }],
    ['a function', () => () => 1, { status: 500 }],
    ['a symbol', () => Symbol('s'), { status: 500 }],
  ];

  it.each(cases)('%s', async (_name, handler, expected) => {
    const app = new Bottle({ logger: () => {} });
    app.get('/', handler);
    const answer = await new TestClient(app).get('/');
    const got = {
      status: answer.status,
      text: answer.text,
      type: answer.headers.get('content-type'),
      length: answer.headers.get('content-length'),
    };
    expect(got).toMatchObject({ status: 200, ...expected });
  });

  it('never a body where there may be none', async () => {
    const app = new Bottle();
    app.get('/<code:int>', ({ code, response }) => {
      response.status = code;
      return 'body';
    });
    for (const code of [204, 304]) expect((await new TestClient(app).get(`/${code}`)).text).toBe('');
    expect((await new TestClient(app).head('/200')).text).toBe('');
  });
});

describe('section 6: request and response', () => {
  it('a request has all of its members, as plain properties', async () => {
    const app = new Bottle();
    const inner = new Bottle();
    let seen: Record<string, unknown> = {};
    inner.post('/posts/<id:int>', ({ request }) => {
      const copy = request.copy();
      copy.pathShift(1);
      seen = {
        method: request.method,
        path: request.path,
        url: request.url,
        urlParts: request.urlParts,
        fullPath: request.fullPath,
        queryString: request.queryString,
        scriptName: request.scriptName,
        page: request.query.page,
        absent: request.query.absent,
        got: [request.query.get('tag'), request.query.get('x', 'y'), request.query.getAll('tag'), request.query.has('tag')],
        pairs: [...request.query],
        entries: [...request.query.entries()],
        forms: request.forms.name,
        files: [...request.files],
        params: [request.params.page, request.params.name],
        json: request.json,
        body: request.body.toString(),
        text: request.text,
        header: [request.headers['x-a'], request.headers.get('X-A'), request.getHeader('X-a'), request.getHeader('x-b', 'none')],
        cookies: [request.cookies.c, request.getCookie('c'), request.getCookie('d', { default: 'none' })],
        contentType: request.contentType,
        contentLength: request.contentLength,
        chunked: request.chunked,
        auth: request.auth,
        xhr: [request.isXhr, request.isAjax],
        remote: [request.remoteAddr, request.remoteRoute],
        app: request.app === inner,
        route: request.route?.rule,
        urlArgs: request.urlArgs,
        environ: request.environ,
        state: request.state,
        signal: request.signal,
        shifted: [copy.scriptName, copy.path, request.path],
      };
      return 'done';
    });
    app.mount('/blog', inner);
    await new TestClient(app).post('/blog/posts/7?page=2&tag=a&tag=b', {
      form: { name: 'Ada' },
      headers: { 'X-A': 'b', Cookie: 'c=d', Authorization: 'Basic YWRhOnB3', 'X-Requested-With': 'XMLHttpRequest' },
    });
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/posts/7',
      url: 'http://localhost/blog/posts/7?page=2&tag=a&tag=b',
      urlParts: { scheme: 'http', netloc: 'localhost', path: '/blog/posts/7', query: 'page=2&tag=a&tag=b', fragment: '' },
      fullPath: '/blog/posts/7',
      queryString: 'page=2&tag=a&tag=b',
      scriptName: '/blog/',
      page: '2',
      absent: '',
      got: ['b', 'y', ['a', 'b'], true],
      pairs: [
        ['page', '2'],
        ['tag', 'a'],
        ['tag', 'b'],
      ],
      forms: 'Ada',
      files: [],
      params: ['2', 'Ada'],
      json: undefined,
      body: 'name=Ada',
      text: 'name=Ada',
      header: ['b', 'b', 'b', 'none'],
      cookies: ['d', 'd', 'none'],
      contentType: 'application/x-www-form-urlencoded',
      contentLength: 8,
      chunked: false,
      auth: { username: 'ada', password: 'pw' },
      xhr: [true, true],
      remote: ['127.0.0.1', ['127.0.0.1']],
      app: true,
      route: '/posts/<id:int>',
      urlArgs: { id: 7 },
      state: {},
      shifted: ['/blog/posts/', '/7', '/posts/7'],
    });
    expect(seen.entries).toEqual(seen.pairs);
    expect(seen.environ).toBeInstanceOf(globalThis.Request);
    expect(seen.signal).toBeInstanceOf(AbortSignal);
  });

  it('json is parsed by content type, refused when broken or poisoned; a stream is passed unread', async () => {
    const app = new Bottle();
    app.post('/', ({ request }) => ({ json: request.json }));
    app.post('/stream', { stream: true }, async ({ request }) => {
      let size = 0;
      for await (const chunk of request.stream) size += (chunk as Buffer).length;
      return size;
    });
    const client = new TestClient(app);
    const send = (body: string) => client.post('/', { body, headers: { 'Content-Type': 'application/json' } });
    expect((await send('{"a":[1]}')).json).toEqual({ json: { a: [1] } });
    expect((await send('{"a":')).status).toBe(400);
    expect((await send('{"__proto__":{"x":1}}')).status).toBe(400);
    expect((await client.post('/', { body: '{"a":1}', headers: { 'Content-Type': 'text/plain' } })).json).toEqual({});
    expect((await client.post('/stream', { body: 'x'.repeat(1000) })).json).toBe(1000);
  });

  it('a FormsDict has attributes, of one’s own making too', async () => {
    const mine = new FormsDict([
      ['a', '1'],
      ['a', '2'],
    ]);
    expect([mine.a, mine.none, mine.getAll('a'), mine instanceof FormsDict]).toEqual(['2', '', ['1', '2'], true]);
    class C {
      @Get('/') list(@Query() query: FormsDict) {
        return [query.page, query.none, query instanceof FormsDict];
      }
    }
    expect((await isolate(C).get('/?page=2')).json).toEqual(['2', '', true]);
  });

  it('an upload has all of its members, and is never saved over a file unless told', async () => {
    const app = new Bottle();
    let seen: unknown[] = [];
    app.post('/', async ({ request }) => {
      const file = request.files.photo as FileUpload;
      seen = [file.name, file.filename, file.rawFilename, file.contentType, file.contentLength, file.headers.has('content-type')];
      await file.save(join(folder, 'saved.txt'));
      await file.save(join(folder, 'saved.txt'), { overwrite: true });
      const chunks: Buffer[] = [];
      for await (const chunk of file.file) chunks.push(chunk as Buffer);
      seen.push(Buffer.concat(chunks).toString());
      await expect(file.save(join(folder, 'saved.txt'))).rejects.toThrow('overwrite');
    });
    const photo = new File(['abc'], '../../a b.txt', { type: 'text/plain' });
    expect((await new TestClient(app).post('/', { multipart: { photo } })).status).toBe(200);
    expect(seen).toEqual(['photo', 'a-b.txt', '../../a b.txt', 'text/plain', 3, true, 'abc']);
  });

  it('a response has all of its members', async () => {
    const app = new Bottle();
    app.get('/', ({ response }) => {
      expect([response.status, response.statusCode, response.charset]).toEqual([200, 200, 'UTF-8']);
      response.status = '404 Not here';
      expect([response.status, response.statusCode, response.statusLine]).toEqual([404, 404, '404 Not here']);
      response.status = 200;
      response.contentType = 'text/plain';
      response.charset = 'latin1';
      response.setHeader('X-A', 1);
      response.addHeader('x-a', 'two');
      response.headers['X-B'] = 'b';
      expect([response.getHeader('x-b'), response.getHeader('none', 'default')]).toEqual(['b', 'default']);
      response.setCookie('a', 'b', { maxAge: 60, path: '/', httpOnly: true, secure: true, sameSite: 'lax' });
      response.setCookie('signed', { n: 1 }, { secret: ['new', 'old'] });
      response.deleteCookie('gone');
      expect(() => response.setHeader('X-C', 'a\r\nb')).toThrow();
      expect(() => response.setHeader('X\0', 'a')).toThrow();
      return 'ä';
    });
    const answer = await new TestClient(app).get('/');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; charset=latin1$/i);
    expect(answer.headers.get('content-length')).toBe('1');
    expect(answer.headers.get('x-b')).toBe('b');
    expect(answer.cookies.a).toBe('b');
    const cookies = answer.headers.getAll('set-cookie');
    expect(cookies.find((cookie) => cookie.startsWith('a='))).toMatch(
      /^a=b(?=.*; Max-Age=60)(?=.*; Path=\/)(?=.*; HttpOnly)(?=.*; Secure)(?=.*; SameSite=Lax)/,
    );
    expect(cookies).toHaveLength(3);
  });

  it('helpers abort, redirect and send files', async () => {
    writeFileSync(join(folder, 'a.txt'), 'hello');
    const app = new Bottle();
    app.get('/see', () => redirect('/other'));
    app.get('/found', () => redirect('/other', 302));
    app.get('/files/<name:path>', ({ name }) => staticFile(name, { root: folder }));
    app.get('/save', () => staticFile('a.txt', { root: folder, mimetype: 'text/x', charset: 'latin1', download: 'b.txt' }));
    const client = new TestClient(app);
    const see = await client.get('/see');
    expect([see.status, see.location]).toEqual([303, '/other']);
    expect((await client.get('/found')).status).toBe(302);
    const file = await client.get('/files/a.txt');
    expect([file.text, file.headers['content-type']]).toEqual(['hello', 'text/plain; charset=UTF-8']);
    const etag = file.headers.get('etag', '');
    expect((await client.get('/files/a.txt', { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const part = await client.get('/files/a.txt', { headers: { Range: 'bytes=1-2' } });
    expect([part.status, part.text]).toEqual([206, 'el']);
    expect((await client.get('/files/a.txt', { headers: { Range: 'bytes=9-' } })).status).toBe(416);
    expect((await client.get('/files/none.txt')).status).toBe(404);
    expect([403, 404]).toContain((await client.get('/files/..%2f..%2fetc/passwd')).status);
    const save = await client.get('/save');
    expect([save.headers['content-type'], save.headers['content-disposition']]).toEqual([
      'text/x; charset=latin1',
      'attachment; filename="b.txt"',
    ]);
    const error = new HTTPError();
    expect([error.status, error.body]).toEqual([500, 'Internal Server Error']);
    const response = new HTTPResponse();
    expect([response.status, response.body]).toEqual([200, undefined]);
    const full = new HTTPError(503, 'Later.', { cause: error, headers: { 'Retry-After': '60' } });
    expect([full.cause, full.headers.get('retry-after'), full instanceof HTTPResponse]).toEqual([error, '60', true]);
  });

  it('redirect is 302 to HTTP/1.0', async () => {
    const { connect } = await import('node:net');
    const app = new Bottle();
    app.get('/', () => redirect('/other'));
    const server = await app.run({ port: 0, quiet: true });
    try {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.write('GET / HTTP/1.0\r\n\r\n');
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect(text).toMatch(/^HTTP\/1\.[01] 302 /);
    } finally {
      await server.close();
    }
  });
});

describe('section 7: apps', () => {
  afterEach(() => debug(false));

  it('a Bottle has all of its members', () => {
    const app = new Bottle();
    const methods =
      'route get post put patch delete any error hook mount merge install uninstall reset close run check url match';
    for (const name of [...methods.split(' '), 'fetch', 'listener']) {
      expect([name, typeof app[name as keyof Bottle]]).toEqual([name, 'function']);
    }
    app.get('/x/<id:int>', () => '', { name: 'x' });
    expect(app.routes).toHaveLength(1);
    expect(app.routes[0]).toMatchObject({ rule: '/x/<id:int>', method: 'GET', name: 'x' });
    expect(app.router.match('GET', '/x/1')).not.toBeNull();
    expect(app.match('GET', '/x/1')?.args).toEqual({ id: 1 });
    expect(app.config.get('catchall')).toBe(true);
  });

  it('the module has a function for each of the default app’s', async () => {
    const names = 'route get post put patch del error hook mount install uninstall run url';
    const exported = new Map<string, unknown>(Object.entries(bottlenose));
    for (const name of [...names.split(' '), 'app', 'defaultApp', 'debug', 'abort', 'redirect', 'staticFile', 'template']) {
      expect([name, typeof exported.get(name)]).toEqual([name, 'function']);
    }
    expect(appStack).toBe(defaultApp);
    const mine = defaultApp.push();
    try {
      expect(defaultApp()).toBe(mine);
      const inner = new Bottle();
      inner.get('/', () => 'inner');
      bottlenose.route('/r', () => 'route');
      bottlenose.get('/x/<id:int>', ({ id }) => id + 1, { name: 'x' });
      bottlenose.post('/x', () => 'post');
      bottlenose.put('/x', () => 'put');
      bottlenose.patch('/x', () => 'patch');
      bottlenose.del('/x', () => 'delete');
      bottlenose.error(404, (error) => `none: ${error.status}`);
      bottlenose.hook('afterRequest', ({ response }) => response.setHeader('X-Hook', 'yes'));
      bottlenose.mount('/inner', inner);
      const plugin = bottlenose.install({ name: 'p', apply: (callback) => callback });
      expect(bottlenose.uninstall(plugin)).toEqual([plugin]);
      expect(bottlenose.url('x', { id: 3 })).toBe('/x/3');
      const client = new TestClient(mine);
      const texts: string[] = [];
      for (const what of ['GET /r', 'GET /x/1', 'POST /x', 'PUT /x', 'PATCH /x', 'DELETE /x', 'GET /inner/', 'GET /none']) {
        const [verb, path] = what.split(' ') as [string, string];
        texts.push((await client.request(verb, path)).text);
      }
      expect(texts).toEqual(['route', '2', 'post', 'put', 'patch', 'delete', 'inner', 'none: 404']);
      expect((await client.get('/r')).headers['x-hook']).toBe('yes');
      const server = await bottlenose.run({ port: 0, quiet: true });
      expect(await (await fetch(`${server.url}/r`)).text()).toBe('route');
      await server.close();
    } finally {
      expect(defaultApp.pop()).toBe(mine);
    }
    const stack = new AppStack();
    const pushed = new Bottle();
    expect([stack.push(pushed), stack(), stack.pop()]).toEqual([pushed, pushed, pushed]);
  });

  it('mounts classes, instances, apps, fetch handlers and node listeners, and merges', async () => {
    const inner = new Bottle();
    inner.get('/<x>', ({ x, request }) => `${request.scriptName} ${request.path} ${x}`);
    inner.error(404, () => 'inner 404');
    const merged = new Bottle();
    merged.install((callback: Callback) => (context: Context) => `merged(${callback(context) as string})`);
    merged.get('/merged', () => 'm');
    const app = new Bottle();
    const outer: string[] = [];
    const noting = (callback: Callback, route: { rule: string }) => (context: Context) => {
      outer.push(route.rule);
      return callback(context);
    };
    app.install(noting);
    app.mount('/inner', inner);
    app.mount('/seen', inner, { apply: noting });
    app.mount('/fetch', (request: globalThis.Request) => new globalThis.Response(new URL(request.url).pathname));
    app.mount('/object', { fetch: async () => new globalThis.Response('object') });
    app.mount('/node', (request, response) => {
      response.end(`node ${request.url}`);
    });
    app.merge(merged);
    app.merge(new Bottle().get('/list', () => 'l').routes);
    const client = new TestClient(app);
    const said = async (path: string) => (await client.get(path)).text;
    await said('/inner/a');
    expect(outer).toEqual([]);
    await said('/seen/a');
    expect(outer).toHaveLength(1);
    expect(await said('/inner/a')).toBe('/inner/ /a a');
    expect(await said('/inner/a/b')).toBe('inner 404');
    expect(await said('/fetch/a')).toContain('/a');
    expect(await said('/object/a')).toBe('object');
    expect(await said('/node/a?b')).toContain('/a?b');
    expect(await said('/merged')).toBe('merged(m)');
    expect(await said('/list')).toBe('l');
  });

  it('takes a prefix with and without slashes around it, for controllers as for apps', async () => {
    @Controller('c')
    class C {
      @Get('x') x() {
        return 'x';
      }
      @Get() root() {
        return 'root';
      }
    }
    for (const prefix of ['api', '/api', '/api/', 'api/']) {
      const client = new TestClient(new Bottle().mount(prefix, C));
      expect([prefix, (await client.get('/api/c/x')).text, (await client.get('/api/c')).text]).toEqual([prefix, 'x', 'root']);
      const outer = new TestClient(
        new Bottle().mount(
          prefix,
          new Bottle().get('/x', () => 'inner'),
        ),
      );
      expect([prefix, (await outer.get('/api/x')).text]).toEqual([prefix, 'inner']);
    }
  });

  it('is a fetch handler and a node listener itself', async () => {
    const app = new Bottle();
    app.get('/', () => 'hello');
    expect(await (await app.fetch(new globalThis.Request(httpURL('/')))).text()).toBe('hello');
    const server = createServer(app.listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('runs hooks: afterRequest in reverse and always, appReset, config', async () => {
    const app = new Bottle({ logger: () => {} });
    const log: unknown[] = [];
    app.hook('beforeRequest', ({ request }) => log.push(`before ${request.path}`));
    app.hook('afterRequest', () => log.push('after 1'));
    app.hook('afterRequest', () => log.push('after 2'));
    app.hook('appReset', () => log.push('reset'));
    app.hook('config', (key, value) => log.push([key, value]));
    app.get('/', () => abort(500));
    await new TestClient(app).get('/');
    app.reset();
    app.config.set('a.b', 1);
    expect(log).toEqual(['before /', 'after 2', 'after 1', 'reset', ['a.b', 1]]);
  });

  it('has a configuration with dotted keys, files, listeners and an overlay per mount', async () => {
    writeFileSync(join(folder, 'app.json'), '{"mail":{"host":"a","port":25}}');
    writeFileSync(join(folder, 'app.ini'), '[mail]\nhost = b\n');
    writeFileSync(join(folder, '.env'), 'MAIL__HOST=c\nTOKEN=t\n');
    const app = new Bottle();
    const log: unknown[] = [];
    app.config.onChange((key, value) => log.push([key, value]), 'mail.host');
    app.config.loadFile(join(folder, 'app.json'));
    expect([app.config['mail.host'], app.config.get('mail.port')]).toEqual(['a', 25]);
    app.config.loadFile(join(folder, 'app.ini'));
    app.config.loadFile(join(folder, '.env'));
    app.config.loadDict({ mail: { host: 'd' } });
    app.config['mail.host'] = 'e';
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e'].map((value) => ['mail.host', value]));
    expect(app.config.TOKEN).toBe('t');
    const inner = new Bottle();
    app.mount('/inner', inner);
    expect(inner.config.get('mail.host')).toBe('e');
    inner.config.set('mail.host', 'own');
    expect([inner.config['mail.host'], app.config['mail.host']]).toEqual(['own', 'e']);
  });

  it('catchall and autojson can be turned off', async () => {
    const app = new Bottle({ catchall: false, autojson: false, logger: () => {} });
    app.get('/throws', () => {
      throw new TypeError('through');
    });
    app.get('/object', () => ({ a: 1 }));
    const client = new TestClient(app);
    await expect(client.get('/throws')).rejects.toThrow('through');
    expect((await client.get('/object')).status).toBe(500);
  });

  it('hides unknown errors outside debug mode, as HTML or problem details, and checks at mount in it', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.get('/', () => {
      throw new TypeError('secret');
    });
    const client = new TestClient(app);
    const page = await client.get('/', { headers: { Accept: 'text/html' } });
    expect([page.status, page.headers['content-type']]).toEqual([500, 'text/html; charset=UTF-8']);
    expect(page.text).not.toContain('secret');
    const problem = await client.get('/', { headers: { Accept: 'application/json' } });
    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problem.json).toMatchObject({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
    expect(logged).toHaveLength(2);
    debug(true);
    expect((await client.get('/', { headers: { Accept: 'text/html' } })).text).toContain('secret');
    class Wrong {
      @Get('/wrong') wrong(nothing: string) {
        return nothing;
      }
    }
    expect(() => app.mount(Wrong)).toThrow(WiringError);
  });
});

describe('section 8: plugins', () => {
  it('are set up, provide by keyword and by type, cost nothing where not wanted, and close', async () => {
    class Clock {
      time = 'noon';
    }
    const log: string[] = [];
    class ClockPlugin implements Plugin {
      name = 'clock';
      api = 2 as const;
      provides = { keyword: 'clock', type: Clock };
      setup(app: Bottle) {
        log.push(`setup ${app instanceof Bottle}`);
      }
      apply(callback: Callback, route: Route): Callback {
        log.push(`${route.method} ${route.rule} ${route.name} ${route.controller?.name} ${route.wants(this)}`);
        log.push(`${route.config.get('zone')} ${route.app instanceof Bottle} ${route.parameters.length}`);
        if (!route.wants(this)) return callback;
        return (context: Context) => {
          context.provide('clock', new Clock());
          context.response.setHeader('X-Args', JSON.stringify(context.args));
          return callback(context);
        };
      }
      async close() {
        log.push('close');
      }
    }
    @Controller('/c')
    class C {
      @Get('/name/<id:int>', { name: 'byName', config: { zone: 'UTC' } }) byName(clock: Clock, id: number) {
        return `${clock.time} ${id}`;
      }
      @Get('/type') byType(other: Clock) {
        return other.time;
      }
      @Get('/none') none() {
        return 'none';
      }
    }
    const app = new Bottle();
    const plugin = new ClockPlugin();
    app.install(plugin);
    app.mount(C);
    const client = new TestClient(app);
    const named = await client.get('/c/name/1');
    expect([named.text, named.headers['x-args']]).toEqual(['noon 1', '{"id":1}']);
    expect((await client.get('/c/type')).text).toBe('noon');
    expect((await client.get('/c/none')).text).toBe('none');
    await client.get('/c/none');
    expect(log).toEqual([
      'setup true',
      'GET /c/name/<id:int> byName C true',
      'UTC true 2',
      'GET /c/type undefined C true',
      'undefined true 1',
      'GET /c/none undefined C false',
      'undefined true 0',
    ]);
    await app.close();
    expect(log.at(-1)).toBe('close');
  });

  it('are installed and uninstalled at run time, by name, class, instance, function, or all', async () => {
    const wrap = (name: string): Plugin => ({
      name,
      apply: (callback) => (context) => `${name}(${callback(context) as string})`,
    });
    class ByClass implements Plugin {
      apply(callback: Callback): Callback {
        return (context) => `class(${callback(context) as string})`;
      }
    }
    const bare = (callback: Callback, _route: Route): Callback => {
      return (context) => `bare(${callback(context) as string})`;
    };
    let closed = 0;
    const onlyCloses: Plugin = { name: 'closes', close: () => void closed++ };
    const app = new Bottle().get('/', () => 'x');
    const client = new TestClient(app);
    const said = async () => (await client.get('/')).text;
    const instance = wrap('instance');
    for (const plugin of [wrap('a'), new ByClass(), instance, bare, onlyCloses]) app.install(plugin);
    expect(await said()).toBe('a(class(instance(bare(x))))');
    app.uninstall('a');
    expect(await said()).toBe('class(instance(bare(x)))');
    app.uninstall(ByClass);
    expect(await said()).toBe('instance(bare(x))');
    app.uninstall(instance);
    expect(await said()).toBe('bare(x)');
    app.uninstall(bare);
    expect(await said()).toBe('x');
    app.uninstall(true);
    expect([await said(), closed]).toEqual(['x', 1]);
  });

  it('SQLite takes its options, and is one transaction for each request', async () => {
    const file = join(folder, 'a.db');
    const app = new Bottle({ logger: () => {} });
    app.install(
      new SQLitePlugin({
        file,
        keyword: 'store',
        autocommit: true,
        readonly: false,
        pragmas: { cache_size: -1000 },
        functions: { double: (n: number) => 2 * n },
      }),
    );
    @Controller()
    class C {
      @Post('/setup') setUp(store: Database) {
        store.exec('CREATE TABLE t (n INTEGER UNIQUE)');
      }
      @Post('/add/<n:int>') async add(n: number, store: Database) {
        store.prepare('INSERT INTO t VALUES (double(?))').run(n);
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (n === 13) throw new TypeError('half-way');
        if (n === 14) throw new HTTPResponse('kept', { status: 202 });
        return 'added';
      }
      @Get('/all', { config: { sqlite: { readonly: true } } }) all(store: Database) {
        return store.prepare('SELECT n FROM t ORDER BY n').pluck().all();
      }
      @Get('/pragmas') pragmas(database: Database) {
        const { pragma } = { pragma: (name: string) => database.pragma(name, { simple: true }) };
        return ['journal_mode', 'foreign_keys', 'cache_size'].map(pragma);
      }
    }
    app.mount(C);
    const client = new TestClient(app);
    expect((await client.post('/setup')).status).toBe(200);
    expect((await client.post('/add/1')).text).toBe('added');
    const again = await client.post('/add/1', { headers: { Accept: 'application/json' } });
    expect(again.status).toBe(409);
    expect(again.text).not.toMatch(/INSERT|UNIQUE|t\.n/);
    expect((await client.post('/add/13')).status).toBe(500);
    expect((await client.post('/add/14')).status).toBe(202);
    expect((await client.get('/all')).json).toEqual([2, 28]);
    expect((await client.get('/pragmas')).json).toEqual(['wal', 1, -1000]);
    await app.close();
  });
});

describe('section 13: testing', () => {
  it('isolate puts values in the place of plugins', async () => {
    const fakeDb = { prepare: () => ({ get: (id: number) => (id === 1 ? { id, title: 'First' } : undefined) }) };
    const posts = isolate(Posts, { db: fakeDb });
    const answer = await posts.get('/posts/1');
    expect([answer.status, answer.headers.get('content-type'), answer.json]).toEqual([
      200,
      'application/json',
      { id: 1, title: 'First' },
    ]);
    expect(answer.text).toBe('{"id":1,"title":"First"}');
    expect(answer.cookies.none).toBe('');
    expect((await posts.get('/posts/2')).status).toBe(404);
    expect((await isolate(new Posts(), { db: fakeDb }).get('/posts/1')).status).toBe(200);
  });

  it('a client keeps cookies, and sends json, forms, multipart, bodies, queries and headers', async () => {
    const app = new Bottle();
    app.post('/login', ({ request, response }) => {
      response.setCookie('user', request.forms.name);
      return 'welcome';
    });
    app.any('/echo', ({ request }) => ({
      method: request.method,
      user: request.cookies.user,
      type: request.contentType.split(';')[0],
      json: request.json,
      form: { ...request.forms },
      text: request.contentType.startsWith('multipart') ? '' : request.text,
      query: request.query.q,
      header: request.getHeader('x-a'),
    }));
    const client = new TestClient(app);
    const login = await client.post('/login', { form: { name: 'a' } });
    expect([login.text, login.cookies.user]).toEqual(['welcome', 'a']);
    expect((await client.get('/echo', { query: { q: 'ä b' }, headers: { 'X-A': 'b' } })).json).toMatchObject({
      method: 'GET',
      user: 'a',
      query: 'ä b',
      header: 'b',
    });
    expect((await client.put('/echo', { json: { a: [1] } })).json).toMatchObject({ method: 'PUT', json: { a: [1] } });
    expect((await client.patch('/echo', { multipart: { a: 'b' } })).json).toMatchObject({ form: { a: 'b' } });
    expect((await client.delete('/echo', { body: 'raw' })).json).toMatchObject({ method: 'DELETE', text: 'raw' });
    expect((await client.options('/echo')).json).toMatchObject({ method: 'OPTIONS' });
  });
});
