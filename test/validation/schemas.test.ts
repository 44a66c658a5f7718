import { describe, expect, it } from '@jest/globals';
import { Body, Bottle, Form, Param, Post, Query } from 'bottlenose';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

const schemas = {
  zod: z.object({ title: z.string().min(1), rank: z.coerce.number().int(), tags: z.array(z.string()).default([]) }),
  valibot: v.object({
    title: v.pipe(v.string(), v.minLength(1)),
    rank: v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer()),
    tags: v.optional(v.array(v.string()), []),
  }),
  arktype: type({ title: 'string > 0', rank: 'number.integer | string.integer.parse', tags: type('string[]').default(() => []) }),
};

describe.each(Object.entries(schemas))('a schema of %s', (_name, schema) => {
  class Things {
    @Post('/body') body(@Body(schema) body: unknown) {
      return body;
    }
    @Post('/query') query(@Query(schema) query: unknown, @Body({ type: schema, required: true }) body: unknown) {
      return [query, body];
    }
    @Post('/form') form(@Form(schema) form: unknown) {
      return form;
    }
  }
  const app = new Bottle();
  app.mount('/', Things);
  const send = async (path: string, body: string, contentType = 'application/json') => {
    const request = new Request(`http://localhost${path}`, { method: 'POST', body, headers: { 'content-type': contentType } });
    const response = await app.fetch(request);
    return { status: response.status, json: JSON.parse(await response.text()) };
  };

  it('gives its output to the method', async () => {
    expect((await send('/body', '{"title":"a","rank":1}')).json).toEqual({ title: 'a', rank: 1, tags: [] });
    const form = await send('/form', 'title=a&rank=2', 'application/x-www-form-urlencoded');
    expect(form.json).toEqual({ title: 'a', rank: 2, tags: [] });
  });

  it('tells where its issues are, from all sources at once', async () => {
    const { status, json } = await send('/query?title=&rank=1', '{"title":"a","rank":1,"tags":["b",2]}');
    expect(status).toBe(422);
    expect(json.errors).toEqual([
      { in: 'query', path: '/title', constraint: 'schema', message: expect.any(String) },
      { in: 'body', path: '/tags/1', constraint: 'schema', message: expect.any(String) },
    ]);
  });

  it('is asked about a missing body, unless that is required', async () => {
    expect((await send('/body', '')).json.errors).toMatchObject([{ in: 'body', path: '' }]);
    expect((await send('/query?title=a&rank=1', '')).json.errors).toEqual([
      { in: 'body', path: '', constraint: 'required', message: 'a body is required' },
    ]);
  });
});

it('a schema may stand for a wildcard, a value of the query, and be asynchronous', async () => {
  class Things {
    @Post('/<id>') one(
      @Param({ type: z.uuid() }) id: string,
      @Query('n', { type: z.coerce.number().refine(async (n) => n > 1) }) n: number,
    ) {
      return [id, n];
    }
  }
  const app = new Bottle();
  app.mount('/', Things);
  const post = async (path: string) => (await app.fetch(new Request(`http://localhost${path}`, { method: 'POST' }))).json();
  const id = '9d3f2e4c-1b7a-4e55-8c3d-2f6a7b8c9d0e';
  expect(await post(`/${id}?n=2`)).toEqual([id, 2]);
  expect(await post('/x?n=1')).toMatchObject({
    errors: [
      { in: 'path', path: '/id' },
      { in: 'query', path: '/n' },
    ],
  });
});
