import { HTTPError } from '../http-error.js';
import { findJsonError } from './json-error.js';

/** Limits of `parseJson`. */
interface JsonLimits {
  /** The maximum nesting of arrays and objects. Default: 200. */
  depth?: number;
}

const DEFAULT_DEPTH = 200;
const BOM = 0xfeff;
// An escape that can stand for a character of an unsafe key: _ or a lower-case letter.
const LETTER_ESCAPE = /\\u00[567]/;

/**
 * Parses JSON that a client sent, like `JSON.parse`. Rejects `__proto__` keys (and `constructor` with `prototype` inside), which
 * cause prototype pollution where they are copied. Rejects deep nesting, which would overflow the stack of recursive code. Ignores
 * a byte order mark.
 *
 * @throws HTTPError 400: `BN_JSON_SYNTAX` with line and column of the first mistake, `BN_JSON_KEY`, or `BN_JSON_DEPTH`. The
 *   message quotes at most one character of the text.
 * @example parseJson('{"a": [1, 2]}') // { a: [1, 2] }
 */
export function parseJson(text: string, limits?: JsonLimits): unknown {
  const json = text.charCodeAt(0) === BOM ? text.slice(1) : text;
  const depth = limits?.depth ?? DEFAULT_DEPTH;
  if (json.length > depth && isNestedDeeper(json, depth)) {
    throw new HTTPError(400, `The JSON is nested deeper than ${depth} levels.`, { code: 'BN_JSON_DEPTH' });
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const place = findJsonError(json);
    throw new HTTPError(400, `Broken JSON${place ? ` at ${place}` : ''}.`, { code: 'BN_JSON_SYNTAX', cause });
  }
  if (typeof value === 'object' && value !== null && mayHaveUnsafeKey(json)) checkKeys(value);
  return value;
}

/**
 * Whether a text may contain an unsafe key: `__proto__`, or `constructor` with `prototype` inside. Searches for the common substring
 * first, which is faster than a regular expression.
 */
function mayHaveUnsafeKey(json: string): boolean {
  if (json.includes('proto')) return true;
  return json.includes('\\') && LETTER_ESCAPE.test(json);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets outside of strings are nested deeper than the limit. */
function isNestedDeeper(json: string, limit: number): boolean {
  const length = json.length;
  let depth = 0;
  for (let at = 0; at < length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      // Most strings are short, so this loop is faster than `indexOf`.
      for (at++; at < length; at++) {
        const inside = json.charCodeAt(at);
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) at++;
      }
    } else if (code >= 0x5b) {
      // Brackets and braces differ in one bit: [ { and ] }.
      const bracket = code & ~0x20;
      if (bracket === 0x5b) {
        if (++depth > limit) return true;
      } else if (bracket === 0x5d) depth--;
    }
  }
  return false;
}

/** Throws for an unsafe key. `JSON.parse` makes `__proto__` an own property, so a check after parsing is possible. */
function checkKeys(root: object): void {
  const queue: object[] = [root];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (!Array.isArray(value)) {
      if (Object.hasOwn(value, '__proto__')) throw forbiddenKey('"__proto__"');
      const constructor: unknown = Object.hasOwn(value, 'constructor') ? value.constructor : undefined;
      if (typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype')) {
        throw forbiddenKey('"constructor" with "prototype" inside');
      }
    }
    for (const part of Object.values(value) as unknown[]) {
      if (typeof part === 'object' && part !== null) queue.push(part);
    }
  }
}

function forbiddenKey(key: string): HTTPError {
  return new HTTPError(400, `The JSON has a key that is not allowed: ${key}.`, { code: 'BN_JSON_KEY' });
}
