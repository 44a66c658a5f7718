import type { Callback, Context, Plugin, Request, Response, RouteInfo } from 'bottlenose';

const COOKIE = 'flash';

/** A message for the next page that somebody sees: set before a redirect, shown once. It travels in a signed cookie. */
export class Flash {
  readonly #request: Request;
  readonly #response: Response;
  readonly #secret: string;

  constructor(request: Request, response: Response, secret: string) {
    this.#request = request;
    this.#response = response;
    this.#secret = secret;
  }

  /** Leaves a message. */
  say(message: string): void {
    this.#response.setCookie(COOKIE, message, { secret: this.#secret, path: '/', httpOnly: true, sameSite: 'lax', maxAge: 300 });
  }

  /** The message, if there is one, which is then gone. For the layout. */
  take(): string | undefined {
    const message = this.#request.getCookie(COOKIE, { secret: this.#secret });
    if (message !== undefined) this.#response.deleteCookie(COOKIE, { path: '/' });
    return message === undefined ? undefined : String(message);
  }

  /** It is for people: answers in JSON go without. */
  toJSON(): undefined {}
}

/** Gives a `Flash` to the methods that have a parameter for one. */
export class FlashPlugin implements Plugin {
  readonly name = 'flash';
  readonly api = 2;
  readonly provides = { keyword: 'flash', type: Flash };
  readonly #secret: string;

  constructor(secret: string) {
    if (!secret) throw new TypeError('FlashPlugin needs a secret to sign its cookie: set BLOG_SECRET.');
    this.#secret = secret;
  }

  apply(callback: Callback, route: RouteInfo): Callback {
    if (!route.wants(this)) return callback;
    return (context: Context) => {
      context.provide('flash', new Flash(context.request, context.response, this.#secret));
      return callback(context);
    };
  }
}
