import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Context, Plugin } from 'bottlenose';

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

/**
 * Gives the hash of the password in the body to the methods that have a parameter `passwordHash`.
 *
 * Hashing takes long on purpose. As a plugin that is installed before the database, it is done before its request has the writer,
 * for which others wait.
 */
export const passwordHash: Plugin = {
  name: 'passwordHash',
  provides: { keyword: 'passwordHash' },
  apply(callback, route) {
    if (!route.wants(passwordHash)) return callback;
    return async (context) => {
      const password = passwordIn(context);
      context.provide('passwordHash', password && (await hashPassword(password)));
      return callback(context);
    };
  },
};

/** Whether it is one is for the validators to say. */
function passwordIn({ request }: Context): string | undefined {
  const { user } = (request.json ?? {}) as { user?: { password?: unknown } };
  return typeof user?.password === 'string' ? user.password : undefined;
}
