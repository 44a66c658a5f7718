import { attributeHandler } from '../../http/fields/attribute-access.js';
import { ConfigError, type ConfigFormat, readConfigFile } from './config-files.js';
import {
  type ConfigDefinition,
  type ConfigEntry,
  checkedKey,
  converted,
  flatObject,
  flatten,
  joined,
  nestedObject,
  pairsOf,
} from './config-keys.js';
import { IterableWeakSet } from './iterable-weak-set.js';

export { ConfigError, type ConfigFormat } from './config-files.js';
export type { ConfigDefinition } from './config-keys.js';

/** Values by key: an object, a `Map`, or another `ConfigDict`. */
export type ConfigValues = ConfigDict | ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

/**
 * Told of each change: the key, its new value and its previous one (`undefined` where there is none), and the config in which it
 * changed.
 */
export type ConfigListener = (key: string, value: unknown, previous: unknown, config: ConfigDict) => void;

interface Subscription {
  listener: ConfigListener;
  key: string | undefined;
}

// Past the proxy, for this class alone.
const TARGET = Symbol('target');
const UNFOLLOW = Symbol('unfollow');
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * The configuration of an app, a mount or a route: values by dotted keys, such as `sqlite.file` (Bottle's `ConfigDict`).
 *
 * Keys can be read and written as attributes, too: `config['sqlite.file']`, `'sqlite.file' in config`, `delete config['debug']`.
 * The methods win over keys of the same name: read such a key with `get('size')`. A key that is absent is `undefined`.
 *
 * @example
 * const config = new ConfigDict({ sqlite: { file: 'blog.db' } });
 * config['sqlite.file'];                     // 'blog.db'
 * const ofRoute = config.overlay({ sqlite: { readonly: true } });
 * ofRoute['sqlite.file'];                    // 'blog.db', and whatever it becomes in config
 * config['sqlite.readonly'];                 // undefined
 */
export class ConfigDict implements Iterable<[string, unknown]> {
  [key: string]: unknown;

  /** What the outside holds: methods run on the dictionary itself, since a proxy has no private fields. */
  readonly #self: this;
  #parent: ConfigDict | undefined;
  readonly #values = new Map<string, unknown>();
  /** Shared by a config and all overlays below it, as Bottle's meta fields are. */
  readonly #definitions: Map<string, ConfigDefinition>;
  #subscriptions: readonly Subscription[] = [];
  /** The overlays that must hear of changes: those with listeners, or with such overlays below them. The others cost nothing. */
  #followers: IterableWeakSet<ConfigDict> | undefined;
  #isFollowing = false;

  /**
   * @param values Values to begin with, as `loadDict` takes them.
   * @throws ConfigError for an impossible key.
   */
  constructor(values?: ConfigValues);
  constructor(values?: ConfigValues, parent?: ConfigDict) {
    this.#parent = parent;
    this.#definitions = parent ? parent.#definitions : new Map();
    this.#self = new Proxy(this, handler) as this;
    if (values) this.loadDict(values);
    // biome-ignore lint/correctness/noConstructorReturn: attribute access needs the proxy.
    return this.#self;
  }

  /** The number of keys, those of the parent included. */
  get size(): number {
    if (!this.#parent) return this.#values.size;
    let size = this.#parent.size;
    for (const key of this.#values.keys()) if (!this.#parent.has(key)) size++;
    return size;
  }

  /**
   * The value of a key, or the fallback where there is none. Its type is what you say it is: text files hold strings, so let a
   * `define` with `convert` see to it.
   *
   * @example config.get('sqlite.file', ':memory:')
   */
  get<T = unknown>(key: string): T | undefined;
  get<T>(key: string, fallback: T): T;
  get(key: string, fallback?: unknown): unknown {
    const holder = this.#holder(key);
    return holder ? holder.#values.get(key) : fallback;
  }

  /** Whether a key has a value, here or in the parent. */
  has(key: string): boolean {
    return this.#holder(key) !== undefined;
  }

  /** Whether a key has a value here, not only in the parent. `route.config.hasOwn('maxBody')` tells what the route says itself. */
  hasOwn(key: string): boolean {
    return this.#values.has(key);
  }

  /**
   * Sets a value, after its `convert` if one is defined, and tells the listeners if it differs from the previous one. An error
   * that a listener throws reaches the caller; the value stays.
   *
   * @throws ConfigError for an impossible key, a refused value, and for `undefined`, which is no value.
   */
  set(key: string, value: unknown): this {
    if (value === undefined) {
      const name = JSON.stringify(key);
      throw new ConfigError(`config ${name} cannot be set to undefined: use delete(${name}), or null for "none".`);
    }
    return this.#commit([{ key, value }]);
  }

  /** Sets a value unless the key has one, and returns the value that it then has. @throws ConfigError as `set` */
  setDefault(key: string, value: unknown): unknown {
    if (!this.has(key)) this.set(key, value);
    return this.get(key);
  }

  /**
   * Removes this config's own value. In an overlay the parent's value shows again; to hide that, set the key to `null`.
   *
   * @returns Whether there was an own value.
   */
  delete(key: string): boolean {
    if (!this.#values.has(key)) return false;
    const previous = this.#values.get(key);
    this.#values.delete(key);
    this.#announce(key, this.get(key), previous);
    return true;
  }

  /** The keys, the parent's first. */
  *keys(): IterableIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  /** The keys with their values, the parent's keys first. */
  *entries(): IterableIterator<[string, unknown]> {
    const parent = this.#parent;
    if (!parent) return yield* this.#values;
    for (const [key, value] of parent.entries()) yield [key, this.#values.has(key) ? this.#values.get(key) : value];
    for (const [key, value] of this.#values) if (!parent.has(key)) yield [key, value];
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.entries();
  }

  /**
   * Sets many values, or none if one of them is refused. Objects are values here; `loadDict` takes them for namespaces. A value
   * that is `undefined` is passed over.
   *
   * @param prefix Put before each key, with a dot.
   * @throws ConfigError as `set`
   * @example config.update({ file: 'blog.db', readonly: true }, 'sqlite')
   */
  update(values: ConfigValues, prefix = ''): this {
    return this.#commit(pairsOf(values).map(([key, value]) => ({ key: joined(prefix, key), value })));
  }

  /**
   * Sets the values of nested objects (or `Map`s), whose names become the parts of dotted keys; all of them, or none if one is
   * refused. Everything else is a value: arrays, dates, functions, instances of classes. `undefined` is passed over.
   *
   * @param namespace Put before each key, with a dot.
   * @throws ConfigError as `set`, and for objects that contain themselves.
   * @example config.loadDict({ sqlite: { file: 'blog.db' } })   // sqlite.file
   */
  loadDict(nested: ConfigValues, namespace = ''): this {
    return this.#commit(flatten(nested, namespace));
  }

  /**
   * Sets the values of a file, read at once; all of them, or none if one is refused.
   *
   * - `.json`: one object, as `loadDict` takes it.
   * - `.ini` (also `.cfg`, `.conf`): as Bottle reads it with Python's `configparser`. Sections become prefixes, except
   *   `[bottlenose]`, `[bottle]` and `[ROOT]`; `[DEFAULT]` holds values for all sections; keys are lower-cased; `#` and `;` begin
   *   comments on lines of their own; lines indented deeper continue a value; `${key}` and `${section:key}` insert other values;
   *   `$$` is a `$`.
   * - `.env` (also `.env.local` and the like): as Node reads it. Names stay what they are, except that `SQLITE__FILE` is
   *   `sqlite.file`.
   *
   * Values of the last two are strings: `define` converts them.
   *
   * @param path Relative to the working directory, or a `file:` URL.
   * @throws ConfigError naming file and line, if the file is missing or broken, or a value is refused.
   * @example config.loadFile('app.ini')
   */
  loadFile(path: string | URL, { format }: { format?: ConfigFormat } = {}): this {
    const content = readConfigFile(path, format);
    if ('entries' in content) return this.#commit(content.entries);
    return this.#commit(flatten(content.nested, '', content.place));
  }

  /**
   * A config that sees this one's values, later changes included, until it sets its own. What it sets never shows here. Its
   * listeners hear of changes that it inherits, and definitions are shared. It is cheap, and held by nothing but its users.
   *
   * @param values Own values to begin with, as `loadDict` takes them.
   */
  overlay(values?: ConfigValues): ConfigDict {
    return overlayOf(this, values);
  }

  /**
   * Makes this config an overlay of another one, in place of the one that it overlaid so far: its own values stay, and where it
   * has none it shows those of that config. Its listeners hear of what that changes.
   *
   * @throws ConfigError if that config is this one, or an overlay of it.
   */
  overlayOn(config: ConfigDict): this {
    const parent = config[TARGET]();
    for (let one: ConfigDict | undefined = parent; one; one = one.#parent) {
      if (one === this) throw new ConfigError('A config cannot be an overlay of itself.');
    }
    const before = new Map(this.entries());
    if (this.#isFollowing) this.#parent?.[UNFOLLOW](this);
    this.#isFollowing = false;
    this.#parent = parent;
    if (this.#subscriptions.length > 0 || this.#followers) this.#follow();
    for (const key of new Set([...before.keys(), ...this.keys()])) this.#announce(key, this.get(key), before.get(key));
    return this.#self;
  }

  /**
   * Calls a function after each change of a value seen here: set, deleted or inherited.
   *
   * @param key The only key to hear of. Default: all.
   * @returns A function that ends this.
   * @example const stop = config.onChange((key, value) => console.log(key, value));
   */
  onChange(listener: ConfigListener, key?: string): () => void {
    const subscription = { listener, key };
    this.#subscriptions = [...this.#subscriptions, subscription];
    this.#follow();
    return () => {
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /**
   * Says what a key is for, how its values are checked and converted, and what it is by default (Bottle's `meta_set` with
   * `filter`). Values that this config and its parents have already are converted now. What an earlier definition of the key said
   * and this one does not, stays. Holds for this config, its parents and all overlays.
   *
   * @throws ConfigError if the value that the key has, or the default, is refused.
   * @example config.define('sqlite.timeout', { default: 5000, convert: Number, help: 'Milliseconds to wait for a lock.' });
   */
  define(key: string, definition: ConfigDefinition): this {
    const name = checkedKey(key);
    const known = this.#definitions.get(name);
    const whole = { ...known, ...definition };
    if (whole.convert !== known?.convert) this.#reconvert(name, whole);
    this.#definitions.set(name, whole);
    if (definition.default !== undefined) this.setDefault(name, definition.default);
    return this.#self;
  }

  /** What `define` said of a key. */
  meta(key: string): Readonly<ConfigDefinition> | undefined {
    return this.#definition(key);
  }

  /**
   * A copy as a flat object: `{ 'sqlite.file': 'blog.db' }`.
   *
   * @param namespace Only the keys below it, without it: `toObject('sqlite')` is `{ file: 'blog.db' }`.
   */
  toObject(namespace = ''): Record<string, unknown> {
    return flatObject(this.#below(namespace));
  }

  /**
   * A copy as nested objects: `{ sqlite: { file: 'blog.db' } }`. Below a key that has a value itself the rest stays dotted:
   * `{ a: 1, 'a.b': 2 }`, so that `loadDict` takes back what this gives.
   *
   * @param namespace Only the keys below it, without it.
   */
  toNested(namespace = ''): Record<string, unknown> {
    return nestedObject(this.#below(namespace));
  }

  [INSPECT](_depth: unknown, options: unknown, inspect?: (value: unknown, options: unknown) => string): unknown {
    return inspect ? `ConfigDict ${inspect(this.toObject(), options)}` : this.toObject();
  }

  [TARGET](): ConfigDict {
    return this;
  }

  [UNFOLLOW](follower: ConfigDict): void {
    this.#followers?.delete(follower);
  }

  /** The nearest config, from here upwards, that has a value of its own. */
  #holder(key: string): ConfigDict | undefined {
    let config: ConfigDict | undefined = this;
    while (config && !config.#values.has(key)) config = config.#parent;
    return config;
  }

  #below(namespace: string): Map<string, unknown> {
    const prefix = String(joined(namespace, ''));
    const found = new Map<string, unknown>();
    for (const [key, value] of this.entries()) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
    return found;
  }

  #commit(entries: readonly ConfigEntry[]): this {
    // All is checked before anything is set, and all is set before anyone is told.
    const checked = entries
      .filter(({ value }) => value !== undefined)
      .map(({ key, value, place }) => {
        const name = checkedKey(key, place);
        return [name, converted(name, value, this.#definition(name), place)] as const;
      });
    const changes = checked.map(([key, value]) => {
      const previous = this.get(key);
      this.#values.set(key, value);
      return [key, value, previous] as const;
    });
    for (const [key, value, previous] of changes) this.#announce(key, value, previous);
    return this.#self;
  }

  #reconvert(key: string, definition: ConfigDefinition): void {
    const found: [ConfigDict, unknown][] = [];
    for (let config: ConfigDict | undefined = this; config; config = config.#parent) {
      // What an app that is mounted defines is no business of the app around it.
      if (config.#definitions !== this.#definitions) break;
      if (config.#values.has(key)) found.push([config, converted(key, config.#values.get(key), definition)]);
    }
    for (const [config, value] of found) {
      const previous = config.#values.get(key);
      config.#values.set(key, value);
      config.#announce(key, value, previous);
    }
  }

  #announce(key: string, value: unknown, previous: unknown): void {
    if (Object.is(value, previous)) return;
    for (const { listener, key: only } of this.#subscriptions) {
      if (only === undefined || only === key) listener(key, value, previous, this.#self);
    }
    for (const follower of this.#followers ?? []) {
      if (!follower.#values.has(key)) follower.#announce(key, value, previous);
    }
  }

  #definition(key: string): ConfigDefinition | undefined {
    let config: ConfigDict | undefined = this;
    while (config && !config.#definitions.has(key)) config = config.#parent;
    return config ? config.#definitions.get(key) : undefined;
  }

  /** Makes the parent pass changes on. It refers to its overlays weakly, so that routes can come and go. */
  #follow(): void {
    if (!this.#parent || this.#isFollowing) return;
    this.#isFollowing = true;
    this.#parent.#followers ??= new IterableWeakSet();
    this.#parent.#followers.add(this);
    this.#parent.#follow();
  }
}

const handler: ProxyHandler<ConfigDict> = attributeHandler<ConfigDict>({
  read: (config, key) => config.get(key),
  has: (config, key) => config.has(key),
  names: (config) => config.keys(),
  write: (config, key, value) => config.set(key, value),
  remove: (config, key) => config.delete(key),
});

/** The second parameter of the constructor is internal, so its public signature does not show it. */
function overlayOf(parent: ConfigDict, values: ConfigValues | undefined): ConfigDict {
  return Reflect.construct(ConfigDict, [values, parent]) as ConfigDict;
}
