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

/** The longest run of digits, including a sign, that is certainly a safe integer. */
const SAFE_LENGTH = 15;

/**
 * The values of the wildcards, cut out of a path by start and end, or `null` if a filter must convert one of them.
 *
 * The lists are created with their final length, because V8 reserves room for further elements when an element is pushed.
 */
export function simpleValues(conversions: readonly Conversion[], path: string, spans: Int32Array): unknown[] | null {
  const { length } = conversions;
  const first = length > 0 ? simpleValue(conversions, 0, path, spans) : null;
  if (first === undefined) return null;
  if (length < 2) return length === 0 ? [] : [first];
  const second = simpleValue(conversions, 1, path, spans);
  if (second === undefined) return null;
  if (length === 2) return [first, second];
  const third = simpleValue(conversions, 2, path, spans);
  if (third === undefined) return null;
  const values = [first, second, third];
  for (let i = 3; i < length; i++) {
    const value = simpleValue(conversions, i, path, spans);
    if (value === undefined) return null;
    values.push(value);
  }
  return values;
}

/** `undefined` for a value that its filter must convert. */
function simpleValue(
  conversions: readonly Conversion[],
  i: number,
  path: string,
  spans: Int32Array,
): string | number | undefined {
  const start = spans[i * 2] as number;
  const end = spans[i * 2 + 1] as number;
  const conversion = conversions[i];
  if (conversion === 'text') return path.slice(start, end);
  return conversion === 'integer' && end - start <= SAFE_LENGTH ? integerAt(path, start, end) : undefined;
}

function integerAt(path: string, start: number, end: number): number {
  const negative = path.charCodeAt(start) === 0x2d;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) value = value * 10 + path.charCodeAt(i) - 0x30;
  return negative && value !== 0 ? -value : value;
}
