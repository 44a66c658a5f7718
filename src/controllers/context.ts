import type { Exchange } from '../http/exchange.js';
import { Request } from '../http/request.js';
import { Response } from '../http/response.js';

/** What the context needs of the route it runs; the app's `Route` is one. */
export interface ContextRoute {
  /** The wildcards' keys in the order of the rule: their names, or their positions for anonymous ones. */
  readonly wildcardKeys: readonly string[];
}

/** A compiled step of the road: plugins wrap one into another, the innermost calls the method. */
export type Callback = (context: Context) => unknown;

const NOTHING: readonly unknown[] = [];

/**
 * One request on its way through the app: the request, the response, the wildcards' values, and what plugins provide for it.
 * Request and response are made when somebody first asks for them.
 */
export class Context {
  readonly exchange: Exchange;
  /** The app that serves the request now: a mounted app while inside it. */
  app: unknown;
  route: ContextRoute | undefined = undefined;
  /** The wildcards' values in the order of the rule. */
  values: readonly unknown[] = NOTHING;
  /** The error being answered, inside an error handler. */
  error: unknown = undefined;
  #request: Request | undefined = undefined;
  #response: Response | undefined = undefined;
  #args: Record<string, unknown> | undefined = undefined;
  #provided: Map<string, unknown> | undefined = undefined;
  #streamListeners: ((error: unknown) => void)[] | undefined = undefined;

  constructor(exchange: Exchange, app: unknown) {
    this.exchange = exchange;
    this.app = app;
  }

  get request(): Request {
    this.#request ??= new Request(this.exchange, this);
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
      this.#args = {};
      const keys = this.route?.wildcardKeys ?? [];
      for (let i = 0; i < keys.length; i++) this.#args[keys[i] as string] = this.values[i];
    }
    return this.#args;
  }

  /** Gives the route new wildcard values, as when a mounted app matches the rest of the path. */
  enter(route: ContextRoute, values: readonly unknown[]): void {
    this.route = route;
    this.values = values;
    this.#args = undefined;
  }

  /** Hands a value to whichever parameter asks for `keyword`. */
  provide(keyword: string, value: unknown): void {
    this.#provided ??= new Map();
    this.#provided.set(keyword, value);
  }

  /** What a plugin has provided under `keyword`. */
  provided(keyword: string): unknown {
    return this.#provided?.get(keyword);
  }

  /**
   * Calls the listener once a streamed result has come to its end, before the client is told that it is complete; with the
   * error that broke it off, or `undefined`. What the listener throws breaks the stream off. See `isStreamed` in http/cast.
   */
  onStreamEnd(listener: (error: unknown) => void): void {
    this.#streamListeners ??= [];
    this.#streamListeners.push(listener);
  }

  /** Called by the caster, once. Throws what a listener throws, after all have run. */
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
}
