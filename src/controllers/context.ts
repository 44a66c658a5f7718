import type { Reply } from '../http/cast.js';
import type { Exchange } from '../http/exchange.js';
import { Request } from '../http/request.js';
import { Response } from '../http/response.js';

/** What the context needs of the route it runs; the app's `Route` is one. */
export interface ContextRoute {
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
}

/** A compiled step of the road: plugins wrap one into another, the innermost calls the method. */
export type Callback = (context: Context) => unknown;

const NOTHING: readonly unknown[] = [];

/** An app around the one that serves a request, and how many segments of the path it took. */
interface OuterApp {
  readonly app: ContextApp;
  readonly depth: number;
}

const NO_APPS: readonly OuterApp[] = [];

/**
 * One request on its way through the app: the request, the response, the wildcards' values, and what plugins provide for it.
 * Request and response are made when somebody first asks for them.
 */
export class Context implements Reply {
  /** The way back to the client. A plugin may put a filter before it: see `ExchangeFilter`. */
  exchange: Exchange;
  /** The app that serves the request now: a mounted app while inside it. */
  app: ContextApp;
  route: ContextRoute | undefined = undefined;
  /** The wildcards' values in the order of the rule. */
  values: readonly unknown[] = NOTHING;
  /** The error being answered, inside an error handler. */
  error: unknown = undefined;
  /** Whether the response was sent past us, by a mounted `node:http` listener. What is returned from then on goes nowhere. */
  answered = false;
  /** Whether a failed result has been answered with an error already. */
  recovered = false;
  /**
   * The routes that the request was led to, outermost first: mount points, then what answers below them; `undefined` where nothing
   * was found. Kept for plugins that put a list here.
   */
  trail: (ContextRoute | undefined)[] | undefined = undefined;
  /** What is to be done before the result is cast: a streamed one goes on inside the mounted app that it came from. */
  beforeCast: (() => void) | undefined = undefined;
  #outerApps = NO_APPS;
  #request: Request | undefined = undefined;
  #response: Response | undefined = undefined;
  #args: Record<string, unknown> | undefined = undefined;
  /** What was provided first is nearly always all: a map for it would cost a request that reads from SQLite 3% of its time. */
  #providedKey: string | Function | undefined = undefined;
  #providedFirst: unknown = undefined;
  #providedMore: Map<string | Function, unknown> | undefined = undefined;
  #streamListeners: ((error: unknown) => void)[] | undefined = undefined;

  constructor(exchange: Exchange, app: ContextApp) {
    this.exchange = exchange;
    this.app = app;
  }

  get request(): Request {
    this.#request ??= new Request(this.exchange, this);
    return this.#request;
  }

  /** The request, if anybody has asked for it. */
  get touchedRequest(): Request | undefined {
    return this.#request;
  }

  get response(): Response {
    this.#response ??= new Response();
    return this.#response;
  }

  /** The response, if anybody has asked for it. */
  get touchedResponse(): Response | undefined {
    return this.#response;
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

  /** A context of its own for a part of this request's work: same request, response and route; what it is given stays in it. */
  fork(exchange: Exchange): Context {
    const part = new Context(exchange, this.app);
    part.enter(this.route, this.values);
    part.#outerApps = this.#outerApps;
    part.#request = this.request;
    part.#response = this.#response;
    part.#providedKey = this.#providedKey;
    part.#providedFirst = this.#providedFirst;
    if (this.#providedMore !== undefined) part.#providedMore = new Map(this.#providedMore);
    return part;
  }

  /** Puts the request on a route; again for each app that it is mounted in. */
  enter(route: ContextRoute | undefined, values: readonly unknown[]): void {
    this.route = route;
    this.values = values;
    this.#args = undefined;
    // On its way out an error comes by the mount points again.
    if (this.trail?.includes(route) === false) this.trail.push(route);
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

  /** What a plugin has provided. */
  provided(keyword: string | Function): unknown {
    return keyword === this.#providedKey ? this.#providedFirst : this.#providedMore?.get(keyword);
  }

  /**
   * Calls the listener once a streamed result has come to its end, before the client is told that it is complete; with the
   * error that broke it off, or `undefined`. What the listener throws breaks the stream off. See `isStreamed`.
   */
  onStreamEnd(listener: (error: unknown) => void): void {
    this.#streamListeners ??= [];
    this.#streamListeners.push(listener);
  }

  /** Called by the caster. Throws what a listener throws, after all have run. */
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

  /** The request enters a mounted app: `outer` is the one around it, which took `depth` segments of the path. */
  pushApp(outer: ContextApp, depth: number): void {
    this.#outerApps = [...this.#outerApps, { app: outer, depth }];
  }

  /** The request leaves a mounted app. Gives the one around it. */
  popApp(): OuterApp | undefined {
    const outer = this.#outerApps.at(-1);
    if (outer !== undefined) this.#outerApps = this.#outerApps.slice(0, -1);
    return outer;
  }

  get json(): boolean {
    return this.route?.json ?? true;
  }

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
        this.request.pathShift(-outer.depth);
        failure = passed;
      }
    }
  }

  report(error: unknown): void {
    this.app.report(this, error);
  }
}
