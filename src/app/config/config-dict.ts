import { attributeHandler } from '../../http/fields/attribute-access.js';
import { ConfigError, type ConfigFormat, readConfigFile } from './config-files.js';
import {
  type ConfigDefinition,
  type ConfigEntry,
  checkKey,
  convertValue,
  flatObject,
  flatten,
  joinKeys,
  nestedObject,
  pairsOf,
} from './config-keys.js';
import { IterableWeakSet } from './iterable-weak-set.js';

/** Values by key: an object, a `Map`, or another `ConfigDict`. */
type ConfigValues = ConfigDict | ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

/**
 * Called for each change with the key, the new and the previous value (`undefined` if the key has none), and the config in which
 * the value changed.
 */
type ConfigListener = (key: string, value: unknown, previous: unknown, config: ConfigDict) => void;

interface Subscription {
  listener: ConfigListener;
  key: string | undefined;
}

// Symbols, so that this class can call these methods through the proxy.
const TARGET = Symbol('target');
const UNSUBSCRIBE = Symbol('unsubscribe');
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * The configuration of an app, a mount or a route: values by dotted keys, such as `sqlite.file` (Bottle's `ConfigDict`).
 *
 * Keys can also be read and written as attributes: `config['sqlite.file']`, `'sqlite.file' in config`, `delete config['debug']`.
 * Methods take precedence over keys of the same name: read such a key with `get('size')`. An absent key is `undefined`.
 *
 * @example
 * const config = new ConfigDict({ sqlite: { file: 'blog.db' } });
 * config['sqlite.file'];                     // 'blog.db'
 * const ofRoute = config.overlay({ sqlite: { readonly: true } });
 * ofRoute['sqlite.file'];                    // 'blog.db', including later changes in config
 * config['sqlite.readonly'];                 // undefined
 */
export class ConfigDict implements Iterable<[string, unknown]> {
  [key: string]: unknown;

  /** The proxy that callers use. Methods run on the target, because a proxy has no private fields. */
  readonly #self: this;
  #parent: ConfigDict | undefined;
  readonly #values = new Map<string, unknown>();
  /** Shared by a config and all overlays below it, as Bottle's meta fields are. */
  readonly #definitions: Map<string, ConfigDefinition>;
  #subscriptions: readonly Subscription[] = [];
  /** The overlays that are notified of changes: only those with listeners, directly or in overlays of their own. */
  #subscribedOverlays: IterableWeakSet<ConfigDict> | undefined;
  #isSubscribed = false;

  /**
   * @param values Initial values, as for `loadDict`.
   * @throws ConfigError for an invalid key.
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

  /** The number of keys, including those of the parent. */
  get size(): number {
    if (!this.#parent) return this.#values.size;
    let size = this.#parent.size;
    for (const key of this.#values.keys()) if (!this.#parent.has(key)) size++;
    return size;
  }

  /**
   * The value of a key, or the fallback if it has none. The type parameter is not checked. Values of text files are strings: convert
   * them with `define`.
   *
   * @example config.get('sqlite.file', ':memory:')
   */
  get<T = unknown>(key: string): T | undefined;
  get<T>(key: string, fallback: T): T;
  get(key: string, fallback?: unknown): unknown {
    const config = this.#configWith(key);
    return config ? config.#values.get(key) : fallback;
  }

  /** Whether a key has a value, here or in the parent. */
  has(key: string): boolean {
    return this.#configWith(key) !== undefined;
  }

  /** Whether a key has a value here, not only in the parent. `route.config.hasOwn('maxBody')`: whether the route itself sets it. */
  hasOwn(key: string): boolean {
    return this.#values.has(key);
  }

  /**
   * Sets a value, after its `convert` if one is defined, and calls the listeners if it differs from the previous one. Errors of
   * listeners are thrown to the caller; the value remains set.
   *
   * @throws ConfigError for an invalid key, a rejected value, and for `undefined`.
   */
  set(key: string, value: unknown): this {
    if (value === undefined) {
      const name = JSON.stringify(key);
      throw new ConfigError(`config ${name} cannot be set to undefined: use delete(${name}), or null for "none".`);
    }
    return this.#commit([{ key, value }]);
  }

  /** Sets a value unless the key has one, and returns the current value. @throws ConfigError as `set` */
  setDefault(key: string, value: unknown): unknown {
    if (!this.has(key)) this.set(key, value);
    return this.get(key);
  }

  /**
   * Removes this config's own value. An overlay then inherits the parent's value again; to override that, set the key to `null`.
   *
   * @returns Whether there was an own value.
   */
  delete(key: string): boolean {
    if (!this.#values.has(key)) return false;
    const previous = this.#values.get(key);
    this.#values.delete(key);
    this.#notify(key, this.get(key), previous);
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
   * Sets many values, or none if one of them is rejected. Objects are values here; `loadDict` treats them as namespaces. Values that
   * are `undefined` are skipped.
   *
   * @param prefix Put before each key, with a dot.
   * @throws ConfigError as `set`
   * @example config.update({ file: 'blog.db', readonly: true }, 'sqlite')
   */
  update(values: ConfigValues, prefix = ''): this {
    return this.#commit(pairsOf(values).map(([key, value]) => ({ key: joinKeys(prefix, key), value })));
  }

  /**
   * Sets the values of nested objects (or `Map`s), whose names become the parts of dotted keys; all of them, or none if one is
   * rejected. Arrays, dates, functions and instances of classes are values. `undefined` is skipped.
   *
   * @param namespace Put before each key, with a dot.
   * @throws ConfigError as `set`, and for objects that contain themselves.
   * @example config.loadDict({ sqlite: { file: 'blog.db' } })   // sqlite.file
   */
  loadDict(nested: ConfigValues, namespace = ''): this {
    return this.#commit(flatten(nested, namespace));
  }

  /**
   * Reads a file synchronously and sets its values; all of them, or none if one is rejected.
   *
   * - `.json`: one object, as for `loadDict`.
   * - `.ini` (also `.cfg`, `.conf`): as Bottle reads it with Python's `configparser`. Sections become prefixes, except
   *   `[bottlenose]`, `[bottle]` and `[ROOT]`; `[DEFAULT]` contains values for all sections; keys are lower-cased; `#` and `;` begin
   *   comments on separate lines; lines with deeper indentation continue a value; `${key}` and `${section:key}` insert other values;
   *   `$$` is a `$`.
   * - `.env` (also `.env.local` and similar names): as Node reads it. Names are unchanged, except that `SQLITE__FILE` becomes
   *   `sqlite.file`.
   *
   * Values of the last two formats are strings: `define` converts them.
   *
   * @param path Relative to the working directory, or a `file:` URL.
   * @throws ConfigError with file and line, if the file is missing or broken, or a value is rejected.
   * @example config.loadFile('app.ini')
   */
  loadFile(path: string | URL, { format }: { format?: ConfigFormat } = {}): this {
    const content = readConfigFile(path, format);
    if ('entries' in content) return this.#commit(content.entries);
    return this.#commit(flatten(content.nested, '', content.place));
  }

  /**
   * Creates a config that inherits this one's values, including later changes, unless it sets its own. Its own values do not affect
   * this config. Its listeners are called for inherited changes, and definitions are shared. This config refers to it weakly.
   *
   * @param values Initial own values, as for `loadDict`.
   */
  overlay(values?: ConfigValues): ConfigDict {
    return overlayOf(this, values);
  }

  /**
   * Makes this config an overlay of another one, which replaces its current parent. Its own values remain, and all others are
   * inherited from that config. Its listeners are called for the resulting changes.
   *
   * @throws ConfigError if that config is this one, or an overlay of it.
   */
  overlayOn(config: ConfigDict): this {
    const parent = config[TARGET]();
    for (let one: ConfigDict | undefined = parent; one; one = one.#parent) {
      if (one === this) throw new ConfigError('A config cannot be an overlay of itself.');
    }
    const before = new Map(this.entries());
    if (this.#isSubscribed) this.#parent?.[UNSUBSCRIBE](this);
    this.#isSubscribed = false;
    this.#parent = parent;
    if (this.#subscriptions.length > 0 || this.#subscribedOverlays) this.#subscribe();
    for (const key of new Set([...before.keys(), ...this.keys()])) this.#notify(key, this.get(key), before.get(key));
    return this.#self;
  }

  /**
   * Calls a function after each change of a value seen here: set, deleted or inherited.
   *
   * @param key The only key to observe. Default: all.
   * @returns A function that removes the listener.
   * @example const stop = config.onChange((key, value) => console.log(key, value));
   */
  onChange(listener: ConfigListener, key?: string): () => void {
    const subscription = { listener, key };
    this.#subscriptions = [...this.#subscriptions, subscription];
    this.#subscribe();
    return () => {
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /**
   * Defines the purpose of a key, how its values are checked and converted, and its default (Bottle's `meta_set` with `filter`).
   * Existing values of this config and its parents are converted now. Members that this definition omits keep those of an earlier
   * one. Applies to this config, its parents and all overlays.
   *
   * @throws ConfigError if the current value or the default is rejected.
   * @example config.define('sqlite.timeout', { default: 5000, convert: Number, help: 'Milliseconds to wait for a lock.' });
   */
  define(key: string, definition: ConfigDefinition): this {
    const name = checkKey(key);
    const known = this.#definitions.get(name);
    const whole = { ...known, ...definition };
    if (whole.convert !== known?.convert) this.#reconvert(name, whole);
    this.#definitions.set(name, whole);
    if (definition.default !== undefined) this.setDefault(name, definition.default);
    return this.#self;
  }

  /** The definition of a key, as passed to `define`. */
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
   * A copy as nested objects: `{ sqlite: { file: 'blog.db' } }`. Below a key that has a value itself, the rest of the key stays
   * dotted: `{ a: 1, 'a.b': 2 }`, so that `loadDict` restores the same values.
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

  [UNSUBSCRIBE](overlay: ConfigDict): void {
    this.#subscribedOverlays?.delete(overlay);
  }

  /** The nearest config, from this one upwards, that has its own value for the key. */
  #configWith(key: string): ConfigDict | undefined {
    let config: ConfigDict | undefined = this;
    while (config && !config.#values.has(key)) config = config.#parent;
    return config;
  }

  #below(namespace: string): Map<string, unknown> {
    const prefix = String(joinKeys(namespace, ''));
    const found = new Map<string, unknown>();
    for (const [key, value] of this.entries()) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
    return found;
  }

  #commit(entries: readonly ConfigEntry[]): this {
    // All entries are checked before one is set, and all are set before listeners are called.
    const checked = entries
      .filter(({ value }) => value !== undefined)
      .map(({ key, value, place }) => {
        const name = checkKey(key, place);
        return [name, convertValue(name, value, this.#definition(name), place)] as const;
      });
    const changes = checked.map(([key, value]) => {
      const previous = this.get(key);
      this.#values.set(key, value);
      return [key, value, previous] as const;
    });
    for (const [key, value, previous] of changes) this.#notify(key, value, previous);
    return this.#self;
  }

  #reconvert(key: string, definition: ConfigDefinition): void {
    const found: [ConfigDict, unknown][] = [];
    for (let config: ConfigDict | undefined = this; config; config = config.#parent) {
      // The definitions of a mounted app do not apply to the outer app.
      if (config.#definitions !== this.#definitions) break;
      if (config.#values.has(key)) found.push([config, convertValue(key, config.#values.get(key), definition)]);
    }
    for (const [config, value] of found) {
      const previous = config.#values.get(key);
      config.#values.set(key, value);
      config.#notify(key, value, previous);
    }
  }

  #notify(key: string, value: unknown, previous: unknown): void {
    if (Object.is(value, previous)) return;
    for (const { listener, key: only } of this.#subscriptions) {
      if (only === undefined || only === key) listener(key, value, previous, this.#self);
    }
    for (const overlay of this.#subscribedOverlays ?? []) {
      if (!overlay.#values.has(key)) overlay.#notify(key, value, previous);
    }
  }

  #definition(key: string): ConfigDefinition | undefined {
    let config: ConfigDict | undefined = this;
    while (config && !config.#definitions.has(key)) config = config.#parent;
    return config ? config.#definitions.get(key) : undefined;
  }

  /** Subscribes to changes of the parent. The parent refers to its overlays weakly, so that unused ones can be collected. */
  #subscribe(): void {
    if (!this.#parent || this.#isSubscribed) return;
    this.#isSubscribed = true;
    this.#parent.#subscribedOverlays ??= new IterableWeakSet();
    this.#parent.#subscribedOverlays.add(this);
    this.#parent.#subscribe();
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
