import { type Context, chain, guard, HTTPError, type Plugin } from '../kit/index.js';

/** How a plugin verifies the credentials of the header `Authorization`. */
interface AuthScheme<Credentials> {
  /** The name of the plugin, which is also that of the scheme in OpenAPI. */
  readonly name: string;
  /** The scheme of `Authorization`, in lower case. */
  readonly scheme: 'basic' | 'bearer';
  /** The parameter that gets what `accept` returns. */
  readonly keyword: string;
  /** The scopes that credentials must have. */
  readonly scopes?: readonly string[];
  /** The other responses, by status, for OpenAPI. */
  readonly responses?: Readonly<Record<number, string>>;
  /** Returns the credentials of a request. Throws if it has none. */
  readonly read: (context: Context) => Credentials;
  /** Returns, or resolves to, what the user's function says of the credentials. */
  readonly verify: (credentials: Credentials, context: Context) => unknown;
  /** Returns the value for the parameter. Throws if the outcome of `verify` rejects the credentials. */
  readonly accept: (outcome: unknown, credentials: Credentials) => unknown;
}

/** Makes a guard of a scheme. */
export function authGuard<Credentials>(auth: AuthScheme<Credentials>): Plugin {
  const { name, scheme, keyword, scopes, responses } = auth;
  return guard(
    name,
    (context) => {
      const credentials = auth.read(context);
      return chain(
        () => auth.verify(credentials, context),
        (outcome) => context.provide(keyword, auth.accept(outcome, credentials)),
      );
    },
    {
      provides: { keyword },
      openapi: {
        security: { name, scheme: { type: 'http', scheme }, ...(scopes && { scopes }) },
        ...(responses && { responses }),
      },
    },
  );
}

/** Refuses a request, with a challenge (RFC 9110 section 11.6.1). */
export function refuse(status: number, message: string, challenge: string): never {
  throw new HTTPError(status, message, { headers: { 'WWW-Authenticate': challenge }, code: 'BN_AUTHENTICATION' });
}
