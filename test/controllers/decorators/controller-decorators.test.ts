import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ControllerDescription,
  describeController,
  type MethodDescription,
} from '../../../src/controllers/decorators/controller-description.js';
import { compilers, legacy, load } from '../fixtures/compile.js';

describe.each(['swc, legacy with metadata', ...Object.keys(compilers)])('decorators compiled by %s', (compiler) => {
  // Jest itself compiles in the first way.
  let blog: typeof import('../fixtures/blog.js');
  let posts: ControllerDescription;
  beforeAll(async () => {
    blog = compiler in compilers ? await load(compiler, 'blog') : await import('../fixtures/blog.js');
    posts = describeController(blog.Posts);
  }, 30_000);
  const method = (key: PropertyKey, description = posts): MethodDescription => {
    return description.methods.find((one) => one.key === key) as MethodDescription;
  };
  const names = (key: PropertyKey, description = posts) => method(key, description).parameters.map(({ name }) => name);

  it('a controller has its prefix, options and plugins, the topmost decorator outermost', () => {
    expect(posts).toMatchObject({ Class: blog.Posts, name: 'Posts', prefix: '/posts', options: { config: { sqlite: {} } } });
    expect(posts.apply).toEqual([blog.logging, blog.auth]);
    expect(posts.problems).toEqual([]);
  });

  it('methods come in the order in which they are written, undecorated ones not at all', () => {
    expect(posts.methods.map(({ name }) => name)).toEqual([
      'Posts.show',
      'Posts.create',
      'Posts.many',
      'Posts[Symbol(raw)]',
      'Posts.query',
      'Posts.inner',
      'Posts.open',
      'Posts.failed',
    ]);
  });

  it('a route tells its rule, verb, name, view and headers', () => {
    const show = method('show');
    expect(show.routes).toEqual([{ rules: ['/<id:int>'], methods: ['GET'], options: { name: 'post' } }]);
    expect(show.view).toEqual({ template: 'post.tpl', defaults: { title: 'Posts' }, options: {} });
    expect(show.headers).toEqual([
      ['X-One', '1'],
      ['X-Two', '2'],
    ]);
    expect(show.fn).toBe(blog.Posts.prototype.show);
    expect(show.isAsync).toBe(false);
  });

  it('a route without a rule is the prefix itself', () => {
    const create = method('create');
    expect(create.routes).toEqual([{ rules: [''], methods: ['POST'], options: {} }]);
    expect(create).toMatchObject({ status: 201, apply: [blog.auth], skip: ['sqlite', true], isAsync: true });
  });

  it('several route decorators on a method all count, in the order in which they are written', () => {
    expect(method('many').routes.map(({ rules, methods }) => [rules, methods])).toEqual([
      [['/old/<id:int>'], ['GET']],
      [
        ['/a', '/b'],
        ['PUT', 'PATCH'],
      ],
      [['/any'], ['ANY']],
    ]);
  });

  it('parameters have the names of the source', () => {
    expect(names('show')).toEqual(['id', 'db', 'page']);
    expect(method('show').parameters.map(({ hasDefault }) => hasDefault)).toEqual([false, false, true]);
    expect(names(blog.raw)).toEqual(['db']);
  });

  it('`params` names parameters and says where they come from', () => {
    const [first, second] = method('query').parameters;
    expect(first).toMatchObject({ name: 'id' });
    expect(first?.source).toBeUndefined();
    expect(second).toMatchObject({ name: 'b', source: { kind: 'query', name: 'page', options: { type: Number } } });
  });

  it('a wrapper of another decorator hides neither the marks nor the parameters', () => {
    expect(names('inner')).toEqual(['id', 'db']);
    expect(method('inner').fn).toBe(blog.Posts.prototype.inner);
    expect(method('inner').fn).toHaveLength(0);
  });

  it('declared types are known where the compiler emits them, and those of literal defaults everywhere', () => {
    const emits = compiler.endsWith('with metadata');
    expect(method('show').parameters.map(({ type }) => type)).toEqual(
      emits ? [Number, blog.Database, Number] : [undefined, undefined, Number],
    );
    expect(method('create').returnType).toBe(emits ? Promise : undefined);
  });

  it('error handlers and hooks tell what they are for', () => {
    expect(method('failed').errors).toEqual([404, blog.Conflict, 500]);
    expect(method('open').hooks).toEqual(['beforeRequest']);
  });

  it('a subclass has the routes of its parent, with its own parameters where it overrides', () => {
    const drafts = describeController(blog.Drafts);
    expect(drafts.prefix).toBe('/posts');
    expect(drafts.methods.map(({ name }) => name)).toEqual(posts.methods.map(({ name }) => name.replace('Posts', 'Drafts')));
    const show = method('show', drafts);
    expect(show.routes).toEqual(method('show').routes);
    expect(show.view).toEqual(method('show').view);
    expect(show.fn).toBe(blog.Drafts.prototype.show);
    expect(names('show', drafts)).toEqual(['number', 'db', 'page']);
  });

  it('an overriding method with decorators has its own routes only', () => {
    const create = method('create', describeController(blog.Drafts));
    expect(create.routes.map(({ rules, methods }) => [rules, methods])).toEqual([[['/made'], ['GET']]]);
    expect(create).toMatchObject({ status: 201, apply: [blog.auth] });
    expect(method('create').routes).toHaveLength(1);
  });

  it('the nearest prefix counts, and the plugins of all parents', () => {
    const archive = describeController(blog.Archive);
    expect(archive.prefix).toBe('/archive');
    expect(archive.apply).toEqual([blog.logging, blog.auth, blog.logging]);
    expect(archive.options).toEqual({ config: { sqlite: {} } });
    expect(archive.methods.at(-1)?.name).toBe('Archive.only');
  });
});

