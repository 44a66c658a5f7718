import { AnswerChain, type Ending, type Sent } from './answer/answer-chain.js';
import type { AnswerFilter } from './answer/answer-filter.js';
import { refuseLarger } from './body/body-stream.js';
import type { Reply } from './answer/reply.js';
import type { Exchange } from './gateway/exchange.js';
import { Request, type RequestPlace } from './request.js';
import { Response } from './response.js';

/** What the context needs of the route it runs; the app's `Route` is one. */
export interface ContextRoute {
  /** The whole rule, with its controller's prefix. */
  readonly rule: string;
  /** The wildcards' names in the order of the rule; `undefined` for anonymous ones. */
  readonly wildcardKeys: readonly (string | undefined)[];
  /** Whether objects become JSON. */
  readonly json: boolean;
}

/** What the context needs of its app; `Bottle` is one. */
export interface ContextApp {
  /** What to answer to an error that came up while the result was sent. */
  recover(context: Context, error: unknown): unknown;
  /** Logs an error that nobody was told about. */
  report(context: Context, error: unknown): void;
  /** Gives what a plugin provides for reading: see {@link Context.read}. */
  readProvided(context: Context, key: string | Function, use: (value: unknown) => unknown): unknown;
}

/** A compiled step of a request: plugins wrap one into another, the innermost calls the method. */
export type Callback = (context: Context) => unknown;

/** Reads a wildcard's value by its position in the rule. */
export function valueAt(position: number): Callback {
  return (context) => context.values[position];
}

/** What is known of a response when it is over. */
export interface Finished extends Sent {
  /** The rule of the route, with the prefixes of the mounts around it; `undefined` where no route was found. */
  readonly rule: string | undefined;
  /** Milliseconds since the request came in. */
  readonly duration: number;
}

export type { Ending };

/** Sees the errors that the app logs for one request. Gives `true` when it has logged the error itself. */
export type ErrorListener = (error: unknown) => boolean | undefined;

const NOTHING: readonly unknown[] = [];

/** An app around the one that serves a request, and where the request stood in it. */
interface OuterApp {
  readonly app: ContextApp;
  readonly place: RequestPlace;
}

const NO_APPS: readonly OuterApp[] = [];
const NO_MOUNTS: readonly string[] = [];

/**
 * One request on its way through the app: the request, the response, the wildcards' values, and what plugins provide for it.
 * Request and response are made when somebody first asks for them.
 */
export class Context implements Reply {
  /** @internal The way back to the client. Plugins use `filter` and `onFinish`. */
  exchange: Exchange;
  /** The app that serves the request now: a mounted app while inside it. */
  app: ContextApp;
  route: ContextRoute | undefined = undefined;
  /** @internal The wildcards' values in the order of the rule. */
  values: readonly unknown[] = NOTHING;
  /** The error being answered, inside an error handler. */
  error: unknown = undefined;
  /** @internal Whether the response was sent past us, by a mounted `node:http` listener. What is returned from then on goes nowhere. */
  answered = false;
  /** @internal Whether a failed result has been answered with an error already. */
  recovered = false;
  /** @internal The response whose status and headers are in `response` already. */
  applied: object | undefined = undefined;
  /** @internal What a target without a route gives or throws: the 404, the 405, or what a hook refused with. */
  fallback: (() => unknown) | undefined = undefined;
  /** @internal Whether it is a preflight of CORS, which guards let pass: no route may run for it. */
  isPreflight = false;
  /** @internal Called before the result is cast: a streamed one continues inside the mounted app that it came from. */
  beforeCast: (() => void) | undefined = undefined;
  /** @internal When the request came in (`performance.now()`); 0 where no plugin may ask. */
  readonly start: number;
  /** @internal The most bytes that plugins let the target's body have; `undefined` for what the route says. */
  maxBody: number | undefined = undefined;
  /** @internal The request, if anybody has asked for it. */
  touchedRequest: Request | undefined = undefined;
  /** @internal The response, if anybody has asked for it. */
  touchedResponse: Response | undefined = undefined;
  /** The route that was matched last: inside mounts, the innermost. */
  #matched: ContextRoute | undefined = undefined;
  /** The prefixes of the mounts that were entered, outermost first. They stay when the request leaves a mount. */
  #mounts = NO_MOUNTS;
  #outerApps = NO_APPS;
  #savedResponse: Response | undefined = undefined;
  #args: Record<string, unknown> | undefined = undefined;
  #variables: Record<string, unknown> | undefined = undefined;
  // Most requests are provided one value, which needs no map.
  #providedKey: string | Function | undefined = undefined;
  #providedFirst: unknown = undefined;
  #providedMore: Map<string | Function, unknown> | undefined = undefined;
  #streamListeners: ((error: unknown) => void)[] | undefined = undefined;
  #chain: AnswerChain | undefined = undefined;
  #finishListeners: ((finished: Finished) => void)[] | undefined = undefined;
  #errorListeners: ErrorListener[] | undefined = undefined;

