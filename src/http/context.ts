import { AnswerChain, type Ending, type Sent } from './answer/answer-chain.js';
import type { AnswerFilter } from './answer/answer-filter.js';
import { checkDeclaredLength } from './body/body-stream.js';
import type { Reply } from './answer/reply.js';
import type { Exchange } from './gateway/exchange.js';
import { Request, type RequestPlace } from './request.js';
import { Response } from './response.js';

/** The part of a route that the context uses. The app's `Route` implements it. */
export interface ContextRoute {
  /** The full rule, with the prefix of its controller. */
  readonly rule: string;
  /** The wildcards' names in the order of the rule; `undefined` for anonymous ones. */
  readonly wildcardKeys: readonly (string | undefined)[];
  /** Whether objects become JSON. */
  readonly json: boolean;
}

/** The part of an app that the context uses. `Bottle` implements it. */
export interface ContextApp {
  /** Returns the answer to an error that occurred while the result was sent. */
  recover(context: Context, error: unknown): unknown;
  /** Logs an error that is not sent to the client. */
  report(context: Context, error: unknown): void;
  /** Calls `use` with a value that a plugin provides for reading: see {@link Context.read}. */
  readProvided(context: Context, key: string | Function, use: (value: unknown) => unknown): unknown;
}

/** A compiled step of a request. Plugins wrap steps; the innermost step calls the method. */
export type Callback = (context: Context) => unknown;

/** Returns a step that reads the value of a wildcard, by its position in the rule. */
export function valueAt(position: number): Callback {
  return (context) => context.values[position];
}

/** A finished response, for `onFinish` listeners. */
export interface Finished extends Sent {
  /** The rule of the route, with the prefixes of its mounts; `undefined` if no route matched. */
  readonly rule: string | undefined;
  /** The time since the request arrived, in milliseconds. */
  readonly duration: number;
}

export type { Ending };

/** Receives the errors that the app logs for one request. Returns `true` if it has logged the error itself. */
export type ErrorListener = (error: unknown) => boolean | undefined;

const NO_VALUES: readonly unknown[] = [];

/** An app that contains the mounted app, and the path of the request in it. */
interface OuterApp {
  readonly app: ContextApp;
  readonly place: RequestPlace;
}

const NO_APPS: readonly OuterApp[] = [];
const NO_MOUNTS: readonly string[] = [];

/**
 * The state of one request: the request, the response, the values of the wildcards, and the values that plugins provide.
 * Request and response objects are created on first access.
 */
export class Context implements Reply {
  /** @internal The connection to the client. Plugins use `filter` and `onFinish`. */
  exchange: Exchange;
  /** The app that serves the request. Inside a mount, this is the mounted app. */
  app: ContextApp;
  route: ContextRoute | undefined = undefined;
  /** @internal The values of the wildcards, in the order of the rule. */
  values: readonly unknown[] = NO_VALUES;
  /** The error being answered, inside an error handler. */
  error: unknown = undefined;
  /** @internal Whether a mounted `node:http` listener has sent the response. Later results are ignored. */
  answered = false;
  /** @internal Whether an error answer has replaced a failed result. */
  recovered = false;
  /** @internal The returned response whose status and headers have been copied to `response`. */
  applied: object | undefined = undefined;
  /** @internal The target of a request without a route: it returns or throws the 404, the 405 or the error of a hook. */
  fallback: (() => unknown) | undefined = undefined;
  /** @internal Whether the request is a CORS preflight. Guards do not check preflights, so no route may run. */
  isPreflight = false;
  /** @internal Called before the result is cast. A streamed result of a mounted app continues inside of that app. */
  beforeCast: (() => void) | undefined = undefined;
  /** @internal When the request arrived (`performance.now()`); 0 if no plugin needs it. */
  readonly start: number;
  /** @internal The body limit of plugins, in bytes; `undefined` for the limit of the route. */
  maxBody: number | undefined = undefined;
  /** @internal The request object, if it has been created. */
  touchedRequest: Request | undefined = undefined;
  /** @internal The response object, if it has been created. */
  touchedResponse: Response | undefined = undefined;
  /** The route matched last. Inside mounts, this is the innermost. */
  #matched: ContextRoute | undefined = undefined;
  /** The rules of the mounts, outermost first. They stay when the request leaves a mount. */
  #mounts = NO_MOUNTS;
  #outerApps = NO_APPS;
  #savedResponse: Response | undefined = undefined;
  #args: Record<string, unknown> | undefined = undefined;
  #variables: Record<string, unknown> | undefined = undefined;
  // Most requests have one provided value, which does not need a map.
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

  /** @internal Saves a copy of the response for `resetResponse`. */
  saveResponse(): void {
    this.#savedResponse = this.touchedResponse?.copy();
  }

  /**
   * Restores the response to its state before the plugins of the method (in `around`: after the hooks). For plugins that call `next`
   * again.
   */
  resetResponse(): void {
    this.touchedResponse = this.#savedResponse?.copy();
  }

  /** The values of the wildcards, by name. */
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
   * Variables for the template that renders the result (`@View`). Variables that the method returns take precedence. They are not part
   * of the result: a JSON response does not contain them.
   */
  get variables(): Record<string, unknown> {
    this.#variables ??= {};
    return this.#variables;
  }

