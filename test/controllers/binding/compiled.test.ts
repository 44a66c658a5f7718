import { describe, expect, it } from '@jest/globals';
import { Bottle, WiringError } from 'bottlenose';
import { IsString } from 'class-validator';
import { ask, json } from '../fixtures/ask.js';
import { compilers, legacy, load, standard } from '../fixtures/compile.js';
import { providing } from '../fixtures/wiring.js';

const source = new URL('../../../src/index.ts', import.meta.url).pathname;

// Everywhere: by name, by `params`.
const NAMES = `
import { Controller, Get, Post, Query, Body, Header } from '${source}';
export class NewPost { title = 'none'; stars = 1 }
export const Upper = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: JSON.stringify(value).toUpperCase() }) } };
@Controller('/posts')
export class Posts {
  @Get('/<id:int>') show(id: number, db: object, page = 1, request: unknown) { return [id, db, page, (request as any).path]; }
  @Get('/list', { params: [Query('page', { type: Number }), Query('tag', { type: [String] }), Query({ type: Upper }), Header('x-a', String)] })
  list(page: number, tags: string[], all: string, a: string) { return [page, tags, all, a]; }
  @Post('/', { params: [Body(NewPost)] }) create(post: NewPost) { return [post instanceof NewPost, post]; }
  @Get('/text/<word>') text(word: string, size: number = 3) { return [word, size]; }
}
export class Broken { @Get('/broken/<id:int>') show(idd: number) { return idd; } }
`;

// Where parameters can be decorated.
const DECORATED = `
import { Body, Cookie, Get, Header, Inject, Query } from '${source}';
export class Search {
  @Get('/search') search(@Query('q', String, { required: true }) q: string, @Query('page') page: number = 1, @Query('tag', { type: [Number] }) tags: number[],
    @Inject('db') it: object, @Cookie('c', String) c?: string) { return [q, page, tags, it, c ?? null]; }
}
export class Typed {
  @Get('/typed') typed(@Query('n') n: number, @Header() host: string, @Body('at') at: Date) { return [n]; }
}
`;

function appWith(...controllers: Function[]): Bottle {
  const app = new Bottle({ logger: () => {} });
  app.install(providing({ keyword: 'db' }, { name: 'database' }));
  for (const controller of controllers) app.mount(controller);
  return app;
}

describe.each(Object.keys(compilers))('an app compiled by %s', (compiler) => {
  it('binds parameters by name and by `params`', async () => {
    const { Posts } = await load(compiler, 'names', NAMES);
    const app = appWith(Posts);
    app.check();
    expect((await ask(app, '/posts/5')).json).toEqual([5, { name: 'database' }, 1, '/posts/5']);
    const list = await ask(app, '/posts/list?page=2&tag=a', { headers: { 'x-a': 'h' } });
    expect(list.json).toEqual([2, ['a'], '{"PAGE":"2","TAG":"A"}', 'h']);
    expect((await ask(app, '/posts/list?page=x')).status).toBe(422);
    const init = { method: 'POST', body: 'title=a&stars=5', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await ask(app, '/posts/', init)).json).toEqual([true, { title: 'a', stars: 5 }]);
    expect((await ask(app, '/posts/text/a')).json).toEqual(['a', 3]);
  });

  it('tells what nothing provides', async () => {
    const { Broken } = await load(compiler, 'names', NAMES);
    const app = appWith(Broken);
    expect(() => app.check()).toThrow(WiringError);
    expect(app.wiringProblems()).toMatchObject([{ method: 'Broken.show', parameter: 'idd', nearest: 'id' }]);
  });
});

