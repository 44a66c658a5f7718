import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import { Tokens } from '../auth/tokens.js';
import { database } from '../fixture.js';
import { Account } from './account.js';
import { findUser } from './store.js';
import { Users } from './users.js';

const tokens = new Tokens('secret');
const eve = { username: 'eve', email: 'eve@example.com', password: 'apple' };
let db: Database;
let ada: number;

beforeEach(() => {
  ({ db, ada } = database());
});

describe('Users', () => {
  it('register stores no password, and gives a token', async () => {
    const { user } = await new Users().register(eve, db, tokens);
    const id = (await tokens.read(user.token)) as number;
    expect(findUser(db, id)).toMatchObject({ username: 'eve', password: expect.not.stringContaining('apple') });
  });

  it('register says what is taken', async () => {
    const { status } = await isolate(Users, { db, tokens }).post('/users', { json: { user: { ...eve, username: 'Ada' } } });
    expect(status).toBe(422);
    await expect(new Users().register({ ...eve, email: 'ADA@example.com' }, db, tokens)).rejects.toThrow(
      'email has already been taken',
    );
  });

  it('login knows who was registered', async () => {
    await new Users().register(eve, db, tokens);
    expect((await new Users().login(eve, db, tokens)).user).toMatchObject({ username: 'eve', bio: null });
    await expect(new Users().login({ ...eve, password: 'pear' }, db, tokens)).rejects.toThrow('credentials invalid');
  });
});

describe('Account', () => {
  const account = new Account();

  it('show knows its owner, and nobody who is gone', async () => {
    expect((await account.show(ada, db, tokens)).user).toMatchObject({ username: 'ada', email: 'ada@example.com' });
    expect(() => account.show(9, db, tokens)).toThrow('token is invalid');
  });

  it('change leaves alone what it is not told', async () => {
    await account.change(ada, { bio: 'Counts', email: undefined }, db, tokens);
    const { user } = await account.change(ada, { image: 'a.png' }, db, tokens);
    expect(user).toMatchObject({ username: 'ada', email: 'ada@example.com', bio: 'Counts', image: 'a.png' });
  });

  it('change takes no for nothing', async () => {
    await account.change(ada, { bio: 'Counts', image: 'a.png' }, db, tokens);
    expect((await account.change(ada, { bio: '', image: null }, db, tokens)).user).toMatchObject({ bio: null, image: null });
  });
});
