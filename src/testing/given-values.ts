import type { Callback, Plugin } from '../app/wiring/plugin.js';
import type { Parameter } from '../controllers/decorators/controller-description.js';
import { keysOf } from '../app/wiring/effective-plugins.js';
import { nearest } from '../support/nearest.js';

/** The values that replace plugins, by keyword, or by the class that parameters declare. */
export type Values =
  | Readonly<Record<string, unknown>>
  | ReadonlyMap<string | Function, unknown>
  | readonly (readonly [string | Function, unknown])[];

/** The entries of the values. @throws TypeError for a key that is neither a keyword nor a class. */
export function entriesOf(values: Values, caller: string): [string | Function, unknown][] {
  const entries = Symbol.iterator in values ? [...(values as Iterable<[string | Function, unknown]>)] : Object.entries(values);
  for (const [key] of entries) {
    if (typeof key === 'string' || typeof key === 'function') continue;
    throw new TypeError(`${caller}: the key of a value must be a keyword or a class, not a ${typeof key}.`);
  }
  return entries;
}

/** Whether a value is a plugin that provides what it is given for, such as `SQLitePlugin.over(database)` for `db`. */
export function isPluginFor(key: string | Function, value: unknown): value is Plugin {
  if (typeof value !== 'object' || value === null) return false;
  const { around, apply } = value as Plugin;
  return (typeof around === 'function' || typeof apply === 'function') && keysOf(value as Plugin).includes(key);
}

/** Whether a parameter asks for a value, by its keyword or its declared class. */
export function asksFor(parameter: Parameter, key: string | Function, value: unknown): boolean {
  const { type, source } = parameter;
  if (keywordOf(parameter) === key || parameter.patternNames?.includes(key as string) === true) return true;
  return source === undefined && type !== undefined && (type === key || isInstance(value, type));
}

/** The keyword by which a parameter asks for a value. */
export function keywordOf({ name, source }: Parameter): string | undefined {
  if (source === undefined) return name;
  return source.kind === 'inject' ? (source.name ?? name) : undefined;
}

export function isInstance(value: unknown, type: Function): boolean {
  try {
    return value instanceof type;
  } catch {
    // `instanceof` may fail because the class needs a package that is not installed.
    return false;
  }
}

/** Provides one value. Wiring messages name plugins by their class. */
export class GivenValue implements Plugin {
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

/** The error for a value that nothing uses. */
export function unusedValue(
  key: string | Function,
  known: Iterable<string | Function>,
  caller: string,
  place: string,
): TypeError {
  const near = nearest(nameOf(key), [...known].filter((other) => other !== key).map(nameOf));
  const cure = near === undefined ? 'Remove it.' : `Did you mean '${near}'?`;
  return new TypeError(`${caller}: nothing in ${place} provides or asks for '${nameOf(key)}'. ${cure}`);
}

function nameOf(key: string | Function): string {
  return typeof key === 'string' ? key : key.name;
}
