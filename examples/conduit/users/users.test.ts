import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import { hashPassword } from '../auth/passwords.js';
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
  const users = new Users();

  it('register stores a hash, and gives a token', async () => {
    const { user } = await users.register(eve, 'hash', db, tokens);
    const id = (await tokens.verify(user.token)) as number;
    expect(findUser(db, id)).toMatchObject({ username: 'eve', password: 'hash' });
  });

  it('register says what is taken', async () => {
    const { status } = await isolate(Users, { db, tokens, passwordHash: 'hash' }).post('/users', {
      json: { user: { ...eve, username: 'Ada' } },
    });
    expect(status).toBe(422);
    expect(() => users.register({ ...eve, email: 'ADA@example.com' }, 'hash', db, tokens)).toThrow(
      'email has already been taken',
    );
  });

  it('login knows who was registered', async () => {
    await users.register(eve, await hashPassword('apple'), db, tokens);
    expect((await users.login(eve, db, tokens)).user).toMatchObject({ username: 'eve', bio: null });
    await expect(users.login({ ...eve, password: 'pear' }, db, tokens)).rejects.toThrow('credentials invalid');
  });
});

describe('Account', () => {
  const account = new Account();

  it('show knows its owner, and nobody who is gone', async () => {
    expect((await account.show(ada, db, tokens)).user).toMatchObject({ username: 'ada', email: 'ada@example.com' });
    expect(() => account.show(9, db, tokens)).toThrow('token is invalid');
  });

  it('change leaves alone what it is not told', async () => {
    await account.change(ada, { bio: 'Counts', email: undefined }, undefined, db, tokens);
    const { user } = await account.change(ada, { image: 'a.png' }, undefined, db, tokens);
    expect(user).toMatchObject({ username: 'ada', email: 'ada@example.com', bio: 'Counts', image: 'a.png' });
  });

  it('change takes no for nothing', async () => {
    await account.change(ada, { bio: 'Counts', image: 'a.png' }, undefined, db, tokens);
    expect((await account.change(ada, { bio: '', image: null }, undefined, db, tokens)).user).toMatchObject({
      bio: null,
      image: null,
    });
  });
});
