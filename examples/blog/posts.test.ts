import { beforeEach, describe, expect, it } from '@jest/globals';
import { HTTPError } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import type { Flash } from './flash.js';
import { Posts } from './posts.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { addPost, PAGE_SIZE } from './store.js';
import { Writing } from './writing.js';

let db: Database;
let said: string[];
let flash: Flash;

beforeEach(() => {
  db = new Database(':memory:');
  migrate(db, MIGRATIONS);
  said = [];
  flash = { say: (message: string) => said.push(message), take: () => undefined } as never;
});

describe('the methods, called as they are', () => {
  const posts = new Posts();

  it('index has the newest first, a page at a time', () => {
    for (let n = 1; n <= PAGE_SIZE + 2; n++) addPost(db, { title: `Post ${n}`, body: 'x' });
    const first = posts.index(db, flash);
    expect(first.posts.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3]);
    expect(first.pages).toBe(2);
    expect(posts.index(db, flash, 2).posts.map(({ title }) => title)).toEqual(['Post 2', 'Post 1']);
    expect(() => posts.index(db, flash, 3)).toThrow(HTTPError);
    expect(() => posts.index(db, flash, 0)).toThrow('There is no page 0.');
  });

  it('show knows what is not there', () => {
    expect(() => posts.show(9, db, flash)).toThrow('There is no post 9.');
  });

  it('change tells what it did, and leads to the post', () => {
    const id = addPost(db, { title: 'Draft', body: 'x' });
    const redirected = () => new Writing().change(id, { title: ' Final ', body: ' y ' }, db, flash);
    expect(redirected).toThrow(expect.objectContaining({ status: 303 }));
    expect(posts.show(id, db, flash).post).toMatchObject({ title: 'Final', body: 'y' });
    expect(said).toEqual(['Your changes are saved.']);
  });
});

describe('the routes, without the rest of the app', () => {
  it('give JSON to clients that prefer it, without what is for people only', async () => {
    addPost(db, { title: 'One', body: 'Text' });
    const client = isolate(Posts, { db, flash });
    const headers = { Accept: 'application/json' };
    expect((await client.get('/', { headers })).json).toMatchObject({ posts: [{ id: 1, title: 'One' }], page: 1, pages: 1 });
    expect((await client.get('/posts/9', { headers })).json).toMatchObject({ status: 404, detail: 'There is no post 9.' });
    expect((await isolate(Writing, { db, flash }).post('/posts/new', { headers, form: { title: 'Two' } })).json).toMatchObject({
      status: 422,
      errors: expect.arrayContaining([expect.objectContaining({ in: 'form', path: '/body' })]),
    });
  });
});
