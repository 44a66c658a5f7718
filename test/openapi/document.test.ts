import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  abort,
  Body,
  Bottle,
  Controller,
  Error as OnError,
  Get,
  HTTPError,
  Post,
  Query,
  Returns,
  Route,
  toStandardSchema,
  WiringError,
} from 'bottlenose';
import { guard, type Plugin } from 'bottlenose/kit';
import { type OpenAPIDocument, OpenAPIPlugin, openapi } from 'bottlenose/openapi';
import { IsString } from 'class-validator';
import { createApp as createBlog } from '../../examples/blog/app.js';
import { createApp as createChat } from '../../examples/chat/app.js';
import { createApp as createConduit } from '../../examples/conduit/app.js';
import { createApp as createTodo } from '../../examples/todo/app.js';
import todoBackend from '../../examples/todo-backend/app.js';
import { library, NewBook } from './fixtures/library.js';
import { problems, resolved } from './fixtures/valid.js';

describe('the document of an example is valid', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('todo', async () => {
    const app = createTodo(join(folder, 'todo.db'));
    const document = openapi(app, { title: 'To-dos', version: '1.0.0' });
    expect(await problems(document)).toEqual([]);
    expect(Object.keys(document.paths)).toEqual(['/api/todos', '/api/todos/{id}', '/', '/{id}', '/{id}/delete']);
    expect(document.components?.schemas?.NewTodo).toMatchObject({
      required: ['title'],
      properties: { title: { maxLength: 80 } },
    });
    await app.close();
  });

  it('blog', async () => {
    const app = createBlog({ file: join(folder, 'blog.db') });
    const document = openapi(app, { title: 'Blog', version: '1.0.0' });
    expect(await problems(document)).toEqual([]);
    expect(Object.keys(document.paths)).toContain('/posts/{id}');
    await app.close();
  });

  it('conduit', async () => {
    const app = createConduit({ file: join(folder, 'conduit.db') });
    const document = openapi(app, { title: 'Conduit', version: '1.0.0' });
    expect(await problems(document)).toEqual([]);
    expect(Object.keys(document.paths)).toContain('/api/articles/{slug}/comments/{id}');
    await app.close();
  });

  it('todo-backend', async () => {
    expect(await problems(openapi(todoBackend))).toEqual([]);
  });

  it('chat', async () => {
    expect(await problems(openapi(createChat()))).toEqual([]);
  });
});

