import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Bottle,
  Cookie,
  Form,
  FormsDict,
  Get,
  Header,
  HeaderDict,
  HTTPResponse,
  Inject,
  Param,
  type Plugin,
  Post,
  Query,
  Upload,
} from 'bottlenose';
import { IsInt, Length } from 'class-validator';
import { appOf, ask, form, json } from './fixtures/ask.js';

const show = (value: unknown) => ({
  type: value === null ? 'null' : (value?.constructor?.name ?? 'undefined'),
  value: `${value}`,
});

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

describe('a text of a query is converted to the declared type', () => {
  class Scalars {
    @Get('/number') number(@Query('n') n: number) {
      return show(n);
    }
    @Get('/boolean') boolean(@Query('n') n: boolean) {
      return show(n);
    }
    @Get('/date') date(@Query('n') n: Date) {
      return show(n?.toISOString());
    }
    @Get('/string') string(@Query('n') n: string) {
      return show(n);
    }
    @Get('/bigint') bigint(@Query('n') n: bigint) {
      return show(n);
    }
    @Get('/any') any(@Query('n') n: unknown) {
      return show(n);
    }
    @Get('/default') fallback(@Query('n') n = 7) {
      return show(n);
    }
    @Get('/type') type(@Query('n', { type: Number }) n: unknown) {
      return show(n);
    }
  }
  const app = appOf(Scalars);

  it.each([
    ['number', '12', 'Number', '12'],
    ['number', '-1.5e3', 'Number', '-1500'],
    ['number', '%20.5%20', 'Number', '0.5'],
    ['number', '%2B5.', 'Number', '5'],
    ['boolean', 'true', 'Boolean', 'true'],
    ['boolean', 'On', 'Boolean', 'true'],
    ['boolean', '', 'Boolean', 'true'],
    ['boolean', '0', 'Boolean', 'false'],
    ['boolean', 'No', 'Boolean', 'false'],
    ['date', '2024-02-29', 'String', '2024-02-29T00:00:00.000Z'],
    ['date', '2024-05-01T10:20:30.5%2B02:00', 'String', '2024-05-01T08:20:30.500Z'],
    ['string', '12', 'String', '12'],
    ['string', '', 'String', ''],
    ['bigint', '9007199254740993', 'BigInt', '9007199254740993'],
    ['bigint', '-0', 'BigInt', '0'],
    ['any', '12', 'String', '12'],
    ['default', '12', 'Number', '12'],
    ['type', '12', 'Number', '12'],
  ])('%s %s', async (route, text, type, value) => {
    expect((await ask(app, `/${route}?n=${text}`)).json).toEqual({ type, value });
  });

  it.each([
    ['number', '', 'isNumber', 'n must be a number'],
    ['number', 'abc', 'isNumber', 'n must be a number'],
    ['number', '1,5', 'isNumber', 'n must be a number'],
    ['number', '0x10', 'isNumber', 'n must be a number'],
    ['number', '1_000', 'isNumber', 'n must be a number'],
    ['number', 'NaN', 'isNumber', 'n must be a number'],
    ['number', 'Infinity', 'isNumber', 'n must be a number'],
    ['number', '1e999', 'isNumber', 'n must be a number'],
    ['number', '9007199254740993', 'isNumber', 'n must be a number'],
    ['number', '%EF%BC%95', 'isNumber', 'n must be a number'],
    ['boolean', 'maybe', 'isBoolean', 'n must be true or false'],
    ['boolean', '2', 'isBoolean', 'n must be true or false'],
    ['date', '', 'isDate', 'n must be an ISO 8601 date'],
    ['date', 'yesterday', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '2023-02-29', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '2024-13-01', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '2024-00-10', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '2024-01-00', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '2024-01-01T25:00', 'isDate', 'n must be an ISO 8601 date'],
    ['date', '1700000000000', 'isDate', 'n must be an ISO 8601 date'],
    ['bigint', '1.5', 'isInt', 'n must be a whole number'],
    ['bigint', '', 'isInt', 'n must be a whole number'],
    ['default', 'x', 'isNumber', 'n must be a number'],
    ['type', 'x', 'isNumber', 'n must be a number'],
  ])('%s refuses %j', async (route, text, constraint, message) => {
    const answer = await ask(app, `/${route}?n=${text}`);
    expect(answer).toMatchObject({ status: 422, type: 'application/problem+json' });
    expect(answer.json.errors).toEqual([{ in: 'query', path: '/n', constraint, message }]);
  });

  it('a missing value is undefined, so that a default applies', async () => {
    expect((await ask(app, '/number')).json).toEqual({ type: 'undefined', value: 'undefined' });
    expect((await ask(app, '/default')).json).toEqual({ type: 'Number', value: '7' });
  });

  it('of several values under one name, the last counts', async () => {
    expect((await ask(app, '/number?n=1&n=2')).json.value).toBe('2');
  });
});

