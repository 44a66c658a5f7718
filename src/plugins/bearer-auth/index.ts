import { badOption, type Context, checkOptions, type Plugin, quoted, SecretComparer, shown } from '../../kit/index.js';
import { authGuard, refuse } from '../auth-guard.js';

const MISSING_SCOPE = 'The access token does not have the required scope.';

/**
 * Verifies a token. Returns a falsy value to reject it, `true` to accept it, or the value that it represents (a user, the claims of a
 * JWT), which parameters then get. May return a promise.
 */
export type BearerAuthVerify = (token: string, context: Context) => unknown;

/** Options of `bearerAuth`. Either `token` or `verify` is required. */
export interface BearerAuthOptions {
  /** The accepted token, or a list of accepted tokens, compared in constant time. */
  token?: string | readonly string[];
  verify?: BearerAuthVerify;
  /** The protection space of the token (RFC 9110 section 11.5). Default: `private`. */
  realm?: string;
  /** The scopes that a token must have. They are read from `scope` of the value that `verify` returned: a list, or a space-separated string. */
  scope?: string | readonly string[];
  /** The parameter that gets the value that `verify` returned, or the token if that value was `true`. Default: `user`. */
  keyword?: string;
}

/**
 * Makes a guard that requires a bearer token in the `Authorization` header (RFC 6750). It runs before the body is read. The response is
 * 401 without a token, 400 `invalid_request` for a malformed token, 401 `invalid_token` for a rejected token, and 403
 * `insufficient_scope` for a token without the `scope`.
 *
 * An installed guard protects every route, mounted app and unknown path. `@Skip('bearerAuth')` exempts a route. If a second guard is
 * applied to a route, a request has to pass both: for example, the installed guard requires a token, and the applied one a scope.
 * `verify` reads the database with `context.read('db', …)`.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { bearerAuth } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(bearerAuth({ token: process.env.API_TOKEN ?? 'secret' }));
 * app.get('/', () => 'Only for clients with the token.');
 * @example tokens of another issuer, with scopes
 * app.get('/posts', { apply: bearerAuth({ verify: (token) => findClaims(token), scope: 'posts:read' }) }, () => posts);
 * @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function bearerAuth(options: BearerAuthOptions): Plugin {
  checkOptions('bearerAuth', options, ['token', 'verify', 'realm', 'scope', 'keyword']);
  const { keyword = 'user' } = options;
  const verify = verifierFrom(options);
  const scopes = checkScopes(options.scope);
  const realm = `realm=${quoted('bearerAuth', 'realm', options.realm ?? 'private')}`;

  const reject = (status: number, error: string, description: string): never => {
    const scope = error === 'insufficient_scope' ? `, scope="${scopes.join(' ')}"` : '';
    return refuse(status, description, `Bearer ${realm}, error="${error}", error_description="${description}"${scope}`);
  };
  return authGuard({
    name: 'bearerAuth',
    scheme: 'bearer',
    keyword,
    scopes,
    ...(scopes.length > 0 && { responses: { 403: MISSING_SCOPE } }),
    read: ({ request: { auth } }) => {
      // RFC 6750 section 3.1: the challenge to a request without a token has no error code.
      if (auth?.scheme !== 'Bearer') return refuse(401, 'An access token is required.', `Bearer ${realm}`);
      return auth.token ?? reject(400, 'invalid_request', 'The Authorization header contains no access token.');
    },
    verify,
    accept: (outcome, token) => {
      if (!outcome) reject(401, 'invalid_token', 'The access token is invalid or has expired.');
      const granted = scopes.length > 0 ? splitScopes((outcome as { scope?: unknown }).scope) : [];
      if (!scopes.every((scope) => granted.includes(scope))) reject(403, 'insufficient_scope', MISSING_SCOPE);
      return outcome === true ? token : outcome;
    },
  });
}

function verifierFrom({ token, verify, scope }: BearerAuthOptions): BearerAuthVerify {
  if ((token === undefined) === (verify === undefined)) {
    throw new TypeError('bearerAuth() needs either a token or a function verify(token), and not both.');
  }
  if (verify !== undefined) {
    if (typeof verify === 'function') return verify;
    throw badOption('bearerAuth', 'verify', `is ${shown(verify)}`, 'give a function of a token');
  }
  if (scope !== undefined) {
    throw badOption(
      'bearerAuth',
      'scope',
      'has no effect with a fixed token',
      'use verify, which can return the scopes of a token',
    );
  }
  const list = typeof token === 'string' ? [token] : token;
  const isToken = (one: unknown) => typeof one === 'string' && /^[A-Za-z0-9._~+/-]+=*$/.test(one);
  if (!Array.isArray(list) || list.length === 0 || !list.every(isToken)) {
    // The message does not contain the token, because it is secret.
    throw badOption('bearerAuth', 'token', 'is not a token', 'use letters, digits and -._~+/ (RFC 6750 §2.1), at least one');
  }
  const comparer = new SecretComparer();
  const digests = list.map((one) => comparer.digest(one));
  return (given) => comparer.find(given, digests) >= 0;
}

function checkScopes(scope: string | readonly string[] | undefined): string[] {
  const list = splitScopes(scope);
  // RFC 6749 section 3.3.
  if (list.every((one) => typeof one === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one))) return list;
  throw badOption('bearerAuth', 'scope', 'contains an invalid scope', 'use ASCII without spaces, quotes and backslashes');
}

function splitScopes(scope: unknown): string[] {
  if (Array.isArray(scope)) return scope as string[];
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
}
