import { checkKnownOptions } from '../support/known-options.js';
import { Bottle } from '../app/bottle.js';
import type { ControllerClass } from '../app/mount/mount-target.js';
import type { AppOptions } from '../app/app-options.js';
import type { Callback, Plugin } from '../app/wiring/plugin.js';
import { keysOf } from '../app/wiring/effective-plugins.js';
import { describeController } from '../controllers/decorators/controller-description.js';
import { CLIENT_OPTIONS, type ClientOptions, TestClient } from './test-client.js';

/** The values that replace plugins, by keyword, or by the class that parameters declare. */
export type Values =
  | Readonly<Record<string, unknown>>
  | ReadonlyMap<string | Function, unknown>
  | readonly (readonly [string | Function, unknown])[];

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
 * or is given for it. Values are passed unchanged, including functions. The controller keeps its prefix, its hooks and its error
 * handlers. Its own plugins are inactive unless `apply` is set. With `apply`, a plugin is still inactive if its keyword has a
 * value.
 *
 * @param controller the class, or an instance of it.
 * @throws WiringError immediately, when a parameter has no value. TypeError when `controller` is not a controller.
 * @example
 * const posts = isolate(Posts, { db: fakeDb });
 * const answer = await posts.get('/posts/1');
 * expect(answer.json).toEqual({ id: 1, title: 'First' });
 * @example isolate(new Posts(store), new Map([[Clock, { now: () => 0 }]]));
 */
export function isolate(
  controller: ControllerClass | object,
  values: Values = {},
  options: IsolateOptions = {},
): TestClient<Bottle> {
  checkKnownOptions('isolate()', options, [...CLIENT_OPTIONS, 'apply', 'app']);
  const { apply = false, app: appOptions, ...clientOptions } = options;
  const entries = entriesOf(values);
  const app = new IsolatedApp(appOptions ?? {}, apply, new Set(entries.map(([key]) => key)));
  const Class = typeof controller === 'function' ? controller : controller.constructor;
  const types = declaredTypes(Class);
  for (const [key, value] of entries) for (const plugin of pluginsFor(key, value, types)) app.install(plugin);
  app.mount(controller);
  app.check();
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

/** Provides one value. Wiring messages name plugins by their class. */
class IsolatedValue implements Plugin {
  readonly provides: { keyword?: string; type?: Function };
  readonly #value: unknown;

  constructor(keyword: string | undefined, type: Function | undefined, value: unknown) {
    this.provides = { keyword, type };
    this.#value = value;
  }

  around(next: Callback): Callback {
    const key = (this.provides.keyword ?? this.provides.type) as string | Function;
    return (context) => {
      context.provide(key, this.#value);
      return next(context);
    };
  }
}

interface DeclaredType {
  name: string | undefined;
  type: Function;
}

/** The classes that parameters without a decorator declare. Built-in classes say nothing about a plugin. */
function declaredTypes(Class: Function): DeclaredType[] {
  const parameters = describeController(Class).methods.flatMap((method) => method.parameters);
  return parameters.flatMap(({ name, type, source }) => {
    const isPlain = type === undefined || (globalThis as Record<string, unknown>)[type.name] === type;
    return isPlain || source !== undefined ? [] : [{ name, type }];
  });
}

/** A plugin for the value, and one for each further class under which it is requested. */
function pluginsFor(key: string | Function, value: unknown, declared: readonly DeclaredType[]): Plugin[] {
  if (typeof key === 'function') return [new IsolatedValue(undefined, key, value)];
  const matching = declared.filter(({ type }) => isInstance(value, type));
  const primary = matching.find(({ name }) => name === key) ?? matching[0];
  const others = new Set(matching.map(({ type }) => type).filter((type) => type !== primary?.type));
  return [
    new IsolatedValue(key, primary?.type, value),
    // A keyword provides one type. Further types use keywords that no parameter can have.
    ...[...others].map((type) => new IsolatedValue(`${key} as ${type.name}`, type, value)),
  ];
}

function isInstance(value: unknown, type: Function): boolean {
  try {
    return value instanceof type;
  } catch {
    // `instanceof` may fail because the class needs a package that is not installed.
    return false;
  }
}

function entriesOf(values: Values): [string | Function, unknown][] {
  const entries = Symbol.iterator in values ? [...(values as Iterable<[string | Function, unknown]>)] : Object.entries(values);
  for (const [key] of entries) {
    if (typeof key === 'string' || typeof key === 'function') continue;
    throw new TypeError(`isolate: the key of a value must be a keyword or a class, not a ${typeof key}.`);
  }
  return entries;
}
