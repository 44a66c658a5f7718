import {
  badOption,
  type Context,
  checkOptions,
  chain,
  guard,
  HTTPError,
  type Plugin,
  quoted,
  SecretComparer,
  shown,
} from '../../kit/index.js';

/**
 * Says whether a name and a password belong together: `true`, or whatever stands for the user (an object, an id), which is then
 * what parameters get. Anything falsy refuses.
 */
export type BasicAuthCheck = (user: string, password: string, context: Context) => unknown;

/** What `basicAuth` may be told. Either `check` or `users` is needed. */
export interface BasicAuthOptions {
  check?: BasicAuthCheck;
  /**
   * Names and their passwords, compared in constant time. For a handful of users whose passwords come from the environment; keep
   * others hashed (scrypt, argon2), and `check` them.
   */
  users?: Readonly<Record<string, string>>;
  /** What the browser shows, and what one set of credentials is good for. Default: `private`. */
  realm?: string;
  /** The text of the refusal. Default: `Access denied`. */
  text?: string;
  /** The parameter that gets the user: its name, or what `check` gave. Default: `user`. */
  keyword?: string;
}

/**
 * A guard that asks for a name and a password (RFC 7617): Bottle's `auth_basic`. Without the right ones the answer is 401, before the
 * body is read. A parameter `user` gets the user's name, or what the check gave if that was not `true`. The credentials pass in clear
 * text: use it over https only.
 *
 * Installed, it guards every route, mounted app and unknown path. `@Skip('basicAuth')` exempts a route. Applied to a route of an app
 * that has it installed, both have to let a request pass; for other users there, skip the installed one: `@Skip('basicAuth')
 * @Apply(basicAuth(admins))`. A check that needs the database asks `context.read('db', …)`.
 *
 * @param check a function of name and password, or options.
 * @param realm what the browser shows. Default: `private`.
 * @param text the text of the refusal. Default: `Access denied`.
 * @throws TypeError for options that make no sense.
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
  const isRight = checkOf(options);

  const refuse = (): never => {
    throw new HTTPError(401, message, { headers: { 'WWW-Authenticate': challenge }, code: 'BN_AUTHENTICATION' });
  };
  const admit = (context: Context, user: string, outcome: unknown): void => {
    if (!outcome) refuse();
    context.provide(keyword, outcome === true ? user : outcome);
  };
  return guard(
    'basicAuth',
    (context) => {
      const { username, password } = context.request.auth ?? {};
      if (username === undefined || password === undefined) return refuse();
      return chain(
        () => isRight(username, password, context),
        (outcome) => admit(context, username, outcome),
      );
    },
    {
      provides: { keyword },
      openapi: { security: { name: 'basicAuth', scheme: { type: 'http', scheme: 'basic' } } },
    },
  );
}

function checkOf({ check, users }: BasicAuthOptions): BasicAuthCheck {
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
  // Name and password are compared as one text, so that the time does not show which of the two was wrong.
  const digests = pairs.map(([name, password]) => comparer.digest(`${name}:${password}`));
  return (name, password) => comparer.find(`${name}:${password}`, digests) >= 0;
}
