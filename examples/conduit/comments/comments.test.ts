import { expect, it } from '@jest/globals';
import { Articles } from '../articles/articles.js';
import { database } from '../fixture.js';
import { Comments } from './comments.js';

const comments = new Comments();

function withArticle() {
  const made = database();
  new Articles().create(made.ada, { title: 'Tea', description: 'Hot', body: 'Leaves' }, made.db);
  return made;
}

it('add and list have the author, as the viewer sees them', () => {
  const { db, bob } = withArticle();
  const { comment } = comments.add(bob, 'tea', { body: 'Thanks' }, db);
  expect(comment).toEqual({
    id: 1,
    body: 'Thanks',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    updatedAt: comment.createdAt,
    author: { username: 'bob', bio: null, image: null, following: false },
  });
  expect(comments.list(null, 'tea', db)).toEqual({ comments: [comment] });
});

it('remove is for who wrote it', () => {
  const { db, ada, bob } = withArticle();
  const { id } = comments.add(bob, 'tea', { body: 'Thanks' }, db).comment;
  expect(() => comments.remove(ada, 'tea', id, db)).toThrow('comment forbidden');
  comments.remove(bob, 'tea', id, db);
  expect(() => comments.remove(bob, 'tea', id, db)).toThrow('comment not found');
  expect(() => comments.list(null, 'milk', db)).toThrow('article not found');
});