  constructor(exchange: Exchange, app: ContextApp, start = 0) {
    this.exchange = exchange;
    this.app = app;
    this.start = start;
  }

  get request(): Request {
    this.touchedRequest ??= new Request(this.exchange, this);
    return this.touchedRequest;
  }

  get response(): Response {
    this.touchedResponse ??= new Response();
    return this.touchedResponse;
  }

  /** @internal Keeps the response as it is now, for `resetResponse`. */
  saveResponse(): void {
    this.#savedResponse = this.touchedResponse?.copy();
  }

  /**
   * Takes back what was done to the response since the method's plugins began (in `around`: since the hooks ran). For plugins that
   * call `next` a second time.
   */
  resetResponse(): void {
    this.touchedResponse = this.#savedResponse?.copy();
  }

  /** The wildcards' values by name. */
  get args(): Record<string, unknown> {
    if (this.#args === undefined) {
      const args: Record<string, unknown> = {};
      const keys = this.route?.wildcardKeys ?? [];
      for (let i = 0; i < keys.length; i++) if (keys[i] !== undefined) args[keys[i] as string] = this.values[i];
      this.#args = args;
    }
    return this.#args;
  }

  /**
   * Variables for the template that renders the result (`@View`), besides those that the method returns, which win. They are not part
   * of the result: a client that gets it as JSON does not see them.
   */
  get variables(): Record<string, unknown> {
    this.#variables ??= {};
    return this.#variables;
  }

  /** @internal The same, if anybody has asked for them. */
  get touchedVariables(): Record<string, unknown> | undefined {
    return this.#variables;
  }

  /** @internal A context for a part of this request's work: same request, response and route; what it is given stays in it. */
  fork(exchange: Exchange): Context {
    const part = new (this.constructor as typeof Context)(exchange, this.app, this.start);
    part.route = this.route;
    part.values = this.values;
    part.#matched = this.#matched;
    part.#mounts = this.#mounts;
    part.#outerApps = this.#outerApps;
    part.touchedRequest = this.request;
    part.touchedResponse = this.touchedResponse;
    part.#providedKey = this.#providedKey;
    part.#providedFirst = this.#providedFirst;
    if (this.#providedMore !== undefined) part.#providedMore = new Map(this.#providedMore);
    part.#errorListeners = this.#errorListeners;
    return part;
  }

  /** @internal Puts the request on a route; again for each app that it is mounted in. */
  enter(route: ContextRoute | undefined, values: readonly unknown[]): void {
    this.#matched = route;
    this.route = route;
    this.values = values;
    this.#args = undefined;
  }

  /** @internal Puts the request back on the route of a mount point, when what is mounted there has failed. */
  reenter(route: ContextRoute | undefined, values: readonly unknown[]): void {
    this.route = route;
    this.values = values;
    this.#args = undefined;
  }

  /** The rule of the matched route, with the prefixes of the mounts around it; `undefined` where no route was found. */
  get rule(): string | undefined {
    if (this.#matched === undefined) return undefined;
    return this.#mounts.map(mountPrefix).join('') + this.#matched.rule;
  }

  /** Hands a value to whichever parameter asks for it, by keyword or, for plugins that only provide a type, by that type. */
  provide(keyword: string | Function, value: unknown): void {
    this.#providedKey ??= keyword;
    if (keyword === this.#providedKey) {
      this.#providedFirst = value;
      return;
    }
    this.#providedMore ??= new Map();
    this.#providedMore.set(keyword, value);
  }

  /** What a plugin has provided, or `undefined`. */
  provided(keyword: string | Function): unknown {
    return keyword === this.#providedKey ? this.#providedFirst : this.#providedMore?.get(keyword);
  }

  /**
   * Calls `use` with what a plugin provides for reading, outside of the method: a guard asks the database this way. Gives what `use`
   * gives. A value that has been provided for this request already, or by a test, is given as it is.
   *
   * @throws Error when no plugin provides it for reading.
   * @example
   * guard('member', (context) => context.read('db', (db) => db.prepare('SELECT …').get(id) ?? abort(403)));
   */
  read<T = unknown, R = unknown>(key: string | Function, use: (value: T) => R): R | Promise<Awaited<R>> {
    const value = this.provided(key);
    if (value !== undefined) return use(value as T);
    return this.app.readProvided(this, key, use as (value: unknown) => unknown) as R;
  }

  /**
   * Puts a filter before the answer, whatever makes it. The filter added last gets the answer first.
   *
   * @throws TypeError once the answer has begun.
   */
  filter(filter: AnswerFilter): void {
    this.#answerChain().add(filter);
  }

  /** Calls the listener once, when the response is over: at the end of a stream, at the close of a WebSocket. */
  onFinish(listener: (finished: Finished) => void): void {
    this.#answerChain();
    this.#finishListeners ??= [];
    this.#finishListeners.push(listener);
  }

  #answerChain(): AnswerChain {
    if (this.#chain === undefined) {
      const start = this.start === 0 ? performance.now() : this.start;
      this.#chain = new AnswerChain(this.exchange, (sent) => this.#finish(sent, performance.now() - start));
      this.exchange = this.#chain;
    }
    return this.#chain;
  }

  #finish(sent: Sent, duration: number): void {
    const listeners = this.#finishListeners;
    if (listeners === undefined) return;
    const finished: Finished = { ...sent, duration, rule: this.rule };
    for (const listener of listeners) {
      try {
        listener(finished);
      } catch (error) {
        this.report(error);
      }
    }
  }

