import { FilterValueError } from './route-error.js';
import { parseInteger } from './filters.js';
import { restoreSlashes } from './path.js';
import type { CompiledWildcard } from './wildcard.js';

/** How a wildcard's text is converted: `text` unchanged, `integer` digit by digit, `parse` by its filter. */
export type Conversion = 'text' | 'integer' | 'parse';

const sharedLists = new Map<string, readonly Conversion[]>();

/**
 * The conversions of a rule's wildcards. Rules with equal conversions share one list, which then stays in the processor cache
 * even with thousands of rules.
 */
export function conversionsOf(wildcards: readonly CompiledWildcard[]): readonly Conversion[] {
  const conversions = wildcards.map((wildcard): Conversion => {
    // Bottle does not parse anonymous wildcards, because their values are not accessible.
    if (wildcard.name === undefined || wildcard.compiledFilter.parse === undefined) return 'text';
    return wildcard.compiledFilter.parse === parseInteger ? 'integer' : 'parse';
  });
  const key = conversions.join();
  const known = sharedLists.get(key);
  if (known === undefined) sharedLists.set(key, conversions);
  return known ?? conversions;
}

/** The texts of the wildcards, cut out of a path by start and end. All at once, because a `parse` may use the router itself. */
export function textsAt(count: number, path: string, spans: Int32Array): string[] {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(path.slice(spans[i * 2], spans[i * 2 + 1]));
  return texts;
}

/**
 * The values of the wildcards, converted from their texts. Encoded slashes become slashes.
 *
 * @param rule the rule's text, for the error.
 * @throws FilterValueError if a filter's `parse` throws.
 */
export function valuesOf(rule: string, wildcards: readonly CompiledWildcard[], texts: readonly string[]): unknown[] {
  return wildcards.map((wildcard, i) => valueOf(rule, wildcard, restoreSlashes(texts[i] as string)));
}

function valueOf(rule: string, wildcard: CompiledWildcard, text: string): unknown {
  if (wildcard.name === undefined || wildcard.compiledFilter.parse === undefined) return text;
  try {
    return wildcard.compiledFilter.parse(text);
  } catch (cause) {
    throw new FilterValueError(rule, `<${wildcard.name}>`, wildcard.filter, text, cause);
  }
}
