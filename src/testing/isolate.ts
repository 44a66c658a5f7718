import { Bottle } from '../app/bottle.js';
import type { ControllerClass } from '../app/mount/mount-target.js';
import type { AppOptions } from '../app/app-options.js';
import type { Callback, Plugin } from '../app/wiring/plugin.js';
import { keysOf } from '../app/wiring/effective-plugins.js';
import { describeController } from '../controllers/decorators/controller-description.js';
import { type ClientOptions, TestClient } from './test-client.js';

/** What stands for plugins: a value for each keyword, or for each class that parameters declare. */
export type Values =
  | Readonly<Record<string, unknown>>
  | ReadonlyMap<string | Function, unknown>
  | readonly (readonly [string | Function, unknown])[];

/** What `isolate` may be told, besides what a `TestClient` may. */
export interface IsolateOptions extends ClientOptions {
  /** Whether the plugins that the controller and its methods bring along (`@Apply`) take part. Default: false. */
  apply?: boolean;
  /** Options of the app around the controller: `{ catchall: false }` lets unexpected errors reject the request. */
  app?: AppOptions;
}

/**
 * Mounts one controller alone, its plugins replaced by values, to talk to it without a socket.
 *
 * A parameter takes a value by its name (or `@Inject` keyword), or by its declared type where a value is an instance of that or
 * stands for that class. Values are handed over as they are, functions too. The controller keeps its prefix, its hooks and its
 * error handlers; plugins that it brings along are left out, unless `apply` is set, and then for those whose keyword has a value.
 *
 * @param controller the class, or an instance of it.
 * @throws WiringError at once, when a parameter is not provided for. TypeError for what is no controller.
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

/** An app that decides which plugins of its routes take part. */
class IsolatedApp extends Bottle {
  readonly #apply: boolean;
  readonly #replaced: ReadonlySet<string | Function>;

  constructor(options: AppOptions, apply: boolean, replaced: ReadonlySet<string | Function>) {
    super(options);
    this.#apply = apply;
    this.#replaced = replaced;
  }

  override adopt(plugin: Plugin): Plugin {
    const isReplaced = keysOf(plugin).some((key) => this.#replaced.has(key));
    return this.#apply && !isReplaced ? super.adopt(plugin) : NO_PLUGIN;
  }
}

/** In place of a plugin that takes no part. */
const NO_PLUGIN: Plugin = { apply: (next) => next };

/** Provides one value. The wiring's messages name plugins by their class. */
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

/** The classes that parameters without a decorator declare; what the language itself has says nothing about a plugin. */
function declaredTypes(Class: Function): DeclaredType[] {
  const parameters = describeController(Class).methods.flatMap((method) => method.parameters);
  return parameters.flatMap(({ name, type, source }) => {
    const isPlain = type === undefined || (globalThis as Record<string, unknown>)[type.name] === type;
    return isPlain || source !== undefined ? [] : [{ name, type }];
  });
}

/** A plugin for the value, and for each further class that it is asked for as. */
function pluginsFor(key: string | Function, value: unknown, declared: readonly DeclaredType[]): Plugin[] {
  if (typeof key === 'function') return [new IsolatedValue(undefined, key, value)];
  const matching = declared.filter(({ type }) => isInstance(value, type));
  const own = matching.find(({ name }) => name === key) ?? matching[0];
  const others = new Set(matching.map(({ type }) => type).filter((type) => type !== own?.type));
  return [
    new IsolatedValue(key, own?.type, value),
    // A keyword provides one type, so further ones go by keywords that no parameter can have.
    ...[...others].map((type) => new IsolatedValue(`${key} as ${type.name}`, type, value)),
  ];
}

function isInstance(value: unknown, type: Function): boolean {
  try {
    return value instanceof type;
  } catch {
    // A class may need a package that is not there to tell.
    return false;
  }
}

function entriesOf(values: Values): [string | Function, unknown][] {
  const entries = Symbol.iterator in values ? [...(values as Iterable<[string | Function, unknown]>)] : Object.entries(values);
  for (const [key] of entries) {
    if (typeof key === 'string' || typeof key === 'function') continue;
    throw new TypeError(`isolate: a value stands for a keyword or a class, not for a ${typeof key}.`);
  }
  return entries;
}