  /** @internal The app does not answer the request, as somebody outside of it will. Finish listeners hear of status 0. */
  leaveUnanswered(): void {
    this.#chain?.leave();
  }

  /** Calls the listener for each error that the app logs for this request. It gives `true` when it has logged the error itself. */
  onError(listener: ErrorListener): void {
    this.#errorListeners = [...(this.#errorListeners ?? []), listener];
  }

  /**
   * Limits the request body, in bytes, in place of the route's `maxBody`. Of several limits the smallest holds. For guards: the body
   * is read after them. Called around a mount, it also limits what is mounted there, which may allow less.
   *
   * @throws HTTPError 413 where the body is announced to be larger. Where it turns out to be, reading it throws the same.
   */
  limitBody(bytes: number): void {
    this.maxBody = Math.min(bytes, this.maxBody ?? bytes);
    refuseLarger(this.exchange, bytes);
  }

  /**
   * Calls the listener once a streamed result has come to its end, before the client is told that it is complete; with the
   * error that broke it off, or `undefined`. What the listener throws breaks the stream off. See `isStreamed`.
   */
  onStreamEnd(listener: (error: unknown) => void): void {
    this.#streamListeners ??= [];
    this.#streamListeners.push(listener);
  }

  /** @internal Called by the caster. Throws what a listener throws, after all have run. */
  streamEnded(error: unknown): void {
    const listeners = this.#streamListeners;
    if (listeners === undefined) return;
    this.#streamListeners = undefined;
    let failure = error;
    for (const listener of listeners.reverse()) {
      try {
        listener(failure);
      } catch (thrown) {
        failure = thrown;
      }
    }
    if (failure !== error) throw failure;
  }

  /** Calls the listener once if the client leaves before the response is complete. */
  onClose(listener: () => void): void {
    this.exchange.onClose(listener);
  }

  /** Whether the app that serves the request now is mounted in another. */
  get isMounted(): boolean {
    return this.#outerApps.length > 0;
  }

  /**
   * @internal The request enters a mounted app: `outer` is the one around it.
   *
   * @param place where the request stands in `outer`.
   * @param rule of the mount point.
   */
  pushApp(outer: ContextApp, place: RequestPlace, rule: string): void {
    this.#outerApps = [...this.#outerApps, { app: outer, place }];
    this.#mounts = [...this.#mounts.slice(0, this.#outerApps.length - 1), rule];
  }

  /** @internal The request leaves a mounted app. Gives the one around it. */
  popApp(): OuterApp | undefined {
    const outer = this.#outerApps.at(-1);
    if (outer !== undefined) this.#outerApps = this.#outerApps.slice(0, -1);
    return outer;
  }

  /** @internal What to answer to an error: asks the app that serves the request, then those around it. */
  recover(error: unknown): unknown {
    let failure = error;
    for (;;) {
      try {
        return this.app.recover(this, failure);
      } catch (passed) {
        // A mounted app hands on what it has no handler for.
        const outer = this.popApp();
        if (outer === undefined) throw passed;
        this.app = outer.app;
        this.request.place = outer.place;
        failure = passed;
      }
    }
  }

  /** Logs an error that nobody is told about. */
  report(error: unknown): void {
    let isLogged = this.exchange.onReport?.(error) === true;
    for (const listener of this.#errorListeners ?? []) if (listener(error) === true) isLogged = true;
    if (!isLogged) this.app.report(this, error);
  }
}

/** The prefix of a mount point, whose rule ends with a wildcard for everything below it. */
function mountPrefix(rule: string): string {
  return rule.replace(/\/<:re:\.\*>$/, '');
}
