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
  WiringError,
} from 'bottlenose';
import type { Provision } from 'bottlenose/kit';
import { isolate } from 'bottlenose/testing';
import { IsInt, Length } from 'class-validator';
import { appOf, ask, form, json } from '../fixtures/ask.js';

const show = (value: unknown) => ({
  type: value === null ? 'null' : (value?.constructor?.name ?? 'undefined'),
  value: `${value}`,
});

class Page {
  @IsInt() page!: number;
  @Length(1, 10) title = 'none';
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

  it('refuse a body that is not a form where fields are declared', async () => {
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

describe('a signed cookie whose secret', () => {
  it.each([
    ['is not set', process.env.BOTTLENOSE_TEST_SECRET_THAT_IS_NOT_SET, 'the secret is undefined, not a string'],
    ['is empty', '', 'the secret is empty'],
    ['is a list of none', [], 'the list of secrets is empty'],
    ['is a list with an empty one', ['key', ''], 'one of the secrets is empty'],
  ])('%s cannot be wired', async (_what, given, problem) => {
    const secret = given as string;
    class Visits {
      @Get('/visits') visits(@Cookie('visits', { secret }) visits: number) {
        return visits;
      }
      @Get('/named', { params: [Cookie('name', { secret })] }) named(name: string) {
        return name;
      }
    }
    const app = appOf(Visits);
    expect(() => app.check()).toThrow(WiringError);
    expect(() => isolate(Visits)).toThrow(WiringError);
    const problems = app.wiringProblems();
    expect(problems.map(({ code, method, message }) => [code, method, message])).toEqual([
      ['BN_COOKIE', 'Visits.visits', `Parameter 'visits' asks for a signed cookie, and ${problem}.`],
      ['BN_COOKIE', 'Visits.named', `Parameter 'name' asks for a signed cookie, and ${problem}.`],
    ]);
    for (const { cure } of problems)
      expect(cure).toMatch(/^give a long random string.*leave `secret` out for an unsigned cookie\.$/);
    await expect(app.run({ port: 0, quiet: true })).rejects.toThrow('asks for a signed cookie');
  });

  it('is given for all cookies at once cannot be wired', () => {
    class All {
      @Get('/all') all(@Cookie({ secret: 'key' }) all: FormsDict) {
        return all.toObject();
      }
    }
    expect(appOf(All).wiringProblems()).toMatchObject([
      { code: 'BN_COOKIE', cure: expect.stringContaining("@Cookie('user', { secret })") },
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
  const providing = (provides: Provision, value: unknown): Plugin => ({
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
