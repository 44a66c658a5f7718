import { describe, expect, it } from '@jest/globals';
import { hashPassword, isPassword } from './passwords.js';

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

  it('is that of nobody who is not there', async () => {
    expect(await isPassword('', undefined)).toBe(false);
    expect(await isPassword('', '')).toBe(false);
  });
});
