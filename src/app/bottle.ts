import { brand } from '../support/brand.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Callback, Context } from '../http/context.js';
import { ROUTE_OPTIONS, type RouteOptions } from '../controllers/decorators/route-options.js';
import { checkKnownOptions } from '../support/known-options.js';
import { WiringError, type WiringProblem } from '../controllers/binding/wiring-error.js';
import type { HTTPError, HTTPResponse } from '../http/http-error.js';
import type { Exchange } from '../http/gateway/exchange.js';
import type { FetchPeer } from '../http/gateway/fetch-exchange.js';
import { DEFAULT_MAX_MESSAGE } from '../http/gateway/socket-link.js';
import { type ProxyTrust, toProxyTrust } from '../http/gateway/trust-proxy.js';
import type { Container } from './wiring/container.js';
import { appConfig, printError } from './app-config.js';
import type { AppOptions } from './app-options.js';
import type { ConfigDict } from './config/config-dict.js';
import { isDebugging } from './debug-mode.js';
import { ErrorLog, type ErrorLogger } from './error-log.js';
import type { AppCore, MountPoint } from './wiring/app-core.js';
import { answerFetch, listenerOf, type Upgraded, upgradeListenerOf } from './listeners.js';
import { ErrorHandlers, HANDLER_NOT_FUNCTION } from './road/error-handlers.js';
import { type AnyHandler, functionRoute } from './wiring/function-route.js';
import type { Group } from './wiring/group.js';
import { HookList, type HookName, type HookOf } from './wiring/hook-list.js';
import { InstalledPlugins } from './wiring/installed-plugins.js';
import { mountApp } from './mount/mount-app.js';
import { mountedPrefix } from './mount/mount-url.js';
import { mountTarget, type Mountable } from './mount/mount-target.js';
import type { CheckOptions, Plugin, PluginFunction, PluginLike, PluginSelector } from './wiring/plugin.js';
import { receive } from './road/receive.js';
import type { Incident } from './road/road-app.js';
import { recover } from './road/recovery.js';
import type { Route } from './wiring/route.js';
import { SOCKET_VERB } from './road/socket-route.js';
import { RouteTable } from './wiring/route-table.js';
import { deferredRun } from './deferred-runs.js';
import type { RunOptions, RunningServer } from './run.js';
import { ViewPlugin } from './view-plugin.js';
import { readerOf } from './wiring/effective-plugins.js';
import { Wiring } from './wiring/app-wiring.js';

/** A target of `mount`. */
export type MountTarget = Bottle | Mountable;

/** Answers an error. It gets the error and the context, and returns the same kinds of values as a method. */
export type ErrorHandler<E = never> = (error: E, context: Context) => unknown;

/** A class of errors. */
type ErrorClass<E = unknown> = abstract new (...args: never[]) => E;

/**
 * An application: routes, plugins, hooks and error handlers.
 *
 * @example
 * const app = new Bottle();
 * app.get('/hello/<name>', ({ name }) => `Hello ${name}!`);
 * app.mount('/api', Posts);
 * await app.run({ port: 8080 });
 */
export class Bottle extends RouteTable implements AppCore {
  readonly config: ConfigDict;
  readonly errors = new ErrorHandlers();
  readonly hooks: HookList;
  readonly container: Container | undefined;
  /** @internal The functions that stop the servers which `run` started. */
  readonly servers = new Set<() => Promise<void>>();
  readonly #plugins = new InstalledPlugins(this, () => this.#invalidateAll());
  readonly #groups: Group[] = [];
  readonly #mounted: Bottle[] = [];
  readonly #wiring: Wiring;
  readonly #errorLog: ErrorLog;
  #debug: boolean | undefined;
  /** @internal Where this app is mounted. Of several mounts, the first one. */
  mountedAt: MountPoint | undefined = undefined;
  /** @internal Whether a plugin may read the duration of a request. */
  isTimed = false;
  /** @internal Whether everything is wired and every plugin is set up. */
  isPrepared = false;
  /** @internal Cached here because the request path reads it. */
  catchall = true;
  /** @internal Cached here because the request path reads it. */
  proxies: ProxyTrust | undefined = undefined;

