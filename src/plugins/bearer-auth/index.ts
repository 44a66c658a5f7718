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
 * Says whether a token is good: `true`, or whatever it stands for (a user, the claims of a JWT), which is then what parameters
 * get. Anything falsy refuses.
 */
export type BearerAuthVerify = (token: string, context: Context) => unknown;

/** What `bearerAuth` may be told. Either `token` or `verify` is needed. */
export interface BearerAuthOptions {
  /** The token, or several of which any will do, compared in constant time. */
  token?: string | readonly string[];
  verify?: BearerAuthVerify;
  /** Default: `private`. */
  realm?: string;
  /** What a token must be good for. Read from the member `scope` of what `verify` gave: a list, or words with spaces between. */
  scope?: string | readonly string[];
  /** The parameter that gets what `verify` gave, or the token if that was only `true`. Default: `user`. */
  keyword?: string;
}

/**
 * A guard that asks for a bearer token in the `Authorization` header (RFC 6750), before the body is read. Without one the answer is
 * 401; with a broken one 400 `invalid_request`; with a wrong one 401 `invalid_token`; with one that is not good for the `scope` 403
 * `insufficient_scope`.
 *
 * Installed, it guards every route, mounted app and unknown path. `@Skip('bearerAuth')` exempts a route. Applied to a route of an app
 * that has it installed, both have to let a request pass: the installed one may ask for a token, and that of a route for a scope.
 * `verify` reads the database with `context.read('db', …)`.
 *
 * @throws TypeError for options that make no sense.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { bearerAuth } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(bearerAuth({ token: process.env.API_TOKEN ?? 'secret' }));
 * app.get('/', () => 'Only for those who know the token.');
 * @example tokens that somebody else has issued, and what they are good for
 * app.get('/posts', { apply: bearerAuth({ verify: (token) => findClaims(token), scope: 'posts:read' }) }, () => posts);
 */
export function bearerAuth(options: BearerAuthOptions): Plugin {
  checkOptions('bearerAuth', options, ['token', 'verify', 'realm', 'scope', 'keyword']);
  const { keyword = 'user' } = options;
  const verify = verifyOf(options);
  const scopes = scopesOf(options.scope);
  const realm = `realm=${quoted('bearerAuth', 'realm', options.realm ?? 'private')}`;

  const refuse = (status: number, error: string, description: string): never => {
    const scope = error === 'insufficient_scope' ? `, scope="${scopes.join(' ')}"` : '';
    const details = error === '' ? '' : `, error="${error}", error_description="${description}"${scope}`;
    const headers = { 'WWW-Authenticate': `Bearer ${realm}${details}` };
    throw new HTTPError(status, description, { headers, code: 'BN_AUTHENTICATION' });
  };
  const admit = (context: Context, token: string, outcome: unknown): void => {
    if (!outcome) refuse(401, 'invalid_token', 'The access token is wrong or has expired.');
    if (scopes.length > 0) {
      const granted = wordsOf((outcome as { scope?: unknown }).scope);
      if (!scopes.every((scope) => granted.includes(scope))) {
        refuse(403, 'insufficient_scope', 'The access token is not good for this.');
      }
    }
    context.provide(keyword, outcome === true ? token : outcome);
  };
  return guard(
    'bearerAuth',
    (context) => {
      const { auth } = context.request;
      // RFC 6750 section 3.1: who sent no token is not told of an error.
      if (auth === undefined || auth.scheme !== 'Bearer') return refuse(401, '', 'An access token is needed.');
      const { token } = auth;
      if (token === undefined) return refuse(400, 'invalid_request', 'The Authorization header holds no access token.');
      return chain(
        () => verify(token, context),
        (outcome) => admit(context, token, outcome),
      );
    },
    {
      provides: { keyword },
      openapi: {
        security: { name: 'bearerAuth', scheme: { type: 'http', scheme: 'bearer' }, scopes },
        ...(scopes.length > 0 && { responses: { 403: 'The access token is not good for this.' } }),
      },
    },
  );
}

function verifyOf({ token, verify, scope }: BearerAuthOptions): BearerAuthVerify {
  if ((token === undefined) === (verify === undefined)) {
    throw new TypeError('bearerAuth() needs either a token or a function verify(token), and not both.');
  }
  if (verify !== undefined) {
    if (typeof verify === 'function') return verify;
    throw badOption('bearerAuth', 'verify', `is ${shown(verify)}`, 'give a function of a token');
  }
  if (scope !== undefined) {
    throw badOption('bearerAuth', 'scope', 'means nothing for a fixed token', 'use verify, which tells what a token may do');
  }
  const list = typeof token === 'string' ? [token] : token;
  const isToken = (one: unknown) => typeof one === 'string' && /^[A-Za-z0-9._~+/-]+=*$/.test(one);
  if (!Array.isArray(list) || list.length === 0 || !list.every(isToken)) {
    // The message does not show it: it is a secret.
    throw badOption('bearerAuth', 'token', 'is no token', 'use letters, digits and -._~+/ (RFC 6750 §2.1), at least one');
  }
  const comparer = new SecretComparer();
  const digests = list.map((one) => comparer.digest(one));
  return (given) => comparer.find(given, digests) >= 0;
}

function scopesOf(scope: string | readonly string[] | undefined): string[] {
  const list = wordsOf(scope);
  // RFC 6749 section 3.3.
  if (list.every((one) => typeof one === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one))) return list;
  throw badOption('bearerAuth', 'scope', 'has a word that no scope can be', 'use ASCII without spaces, quotes and backslashes');
}

function wordsOf(scope: unknown): string[] {
  if (Array.isArray(scope)) return scope as string[];
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
}
