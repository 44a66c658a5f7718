import { describe, expect, it } from '@jest/globals';
import { Body, Form, FormsDict, Get, Param, Post, Query } from 'bottlenose';
import { IsInt, Length } from 'class-validator';
import { appOf, ask, form, json } from '../fixtures/ask.js';

class Page {
  @IsInt() page!: number;
  @Length(1, 10) title = 'none';
}
class Loose {
  size = 10;
  word?: string;
}
const upper = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'string'
        ? { value: value.toUpperCase() }
        : { issues: [{ message: 'no text', path: ['a', { key: 'b/c' }] }] },
  },
};

describe('a whole object', () => {
  class Whole {
    @Get('/query') query(@Query() page: Page) {
      return [page instanceof Page, page];
    }
    @Get('/loose') loose(@Query() loose: Loose) {
      return [loose instanceof Loose, loose];
    }
    @Get('/plain') plain(@Query() query: Record<string, unknown>) {
      return query;
    }
    @Get('/destructured') destructured(@Query() { page, title }: Page) {
      return [page, title];
    }
    @Get('/schema') schema(@Query(upper) query: unknown) {
      return query;
    }
    @Get('/refuse') refuse(@Query({ unknown: 'refuse' }) page: Page) {
      return page;
    }
    @Get('/keep') keep(@Query({ unknown: 'keep' }) page: Page) {
      return page;
    }
    @Get('/loose-refuse') looseRefuse(@Query({ unknown: 'refuse' }) loose: Loose) {
      return loose;
    }
    @Get('/params/<page:int>/<title>') params(@Param() page: Page) {
      return [page instanceof Page, page];
    }
    @Get('/schema-param/<word>') schemaParam(@Param({ type: upper }) word: string, @Param(upper) all: string) {
      return [word, all];
    }
    @Get('/plain-params/<a:int>/<b>') plainParams(@Param(Object) all: Record<string, unknown>) {
      return all;
    }
    @Post('/form') form(@Form() page: Page) {
      return [page instanceof Page, page];
    }
    @Post('/body') body(@Body() page: Page) {
      return [page instanceof Page, page];
    }
  }
  const app = appOf(Whole);
  const get = async (path: string) => (await ask(app, path)).json;

  it('of a query is an instance of its class, with the texts converted and the defaults kept', async () => {
    expect(await get('/query?page=3&title=a')).toEqual([true, { page: 3, title: 'a' }]);
    expect(await get('/query?page=3')).toEqual([true, { page: 3, title: 'none' }]);
    expect(await get('/loose?size=5&word=a')).toEqual([true, { size: 5, word: 'a' }]);
    expect(await get('/destructured?page=3')).toEqual([3, 'none']);
  });

  it('is plain where no class is declared', async () => {
    expect(await get('/plain?a=1&a=2&b=3')).toEqual({ a: ['1', '2'], b: '3' });
  });

  it('is refused with all that is wrong with it', async () => {
    expect((await get('/query?page=x&title=')).errors).toEqual([
      { in: 'query', path: '/page', constraint: 'isInt', message: 'page must be an integer number' },
      { in: 'query', path: '/title', constraint: 'isLength', message: 'title must be longer than or equal to 1 characters' },
    ]);
    expect((await get('/loose?size=x')).errors).toEqual([
      { in: 'query', path: '/size', constraint: 'isNumber', message: 'size must be a number' },
    ]);
    expect((await get('/schema?a=1')).errors).toEqual([
      { in: 'query', path: '/a/b~1c', constraint: 'schema', message: 'no text' },
    ]);
  });

  it('drops, keeps or refuses unknown properties', async () => {
    expect(await get('/query?page=1&more=2')).toEqual([true, { page: 1, title: 'none' }]);
    expect(await get('/keep?page=1&more=2')).toEqual({ page: 1, title: 'none', more: '2' });
    expect((await get('/refuse?page=1&more=2')).errors).toEqual([
      { in: 'query', path: '/more', constraint: 'whitelistValidation', message: 'property more should not exist' },
    ]);
    expect((await get('/loose-refuse?more=2')).errors).toEqual([
      { in: 'query', path: '/more', constraint: 'whitelistValidation', message: 'property more should not exist' },
    ]);
  });

  it('is made of the wildcards by @Param()', async () => {
    expect(await get('/params/3/a')).toEqual([true, { page: 3, title: 'a' }]);
    expect((await get('/params/3/much-too-long')).errors).toMatchObject([{ in: 'path', path: '/title' }]);
    expect(await get('/plain-params/3/a')).toEqual({ a: 3, b: 'a' });
    expect((await get('/schema-param/a')).errors).toEqual([
      { in: 'path', path: '/a/b~1c', constraint: 'schema', message: 'no text' },
    ]);
  });

  it('is made of a form, or of a body in either format', async () => {
    expect((await ask(app, '/form', form('page=3'))).json).toEqual([true, { page: 3, title: 'none' }]);
    expect((await ask(app, '/form', form(''))).json.errors).toMatchObject([{ in: 'form', path: '/page' }]);
    expect((await ask(app, '/form', json({ page: 3 }))).status).toBe(415);
    expect((await ask(app, '/body', form('page=3'))).json).toEqual([true, { page: 3, title: 'none' }]);
    expect((await ask(app, '/body', json({ page: 3 }))).json).toEqual([true, { page: 3, title: 'none' }]);
  });

  it('neither loses its prototype nor its methods to a client', async () => {
    class Careful {
      @Get('/') get(@Query() page: Page, @Query() loose: Loose) {
        return [page, loose].map((one) => [
          Object.getPrototypeOf(one).constructor.name,
          typeof one.toString,
          Object.hasOwn(one, 'then'),
        ]);
      }
    }
    const path = '/?page=1&__proto__=a&__proto__=b&toString=x&constructor=y&hasOwnProperty=z';
    expect((await ask(appOf(Careful), path)).json).toEqual([
      ['Page', 'function', false],
      ['Loose', 'function', false],
    ]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });
});

describe('@Body', () => {
  class Bodies {
    @Post('/class') one(@Body() page: Page) {
      return page;
    }
    @Post('/required') required(@Body({ required: true }) page: Page) {
      return page;
    }
    @Post('/default') fallback(@Body() page: Page | null = null) {
      return [page];
    }
    @Post('/typed-default') typedDefault(@Body(Page) page: Page = new Page()) {
      return page;
    }
    @Post('/plain') plain(@Body() data: unknown) {
      return [data ?? 'nothing'];
    }
    @Post('/list') list(@Body() data: unknown[]) {
      return [data ?? 'nothing'];
    }
    @Post('/pages') pages(@Body({ type: [Page] }) pages: Page[]) {
      return pages.map((page) => page instanceof Page);
    }
    @Post('/typed') typed(@Body(Page) pages: Page[]) {
      return pages.map((page) => page instanceof Page);
    }
    @Post('/text') text(@Body() text: string) {
      return [text];
    }
    @Post('/bytes') bytes(@Body() bytes: Buffer) {
      return [...bytes];
    }
    @Post('/number') number(@Body() n: number) {
      return [n];
    }
    @Post('/forms') forms(@Body() fields: FormsDict<string>) {
      return fields.getAll('a');
    }
    @Post('/schema') schema(@Body(upper) word: string) {
      return [word];
    }
    @Post('/members') members(
      @Body('title') title: string,
      @Body('n') n: number,
      @Body('on') on: boolean,
      @Body('at') at: Date,
      @Body('tags') tags: string[],
      @Body('page') page: Page,
    ) {
      return [title ?? null, n ?? null, on ?? null, at ?? null, tags ?? null, page instanceof Page];
    }
  }
  const app = appOf(Bodies);

  it('refuses a body of another type, or of none', async () => {
    expect((await ask(app, '/class', { method: 'POST', body: 'page=1' })).status).toBe(415);
    expect((await ask(app, '/class', { method: 'POST', body: new Uint8Array([1]) })).status).toBe(415);
    expect((await ask(app, '/plain', { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } })).status).toBe(
      415,
    );
  });

  it('tells what is missing from a missing body', async () => {
    const errors = [{ in: 'body', path: '/page', constraint: 'isInt', message: 'page must be an integer number' }];
    expect((await ask(app, '/class', { method: 'POST' })).json.errors).toEqual(errors);
    const empty = { method: 'POST', body: '', headers: { 'content-type': 'application/json' } };
    expect((await ask(app, '/class', empty)).json.errors).toEqual(errors);
    expect((await ask(app, '/required', empty)).json.errors).toEqual([
      { in: 'body', path: '', constraint: 'required', message: 'a body is required' },
    ]);
    expect((await ask(app, '/default', { method: 'POST' })).json).toEqual([null]);
    expect((await ask(app, '/typed-default', { method: 'POST' })).json).toEqual({ title: 'none' });
    expect((await ask(app, '/plain', { method: 'POST' })).json).toEqual(['nothing']);
    expect((await ask(app, '/list', { method: 'POST' })).json).toEqual(['nothing']);
  });

  it('refuses broken JSON with 400', async () => {
    expect((await ask(app, '/class', { ...json(0), body: '{' })).status).toBe(400);
    expect((await ask(app, '/class', { ...json(0), body: '{"__proto__": {}}' })).status).toBe(400);
  });

  it.each([['null'], ['1'], ['"a"'], ['[]'], ['true']])('refuses %s where an object is wanted', async (body) => {
    expect((await ask(app, '/class', { ...json(0), body })).json.errors).toEqual([
      { in: 'body', path: '', constraint: 'isObject', message: 'an object is expected here' },
    ]);
  });

  it('does not convert what JSON has a type for', async () => {
    expect((await ask(app, '/class', json({ page: '1' }))).json.errors).toMatchObject([{ path: '/page', constraint: 'isInt' }]);
  });

  it('takes lists, and names the element that is wrong', async () => {
    expect((await ask(app, '/list', json([1, 'a']))).json).toEqual([[1, 'a']]);
    expect((await ask(app, '/list', json({}))).json.errors).toEqual([
      { in: 'body', path: '', constraint: 'isArray', message: 'the body must be a list' },
    ]);
    for (const path of ['/pages', '/typed']) {
      expect((await ask(app, path, json([{ page: 1 }, { page: 2 }]))).json).toEqual([true, true]);
      expect((await ask(app, path, json([{ page: 1 }, { page: 'x' }, 3]))).json.errors).toEqual([
        { in: 'body', path: '/1/page', constraint: 'isInt', message: 'page must be an integer number' },
        { in: 'body', path: '/2', constraint: 'isObject', message: 'an object is expected here' },
      ]);
    }
  });

  it('gives text, bytes and scalars where those are declared', async () => {
    expect((await ask(app, '/text', { method: 'POST', body: 'h\u00e9' })).json).toEqual(['h\u00e9']);
    expect((await ask(app, '/bytes', { method: 'POST', body: new Uint8Array([1, 2]) })).json).toEqual([1, 2]);
    expect((await ask(app, '/number', json(5))).json).toEqual([5]);
    expect((await ask(app, '/number', json('five'))).json.errors).toEqual([
      { in: 'body', path: '', constraint: 'isNumber', message: 'the body must be a number' },
    ]);
    expect((await ask(app, '/forms', form('a=1&a=2'))).json).toEqual(['1', '2']);
  });

  it('passes any value to a Standard Schema, a missing body too', async () => {
    expect((await ask(app, '/schema', json('a'))).json).toEqual(['A']);
    expect((await ask(app, '/schema', { method: 'POST' })).json.errors).toMatchObject([{ in: 'body', path: '/a/b~1c' }]);
  });

  it('with a name takes a member of the body', async () => {
    const body = { title: 'a', n: 1, on: false, at: '2024-01-01', tags: ['b'], page: { page: 1 } };
    expect((await ask(app, '/members', json(body))).json).toEqual(['a', 1, false, '2024-01-01T00:00:00.000Z', ['b'], true]);
    expect((await ask(app, '/members', form('title=a&n=2&on=yes'))).json).toEqual(['a', 2, true, null, null, false]);
    const wrong = { title: 1, n: '1x', on: 1, at: 5, tags: 'b', page: { page: 'x' } };
    const { errors } = (await ask(app, '/members', json(wrong))).json;
    expect(errors.map(({ path, message }: { path: string; message: string }) => [path, message])).toEqual([
      ['/title', 'title must be a string'],
      ['/n', 'n must be a number'],
      ['/on', 'on must be true or false'],
      ['/at', 'at must be an ISO 8601 date'],
      ['/tags', 'tags must be a list'],
      ['/page/page', 'page must be an integer number'],
    ]);
  });
});
