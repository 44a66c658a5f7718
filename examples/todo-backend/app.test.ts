import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestClient } from 'bottlenose/testing';
import app from './app.js';

interface Todo {
  title: string;
  completed: boolean;
  order?: number;
  url: string;
}

const client = new TestClient(app, { baseUrl: 'https://todo.example' });

beforeEach(async () => {
  expect((await client.delete('/')).status).toBe(200);
});

const add = async (json: object): Promise<Todo> => (await client.post<Todo>('/', { json })).json;
const list = async (): Promise<Todo[]> => (await client.get<Todo[]>('/')).json;

describe('the list', () => {
  it('is empty once everything is deleted', async () => {
    await add({ title: 'Walk the dog' });
    await client.delete('/');
    expect(await list()).toEqual([]);
  });

  it('gets what is posted, open and with a URL of its own', async () => {
    const answer = await client.post<Todo>('/', { json: { title: 'Walk the dog', order: 523 } });
    expect(answer.status).toBe(201);
    const { url, ...todo } = answer.json;
    expect(todo).toEqual({ title: 'Walk the dog', completed: false, order: 523 });
    expect(url).toMatch(/^https:\/\/todo\.example\/\d+$/);
    const other = await add({ title: 'Feed the cat', completed: true });
    expect(other.completed).toBe(true);
    expect(await list()).toEqual([answer.json, other]);
  });

  it.each([{}, { title: '' }, { title: 'x', order: 'first' }, { title: 'x', completed: 'perhaps' }])(
    'refuses %j',
    async (json) => {
      expect((await client.post('/', { json })).status).toBe(422);
      expect(await list()).toEqual([]);
    },
  );
});

describe('a to-do', () => {
  it('is found at its URL, in the list as by itself', async () => {
    const todo = await add({ title: 'Walk the dog' });
    const [listed] = await list();
    expect((await client.get(listed?.url ?? '')).json).toEqual(todo);
  });

  it.each([{ title: 'Wash the dog' }, { completed: true }, { order: 95 }, { completed: true, order: 0 }])(
    'changes by %j alone, for good',
    async (changes) => {
      const todo = await add({ title: 'Walk the dog', order: 10 });
      const changed = await client.patch(todo.url, { json: changes });
      expect(changed.json).toEqual({ ...todo, ...changes });
      expect((await client.get(todo.url)).json).toEqual({ ...todo, ...changes });
      expect(await list()).toEqual([{ ...todo, ...changes }]);
    },
  );

  it('is deleted alone', async () => {
    const [dog, cat] = [await add({ title: 'Walk the dog' }), await add({ title: 'Feed the cat' })];
    await client.delete(dog.url);
    expect(await list()).toEqual([cat]);
    expect((await client.get(dog.url)).status).toBe(404);
    expect((await client.patch(dog.url, { json: { completed: true } })).status).toBe(404);
  });
});

describe('a page of another origin', () => {
  it.each(['POST', 'PATCH', 'DELETE'])('may %s', async (method) => {
    const headers = {
      Origin: 'https://todobackend.com',
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'content-type',
    };
    const { headers: allowed } = await client.request('OPTIONS', '/', { headers });
    expect(allowed['access-control-allow-origin']).toBe('*');
    expect(allowed['access-control-allow-methods']).toContain(method);
    expect(allowed['access-control-allow-headers']).toContain('content-type');
    expect((await client.get('/', { headers })).headers['access-control-allow-origin']).toBe('*');
  });
});

describe('the app', () => {
  it('is a module that runtimes of fetch handlers serve', async () => {
    const { fetch } = app;
    const made = await fetch(
      new Request('https://edge.example/', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"title":"Walk the dog"}',
      }),
    );
    const todo = (await made.json()) as Todo;
    expect([made.status, new URL(todo.url).origin]).toEqual([201, 'https://edge.example']);
    expect(await (await fetch(new Request(todo.url))).json()).toEqual(todo);
  });

  describe('over a socket', () => {
    let server: Awaited<ReturnType<typeof app.run>>;
    afterEach(() => server.close());

    it('has URLs that lead there', async () => {
      server = await app.run({ port: 0, quiet: true });
      const made = await fetch(server.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"title":"Walk the dog"}',
      });
      const todo = (await made.json()) as Todo;
      expect(todo.url.startsWith(`${server.url}/`)).toBe(true);
      expect(await (await fetch(todo.url)).json()).toEqual(todo);
    });
  });
});
