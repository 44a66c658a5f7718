import { ConfigError } from './config-files.js';

/** The definition of a key. */
export interface ConfigDefinition {
  /** Set at once unless the key has a value. */
  default?: unknown;
  /** Checks and converts each value of this key before it is set. Throws or returns `NaN` to reject a value. */
  convert?: (value: unknown) => unknown;
  /** The purpose of the key. */
  help?: string;
}

/** A value to be set, before its key is checked. */
export interface ConfigEntry {
  key: unknown;
  value: unknown;
  /** Its place in a file, as a prefix of messages: `app.ini:3`. */
  place?: string;
}

/** Checks a key. @throws ConfigError unless it is a string of names joined by single dots */
export function checkKey(key: unknown, place?: string): string {
  const problem =
    typeof key !== 'string'
      ? `it is ${typeof key === 'symbol' ? 'a symbol' : `of type ${typeof key}`}, not a string`
      : key === ''
        ? 'it is empty'
        : key.split('.').includes('')
          ? 'a part beside one of its dots is empty'
          : key.split('.').some((part) => part !== part.trim())
            ? 'there is space at an end of it or beside a dot'
            : /[\u0000-\u001f\u007f]/.test(key)
              ? 'it contains a control character'
              : undefined;
  if (problem === undefined) return key as string;
  const shown = typeof key === 'string' ? JSON.stringify(key) : String(key);
  throw new ConfigError(
    `${placePrefix(place)}${shown} cannot be a config key: ${problem}. Join names by single dots, as in "sqlite.file".`,
  );
}

/** Applies `convert` of the definition to a value. Messages do not show the value: it may be a secret. @throws ConfigError */
export function convertValue(key: string, value: unknown, definition: ConfigDefinition | undefined, place?: string): unknown {
  if (!definition?.convert) return value;
  const refuse = (reason: string, cause?: unknown): never => {
    const help = definition.help ? ` Purpose: ${definition.help}` : '';
    throw new ConfigError(`${placePrefix(place)}the value of config ${JSON.stringify(key)} is refused: ${reason}${help}`, {
      cause,
    });
  };
  let result: unknown;
  try {
    result = definition.convert(value);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return refuse(/[.!?]$/.test(message) ? message : `${message}.`, cause);
  }
  if (Number.isNaN(result)) return refuse('it is not a number.');
  if (result === undefined) return refuse('its convert function returned undefined. Let it return the value, or throw.');
  return result;
}

/** Joins a namespace and a key. Leading and trailing dots of the namespace are ignored, as in Bottle. */
export function joinKeys(namespace: string, key: unknown): unknown {
  const prefix = namespace.replace(/^\.+|\.+$/g, '');
  return prefix === '' || typeof key !== 'string' ? key : `${prefix}.${key}`;
}

/** The keys and values of an object, a `Map` or a config. @throws ConfigError for other values */
export function pairsOf(values: object): [unknown, unknown][] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(`Configuration must be an object or a Map with values by key, not ${describe(values)}.`);
  }
  if (isIterable(values)) {
    const pairs = [...values];
    if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs as [unknown, unknown][];
    throw new ConfigError('Configuration must be an object or a Map with values by key, not a list of something else.');
  }
  const symbols = Object.getOwnPropertySymbols(values).map((symbol): [unknown, unknown] => [symbol, true]);
  return [...Object.entries(values), ...symbols];
}

function isIterable(values: object): values is Iterable<unknown> {
  return Symbol.iterator in values;
}

/** The values of nested objects with their dotted keys. @throws ConfigError for objects that contain themselves */
export function flatten(nested: object, namespace: string, place?: string, outer: readonly object[] = []): ConfigEntry[] {
  if (outer.includes(nested)) {
    throw new ConfigError(
      `${placePrefix(place)}config ${JSON.stringify(namespace)} contains itself. Load objects without circles.`,
    );
  }
  const inner = [...outer, nested];
  return pairsOf(nested).flatMap(([name, value]): ConfigEntry[] => {
    const key = joinKeys(namespace, name);
    if (!isNested(value)) return [{ key, value, place }];
    return flatten(value, checkKey(key, place), place, inner);
  });
}

/** Whether an object is a namespace: a plain object or a `Map`, but not an instance of a class. */
function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // `Object.prototype` of any realm has no prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Converts values by dotted key to a flat object. */
export function flatObject(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of values) defineValue(flat, key, value);
  return flat;
}

/** Converts values by dotted key to nested objects. Below a key that has a value itself, the rest of the key stays dotted. */
export function nestedObject(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of values) {
    let branch = root;
    let start = 0;
    for (let dot = key.indexOf('.'); dot >= 0 && !values.has(key.slice(0, dot)); dot = key.indexOf('.', start)) {
      const name = key.slice(start, dot);
      if (!Object.hasOwn(branch, name)) defineValue(branch, name, {});
      branch = branch[name] as Record<string, unknown>;
      start = dot + 1;
    }
    defineValue(branch, key.slice(start), value);
  }
  return root;
}

/** Sets a property of any name, even `__proto__`, without changing the prototype. */
function defineValue(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function placePrefix(place: string | undefined): string {
  return place === undefined ? '' : `${place}: `;
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
