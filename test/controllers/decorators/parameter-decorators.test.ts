import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '../../../src/controllers/decorators/controller-decorators.js';
import { describeController, type Parameter } from '../../../src/controllers/decorators/controller-description.js';
import {
  Body,
  Cookie,
  createParam,
  Form,
  Header,
  Inject,
  Param,
  Query,
  Upload,
} from '../../../src/controllers/decorators/parameter-decorators.js';
import { legacy, load } from '../fixtures/compile.js';

function parametersOf(Class: Function, key: PropertyKey): Parameter[] {
  return describeController(Class).methods.find((method) => method.key === key)?.parameters as Parameter[];
}

describe.each(['swc, legacy with metadata', ...Object.keys(legacy)])('parameter decorators compiled by %s', (compiler) => {
  let fixture: typeof import('../fixtures/search.js');
  beforeAll(async () => {
    fixture = compiler in legacy ? await load(compiler, 'search') : await import('../fixtures/search.js');
  }, 30_000);
  const sources = (key: PropertyKey, Class: Function = fixture.Search) => parametersOf(Class, key).map(({ source }) => source);

  it('tell the kind, the name and the options', () => {
    expect(sources('all')).toEqual([
      { kind: 'param', name: undefined, options: {} },
      { kind: 'query', name: 'page', options: { type: Number, required: true } },
      { kind: 'form', name: 'title', options: {} },
      { kind: 'header', name: 'accept', options: {} },
      { kind: 'cookie', name: 'session', options: { secret: ['new', 'old'] } },
      { kind: 'upload', name: 'picture', options: {} },
      { kind: 'inject', name: 'db', options: {} },
      undefined,
    ]);
    expect(parametersOf(fixture.Search, 'all').map(({ name }) => name)).toEqual(
      'id page title accept session picture db plain'.split(' '),
    );
  });

  it('take a class, a schema or options instead of the name', () => {
    expect(sources('whole')).toEqual([
      { kind: 'body', name: undefined, options: { type: fixture.Filters } },
      { kind: 'query', name: undefined, options: { type: fixture.Filters, unknown: 'refuse' } },
      { kind: 'form', name: undefined, options: { type: fixture.schema } },
      { kind: 'body', name: undefined, options: { groups: ['create'] } },
      { kind: 'inject', name: undefined, options: { type: fixture.Filters } },
    ]);
  });

  it('of one’s own work with and without parentheses, and with data', () => {
    const read = sources('own').map((source) => source?.read?.({ path: '/' } as never, { app: 'app' } as never));
    expect(sources('own').map((source) => source?.kind)).toEqual(['custom', 'custom', 'custom']);
    expect(read).toEqual([
      ['/', 'app', undefined],
      ['/', 'app', undefined],
      ['/', 'app', 'data'],
    ]);
  });

  it('may stand on a rest parameter', () => {
    expect(parametersOf(fixture.Search, 'rest')).toMatchObject([
      { name: 'tags', rest: true, source: { kind: 'query', name: 'tag' } },
    ]);
    expect(describeController(fixture.Search).problems).toEqual([]);
  });

  it('are inherited by the method that overrides, unless it has its own', () => {
    expect(parametersOf(fixture.Narrow, 'all')[1]).toMatchObject({ name: 'number', source: { kind: 'query', name: 'page' } });
    expect(sources('whole', fixture.Narrow)).toEqual([{ kind: 'query', name: 'other', options: {} }, undefined]);
  });

  it('are seen through a wrapper on either side', () => {
    expect(parametersOf(fixture.Search, 'above')).toMatchObject([{ name: 'id' }, { name: 'page', source: { kind: 'query' } }]);
    expect(parametersOf(fixture.Search, 'below')).toMatchObject([{ name: 'id' }, { name: 'page', source: { kind: 'query' } }]);
  });

  it('that contradict each other or stand on a constructor or static method are reported', () => {
    const messages = describeController(fixture.Wrong).problems.map(({ code, message }) => [code, message]);
    expect(messages).toHaveLength(3);
    expect(messages).toEqual(
      expect.arrayContaining([
        ['parameter-conflict', 'Wrong.both: parameter value has both @Query and @Body; keep one.'],
        ['constructor-parameter', expect.stringContaining('Wrong: @Query stands on a parameter of the constructor; it belongs')],
        ['decorator-on-static', expect.stringContaining('Wrong.fixed: @Query stands on a static member')],
      ]),
    );
  });
});

