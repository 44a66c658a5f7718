import { beforeEach, describe, expect, it } from '@jest/globals';
import { HTTPError } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { addTodo } from './store.js';
import type { Todo } from './todo.js';
import { Todos } from './todos.js';

let db: Database;

beforeEach(() => {
  db = new Database(':memory:');
  migrate(db, MIGRATIONS);
  addTodo(db, { title: 'Buy milk' });
  addTodo(db, { title: 'Call Ada' });
});

describe('the methods of Todos, called as they are', () => {
  const todos = new Todos();

  it('show gives a to-do', () => {
    expect(todos.show(1, db)).toMatchObject({ id: 1, title: 'Buy milk', done: false });
  });

  it('show knows what is not there', () => {
    expect(() => todos.show(9, db)).toThrow(HTTPError);
  });

  it('change leaves alone what it is not told', () => {
    expect(todos.change(1, { done: true }, db)).toMatchObject({ title: 'Buy milk', done: true });
    expect(todos.change(1, { title: ' Buy oat milk ' }, db)).toMatchObject({ title: 'Buy oat milk', done: true });
  });

  it('list filters, and has what is open first', () => {
    todos.change(1, { done: true }, db);
    expect(todos.list({}, db).map(({ id }) => id)).toEqual([2, 1]);
    expect(todos.list({ done: true }, db).map(({ id }) => id)).toEqual([1]);
    expect(todos.list({ search: 'ADA' }, db).map(({ id }) => id)).toEqual([2]);
    expect(todos.list({ search: '%' }, db)).toEqual([]);
  });
});

describe('the routes of Todos, without the rest of the app', () => {
  it('POST adds one', async () => {
    const answer = await isolate(Todos, { db }).post<Todo>('/todos', { json: { title: 'Sleep' } });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ id: 3, title: 'Sleep', done: false, created: expect.any(String) });
  });

  it.each([{}, { title: '' }, { title: '   ' }, { title: 7 }, { title: 'x'.repeat(81) }])('POST refuses %j', async (json) => {
    const answer = await isolate(Todos, { db }).post('/todos', { json });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ in: 'body', path: '/title' })]),
    });
  });

  it('GET filters by what the query says', async () => {
    const todos = isolate(Todos, { db });
    expect((await todos.get<Todo[]>('/todos', { query: { done: false, search: 'milk' } })).json.map(({ id }) => id)).toEqual([1]);
    expect((await todos.get('/todos', { query: { done: 'perhaps' } })).status).toBe(422);
  });

  it('DELETE removes one, once', async () => {
    const todos = isolate(Todos, { db });
    expect(await todos.delete('/todos/1')).toMatchObject({ status: 204, text: '' });
    const again = await todos.delete('/todos/1');
    expect([again.status, again.json]).toEqual([404, expect.objectContaining({ detail: 'There is no to-do 1.' })]);
  });

  it('errors are JSON', async () => {
    const todos = isolate(Todos, { db });
    expect((await todos.get('/todos/9')).json).toMatchObject({ title: 'Not Found', status: 404 });
    expect((await todos.put('/todos/1')).json).toMatchObject({ status: 405 });
    expect((await todos.post('/todos', { body: '{', headers: { 'Content-Type': 'application/json' } })).json).toMatchObject({
      status: 400,
    });
  });
});