describe('a document', () => {
  const app = library();
  const document = openapi(app, { title: 'Library', version: '2.0.0', license: { name: 'MIT' } });
  const operation = (verb: string, path: string) => document.paths[path]?.[verb] ?? {};
  const body = (verb: string, path: string, type = 'application/json') =>
    operation(verb, path).requestBody?.content[type]?.schema;
  const parameters = (verb: string, path: string) => operation(verb, path).parameters ?? [];

  it('is valid, and is plain data', async () => {
    expect(await problems(document)).toEqual([]);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Library', version: '2.0.0', license: { name: 'MIT' } } });
  });

  it('has a title and a version in any case', () => {
    expect(openapi(new Bottle())).toEqual({ openapi: '3.1.0', info: { title: 'API', version: '0.0.0' }, paths: {} });
  });

  it('has the paths of rules, controllers and mounted apps, but not what is hidden or no HTTP', () => {
    expect(Object.keys(document.paths).sort()).toEqual(
      [
        '/api/books',
        '/api/books/{id}',
        '/api/books/{id}/cover',
        '/api/books/{id}/pages',
        '/api/books/search',
        '/api/books/old',
        '/shelves',
        '/shelves/{name}',
        '/shelves/{name}/any',
        '/{tenant}/inner/archive/{year}/{file}',
        '/{tenant}/inner/archive/{day}',
        '/{tenant}/inner/archive/page',
        '/{tenant}/inner/archive/text',
        '/{tenant}/inner/archive/bytes',
        '/{tenant}/inner/archive/part',
        '/hello/{name}',
        '/a%7Bb%7D/{x}',
      ].sort(),
    );
  });

  it('tells what wildcards take', () => {
    expect(parameters('get', '/api/books/{id}')).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
    ]);
    expect(parameters('get', '/a%7Bb%7D/{x}')).toMatchObject([{ schema: { type: 'number' } }]);
    const [tenant, year, file] = parameters('get', '/{tenant}/inner/archive/{year}/{file}');
    expect(tenant).toEqual({ name: 'tenant', in: 'path', required: true, schema: { type: 'string' } });
    expect(year?.schema).toEqual({ type: 'string', pattern: '^\\d{4}$', allOf: [{ pattern: '^(?:\\d{4})$' }] });
    expect(file).toMatchObject({ schema: { type: 'string' }, description: 'May contain slashes.' });
    expect(parameters('get', '/{tenant}/inner/archive/{day}')[1]?.schema).toEqual({ type: 'string', format: 'date-time' });
  });

  it('names rules that OpenAPI cannot tell apart in each other', () => {
    const first = operation('get', '/{tenant}/inner/archive/{year}/{file}');
    expect(first['x-alternatives']).toMatchObject([
      { operationId: 'Archive_anonymous', parameters: [{}, { name: 'year' }, { name: 'file' }] },
    ]);
  });

  it('has the parts of a query, header and cookie, with defaults, lists and what is required', () => {
    expect(parameters('get', '/api/books')).toEqual([
      { name: 'sort', in: 'query', schema: { type: 'string', enum: ['title', 'year'] } },
      { name: 'page', in: 'query', schema: { type: 'integer', minimum: 1, default: 1 } },
      { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
      { name: 'x-trace', in: 'header', schema: { type: 'string' } },
      { name: 'theme', in: 'cookie', schema: { type: 'string', default: 'light' } },
    ]);
    expect(parameters('post', '/api/books/search')).toEqual([
      { name: 'limit', in: 'query', schema: { type: 'number', default: 10 } },
      { name: 'tag', in: 'query', required: true, schema: { type: 'array', items: { type: 'string' } } },
    ]);
  });

  it('has what hooks ask for', () => {
    expect(parameters('get', '/shelves')).toEqual([
      { name: 'x-tenant', in: 'header', required: true, schema: { type: 'string' } },
    ]);
  });

  it('has classes as schemas of their own: nested, recursive, with defaults, required where they are', () => {
    expect(operation('post', '/api/books').requestBody?.required).toBe(true);
    expect(body('post', '/api/books')).toEqual({ $ref: '#/components/schemas/NewBook' });
    expect(document.components?.schemas?.NewBook).toEqual({
      type: 'object',
      properties: {
        title: { type: 'string', minLength: 1, maxLength: 200 },
        year: { type: 'integer', minimum: 1450 },
        tags: { type: 'array', items: { type: 'string' }, maxItems: 5, default: [] },
        // Nothing unknown may stand in it either, unlike in what is sent.
        author: { anyOf: [{ $ref: '#/components/schemas/PersonInput' }, { type: 'null' }] },
        sequels: { type: ['array', 'null'], items: { $ref: '#/components/schemas/NewBook' } },
      },
      required: ['title', 'year'],
      additionalProperties: false,
    });
    expect(operation('patch', '/api/books/{id}').requestBody?.required).toBeUndefined();
  });

  it('has what a result is cut to', () => {
    const { '200': listed } = operation('get', '/api/books').responses ?? {};
    expect(listed).toEqual({
      description: 'OK',
      headers: { 'Cache-Control': { schema: { type: 'string', default: 'max-age=60' } } },
      content: { 'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/PublicBook' } } } },
    });
    expect(Object.keys(document.components?.schemas?.PublicBook?.properties ?? {}).sort()).toEqual(['author', 'id', 'title']);
    expect(operation('post', '/api/books').responses?.['201']).toMatchObject({ description: 'Created' });
    expect(operation('delete', '/api/books/{id}').responses?.['204']).toEqual({ description: 'No Content' });
    expect(operation('get', '/api/books/old').responses?.['200']?.content).toEqual({
      'text/html': { schema: { type: 'string' } },
    });
    expect(Object.keys(operation('get', '/{tenant}/inner/archive/page').responses?.['200']?.content ?? {})).toEqual([
      'text/html',
      'application/json',
    ]);
  });

  it('has the errors of validation, authentication and those that the controller handles', () => {
    const problem = (name: string) => ({
      content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${name}` } } },
    });
    const { responses } = operation('patch', '/api/books/{id}');
    expect(Object.keys(responses ?? {})).toEqual(['200', '401', '404', '422']);
    expect(responses?.['422']).toMatchObject(problem('ValidationProblem'));
    expect(responses?.['401']).toMatchObject(problem('Problem'));
    // What the controller's own handler answers is not known.
    expect(responses?.['404']).toEqual({ description: 'Not Found' });
    expect(Object.keys(operation('get', '/api/books/old').responses ?? {})).toEqual(['200', '401']);
    expect(resolved({ $ref: '#/components/schemas/ValidationProblem' }, document)).toMatchObject({
      allOf: [{ $ref: '#/components/schemas/Problem' }, { required: ['errors'] }],
    });
  });

  it('has the errors that a method names by literals, with their messages', () => {
    const app = new Bottle();
    const fail = (id: number): never => abort(id);
    app.get('/a/<id:int>', ({ id }) => (id > 1 ? abort(404, 'No such post.') : new HTTPError(409)));
    app.get('/b', async function named() {
      for await (const one of [abort(410)]) throw new HTTPError(418, `late ${String(one)}`);
    });
    app.get('/c', () => {
      new AbortController().abort(404);
      return fail(400);
    });
    class Posts {
      @Get('/d') async show() {
        return (await Promise.resolve(1)) ?? abort(404, 'None.');
      }
    }
    app.mount(Posts);
    const { paths } = openapi(app);
    const found = Object.entries(paths).map(([path, { get }]) => [
      path,
      ...Object.entries(get?.responses ?? {}).map(([status, { description }]) => `${status} ${description}`),
    ]);
    expect(found).toEqual([
      ['/a/{id}', '200 OK', '404 No such post.', '409 Conflict'],
      ['/b', '200 OK', '410 Gone', "418 I'm a teapot"],
      ['/c', '200 OK'],
      ['/d', '200 OK', '404 None.'],
    ]);
  });

  it('claims no shape for errors that a handler of the app answers, and the shape that a handler of the controller declares', () => {
    class Problem {
      @IsString() reason = '';
    }
    class Line {
      @IsString() text = '';
    }
    class Lines {
      @Post('/') add(@Body(Line) _line: Line) {}
      @OnError(HTTPError) @Returns(Problem) failed() {}
    }
    class Others {
      @Post('/others') add(@Body(Line) _line: Line) {}
    }
    const inner = new Bottle().mount('/lines', Lines).mount(Others);
    const app = new Bottle().mount('/in', inner).mount('/out', Others);
    const contentOf = (path: string) => Object.entries(openapi(app).paths[path]?.post?.responses?.['422']?.content ?? {});
    const problem = ['application/problem+json', { schema: { $ref: '#/components/schemas/ValidationProblem' } }];
    expect(contentOf('/in/lines/')).toEqual([['application/json', { schema: { $ref: '#/components/schemas/Problem' } }]]);
    expect(contentOf('/in/others')).toEqual([problem]);
    inner.error(422, () => 'text');
    expect(contentOf('/in/others')).toEqual([]);
    expect(contentOf('/out/others')).toEqual([problem]);
    app.error([HTTPError], () => 'text');
    expect(contentOf('/out/others')).toEqual([]);
  });

  it('has the alternatives of a guard, with the schemes of other guards', () => {
    const scheme = { type: 'http', scheme: 'bearer' } as const;
    const either = guard('either', () => {}, {
      openapi: {
        security: [
          { name: 'token', scheme, scopes: ['read'] },
          { name: 'session', scheme: { type: 'apiKey' } },
        ],
      },
    });
    const both = guard('both', () => {}, { openapi: { security: { name: 'second', scheme } } });
    const app = new Bottle();
    app.get('/either', () => '', { apply: either });
    app.get('/both', () => '', { apply: [either, both] });
    const { paths, components } = openapi(app);
    expect(paths['/either']?.get?.security).toEqual([{ token: ['read'] }, { session: [] }]);
    expect(paths['/both']?.get?.security).toEqual([
      { token: ['read'], second: [] },
      { session: [], second: [] },
    ]);
    expect(Object.keys(components?.securitySchemes ?? {}).sort()).toEqual(['second', 'session', 'token']);
  });

  it('has files as parts of a form, single and in a class', () => {
    const file = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' };
    expect(body('post', '/api/books/{id}/pages', 'multipart/form-data')).toEqual({
      type: 'object',
      properties: { scan: file, more: { type: 'array', items: file }, note: { type: 'string' } },
      required: ['note'],
    });
    const cover = operation('put', '/api/books/{id}/cover').requestBody?.content ?? {};
    expect(Object.keys(cover)).toEqual(['multipart/form-data']);
    expect(resolved(cover['multipart/form-data']?.schema, document)).toEqual({
      type: 'object',
      properties: { caption: { type: 'string' }, image: file },
      required: ['caption', 'image'],
    });
  });

  it('has texts, bytes and members of a body', () => {
    const content = (name: string) => operation('post', `/{tenant}/inner/archive/${name}`).requestBody?.content;
    expect(content('text')).toEqual({ 'text/plain': { schema: { type: 'string' } } });
    expect(content('bytes')).toEqual({ 'application/octet-stream': {} });
    expect(content('part')).toEqual({
      'application/json': {
        schema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'string' } }, required: ['b'] },
      },
    });
  });

  it('takes schemas of other libraries, also where they refer to themselves', () => {
    const shelf = resolved(body('post', '/shelves'), document);
    expect(shelf).toMatchObject({ type: 'object', properties: { room: { type: 'string', minLength: 1 } }, required: ['room'] });
    expect(shelf.properties?.inside).toEqual({ type: 'array', items: body('post', '/shelves') });
    expect(body('put', '/shelves/{name}')).toMatchObject({ properties: { room: { type: 'string' } } });
  });

  it('tells what the auth plugins demand, of mounted apps too, unless a route skips them', () => {
    expect(document.components?.securitySchemes).toEqual({
      basicAuth: { type: 'http', scheme: 'basic' },
      bearerAuth: { type: 'http', scheme: 'bearer' },
    });
    expect(operation('get', '/api/books').security).toEqual([{ basicAuth: [] }]);
    expect(operation('get', '/shelves').security).toEqual([{ basicAuth: [], bearerAuth: ['shelves:read'] }]);
    expect(operation('get', '/shelves').responses).toMatchObject({ '403': {} });
    expect(operation('post', '/{tenant}/inner/archive/text').security).toEqual([{ basicAuth: [] }]);
    expect(operation('get', '/a%7Bb%7D/{x}').security).toBeUndefined();
  });

  it('has controllers as tags, and what decorators and `config` say', () => {
    expect(document.tags).toEqual([
      { name: 'Books', description: 'What there is to read.' },
      { name: 'Places' },
      { name: 'Archive' },
    ]);
    expect(operation('post', '/api/books')).toMatchObject({
      tags: ['Books'],
      summary: 'Adds a book',
      description: 'Its title must be new.',
      operationId: 'Books_create',
    });
    expect(operation('get', '/api/books/old').deprecated).toBe(true);
    expect(operation('get', '/shelves').tags).toEqual(['Places']);
    const told = operation('get', '/a%7Bb%7D/{x}');
    expect(told).toMatchObject({ summary: 'Braces', 'x-own': true, responses: { 418: { description: 'A teapot.' } } });
    expect(told.tags).toBeUndefined();
  });

  it('has ANY as the verbs that nothing else takes, under names of their own', () => {
    const item = document.paths['/shelves/{name}/any'] ?? {};
    expect(Object.entries(item).map(([verb, { operationId }]) => `${verb} ${operationId}`)).toEqual([
      'get Shelves_any',
      'put Shelves_any_put',
      'post Shelves_any_post',
      'delete Shelves_any_delete',
      'patch Shelves_any_patch',
    ]);
    expect(operation('get', '/hello/{name}').operationId).toBe('hello');
    expect(operation('get', '/a%7Bb%7D/{x}').operationId).toBe('get_a_7Bb_7D_x');
  });
});

describe('functions', () => {
  it('are described by their rule and their `params`, also where they are merged', async () => {
    const inner = new Bottle();
    inner.post(
      '/sum/<a:int>',
      { params: ['a', Query('b', { required: true, type: Number }), Body(toStandardSchema(NewBook))] },
      function sum(...values: unknown[]) {
        return values;
      },
    );
    const document = openapi(new Bottle().merge(inner));
    expect(await problems(document)).toEqual([]);
    expect(document.paths['/sum/{a}']?.post).toMatchObject({
      operationId: 'sum',
      parameters: [
        { name: 'a', in: 'path', schema: { type: 'integer' } },
        { name: 'b', in: 'query', required: true, schema: { type: 'number' } },
      ],
      requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/NewBook' } } } },
      responses: { 200: {}, 422: {} },
    });
  });
});

describe('names of operations', () => {
  it('are unique, whatever routes share a method, and whatever they ask for', () => {
    @Controller()
    class Many {
      @Get(['/a', '/b']) @Route('/c', { method: ['PUT', 'POST'] }) both() {}
      @Get('/d', { config: { openapi: { operationId: 'Many_both' } } }) own() {}
      [Symbol('odd')]() {}
    }
    const inner = new Bottle().mount(Many);
    const app = new Bottle().mount('/x', inner).mount('/y', inner);
    const ids = Object.values(openapi(app).paths).flatMap((item) => Object.values(item).map((one) => one.operationId));
    expect(new Set(ids).size).toBe(10);
    expect(openapi(app).paths['/x/d']?.get?.operationId).toBe('Many_both');
  });
});

describe('a class in several roles', () => {
  it('has one schema where these are the same, and one for each where they differ', async () => {
    const { documentOf } = await import('./fixtures/roles.js');
    const document: OpenAPIDocument = documentOf();
    expect(await problems(document)).toEqual([]);
    const schemas = document.components?.schemas ?? {};
    expect(Object.keys(schemas).filter((name) => !/Problem/.test(name))).toEqual([
      'Same',
      'User',
      'UserOutput',
      'User_admin',
      'User2',
    ]);
    expect(schemas.Same?.properties?.next).toEqual({ anyOf: [{ $ref: '#/components/schemas/Same' }, { type: 'null' }] });
    expect(Object.keys(schemas.User?.properties ?? {})).toEqual(['name', 'password']);
    expect(Object.keys(schemas.UserOutput?.properties ?? {})).toEqual(['name']);
    expect(schemas.User_admin?.properties?.name).toEqual({ type: 'string', minLength: 5 });
  });
});

it('no document is made of an app that is not wired', () => {
  class Broken {
    @Post('/') take(unknown: string) {}
  }
  expect(() => openapi(new Bottle().mount(Broken))).toThrow(WiringError);
});

describe('plugins in the document', () => {
  const security = { name: 'bearer', scheme: { type: 'http', scheme: 'bearer' } } as const;
  const securityOf = (app: Bottle, path: string) => openapi(app).paths[path]?.get?.security;

  it('is said where they are in effect, and nowhere else', () => {
    const user: Plugin = {
      name: 'user',
      provides: { keyword: 'user' },
      openapi: { security },
      apply: (next, route) => (route.wants(user) ? (context) => next(context) : next),
    };
    const app = new Bottle();
    app.install(user);
    app.get('/public', () => 'x');
    app.get('/mine', ({ user: name }: any) => name);
    const document = openapi(app);
    expect(document.paths['/mine']?.get).toMatchObject({ security: [{ bearer: [] }], responses: { 401: {} } });
    expect(document.paths['/public']?.get).not.toHaveProperty('security');
    expect(document.paths['/public']?.get?.responses).not.toHaveProperty('401');
  });

  it('describes routes below a mount that they wrap, but not those that they skip', () => {
    const isAdmin = guard('admin', () => undefined, { openapi: { security } });
    const admin: Plugin = {
      ...isAdmin,
      around: (next, target) => (target.route?.rule.startsWith('/admin') ? (isAdmin.around?.(next, target) ?? next) : next),
    };
    const inner = new Bottle().get('/', () => 'x');
    const app = new Bottle().mount('/admin', inner).mount(
      '/shop',
      new Bottle().get('/', () => 'x'),
    );
    app.install(admin);
    expect(securityOf(app, '/admin')).toEqual([{ bearer: [] }]);
    expect(securityOf(app, '/shop')).toBeUndefined();
  });

  it('describes routes that were merged into the app', () => {
    const app = new Bottle().merge(new Bottle().get('/', () => 'x'));
    app.install(guard('members', () => undefined, { openapi: { security } }));
    expect(securityOf(app, '/')).toEqual([{ bearer: [] }]);
  });
});

describe('the description of the whole API', () => {
  const info = { title: 'Tracker', version: '1.2.3', description: 'What needs to be done.' };

  it('is what the installed plugin serves, so that a file and what is served agree', async () => {
    const app = new Bottle();
    app.install(new OpenAPIPlugin({ ...info, tags: [{ name: 'todo' }], ui: false }));
    const document = openapi(app);
    expect(document).toMatchObject({ info, tags: [{ name: 'todo' }] });
    const served = await (await app.fetch(new Request('http://localhost/openapi.json'))).json();
    expect(served).toEqual({ ...document, servers: [{ url: '/' }] });
    expect(openapi(app, { version: '2.0.0' }).info).toEqual({ ...info, version: '2.0.0' });
    app.uninstall(OpenAPIPlugin);
    expect(openapi(app).info).toEqual({ title: 'API', version: '0.0.0' });
  });

  it('is not mixed where two plugins serve two documents', async () => {
    const app = new Bottle();
    app.install(new OpenAPIPlugin({ title: 'Old', path: '/v1.json', ui: false }));
    app.install(new OpenAPIPlugin({ ...info, path: '/v2.json', ui: false }));
    const served = await (await app.fetch(new Request('http://localhost/v1.json'))).json();
    expect(served).toMatchObject({ info: { title: 'Old', version: '0.0.0' } });
    expect((served as OpenAPIDocument).info).not.toHaveProperty('description');
  });

  it('is refused where an option does not exist', () => {
    expect(() => openapi(new Bottle(), { titel: 'x' } as object)).toThrow(
      "openapi() has no option 'titel'. Did you mean 'title'?",
    );
    expect(() => new OpenAPIPlugin({ paht: '/x' } as object)).toThrow(
      "OpenAPIPlugin() has no option 'paht'. Did you mean 'path'?",
    );
  });
});
