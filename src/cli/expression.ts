import { nearest } from '../support/nearest.js';
import { usage } from './command-error.js';

/** The names that an expression may use, with their values. */
type Names = ReadonlyMap<string, unknown>;

type Evaluate = (scope: object) => Promise<unknown>;

/** The names of a module: its exports, the undeclared exports of a CommonJS module, and `exports` for all of them. */
export function namesOf(namespace: object): Names {
  const names = new Map<string, unknown>();
  const addAll = (from: object): void => {
    for (const [name, value] of Object.entries(from)) if (!names.has(name)) names.set(name, value);
  };
  addAll(namespace);
  const defaultExport = 'default' in namespace ? namespace.default : undefined;
  // The value of `module.exports`. Static analysis does not find all of its names.
  const isCommonJS = 'module.exports' in namespace || '__esModule' in namespace || isPlainObject(defaultExport);
  if (isCommonJS && typeof defaultExport === 'object' && defaultExport !== null) addAll(defaultExport);
  names.delete('module.exports');
  return names.set('exports', namespace);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Evaluates an expression with some names and the global names of the language. It may use `await`; its result is awaited.
 * Classes may be called without `new`, as in Python.
 *
 * @param where the name of the module for messages, such as `app.ts`.
 * @throws CommandError for an invalid expression or an unknown name. Errors of the expression itself are passed on.
 */
export async function evaluate(expression: string, names: Names, where: string): Promise<unknown> {
  // `default` is a keyword, but also the name of an export.
  const source = expression.replace(/(?<![\w$.'"`])default(?![\w$'"`]|\s*:)/g, 'exports.default');
  let run: Evaluate;
  try {
    const AsyncFunction = (async () => undefined).constructor as new (...source: string[]) => Evaluate;
    // Compiled alone first, so that the text cannot close the parenthesis and add statements.
    new AsyncFunction(`return (\n${source}\n)`);
    run = new AsyncFunction('scope', `with (scope) { return (\n${source}\n) }`);
  } catch (error) {
    throw usage(`'${expression}' is not an expression: ${(error as Error).message}.`, { cause: error });
  }
  const scope = new Proxy(Object.create(null) as Record<string, unknown>, {
    has: (_, name) => typeof name === 'string' && (names.has(name) || !(name in globalThis)),
    get: (_, name) => {
      if (typeof name !== 'string') return undefined;
      if (names.has(name)) return callable(names.get(name));
      throw unknownName(name, names, where);
    },
  });
  return unwrap(await run(scope));
}

const originals = new WeakMap<object, unknown>();

/** A class that can be called without `new`. */
function callable(value: unknown): unknown {
  if (!isClass(value)) return value;
  const proxy = new Proxy(value, { apply: (target, _self, args) => Reflect.construct(target, args) });
  originals.set(proxy, value);
  return proxy;
}

/** The original class of a proxy of {@link callable}. */
function unwrap(value: unknown): unknown {
  return typeof value === 'function' && originals.has(value) ? originals.get(value) : value;
}

export function isClass(value: unknown): value is new (...args: unknown[]) => object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function unknownName(name: string, names: Names, where: string) {
  const known = [...names.keys()].filter((one) => one !== 'exports');
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  const available = known.length === 0 ? 'it exports nothing' : `it exports ${known.slice(0, 12).join(', ')}`;
  return usage(`${where} has no '${name}': ${available}.${hint}`);
}