  constructor(options: AppOptions = {}) {
    super();
    this.config = appConfig(options);
    this.container = options.container;
    this.#debug = options.debug;
    this.#errorLog = new ErrorLog(options.logger ?? printError);
    this.hooks = new HookList(this.config);
    this.#wiring = new Wiring(this);
    const read = (): void => {
      this.catchall = this.config.get('catchall') !== false;
      this.proxies = toProxyTrust(this.config.get('trustProxy'));
    };
    read();
    for (const key of ['catchall', 'trustProxy']) this.config.onChange(read, key);
    this.config.onChange(() => this.reset(), 'autojson');
    this.install(new ViewPlugin());
  }

  // Routes

  /** @internal */
  override newRoute(rule: string, verb: string, handler: AnyHandler, options: RouteOptions): Route {
    return functionRoute(this, rule, verb, handler, options);
  }

  /** @internal */
  override added(route: Route): void {
    this.#invalidate(route);
    this.#wireInDebug([route]);
  }

  /** Invalidates all routes after an asynchronous `setup`. */
  #invalidateAll(): void {
    this.#invalidate();
    for (const route of this.routes) this.#invalidate(route);
  }

  #invalidate(route?: Route): void {
    this.isPrepared = false;
    this.#wiring.invalidate(route);
  }

  /** In debug mode plugins are applied at once, so that traces contain the line that added the route. `check` reports problems. */
  #wireInDebug(routes: readonly Route[]): void {
    if (this.isDebugging) for (const route of routes) route.app.wireRoute(route);
  }

  // Mounting

  /**
   * Mounts a controller class or instance, another app, a `fetch` handler or a `node:http` listener below a prefix.
   *
   * A controller's routes belong to this app. A mounted `Bottle` keeps its own plugins, error handlers and hooks, and inherits the
   * configuration that it does not set. Mounted apps, handlers and listeners get the path below the prefix, unread bodies, and all
   * verbs; they match before routes. A function with two parameters is a listener, with one parameter a `fetch` handler; mount other
   * functions as `{ fetch: handler }`.
   *
   * @throws TypeError for a target that cannot be mounted. WiringError in debug mode, if the wiring has problems.
   * @example app.mount('/api', Posts);
   */
  mount(prefix: string, target: MountTarget, options?: RouteOptions): this;
  mount(target: MountTarget, options?: RouteOptions): this;
  mount(first: string | MountTarget, second?: MountTarget | RouteOptions, third?: RouteOptions): this {
    const [prefix, target, options] =
      typeof first === 'string' ? [first, second as MountTarget, third] : ['', first, second as RouteOptions | undefined];
    checkKnownOptions('app.mount()', options, ROUTE_OPTIONS);
    if (isApp(target)) {
      mountApp(this, prefix, target, options ?? {});
      this.#mounted.push(target);
    } else {
      const group = mountTarget(this, prefix, target, options ?? {});
      if (group !== undefined) this.#groups.push(group);
    }
    this.#invalidate();
    if (this.isDebugging) this.check();
    return this;
  }

  /**
   * Builds the URL path of a route of this app from its name (or rule), as Bottle's `get_url` does. The path includes the prefixes
   * under which this app is mounted; of several mounts, the first one counts. Parameters without a wildcard become the query.
   *
   * @param params the values of the named wildcards, also of those in the prefixes.
   * @param anonymous the values of the anonymous wildcards, in order.
   * @throws RouteBuildError when there is no such route, or a wildcard has no value.
   * @example
   * const shop = new Bottle();
   * shop.get('/cart/<id:int>', ({ id }) => `Cart ${id}`, { name: 'cart' });
   * app.mount('/shop', shop);
   * shop.url('cart', { id: 7, page: 2 }); // '/shop/cart/7?page=2'
   */
  override url(name: string, params: Readonly<Record<string, unknown>> = {}, ...anonymous: unknown[]): string {
    const { prefix, ...rest } = mountedPrefix(this, { params, anonymous });
    return prefix + super.url(name, rest.params, ...rest.anonymous);
  }

  /** The apps mounted here. */
  get mounted(): readonly Bottle[] {
    return this.#mounted;
  }

  get groups(): readonly Group[] {
    return this.#groups;
  }

  /** The controllers whose prefix matches an undecoded path, longest prefix first. */
  groupsAt(rawPath: string): Group[] {
    return this.#groups.filter((group) => group.covers(rawPath)).sort((a, b) => b.prefix.length - a.prefix.length);
  }

  // Plugins, hooks, errors

  /** The installed plugins, in the order of installation: the first is outermost. */
  get plugins(): readonly Plugin[] {
    return this.#plugins.list;
  }

  /** Installs a plugin for all routes, present and future. Returns the plugin. */
  install<P extends PluginFunction>(plugin: P): P;
  install<P extends Plugin>(plugin: P): P;
  install<P extends PluginLike>(plugin: P): P;
  // Three signatures: functions also have `apply`, so TypeScript would not infer the parameters of a literal's `apply` from a union.
  install<P extends PluginLike>(plugin: P): P {
    this.#plugins.install(plugin);
    this.reset();
    return plugin;
  }

  /** Uninstalls and closes plugins, selected by name, class, instance, or all with `true`. Returns the removed plugins. */
  uninstall(selector: PluginSelector): Plugin[] {
    const removed = this.#plugins.uninstall(selector);
    if (removed.length > 0) this.reset();
    return removed;
  }

  /** @internal Sets up a plugin that a route applies, unless it is set up already. */
  setupOnce(plugin: Plugin): Plugin {
    return this.#plugins.setupOnce(plugin);
  }

  /** Registers a hook. `beforeRequest` and `afterRequest` get the context; the latter always run, in reverse order. */
  hook<N extends HookName>(name: N, listener: HookOf<N>): this {
    this.hooks.add(name, listener);
    return this;
  }

  /**
   * Registers an error handler for a status, a class, or a list of these. Default: 500. A handler for a status always gets an
   * `HTTPError`.
   *
   * @example app.error(404, (error, { request }) => `There is no ${request.path}.`);
   */
  error(what: number | readonly number[], handler: ErrorHandler<HTTPError>): this;
  error<E>(what: ErrorClass<E> | readonly ErrorClass<E>[], handler: ErrorHandler<E>): this;
  error(what: number | Function | readonly (number | Function)[], handler: ErrorHandler): this;
  error(handler: ErrorHandler<HTTPError>): this;
  error(what: number | Function | readonly (number | Function)[], handler?: ErrorHandler): this {
    const [targets, answer] = handler === undefined ? [500, what as ErrorHandler] : [what, handler];
    if (typeof answer !== 'function') throw new TypeError(HANDLER_NOT_FUNCTION);
    const callback: Callback = (context) => answer(context.error as never, context);
    this.errors.setAll([targets].flat() as (number | Function)[], callback);
    return this;
  }

  // Wiring

  /** Invalidates the wiring of all routes (or of one), so that they are wired and plugins applied again. */
  reset(route?: Route): void {
    const routes = route === undefined ? this.routes : [route];
    this.#invalidate();
    for (const one of routes) this.#invalidate(one);
    this.#wireInDebug(routes);
    this.hooks.emit('appReset', this);
  }

  /**
   * Checks the wiring of every route, here and in the mounted apps.
   *
   * @throws WiringError that lists all problems.
   */
  check(options: { strict?: boolean } = {}): void {
    checkKnownOptions('app.check()', options, ['strict']);
    const problems = this.wiringProblems(options.strict);
    if (problems.length > 0) throw new WiringError(problems);
  }

  /** The problems that `check` reports, as a list. */
  wiringProblems(strict?: boolean): WiringProblem[] {
    return this.#wiring.problems(strict);
  }

  /**
   * Runs `check` and the plugins' own checks. `run` and the command line call it.
   *
   * @throws WiringError (rejects) that lists all problems. The error of a plugin whose `setup` failed.
   */
  async checkAll(options: CheckOptions = {}): Promise<void> {
    await this.ready();
    const problems = [...this.wiringProblems(options.strict), ...(await this.pluginProblems(options))];
    if (problems.length > 0) throw new WiringError(problems);
  }

  /** @internal */
  pluginProblems(options: CheckOptions, visited?: Set<AppCore>): Promise<WiringProblem[]> {
    return this.#wiring.pluginProblems(options, visited);
  }

  /**
   * Resolves when all plugins are set up, here and in the mounted apps. `run`, `fetch`, `listener` and `TestClient` wait for it.
   *
   * @throws the error of a plugin whose `setup` failed (rejects).
   */
  async ready(): Promise<void> {
    this.#wiring.setupAppliedPlugins();
    await Promise.all([this.#plugins.ready(), ...this.#mounted.map((app) => app.ready())]);
  }

  /** @internal Wires the pending routes. Returns a promise while plugins are being set up. */
  prepare(): Promise<void> | undefined {
    this.#wiring.setupAppliedPlugins();
    if (this.isSettingUp) {
      return this.ready().then(() => {
        this.#complete();
      });
    }
    this.#complete();
    return undefined;
  }

  #complete(): void {
    this.#wiring.complete();
    this.isTimed = this.plugins.length > 0 && this.#hasAround();
    this.isPrepared = true;
  }

  /** @internal Whether the `setup` of a plugin is pending or has failed, here or in a mounted app. */
  get isSettingUp(): boolean {
    return this.#plugins.isSettingUp || this.#mounted.some((app) => app.isSettingUp);
  }

  #hasAround(): boolean {
    const acting = (plugin: Plugin): boolean => plugin.around !== undefined;
    return (
      this.plugins.some(acting) ||
      this.routes.some((route) => route.plugins.some(acting)) ||
      this.#mounted.some((app) => app.#hasAround())
    );
  }

  /** @internal */
  get noRoute(): Callback {
    return this.#wiring.noRoute;
  }

  /** @internal */
  preflight(route: Route | undefined): Callback {
    return this.#wiring.preflight(route);
  }

  /** @internal */
  mergedRoute(route: Route): Callback {
    return this.#wiring.merged(route);
  }

  /** @internal The plugins in effect on a route, outermost first. A merged route also has the plugins of this app. */
  pluginsOn(route: Route): readonly Plugin[] {
    return this.#wiring.pluginsOn(route);
  }

  /** @internal Calls `use` with the value that a plugin provides for reading. */
  readProvided(context: Context, key: string | Function, use: (value: unknown) => unknown): unknown {
    const route = context.route as Route | undefined;
    const atRoute = route?.available ?? [];
    // A merged route has the plugins of its owner, and those of this app around it.
    const plugin = readerOf(route?.app === this ? [...this.plugins, ...atRoute] : [...atRoute, ...this.plugins], key);
    if (plugin?.read !== undefined) return plugin.read(use);
    const label = typeof key === 'string' ? `'${key}'` : key.name;
    throw new globalThis.Error(`No plugin provides ${label} for reading here. Install one that does (with a method read).`);
  }

  /** @internal Wires the pending routes and returns the problems. */
  wiringPending(): WiringProblem[] {
    return this.#wiring.pending();
  }

  /** @internal Wires one route of this app now. An app that merged the route may receive its first request. */
  wireRoute(route: Route): Callback {
    return this.#wiring.wireOne(route);
  }

  get strict(): boolean {
    return this.config.get('strict') === true;
  }

  get isDebugging(): boolean {
    return this.#debug ?? isDebugging();
  }

  /** Turns debug mode on or off for this app. */
  debug(on = true): this {
    this.#debug = on;
    return this;
  }

  // Requests

  /**
   * Answers one request from a server adapter. Never throws, and its promise never rejects. It is bound, so that a server can store
   * it.
   */
  readonly handle: (exchange: Exchange) => void | Promise<void> = receive.bind(undefined, this);

  /**
   * Answers a `fetch` request in process: for tests, Bun, Deno, Workers.
   *
   * @throws WiringError (rejects) if the wiring has problems.
   */
  fetch = (request: globalThis.Request, peer: FetchPeer = {}): Promise<globalThis.Response> => answerFetch(this, request, peer);

  /**
   * A `node:http` request listener. It answers errors that the app rethrows (`catchall: false`) with 500 and logs them. If it is
   * called with `next`, as in Express and Connect, it passes them to `next`.
   */
  get listener(): (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => void {
    return listenerOf(this);
  }

  /**
   * A listener for the `upgrade` event of a `node:http` server that uses `listener`: opens WebSockets. `run()` registers it itself.
   *
   * @example createServer(app.listener).on('upgrade', app.upgradeListener).listen(8080);
   */
  get upgradeListener(): (request: IncomingMessage, socket: Duplex, head: Buffer) => Upgraded {
    return upgradeListenerOf(this);
  }

  /** Whether this app or a mounted app has WebSocket routes. */
  get hasSockets(): boolean {
    return this.routes.some(({ method }) => method === SOCKET_VERB) || this.#mounted.some((app) => app.hasSockets);
  }

  /** The size of the largest message that a WebSocket route of this app or a mounted app accepts, in bytes; 0 without such routes. */
  get largestMessage(): number {
    const own = this.routes.filter(({ method }) => method === SOCKET_VERB);
    const sizes = own.map(({ options }) => options.socket?.maxMessage ?? DEFAULT_MAX_MESSAGE);
    return Math.max(0, ...sizes, ...this.#mounted.map((app) => app.largestMessage));
  }

  /** @internal Logs an error that the app rethrew. The server continues, as WSGI servers do. */
  logUnanswered(error: unknown): void {
    this.#errorLog.write('A request could not be answered.', error);
  }

  /** @internal Loads the debug page on first use. */
  async debugPage(incident: Incident): Promise<HTTPResponse> {
    return (await import('./debug-page/index.js')).debugPage(incident);
  }

  recover(context: Context, error: unknown): unknown {
    return recover(this, context, error);
  }

  /** @internal Logs an error of a request. Plugins call `context.report`. */
  report(context: Context, error: unknown): void {
    this.#errorLog.write(`${context.exchange.method} ${context.exchange.target} failed:`, error);
  }

  /** Replaces the logger for errors. Returns the previous logger. */
  logTo(logger: ErrorLogger): ErrorLogger {
    return this.#errorLog.replace(logger);
  }

  /** Logs an error outside of a request. */
  log(error: Error): void {
    this.#errorLog.write(error.message, error);
  }

  /**
   * Starts a server and serves this app. Resolves when it listens. Has no effect in a module that the command line loads, because
   * the command line serves the app itself.
   */
  async run(options: RunOptions = {}): Promise<RunningServer> {
    return deferredRun(this) ?? (await import('./run.js')).run(this, options);
  }

  /**
   * Stops the servers that `run()` started, then closes the plugins, here and in the mounted apps.
   *
   * @throws (rejects) the error of the first server or plugin that does not close. The others are still closed.
   * @example await app.close();
   */
  async close(): Promise<void> {
    const stopped = await Promise.allSettled([...this.servers].map((stop) => stop()));
    const closed = await Promise.allSettled([this.#plugins.close(), ...[...new Set(this.#mounted)].map((app) => app.close())]);
    const failed = [...stopped, ...closed].find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  override toString(): string {
    return `Bottle with ${this.routes.length} routes`;
  }
}

brand(Bottle, 'Bottle');

/** Outside of the class, because the bundler renames a class that refers to itself. */
function isApp(target: MountTarget | RouteOptions | undefined): target is Bottle {
  return target instanceof Bottle;
}

declare module './wiring/app-core.js' {
  interface AppTypes {
    readonly app: Bottle;
  }
}
