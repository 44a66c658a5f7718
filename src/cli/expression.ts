import { nearest } from '../support/nearest.js';
import { usage } from './command-error.js';

/** The names that an expression may use, by what they stand for. */
export type Names = ReadonlyMap<string, unknown>;

type Evaluate = (scope: object) => Promise<unknown>;

/**
 * The names of a module: its exports, with those of a CommonJS module that it did not declare, and `exports` for all of them.
 */
export function namesOf(namespace: object): Names {
  const names = new Map<string, unknown>();
  const all = (from: object): void => {
    for (const [name, value] of Object.entries(from)) if (!names.has(name)) names.set(name, value);
  };
  all(namespace);
  const whole = 'default' in namespace ? namespace.default : undefined;
  // What `module.exports` is: not every name of it can be found without running it.
  const isCommonJS = 'module.exports' in namespace || '__esModule' in namespace || isBag(whole);
  if (isCommonJS && typeof whole === 'object' && whole !== null) all(whole);
  names.delete('module.exports');
  return names.set('exports', namespace);
}

function isBag(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Evaluates an expression over some names and the language's own globals. It may `await`, and what it gives is awaited. Classes
 * may be called without `new`, as in Python.
 *
 * @param where What to call it in messages: `app.ts`.
 * @throws CommandError for what is no expression, or names what is not there. What it throws itself is passed on.
 */
export async function evaluate(expression: string, names: Names, where: string): Promise<unknown> {
  // `default` is a keyword, and yet the name of an export.
  const source = expression.replace(/(?<![\w$.'"`])default(?![\w$'"`]|\s*:)/g, 'exports.default');
  let run: Evaluate;
  try {
    const AsyncFunction = (async () => undefined).constructor as new (...source: string[]) => Evaluate;
    // Checked alone first, so that nothing can close the parenthesis and go on.
    new AsyncFunction(`return (\n${source}\n)`);
    run = new AsyncFunction('scope', `with (scope) { return (\n${source}\n) }`);
  } catch (error) {
    throw usage(`'${expression}' is no expression: ${(error as Error).message}.`, { cause: error });
  }
  const scope = new Proxy(Object.create(null) as Record<string, unknown>, {
    has: (_, name) => typeof name === 'string' && (names.has(name) || !(name in globalThis)),
    get: (_, name) => {
      if (typeof name !== 'string') return undefined;
      if (names.has(name)) return callable(names.get(name));
      throw unknownName(name, names, where);
    },
  });
  return instance(await run(scope));
}

const originals = new WeakMap<object, unknown>();

/** A class that can be called without `new`. */
function callable(value: unknown): unknown {
  if (!isClass(value)) return value;
  const proxy = new Proxy(value, { apply: (target, _self, args) => Reflect.construct(target, args) });
  originals.set(proxy, value);
  return proxy;
}

/** What was meant by a stand-in of {@link callable}. */
function instance(value: unknown): unknown {
  return typeof value === 'function' && originals.has(value) ? originals.get(value) : value;
}

export function isClass(value: unknown): value is new (...args: unknown[]) => object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function unknownName(name: string, names: Names, where: string) {
  const known = [...names.keys()].filter((one) => one !== 'exports');
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  const there = known.length === 0 ? 'it exports nothing' : `it exports ${known.slice(0, 12).join(', ')}`;
  return usage(`${where} has no '${name}': ${there}.${hint}`);
}
