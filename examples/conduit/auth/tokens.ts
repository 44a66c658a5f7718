import type { Callback, Plugin } from 'bottlenose';
import { jwtVerify, SignJWT } from 'jose';

const ALGORITHM = 'HS256';

/** Issues the tokens by which a user is known (JSON Web Tokens, RFC 7519), and reads them. A parameter `tokens` gets it. */
export class Tokens implements Plugin {
  readonly name = 'tokens';
  readonly provides = { keyword: 'tokens', type: Tokens };
  readonly #key: Uint8Array;

  constructor(secret: string) {
    if (!secret) throw new TypeError('Tokens need a secret to be signed with: set JWT_SECRET.');
    this.#key = new TextEncoder().encode(secret);
  }

  issue(user: number): Promise<string> {
    const token = new SignJWT().setProtectedHeader({ alg: ALGORITHM });
    return token.setSubject(String(user)).setIssuedAt().setExpirationTime('30 days').sign(this.#key);
  }

  /** The user that a token was issued to; `undefined` if it is false or has expired. */
  async verify(token: string): Promise<number | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, { algorithms: [ALGORITHM] });
      return Number(payload.sub);
    } catch {
      return undefined;
    }
  }

  /** For every route: `@CurrentUser` decides whether a route needs its user, and plugins do not see that. */
  apply(callback: Callback): Callback {
    return (context) => {
      context.provide('tokens', this);
      return callback(context);
    };
  }
}
