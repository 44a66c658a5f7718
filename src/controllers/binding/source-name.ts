import type { Parameter } from '../decorators/parameter.js';
import type { Scope } from './binding-scope.js';
import { availableNames } from './provider-source.js';

/**
 * Returns a parameter under the name that its source means. Compilers rename a parameter that shadows another name by appending digits
 * (swc: `crypto1`; esbuild and tsx: `crypto2`), and `noUnusedParameters` demands an underscore before an unused one. The name is only
 * changed if nothing provides the written one, something provides the other one, and no other parameter of the method has it.
 */
export function withSourceName(parameter: Parameter, siblings: readonly Parameter[], scope: Scope): Parameter {
  const { name, source } = parameter;
  if (name === undefined || !isBoundByName(source?.kind) || source?.name !== undefined) return parameter;
  const names = new Set(availableNames(scope));
  if (names.has(name)) return parameter;
  const meant = possibleNames(name).find((one) => names.has(one) && !siblings.some((other) => other.name === one));
  return meant === undefined ? parameter : { ...parameter, name: meant };
}

function isBoundByName(kind: string | undefined): boolean {
  return kind === undefined || kind === 'param' || kind === 'inject';
}

/** `_db22` may stand for `_db2`, `_db`, `db22`, `db2` and `db`, in this order. */
function possibleNames(name: string): string[] {
  const digits = /(?<=\D)\d+$/.exec(name)?.[0].length ?? 0;
  const names = Array.from({ length: digits + 1 }, (_, count) => name.slice(0, name.length - count));
  return [...names, ...names.map((one) => one.replace(/^_+/, ''))];
}
