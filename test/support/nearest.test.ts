import { describe, expect, it } from '@jest/globals';
import { nearest } from '../../src/support/nearest.js';

describe('nearest', () => {
  it.each([
    ['pots', 'posts'],
    ['poosts', 'posts'],
    ['usres', 'users'],
    ['databse', 'database'],
    ['bd', 'db'],
    ['comment', 'comments'],
  ])('suggests for %s what it was meant to be, %s', (wanted, meant) => {
    expect(nearest(wanted, ['users', 'posts', 'database', 'db', 'comments'])).toBe(meant);
  });

  it.each([
    ['userId', 'user_id'],
    ['USER_ID', 'user_id'],
    ['user-id', 'user_id'],
    ['Sqlite', 'sqlite'],
    ['maxfilesize', 'maxFileSize'],
  ])('takes %s and %s for the same name', (wanted, meant) => {
    expect(nearest(wanted, ['user', 'uuid', 'user_id', 'sqlite', 'maxFileSize'])).toBe(meant);
  });

  it.each(['xyz', 'a', 'q', 'password', '', 'completely', '_'])('suggests nothing for %j, which resembles nothing', (wanted) => {
    expect(nearest(wanted, ['users', 'posts', 'id', 'b'])).toBeUndefined();
  });

  it('suggests nothing where nothing is known', () => {
    expect(nearest('posts', [])).toBeUndefined();
  });

  it('suggests what an abbreviation stands for, unless a closer name is known', () => {
    expect(nearest('req', ['response', 'request', 'error'])).toBe('request');
    expect(nearest('err', ['response', 'request', 'error'])).toBe('error');
    expect(nearest('req', ['request', 'rec'])).toBe('rec');
  });

  it('prefers fewer wrong letters, then the same spelling, then the first', () => {
    expect(nearest('posts', ['poets!', 'pasts', 'poss'])).toBe('pasts');
    expect(nearest('Users', ['users', 'Users'])).toBe('Users');
    expect(nearest('pasts', ['posts', 'pests'])).toBe('posts');
  });

  it('counts letters swapped with their neighbour as one mistake', () => {
    expect(nearest('nmae', ['nxxe', 'name'])).toBe('name');
    expect(nearest('ixd', ['idx'])).toBe('idx');
  });

  it('takes any iterable, and answers fast for long names', () => {
    expect(nearest('pots', new Map([['posts', 1]]).keys())).toBe('posts');
    expect(nearest('x'.repeat(100_000), ['posts', 'users'])).toBeUndefined();
  });
});
