import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Body, Bottle, Controller, Error as OnError, Form, type HTTPError, Post, Query, toStandardSchema } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, MinLength, ValidateNested } from 'class-validator';

class Item {
  @IsInt() n!: number;
}
class Order {
  @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
  @IsOptional() @MinLength(3, { each: true, context: { key: 'too.short' } }) words?: string[];
}
class Filter {
  @IsOptional() @IsInt() age?: number;
  @IsInt() size!: number;
}

@Controller('/orders')
class Orders {
  @Post() add(@Body(Order) order: Order) {
    return order;
  }
  @Post('/few', { config: { maxErrors: 2 } }) few(@Body(Order) order: Order) {
    return order;
  }
  @Post('/schema') schema(@Body(toStandardSchema(Order)) order: Order) {
    return order;
  }
  @Post('/form') form(@Form(toStandardSchema(Filter)) filter: Filter) {
    return filter;
  }
  @Post('/refuse') refuse(@Body(Order, { unknown: 'refuse' }) order: Order) {
    return order;
  }
  @Post('/filter') filter(@Form(Filter) filter: Filter, @Query('page') page = 1) {
    return { ...filter, page };
  }
}

type Problem = { detail: string; errors: { path: string }[] };

const problemOf = (answer: { json: unknown }) => answer.json as Problem;
const client = (options = {}) => new TestClient(new Bottle(options).mount(Orders));
const items = (length: number) => ({ items: Array.from({ length }, () => ({ n: 'x' })) });

describe('a 422', () => {
  it('lists at most 50 errors, or maxErrors, and says how many more there are', async () => {
    const answer = await client().post('/orders', { json: items(1000) });
    expect([answer.status, problemOf(answer).errors.length]).toEqual([422, 50]);
    const few = problemOf(await client().post('/orders/few', { json: items(5) }));
    expect(few.errors.map(({ path }) => path)).toEqual(['/items/0/n', '/items/1/n']);
    expect(few.detail).toMatch(/; and 3 more errors$/);
    expect(problemOf(await client({ maxErrors: 7 }).post('/orders', { json: items(1000) })).errors).toHaveLength(7);
  });

  it('stays in proportion to a body with long names', async () => {
    const body = { items: [], ['x'.repeat(100_000)]: 1 };
    const { text } = await client().post('/orders/refuse', { json: body });
    expect(text.length).toBeLessThan(3 * JSON.stringify(body).length);
  });

  it('does not repeat a long name in the path of each error', async () => {
    class Fields {
      @IsInt() a!: number;
      @IsInt() b!: number;
      @IsInt() c!: number;
      @IsInt() d!: number;
      @IsInt() e!: number;
      @IsInt() f!: number;
    }
    class Keyed {
      @ValidateNested() @Type(() => Fields) map!: Map<string, Fields>;
    }
    const app = new Bottle();
    class Maps {
      add(_map: Keyed) {}
    }
    Body(Keyed)(Maps.prototype, 'add', 0);
    Post('/')(Maps.prototype, 'add', Object.getOwnPropertyDescriptor(Maps.prototype, 'add') as never);
    const body = { map: { ['x'.repeat(100_000)]: {} } };
    const { status, text } = await new TestClient(app.mount('/', Maps)).post('/', { json: body });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(3 * JSON.stringify(body).length);
  });

  it('gives error handlers the values and contexts, which the client does not get', async () => {
    let seen: HTTPError['errors'];
    class Watched extends Orders {
      @OnError(422) refused(error: HTTPError) {
        seen = error.errors;
        return error.toProblem();
      }
    }
    Controller('/orders')(Watched);
    const answer = await new TestClient(new Bottle().mount(Watched)).post('/orders', {
      json: { items: [], words: ['long', 'a'] },
    });
    const error = { in: 'body', path: '/words/1', constraint: 'minLength' };
    expect(seen).toEqual([{ ...error, message: expect.any(String), value: 'a', context: { key: 'too.short' } }]);
    expect(problemOf(answer).errors).toEqual([{ ...error, message: expect.any(String) }]);
  });

  it('names the constraints of a schema that toStandardSchema made', async () => {
    const answer = await client().post('/orders/schema', { json: { items: [{ n: 1 }, {}] } });
    expect(problemOf(answer).errors).toMatchObject([{ path: '/items/1/n', constraint: 'isInt' }]);
    expect((await client().post('/orders/form', { form: { age: '5', size: '6' } })).json).toEqual({ age: 5, size: 6 });
  });
});

describe('an empty field of a form', () => {
  it('is a missing number', async () => {
    expect((await client().post('/orders/filter?page=', { form: { age: '', size: '1' } })).json).toEqual({ size: 1, page: 1 });
    const required = await client().post('/orders/filter', { form: { size: '' } });
    expect(required).toMatchObject({ status: 422 });
    expect(problemOf(required).errors).toMatchObject([{ path: '/size', constraint: 'isInt' }]);
  });
});