describe.each(Object.keys(legacy))('parameter decorators compiled by %s', (compiler) => {
  it('bind parameters, with types of their own or of literal defaults', async () => {
    const { Search } = await load(compiler, 'decorated', DECORATED);
    const app = appWith(Search);
    app.check();
    const answer = await ask(app, '/search?q=a&page=2&tag=1&tag=2', { headers: { cookie: 'c=d' } });
    expect(answer.json).toEqual(['a', 2, [1, 2], { name: 'database' }, 'd']);
    expect((await ask(app, '/search?page=x')).json.errors).toMatchObject([{ path: '/q' }, { path: '/page' }]);
  });

  it('know the declared types of single values exactly where the compiler emits them, and refuse to go without', async () => {
    const { Typed } = await load(compiler, 'decorated', DECORATED);
    const app = appWith(Typed);
    if (compiler.endsWith('with metadata')) {
      expect((await ask(app, '/typed?n=5')).json).toEqual([5]);
      return;
    }
    expect(app.wiringProblems()).toMatchObject([
      { code: 'BN_UNCHECKED', parameter: 'n', cure: "name its type: @Query('n', Number), @Query('n', String), …." },
      { code: 'BN_UNCHECKED', parameter: 'host', cure: expect.stringContaining("@Header('host', String)") },
      { code: 'BN_UNCHECKED', parameter: 'at', cure: expect.stringContaining("@Body('at', Number)") },
    ]);
    await expect(ask(app, '/typed?n=5')).rejects.toThrow(WiringError);
  });
});

// Names of parameters that also stand for something else in their module, which compilers rename: `crypto1`, `crypto2`.
const RENAMED = `
import { Controller, Get } from '${source}';
const db = { size: 3 };
export const size = (): number => db.size;
@Controller('/renamed')
export class Renamed {
  @Get('/<crypto>') show(crypto: string, db: { name: string }) { return [crypto, db.name]; }
  @Get() make() { return [crypto.randomUUID().length, size()]; }
}
`;

describe.each(Object.keys(compilers))('a parameter that hides another name, compiled by %s', (compiler) => {
  it('is bound under the name in its source', async () => {
    const { Renamed } = await load(compiler, 'renamed', RENAMED);
    const app = appWith(Renamed);
    app.check({ strict: true });
    expect((await ask(app, '/renamed/a')).json).toEqual(['a', 'database']);
    expect((await ask(app, '/renamed')).json).toEqual([36, 3]);
  });
});

const UNCHECKED = `
import { Body, Controller, Form, Get, Post, Query } from '${source}';
export class NewPost { title!: string }
@Controller('/unchecked')
export class Forum {
  @Post('/a') add(@Body() post: NewPost) { return [post instanceof NewPost, post]; }
  @Post('/b') told(@Body(NewPost) post: NewPost) { return post instanceof NewPost; }
  @Post('/c') plain(@Body(Object) post: unknown) { return post; }
  @Post('/d') list(@Body({ type: [NewPost] }) posts: NewPost[]) { return posts.length; }
  @Post('/e') title(@Body('title') title = 'none') { return title; }
  @Get('/f') search(@Query() filter: NewPost) { return filter; }
  @Post('/g') form(@Form() post: NewPost) { return post; }
  @Get('/h') page(@Query() page = 1, @Query('q', String) q: string) { return [page, q]; }
}
`;

describe.each(Object.keys(legacy))('whole objects of no known class, compiled by %s', (compiler) => {
  it('are refused where no types are emitted, with the ways to name the class', async () => {
    const { Forum, NewPost } = await load(compiler, 'unchecked', UNCHECKED);
    IsString()(NewPost.prototype, 'title');
    const app = appWith(Forum);
    if (compiler.endsWith('with metadata')) {
      app.check();
      expect((await ask(app, '/unchecked/a', json({ title: 5 }))).status).toBe(422);
      return;
    }
    expect(app.wiringProblems()).toMatchObject([
      { code: 'BN_UNCHECKED', method: 'Forum.add', message: expect.stringContaining('without emitDecoratorMetadata') },
      {
        code: 'BN_UNCHECKED',
        method: 'Forum.search',
        cure: expect.stringMatching(/@Query\(TheClass\).*@Query\('filter', Number\)/),
      },
      { code: 'BN_UNCHECKED', method: 'Forum.form', cure: expect.stringContaining('@Form(TheClass)') },
    ]);
    expect(app.wiringProblems()[0]?.cure).toMatch(
      /@Body\(TheClass\), or @Body\(\[TheClass\]\) for a list; @Body\(Object\) accepts/,
    );
    await expect(ask(app, '/unchecked/c', json({ title: 5 }))).rejects.toThrow(/BN_UNCHECKED/);
  });
});

it('standard decorators are among the compilers', () => {
  expect(Object.keys(compilers)).toEqual(expect.arrayContaining(Object.keys(standard)));
});