  /** @internal The variables, if they have been created. */
  get touchedVariables(): Record<string, unknown> | undefined {
    return this.#variables;
  }

  /** @internal Creates a context for a part of this request. It shares request, response and route; its provided values are its own. */
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

  /** @internal Sets the matched route. Called once per app: also for each mounted app. */
  enter(route: ContextRoute | undefined, values: readonly unknown[]): void {
    this.#matched = route;
    this.route = route;
    this.values = values;
    this.#args = undefined;
  }

  /** @internal Restores the route of a mount point after the mounted app has failed. */
  reenter(route: ContextRoute | undefined, values: readonly unknown[]): void {
    this.route = route;
    this.values = values;
    this.#args = undefined;
  }

  /** The rule of the matched route, with the prefixes of its mounts; `undefined` if no route matched. */
  get rule(): string | undefined {
    if (this.#matched === undefined) return undefined;
    return this.#mounts.map(mountPrefix).join('') + this.#matched.rule;
  }

  /** Provides a value for parameters, by keyword or, for plugins that provide a type only, by that type. */
  provide(keyword: string | Function, value: unknown): void {
    this.#providedKey ??= keyword;
    if (keyword === this.#providedKey) {
      this.#providedFirst = value;
      return;
    }
    this.#providedMore ??= new Map();
    this.#providedMore.set(keyword, value);
  }

  /** Returns the value that a plugin has provided, or `undefined`. */
  provided(keyword: string | Function): unknown {
    return keyword === this.#providedKey ? this.#providedFirst : this.#providedMore?.get(keyword);
  }

  /**
   * Calls `use` with a value that a plugin provides for reading, outside of the method: for example, a guard reads the database this
   * way. Returns the result of `use`. A value that this request, or a test, has already provided is used as it is.
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
   * Adds a filter for the answer, whatever produces it. The filter added last receives the answer first.
   *
   * @throws TypeError after the answer has begun.
   */
  filter(filter: AnswerFilter): void {
    this.#answerChain().add(filter);
  }

  /** Calls the listener once, when the response has finished: at the end of a stream, or at the close of a WebSocket. */
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

  /** @internal Ends the request without an answer, because code outside of the app answers it. Finish listeners receive status 0. */
  abandon(): void {
    this.#chain?.abandon();
  }

  /** Calls the listener for each error that the app logs for this request. It returns `true` if it has logged the error itself. */
  onError(listener: ErrorListener): void {
    this.#errorListeners = [...(this.#errorListeners ?? []), listener];
  }

  /**
   * Limits the request body, in bytes, instead of the route's `maxBody`. The smallest of several limits applies. For guards: the body
   * is read after them. Called around a mount, it also limits the mounted app, which may have a lower limit.
   *
   * @throws HTTPError 413 when `Content-Length` is above the limit. Without that header, reading the body throws the error.
   */
  limitBody(bytes: number): void {
    this.maxBody = Math.min(bytes, this.maxBody ?? bytes);
    checkDeclaredLength(this.exchange, bytes);
  }

  /**
   * Calls the listener once, when a streamed result has ended, before the response is completed. The argument is the error that
   * aborted the stream, or `undefined`. An error of the listener aborts the response. See `isStreamed`.
   */
  onStreamEnd(listener: (error: unknown) => void): void {
    this.#streamListeners ??= [];
    this.#streamListeners.push(listener);
  }

  /** @internal Called by the caster. Throws the error of a listener after all listeners have run. */
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

  /** Calls the listener once if the client disconnects before the response is complete. */
  onClose(listener: () => void): void {
    this.exchange.onClose(listener);
  }

  /** Whether the app that serves the request is mounted in another app. */
  get isMounted(): boolean {
    return this.#outerApps.length > 0;
  }

  /**
   * @internal Enters a mounted app.
   *
   * @param outer the app that contains the mounted app.
   * @param place the path of the request in `outer`.
   * @param rule the rule of the mount point.
   */
  pushApp(outer: ContextApp, place: RequestPlace, rule: string): void {
    this.#outerApps = [...this.#outerApps, { app: outer, place }];
    this.#mounts = [...this.#mounts.slice(0, this.#outerApps.length - 1), rule];
  }

  /** @internal Leaves a mounted app. Returns the outer app. */
  popApp(): OuterApp | undefined {
    const outer = this.#outerApps.at(-1);
    if (outer !== undefined) this.#outerApps = this.#outerApps.slice(0, -1);
    return outer;
  }

  /** @internal Returns the answer to an error: from the app that serves the request, or else from its outer apps. */
  recover(error: unknown): unknown {
    let failure = error;
    for (;;) {
      try {
        return this.app.recover(this, failure);
      } catch (passed) {
        // A mounted app throws errors without a handler to its outer app.
        const outer = this.popApp();
        if (outer === undefined) throw passed;
        this.app = outer.app;
        this.request.place = outer.place;
        failure = passed;
      }
    }
  }

  /** Logs an error that is not sent to the client. */
  report(error: unknown): void {
    let isLogged = this.exchange.onReport?.(error) === true;
    for (const listener of this.#errorListeners ?? []) if (listener(error) === true) isLogged = true;
    if (!isLogged) this.app.report(this, error);
  }
}

/** The prefix of a mount point. Its rule ends with a wildcard for all paths below it. */
function mountPrefix(rule: string): string {
  return rule.replace(/\/<:re:\.\*>$/, '');
}
