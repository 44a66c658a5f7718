import { FilterValueError } from './route-error.js';
import { parseInteger } from './filters.js';
import { restoreSlashes } from './path.js';
import type { CompiledWildcard } from './wildcard.js';

/** How a wildcard's text becomes its value: `text` as it is, `integer` digit by digit, `parse` by its filter. */
export type Conversion = 'text' | 'integer' | 'parse';

const shared = new Map<string, readonly Conversion[]>();

/**
 * The conversions of a rule's wildcards. Rules that convert alike share one list, so that among thousands of rules a match finds
 * it where the processor has it at hand.
 */
export function conversionsOf(wildcards: readonly CompiledWildcard[]): readonly Conversion[] {
  const conversions = wildcards.map((wildcard): Conversion => {
    // Bottle does not parse what nobody can ask for.
    if (wildcard.name === undefined || wildcard.made.parse === undefined) return 'text';
    return wildcard.made.parse === parseInteger ? 'integer' : 'parse';
  });
  const key = conversions.join();
  const known = shared.get(key);
  if (known === undefined) shared.set(key, conversions);
  return known ?? conversions;
}

/** The wildcards' texts, cut out of a path by start and end. All at once, since a `parse` may use the router itself. */
export function textsAt(count: number, path: string, spans: Int32Array): string[] {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(path.slice(spans[i * 2], spans[i * 2 + 1]));
  return texts;
}

/**
 * The wildcards' values made from their texts, in which encoded slashes become slashes.
 *
 * @param rule The rule's text, for the error.
 * @throws FilterValueError if a filter's `parse` throws.
 */
export function valuesOf(rule: string, wildcards: readonly CompiledWildcard[], texts: readonly string[]): unknown[] {
  return wildcards.map((wildcard, i) => valueOf(rule, wildcard, restoreSlashes(texts[i] as string)));
}

function valueOf(rule: string, wildcard: CompiledWildcard, text: string): unknown {
  if (wildcard.name === undefined || wildcard.made.parse === undefined) return text;
  try {
    return wildcard.made.parse(text);
  } catch (cause) {
    throw new FilterValueError(rule, `<${wildcard.name}>`, wildcard.filter, text, cause);
  }
}
