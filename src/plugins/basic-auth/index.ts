import { badOption, type Context, checkOptions, type Plugin, quoted, SecretComparer, shown } from '../../kit/index.js';
import { authGuard, refuse } from '../auth-guard.js';

/**
 * Verifies a user name and a password. Returns a falsy value to reject them, `true` to accept them, or a value that identifies the user
 * (an object, an id), which parameters then get. May return a promise.
 */
export type BasicAuthCheck = (user: string, password: string, context: Context) => unknown;

/** Options of `basicAuth`. Either `check` or `users` is required. */
export interface BasicAuthOptions {
  check?: BasicAuthCheck;
  /**
   * Passwords by user name, compared in constant time. Use this for a few users whose passwords come from the environment. Hash other
   * passwords (scrypt, argon2) and verify them with `check`.
   */
  users?: Readonly<Record<string, string>>;
  /** The protection space of the credentials (RFC 9110 section 11.5), which browsers show to the user. Default: `private`. */
  realm?: string;
  /** The message of the 401 response. Default: `Access denied`. */
  text?: string;
  /** The parameter that gets the user name, or the value that `check` returned. Default: `user`. */
  keyword?: string;
}

/**
 * Makes a guard that requires a user name and a password (RFC 7617), as Bottle's `auth_basic` does. Without valid credentials the
 * response is 401 with a challenge, before the body is read. A parameter `user` gets the user name, or the value that the check returned
 * if it was not `true`. The credentials are sent in clear text, so use it over https only.
 *
 * An installed guard protects every route, mounted app and unknown path. `@Skip('basicAuth')` exempts a route. If a second guard is
 * applied to a route, a request has to pass both. To accept other users there, skip the installed guard: `@Skip('basicAuth')
 * @Apply(basicAuth(admins))`. A check that needs the database calls `context.read('db', …)`.
 *
 * @param check a function of user name and password, or options.
 * @param realm the protection space, which browsers show to the user. Default: `private`.
 * @param text the message of the 401 response. Default: `Access denied`.
 * @throws TypeError for invalid options.
 * @example
 * import { Apply, Bottle, Controller, Get } from 'bottlenose';
 * import { basicAuth } from 'bottlenose/plugins';
 *
 * const admins = basicAuth({ users: { ada: process.env.ADA_PASSWORD ?? 'lovelace' }, realm: 'Admin' });
 *
 * @Controller('/admin') @Apply(admins)
 * class Admin {
 *   @Get() index(user: string) { return `Hello ${user}`; }
 * }
 *
 * new Bottle().mount(Admin);
 * @see https://bottlepy.org/docs/dev/api.html#bottle.auth_basic
 */
export function basicAuth(check: BasicAuthCheck | BasicAuthOptions, realm?: string, text?: string): Plugin {
  const options: BasicAuthOptions = typeof check === 'function' ? { check } : check;
  checkOptions('basicAuth', options, ['check', 'users', 'realm', 'text', 'keyword']);
  const { keyword = 'user' } = options;
  const message = text ?? options.text ?? 'Access denied';
  const challenge = `Basic realm=${quoted('basicAuth', 'realm', realm ?? options.realm ?? 'private')}, charset="UTF-8"`;
  const verify = verifierFrom(options);

  return authGuard({
    name: 'basicAuth',
    scheme: 'basic',
    keyword,
    read: ({ request }) => {
      const { username, password } = request.auth ?? {};
      return username === undefined || password === undefined ? refuse(401, message, challenge) : { username, password };
    },
    verify: ({ username, password }, context) => verify(username, password, context),
    accept: (outcome, { username }) => {
      if (!outcome) refuse(401, message, challenge);
      return outcome === true ? username : outcome;
    },
  });
}

function verifierFrom({ check, users }: BasicAuthOptions): BasicAuthCheck {
  if ((check === undefined) === (users === undefined)) {
    throw new TypeError('basicAuth() needs either a function check(user, password) or an object of users, and not both.');
  }
  if (check !== undefined) {
    if (typeof check === 'function') return check;
    throw badOption('basicAuth', 'check', `is ${shown(check)}`, 'give a function of user and password');
  }
  const pairs = Object.entries(users as Record<string, string>);
  for (const [name, password] of pairs) {
    // RFC 7617 section 2.
    if (name === '' || name.includes(':')) {
      throw badOption('basicAuth', 'users', `has ${shown(name)} in it`, 'a name is not empty and has no colon');
    }
    if (typeof password !== 'string' || password === '') {
      throw badOption('basicAuth', 'users', `has no password for ${shown(name)}`, 'give a text that is not empty');
    }
  }
  const comparer = new SecretComparer();
  // Name and password are compared as one string, so that the response time does not reveal which of the two was wrong.
  const digests = pairs.map(([name, password]) => comparer.digest(`${name}:${password}`));
  return (name, password) => comparer.find(`${name}:${password}`, digests) >= 0;
}
