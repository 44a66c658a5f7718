import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const LENGTH = 32;
const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** What to store of a password: a salt and what scrypt makes of both. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('base64')}:${(await derive(password, salt, LENGTH)).toString('base64')}`;
}

/** Whether it is the password. Without a hash it is not, after as long a time, so that nobody learns who has an account. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [salt = '', key = ''] = hash?.split(':') ?? [];
  const given = await derive(password, Buffer.from(salt, 'base64'), LENGTH);
  const stored = Buffer.from(key, 'base64');
  return stored.length === given.length && timingSafeEqual(stored, given);
}