describe('parameter decorators', () => {
  class Forms {
    @Get('/own/<id>/<n:int>') own(@Param() id: string, @Param('n') number: number, @Query() size: number) {
      return [id, number, size];
    }
    @Get('/lists') lists(
      @Query('tag') tags: string[],
      @Query('n', { type: [Number] }) n: number[],
      @Query() x: string[] = ['d'],
    ) {
      return [tags ?? null, n ?? null, x];
    }
    @Get('/typed-list') typedList(@Query('n', { type: Number }) n: number[]) {
      return n;
    }
    @Get('/rest/<id:int>') rest(id: number, @Query('tag') ...tags: string[]) {
      return [id, tags];
    }
    @Get('/dicts') dicts(
      @Query() query: FormsDict<string>,
      @Header() headers: HeaderDict,
      @Cookie() cookies: FormsDict<string>,
      @Upload() files: FormsDict<never>,
    ) {
      const all = [query, cookies, files].map((dict) => dict instanceof FormsDict);
      return [...all, headers instanceof HeaderDict, query.getAll('a'), headers.get('X-A'), cookies.get('c')];
    }
    @Get('/headers') headers(
      @Header('x-count') count: number,
      @Header('X-Count', { type: String }) text: number,
      @Header() userAgent: string,
      @Header('x-none') none = 'none',
    ) {
      return [count, text, userAgent, none];
    }
    @Get('/cookies') cookies(@Cookie('n') n: number, @Cookie() word: string, @Cookie('none') none?: string) {
      return [n, word, none ?? null];
    }
    @Get('/required') required(
      @Query('q', { required: true }) q: string,
      @Header('h', { required: true }) h: string,
      @Cookie('c', { required: true }) c: number,
      @Cookie('s', { required: true, secret: 'key' }) s: unknown,
    ) {
      return [q, h, c, s];
    }
    @Post('/form') form(@Form('title') title: string, @Form() size: number, @Form('tag', { required: true }) tags: string[]) {
      return [title ?? null, size ?? null, tags];
    }
    @Post('/form-dict') formDict(@Form() fields: FormsDict<string>) {
      return fields.getAll('a');
    }
    @Get('/schema') schema(@Query('word', { type: upper }) word: string, @Query('many', { type: upper }) many: string[]) {
      return [word, many ?? null];
    }
    @Get('/pointer') pointer(@Query('a/b~c', { type: Number }) odd: number, @Query('n', { type: [Number] }) n: number[]) {
      return [odd, n];
    }
    @Post('/upload') upload(@Upload('a') a: unknown, @Upload('b') b: unknown[] = ['default']) {
      return [a ?? null, b];
    }
    @Post('/upload-required') uploadRequired(@Upload('a', { required: true }) a: unknown) {
      return a;
    }
  }
  const app = appOf(Forms);
  const get = async (path: string, headers: Record<string, string> = {}) => (await ask(app, path, { headers })).json;

  it('without a name take that of the parameter', async () => {
    expect(await get('/own/a/5?size=3')).toEqual(['a', 5, 3]);
  });

  it('collect repeated values in an array', async () => {
    expect(await get('/lists?tag=a&tag=b&n=1&n=2&x=c')).toEqual([['a', 'b'], [1, 2], ['c']]);
    expect(await get('/lists?tag=a')).toEqual([['a'], null, ['d']]);
    expect(await get('/typed-list?n=1')).toEqual([1]);
  });

  it('name the element of an array that is refused', async () => {
    expect((await get('/lists?n=1&n=x&n=y')).errors).toEqual([
      { in: 'query', path: '/n/1', constraint: 'isNumber', message: 'each value in n must be a number' },
      { in: 'query', path: '/n/2', constraint: 'isNumber', message: 'each value in n must be a number' },
    ]);
  });

  it('spread their values over a rest parameter', async () => {
    expect(await get('/rest/1?tag=a&tag=b')).toEqual([1, ['a', 'b']]);
    expect(await get('/rest/1')).toEqual([1, []]);
  });

  it('give the whole dictionary where that is declared', async () => {
    expect(await get('/dicts?a=1&a=2', { 'x-a': 'h', cookie: 'c=d' })).toEqual([true, true, true, true, ['1', '2'], 'h', 'd']);
  });

  it('read headers by name, whatever the case, and by parameters in camel case', async () => {
    expect(await get('/headers', { 'X-COUNT': '3', 'user-agent': 'test' })).toEqual([3, '3', 'test', 'none']);
    expect((await get('/headers', { 'x-count': 'x' })).errors).toEqual([
      { in: 'header', path: '/x-count', constraint: 'isNumber', message: 'x-count must be a number' },
    ]);
  });

  it('read cookies', async () => {
    expect(await get('/cookies', { cookie: 'n=5; word=hi' })).toEqual([5, 'hi', null]);
    expect((await get('/cookies', { cookie: 'n=five' })).errors).toEqual([
      { in: 'cookie', path: '/n', constraint: 'isNumber', message: 'n must be a number' },
    ]);
  });

  it('with { required } refuse a missing value, all that are missing at once', async () => {
    const answer = await ask(app, '/required');
    expect(answer).toMatchObject({ status: 422, type: 'application/problem+json' });
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: expect.stringMatching(/^Unprocessable/),
      status: 422,
      detail: 'query/q: q is required; header/h: h is required; cookie/c: c is required; cookie/s: s is required',
      errors: ['query/q', 'header/h', 'cookie/c', 'cookie/s'].map((place) => {
        const [source, name] = place.split('/');
        return { in: source, path: `/${name}`, constraint: 'required', message: `${name} is required` };
      }),
    });
  });

  it('read form fields', async () => {
    expect((await ask(app, '/form', form('title=a+b&size=3&tag=x&tag=y'))).json).toEqual(['a b', 3, ['x', 'y']]);
    expect((await ask(app, '/form', form('tag=x'))).json).toEqual([null, null, ['x']]);
    expect((await ask(app, '/form', form('size=x'))).json.errors).toEqual([
      { in: 'form', path: '/size', constraint: 'isNumber', message: 'size must be a number' },
      { in: 'form', path: '/tag', constraint: 'required', message: 'tag is required' },
    ]);
    expect((await ask(app, '/form-dict', form('a=1&a=2'))).json).toEqual(['1', '2']);
  });

  it('refuse a body that is no form where fields are asked for', async () => {
    expect((await ask(app, '/form', json({ title: 'a' }))).status).toBe(415);
    expect((await ask(app, '/form', { method: 'POST', body: new Uint8Array([1]) })).status).toBe(415);
    expect((await ask(app, '/form', { method: 'POST' })).status).toBe(422);
  });

  it('run a Standard Schema on one value, or on all where an array is declared', async () => {
    expect(await get('/schema?word=a')).toEqual(['A', null]);
    expect((await get('/schema?many=a&many=b')).errors).toEqual([
      { in: 'query', path: '/many/a/b~1c', constraint: 'schema', message: 'no text' },
    ]);
  });

  it('point to odd names with the escapes of JSON pointers', async () => {
    expect((await get('/pointer?a/b~c=x')).errors).toEqual([
      { in: 'query', path: '/a~1b~0c', constraint: 'isNumber', message: 'a/b~c must be a number' },
    ]);
  });

  it('leave missing uploads undefined', async () => {
    expect((await ask(app, '/upload', { method: 'POST' })).json).toEqual([null, ['default']]);
    expect((await ask(app, '/upload-required', { method: 'POST' })).json.errors).toEqual([
      { in: 'form', path: '/a', constraint: 'required', message: 'a is required' },
    ]);
  });

  it('read signed cookies with any value, and pass over forged ones', async () => {
    class Signed {
      @Get('/set') set() {
        const answer = new HTTPResponse('');
        answer.setCookie('s', { a: 1 }, { secret: 'key' });
        answer.setCookie('n', 'five', { secret: 'key' });
        return answer;
      }
      @Get('/read') read(@Cookie('s', { secret: ['new', 'key'] }) s: unknown) {
        return [s ?? null];
      }
      @Get('/number') number(@Cookie('n', { secret: 'key' }) n: number) {
        return n;
      }
    }
    const signed = appOf(Signed);
    const set = await signed.fetch(new globalThis.Request('http://localhost/set'));
    const cookie = set.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    expect((await ask(signed, '/read', { headers: { cookie } })).json).toEqual([{ a: 1 }]);
    expect((await ask(signed, '/read', { headers: { cookie: cookie.replace(/s=.{4}/, 's=AAAA') } })).json).toEqual([null]);
    expect((await ask(signed, '/number', { headers: { cookie } })).json.errors).toEqual([
      { in: 'cookie', path: '/n', constraint: 'isNumber', message: 'n must be a number' },
    ]);
  });
});

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

  it('hands anything to a Standard Schema, a missing body too', async () => {
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

it('errors of several sources are told at once, in the order of the parameters', async () => {
  class Many {
    @Post('/<id>') all(id: number, @Query('page') page: number, @Body() body: Page, @Header('x-n') n: number) {
      return [id, page, body, n];
    }
  }
  const init = json({ title: 'much too long', page: 1 });
  const answer = await ask(appOf(Many), '/x?page=y', { ...init, headers: { ...init.headers, 'x-n': 'z' } });
  expect(answer.json.errors).toEqual([
    { in: 'path', path: '/id', constraint: 'isNumber', message: 'id must be a number' },
    { in: 'query', path: '/page', constraint: 'isNumber', message: 'page must be a number' },
    { in: 'body', path: '/title', constraint: 'isLength', message: 'title must be shorter than or equal to 10 characters' },
    { in: 'header', path: '/x-n', constraint: 'isNumber', message: 'x-n must be a number' },
  ]);
});

it('a browser is told in HTML', async () => {
  class One {
    @Get('/') get(@Query('n') n: number) {
      return n;
    }
  }
  const answer = await ask(appOf(One), '/?n=x', { headers: { accept: 'text/html' } });
  expect(answer).toMatchObject({ status: 422, type: 'text/html; charset=UTF-8' });
  expect(answer.text).toContain('n must be a number');
});

describe('@Inject', () => {
  class Store {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  class Clock {}
  const providing = (provides: NonNullable<Plugin['provides']>, value: unknown): Plugin => ({
    provides,
    apply: (callback) => (context) => {
      context.provide((provides.keyword ?? provides.type) as string, value);
      return callback(context);
    },
  });

  it('takes what plugins provide, by keyword, by its own name, or by type', async () => {
    class Injected {
      @Get('/') get(
        @Inject('db') a: unknown,
        @Inject() db: unknown,
        @Inject(Store) b: Store,
        @Inject(Clock) c: unknown,
        @Inject() d: Clock,
      ) {
        return [a === db, b === db, b.name, c, d];
      }
    }
    const app = new Bottle();
    app.install(providing({ keyword: 'db', type: Store }, new Store('one')));
    app.install(providing({ type: Clock }, 'clock'));
    app.mount(Injected);
    app.check();
    expect((await ask(app, '/')).json).toEqual([true, true, 'one', 'clock', 'clock']);
  });
});
