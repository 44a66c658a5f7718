import { checkKnownOptions } from '../support/known-options.js';
import { Bottle } from '../app/bottle.js';
import type { ControllerClass } from '../app/mount/mount-target.js';
import type { AppOptions } from '../app/app-options.js';
import { keysOf } from '../app/wiring/effective-plugins.js';
import type { Plugin, PluginLike } from '../app/wiring/plugin.js';
import { asPlugin } from '../app/wiring/plugin-list.js';
import { type ControllerDescription, describeController } from '../controllers/decorators/controller-description.js';
import { nearest } from '../support/nearest.js';
import { asksFor, entriesOf, GivenValue, isInstance, isPluginFor, keywordOf, unusedValue, type Values } from './given-values.js';
import { CLIENT_OPTIONS, type ClientOptions, TestClient } from './test-client.js';

/** Options of `isolate`, in addition to those of a `TestClient`. */
export interface IsolateOptions extends ClientOptions {
  /** Whether the plugins of the controller and its methods (`@Apply`) are active. Default: false. */
  apply?: boolean;
  /** Options of the app around the controller. `{ catchall: false }` lets unexpected errors reject the request. */
  app?: AppOptions;
}

/**
 * Mounts one controller alone and replaces its plugins by values, to test it without a socket.
 *
 * A parameter gets a value by its name (or `@Inject` keyword), or by its declared type, if a value is an instance of that class
 * or is given for it. Values are passed unchanged, including functions. A plugin that provides what it is given for, such as
 * `SQLitePlugin.over(db)`, takes effect as in an app. The controller keeps its prefix, its hooks and its error handlers. Its own
 * plugins are inactive unless `apply` is set. With `apply`, a plugin is still inactive if its keyword has a value.
 *
 * @param controller the class, or an instance of it.
 * @throws WiringError immediately, when a parameter has no value. TypeError when `controller` is not a controller, or
 *   nothing in it provides or asks for a value.
 * @example
 * const posts = isolate(Posts, { db: fakeDb });
 * const answer = await posts.get('/posts/1');
 * expect(answer.json).toEqual({ id: 1, title: 'First' });
 * @example isolate(Posts, { db: SQLitePlugin.over(new Database(':memory:')) });
 * @example isolate(new Posts(store), new Map([[Clock, { now: () => 0 }]]));
 */
export function isolate(
  controller: ControllerClass | object,
  values: Values = {},
  options: IsolateOptions = {},
): TestClient<Bottle> {
  checkKnownOptions('isolate()', options, [...CLIENT_OPTIONS, 'apply', 'app']);
  const { apply = false, app: appOptions, ...clientOptions } = options;
  const entries = entriesOf(values, 'isolate');
  const app = new IsolatedApp(appOptions ?? {}, apply, new Set(entries.map(([key]) => key)));
  const Class = typeof controller === 'function' ? controller : controller.constructor;
  const description = describeController(Class);
  const types = declaredTypes(description);
  const installed = entries.map(([key, value]) => ({ key, value, plugins: pluginsFor(key, value, types) }));
  for (const { plugins } of installed) for (const plugin of plugins) app.install(plugin);
  app.mount(controller);
  app.check();
  for (const value of installed) checkUse(value, app, description, apply);
  return new TestClient<Bottle>(app, clientOptions);
}

/** An app that decides which plugins of its routes are active. */
class IsolatedApp extends Bottle {
  readonly #apply: boolean;
  readonly #replaced: ReadonlySet<string | Function>;

  constructor(options: AppOptions, apply: boolean, replaced: ReadonlySet<string | Function>) {
    super(options);
    this.#apply = apply;
    this.#replaced = replaced;
  }

  override setupOnce(plugin: Plugin): Plugin {
    const isReplaced = keysOf(plugin).some((key) => this.#replaced.has(key));
    return this.#apply && !isReplaced ? super.setupOnce(plugin) : NO_PLUGIN;
  }
}

/** Replaces an inactive plugin. */
const NO_PLUGIN: Plugin = { apply: (next) => next };

interface InstalledValue {
  readonly key: string | Function;
  readonly value: unknown;
  readonly plugins: readonly Plugin[];
}

/** @throws TypeError for a value that the controller neither asks for nor gets from a plugin of its own. */
function checkUse(
  { key, value, plugins }: InstalledValue,
  app: Bottle,
  description: ControllerDescription,
  apply: boolean,
): void {
  if (app.routes.some((route) => plugins.some((plugin) => route.wants(plugin)))) return;
  const { methods } = description;
  // Error handlers are not in the table of routes.
  const handlers = methods.filter(({ errors }) => errors.length > 0);
  if (handlers.some(({ parameters }) => parameters.some((parameter) => asksFor(parameter, key, value)))) return;
  const references = app.routes.flatMap(({ places }) => places.flatMap((place) => place.apply));
  const own = references.map((reference) => asPlugin(reference as PluginLike));
  const provided = own.flatMap((plugin) => [...keysOf(plugin), ...(plugin.uses ?? [])]);
  if (provided.includes(key)) return;
  const parameters = methods.flatMap((method) => method.parameters);
  const names = parameters.flatMap((parameter) => keywordOf(parameter) ?? []);
  const known = [...provided, ...names];
  // Plugins and parameters of `createParam` get the context, which can ask for any key.
  const readsContext = (apply && own.length > 0) || parameters.some(({ source }) => source?.kind === 'custom');
  const near = typeof key === 'string' ? nearest(key, names) : undefined;
  if (readsContext && near === undefined) return;
  throw unusedValue(key, known, 'isolate', description.name);
}

interface DeclaredType {
  name: string | undefined;
  type: Function;
}

/** The classes that parameters without a decorator declare. Built-in classes say nothing about a plugin. */
function declaredTypes({ methods }: ControllerDescription): DeclaredType[] {
  const parameters = methods.flatMap((method) => method.parameters);
  return parameters.flatMap(({ name, type, source }) => {
    const isPlain = type === undefined || (globalThis as Record<string, unknown>)[type.name] === type;
    return isPlain || source !== undefined ? [] : [{ name, type }];
  });
}

/** A plugin for the value, and one for each further class under which it is requested. */
function pluginsFor(key: string | Function, value: unknown, declared: readonly DeclaredType[]): Plugin[] {
  if (isPluginFor(key, value)) return [value];
  if (typeof key === 'function') return [new GivenValue(undefined, key, value)];
  const matching = declared.filter(({ type }) => isInstance(value, type));
  const primary = matching.find(({ name }) => name === key) ?? matching[0];
  const others = new Set(matching.map(({ type }) => type).filter((type) => type !== primary?.type));
  return [
    new GivenValue(key, primary?.type, value),
    // A keyword provides one type. Further types use keywords that no parameter can have.
    ...[...others].map((type) => new GivenValue(`${key} as ${type.name}`, type, value)),
  ];
}