const misplaced = `
import { Controller, Get, Post, Status } from '../../../src/controllers/decorators/controller-decorators.js';
import { Query } from '../../../src/controllers/decorators/parameter-decorators.js';
@Controller('/')
export class Posts {
  @Get('/a') get latest() { return 1; }
  @Get('/b') list = () => 1;
  @Get('/c') @Status(200) static all() {}
  @Get() fine() {}
}
@Get()
export class OnClass {}
export class OnMethod { @Controller('/x') show() {} @Get() list() {} @Query('a') also() {} }
export class Bare { @Get show() {} @Status list() {} }
@Controller
export class BareClass {}
`;

describe.each(Object.keys(compilers))('misplaced decorators compiled by %s', (compiler) => {
  let module: Record<string, Function>;
  const problems = (name: string) => describeController(module[name] as Function).problems;
  beforeAll(async () => {
    module = await load(compiler, 'misplaced', misplaced);
  }, 30_000);

  it('stop no import, and are reported each with its place and cure', () => {
    const found = problems('Posts').sort((a, b) => a.message.localeCompare(b.message));
    expect(found).toEqual([
      {
        code: 'decorator-on-static',
        message: expect.stringContaining('Posts.all: @Get stands on a static member; controllers answer with instance methods'),
        method: 'Posts.all',
      },
      { code: 'decorator-on-static', message: expect.stringContaining('Posts.all: @Status stands'), method: 'Posts.all' },
      {
        code: 'decorator-on-accessor',
        message: 'Posts.latest: @Get stands on a getter or setter; make it a method.',
        method: 'Posts.latest',
      },
      {
        code: 'decorator-on-field',
        message: expect.stringContaining('Posts.list: @Get stands on a field'),
        method: 'Posts.list',
      },
    ]);
  });

  it('leave the other routes as they are', () => {
    expect(describeController(module.Posts as Function).methods.map(({ name }) => name)).toEqual(['Posts.fine']);
  });

  it('are reported on a class, on a method, and without their parentheses', () => {
    expect(problems('OnClass')).toMatchObject([{ message: 'OnClass: @Get stands on a class; it belongs on a method.' }]);
    expect(problems('OnMethod').map(({ message }) => message)).toEqual([
      'OnMethod.show: @Controller stands on a member; it belongs on the class.',
      expect.stringContaining('OnMethod.also: @Query stands on a method; it belongs on a parameter'),
    ]);
    expect(problems('Bare').map(({ message }) => message)).toEqual([
      'Bare.show: @Get is written without parentheses; write @Get().',
      'Bare.list: @Status is written without parentheses; write @Status().',
    ]);
    expect(problems('BareClass').map(({ message }) => message)).toEqual([
      'BareClass: @Controller is written without parentheses; write @Controller().',
    ]);
    expect(typeof module.Bare?.prototype.show).toBe('function');
  });

  if (compiler in legacy) return;
  it('are reported on a #private method', async () => {
    const code = `
      import { Get } from '../../../src/controllers/decorators/controller-decorators.js';
      export class Posts { @Get('/secret') #secret() {} @Get() list() { return this.#secret(); } }`;
    const { Posts } = await load(compiler, 'private', code);
    expect(describeController(Posts).problems).toEqual([
      {
        code: 'decorator-on-private',
        message: 'Posts.#secret: @Get stands on a #private method, which cannot be called from outside; remove the `#`.',
        method: 'Posts.#secret',
      },
    ]);
  });
});
