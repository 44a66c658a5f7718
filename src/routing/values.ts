import { FilterValueError } from './errors.js';
import { parseFloating, parseInteger } from './filters.js';
import { restoreSlashes } from './path.js';
import type { CompiledWildcard, Rule } from './rule.js';

/** The longest run of digits that is certainly a safe integer. */
const SAFE_DIGITS = 15;

/**
 * The values of a rule's wildcards, cut out of a decoded path by start and end, and parsed. Anonymous ones stay text: Bottle does
 * not parse what nobody can ask for.
 *
 * @throws FilterValueError if a filter's `parse` throws.
 */
export function valuesAt(rule: Rule, path: string, spans: readonly number[], slashes: boolean): unknown[] {
  const { wildcards } = rule;
  const values: unknown[] = [];
  for (let i = 0; i < wildcards.length; i++) {
    const wildcard = wildcards[i] as CompiledWildcard;
    const start = spans[i * 2] as number;
    const end = spans[i * 2 + 1] as number;
    const { parse } = wildcard.made;
    if (parse === parseInteger && end - start <= SAFE_DIGITS && wildcard.name !== undefined) {
      values.push(integerAt(path, start, end));
      continue;
    }
    values.push(valueOf(rule, wildcard, path.slice(start, end), slashes));
  }
  return values;
}

/** The same for texts that are cut out already. */
export function valuesOf(rule: Rule, texts: readonly string[], slashes: boolean): unknown[] {
  return rule.wildcards.map((wildcard, i) => valueOf(rule, wildcard, texts[i] as string, slashes));
}

function valueOf(rule: Rule, wildcard: CompiledWildcard, raw: string, slashes: boolean): unknown {
  const text = slashes ? restoreSlashes(raw) : raw;
  const { made, name } = wildcard;
  if (made.parse === undefined || name === undefined) return text;
  try {
    if (made.parse === parseFloating) return parseFloating(text);
    return made.parse(text);
  } catch (cause) {
    throw new FilterValueError(rule.text, `<${name}>`, wildcard.filter, text, cause);
  }
}

function integerAt(path: string, start: number, end: number): number {
  const negative = path.charCodeAt(start) === 0x2d;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) value = value * 10 + path.charCodeAt(i) - 0x30;
  return negative && value !== 0 ? -value : value;
}
