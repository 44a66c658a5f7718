import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Post } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { hashPassword, isPassword, passwordHash } from './passwords.js';

describe('a password', () => {
  it('is known by its hash', async () => {
    const hash = await hashPassword('analytical');
    expect(await isPassword('analytical', hash)).toBe(true);
    expect(await isPassword('Analytical', hash)).toBe(false);
    expect(await isPassword('', hash)).toBe(false);
  });

  it('has another hash each time, and is in none of them', async () => {
    const hashes = [await hashPassword('analytical'), await hashPassword('analytical')];
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(hashes.join()).not.toContain('analytical');
  });

  it('is wrong for a user that does not exist', async () => {
    expect(await isPassword('', undefined)).toBe(false);
    expect(await isPassword('', '')).toBe(false);
  });
});

describe('the parameter passwordHash', () => {
  @Controller()
  class Hashes {
    @Post('/')
    show(passwordHash: string | undefined) {
      return { hash: passwordHash };
    }
  }

  const app = new Bottle();
  app.install(passwordHash);
  app.mount(Hashes);
  const hashOf = async (json: unknown) => (await new TestClient(app).post<{ hash?: string }>('/', { json })).json.hash;

  it('is the hash of the password in the body', async () => {
    expect(await isPassword('analytical', await hashOf({ user: { password: 'analytical' } }))).toBe(true);
  });

  it.each([{}, { user: {} }, { user: null }, { user: { password: 7 } }, []])('is nothing for %j', async (json) => {
    expect(await hashOf(json)).toBeUndefined();
  });
});