describe('declared types', () => {
  interface Shape {
    a: number;
  }
  class Store {}
  @Controller()
  class Typed {
    @Get()
    show(a: string, b: Date, c: Shape, d: number | string, e: string[], f: Store, g: boolean, { h }: Store & { h: 1 }): Store {
      return [a, b, c, d, e, f, g, h];
    }
  }

  it('are classes; what is none is undefined', () => {
    const types = parametersOf(Typed, 'show').map(({ type }) => type);
    expect(types).toEqual([String, Date, undefined, undefined, Array, Store, Boolean, undefined]);
    expect(describeController(Typed).methods[0]?.returnType).toBe(Store);
  });

  it('come from the overridden method where the overriding one has none emitted', () => {
    class Sub extends Typed {
      override show(...args: Parameters<Typed['show']>) {
        return super.show(...args);
      }
    }
    expect(parametersOf(Sub, 'show').map(({ name, type }) => [name, type])[1]).toEqual(['b', Date]);
  });
});

describe('params', () => {
  const Flag = createParam(() => true);
  it('takes names and every parameter decorator, where parameters cannot be decorated', () => {
    class Posts {
      @Get('/', {
        params: ['id', Param(), Query('page'), Form(), Header('h'), Cookie('c'), Upload(), Body(), Inject('db'), Flag],
      })
      show(a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10) {
        return [a, b, c, d, e, f, g, h, i, j];
      }
    }
    expect(parametersOf(Posts, 'show').map(({ name, source }) => source?.kind ?? name)).toEqual(
      'id param query form header cookie upload body inject custom'.split(' '),
    );
    expect(describeController(Posts).problems).toEqual([]);
  });

  it('says what a wrapper takes whose parameters cannot be read', () => {
    class Posts {
      @Get('/', { params: ['id', Query('page')] })
      show(..._: unknown[]) {}
    }
    Posts.prototype.show = Posts.prototype.show.bind(undefined);
    expect(parametersOf(Posts, 'show')).toMatchObject([{ name: 'id', rest: false }, { source: { kind: 'query' } }]);
    expect(describeController(Posts).problems).toEqual([]);
  });

  it('that is too long, not a list of names and decorators, or not the same for all routes is reported', () => {
    class Posts {
      @Get('/', { params: ['id', 'db', 'what'] }) long(a: 1, b: 2) {}
      @Get('/', { params: [Query as never, 7 as never] }) odd(a: 1, b: 2) {}
      @Get('/', { params: ['id'] }) @Post('/', { params: ['key'] }) two(a: 1) {}
      @Get('/', { params: ['id'] }) @Post('/') one(a: 1) {}
      @Get('/', { params: [Query('a')] }) both(@Body() a: 1) {}
    }
    expect(describeController(Posts).problems.map(({ code, message }) => [code, message])).toEqual([
      ['params-too-long', 'Posts.long: `params` lists 3, but the method takes 2 parameters; remove what is too much.'],
      ['params-entry', expect.stringContaining('Posts.odd: entry 0 of `params` is neither a name nor a parameter decorator')],
      ['params-entry', expect.stringContaining('Posts.odd: entry 1 of `params`')],
      ['params-conflict', expect.stringContaining('Posts.two: its decorators give different `params`')],
      ['parameter-conflict', 'Posts.both: parameter a has both @Query and @Body; keep one.'],
    ]);
  });
});
