import type { Bottle } from '../app/bottle.js';
import type { Context, Plugin } from '../app/plugin.js';
import type { Route } from '../app/route.js';
import type { Exchange } from '../http/exchange.js';
import { ExchangeFilter } from '../http/exchange-filter.js';
import type { SocketLink, SocketOptions, SocketSink } from '../http/socket.js';
import { concerns, routeAt } from './coverage.js';

/** How an answer came to its end: as a whole, or broken off by the client or by an error. */
export type Ending = 'complete' | 'aborted';

/**
 * Stands before an exchange to see how it ends: whole answers when they are sent, streamed ones at their end, WebSockets (status
 * 101) when they are closed. `finished` is called once.
 */
export abstract class Observed extends ExchangeFilter {
  /** The status that was sent; 0 where none was. */
  status = 0;
  readonly context: Context;
  readonly start: number = performance.now();
  readonly #watch: Watch;
  /** Where in the trail the route of the app is that the plugin is installed in. */
  readonly #depth: number;
  #isFinished = false;

  constructor(context: Context, watch: Watch) {
    super(context.exchange);
    this.context = context;
    this.#watch = watch;
    context.trail ??= context.route === undefined ? [] : [context.route];
    this.#depth = context.trail.length;
  }

  get plugin(): Plugin {
    return this.#watch.plugin;
  }

  /** Whether the request is the plugin's concern, as far as is known: of what is installed, only the route may say that it is not. */
  get isConcerned(): boolean {
    const { plugin, app } = this.#watch;
    return app === undefined || concerns(plugin, app, this.context.trail?.[this.#depth] as Route | undefined);
  }

  /** May change the headers that are about to be sent. */
  headed?(headers: string[]): void;
  /** Told of what is sent of a body. */
  wrote?(body: string | Uint8Array): void;
  abstract finished(ending: Ending): void;

  /** Since the request came in, in milliseconds. */
  get elapsed(): number {
    return performance.now() - this.start;
  }

  /** The rule that the request was led to, with those of the mount points around it; `undefined` without any. */
  get rule(): string | undefined {
    const trail = this.context.trail ?? [];
    const last = trail.at(-1) as Route | undefined;
    if (last === undefined || trail.length === 1) return last?.rule;
    // A mount point's own rule ends with what takes everything below it.
    const bases = trail.slice(0, -1).map((route) => (route as Route).rule.replace(/\/<:re:\.\*>$/, ''));
    return bases.join('') + last.rule;
  }

  override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    this.status = status;
    this.headed?.(headers);
    if (body !== null) this.wrote?.(body);
    super.send(status, reason, headers, body);
    this.#finish('complete');
  }

  override begin(status: number, reason: string, headers: string[]): void {
    this.status = status;
    this.headed?.(headers);
    super.onClose(() => this.#finish('aborted'));
    super.begin(status, reason, headers);
  }

  override write(chunk: string | Uint8Array): boolean {
    this.wrote?.(chunk);
    return super.write(chunk);
  }

  override end(): void {
    super.end();
    this.#finish('complete');
  }

  override destroy(): void {
    super.destroy();
    this.#finish('aborted');
  }

  override get upgrade(): Exchange['upgrade'] {
    const open = super.upgrade;
    return open === undefined ? undefined : (options, sink) => this.#open(open, options, sink);
  }

  #open(open: NonNullable<Exchange['upgrade']>, options: SocketOptions, sink: SocketSink): SocketLink {
    const headers = [...options.headers];
    this.headed?.(headers);
    const watched: SocketSink = {
      message: (data) => sink.message(data),
      alive: () => sink.alive(),
      sent: () => sink.sent(),
      closed: (code, reason) => {
        sink.closed(code, reason);
        this.#finish(code === 1006 ? 'aborted' : 'complete');
      },
    };
    const link = open({ ...options, headers }, watched);
    this.status = 101;
    return link;
  }

  #finish(ending: Ending): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.finished(ending);
  }
}

/** Who observes. */
export interface Watch {
  readonly plugin: Plugin;
  /** Where it is installed; `undefined` where routes have brought it along. */
  readonly app: Bottle | undefined;
}

/** What observes a request already, the last to come first. */
export function* observers({ exchange }: Context): Iterable<Observed> {
  for (let one: Exchange = exchange; one instanceof ExchangeFilter; one = one.inner) if (one instanceof Observed) yield one;
}

/**
 * A plugin that observes whatever it concerns. Installed, it does so from before the routing on, which costs nothing but `begin`;
 * at the end, when the route is known, `isConcerned` says whether that was right.
 *
 * @param begin puts an `Observed` before the exchange.
 */
export function observing(name: string, begin: (context: Context, watch: Watch) => void, more: Partial<Plugin> = {}): Plugin {
  const hooked = new WeakSet<Bottle>();
  const start = (context: Context, app: Bottle | undefined): void => {
    // The same one may be installed in several apps around a request.
    for (const observer of observers(context)) if (observer.plugin === plugin) return;
    begin(context, { plugin, app });
  };
  const plugin: Plugin = {
    name,
    api: 2,
    ...more,
    setup(app) {
      more.setup?.(app);
      if (hooked.has(app)) return;
      hooked.add(app);
      app.hook('beforeRequest', (context) => {
        if (app.plugins.includes(plugin)) start(context, app);
        // Brought along by some routes only: these have to be found.
        else if (concerns(plugin, app, routeAt(app, context.request.method, context.request.rawPath))) start(context, undefined);
      });
    },
    apply(callback, route) {
      return (context) => {
        // The hooks of an app do not run for the routes of it that are merged into another.
        if (context.app !== route.app) start(context, undefined);
        return callback(context);
      };
    },
  };
  return plugin;
}
