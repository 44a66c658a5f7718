import { HTTPError } from '../http-error.js';
import { findJsonError } from './json-error.js';

/** What `parseJson` refuses. */
export interface JsonLimits {
  /** The deepest nesting of arrays and objects that is taken. Default: 200. */
  depth?: number;
}

const DEFAULT_DEPTH = 200;
const BOM = 0xfeff;
// An escape that may spell a letter of a dangerous key: _ or a lower-case letter.
const LETTER_ESCAPE = /\\u00[567]/;

/**
 * Parses JSON that a client sent: as `JSON.parse`, but refuses `__proto__` keys (and `constructor` holding `prototype`), which
 * would poison prototypes where they are copied, and nesting so deep that code walking it would overflow the stack. A byte order
 * mark is passed over.
 *
 * @throws HTTPError 400: `BN_JSON_SYNTAX` with line and column of the first mistake, `BN_JSON_KEY`, or `BN_JSON_DEPTH`. The
 *   message quotes at most one character of the text.
 * @example parseJson('{"a": [1, 2]}') // { a: [1, 2] }
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  const json = text.charCodeAt(0) === BOM ? text.slice(1) : text;
  const depth = limits.depth ?? DEFAULT_DEPTH;
  if (json.length > depth && isDeeper(json, depth)) {
    throw new HTTPError(400, `The JSON is nested deeper than ${depth} levels.`, { code: 'BN_JSON_DEPTH' });
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const place = findJsonError(json);
    throw new HTTPError(400, `Broken JSON${place ? ` at ${place}` : ''}.`, { code: 'BN_JSON_SYNTAX', cause });
  }
  if (typeof value === 'object' && value !== null && isSuspicious(json)) refuseKeys(value);
  return value;
}

/**
 * Whether a text may hold a dangerous key: `__proto__`, or `constructor` and in it `prototype`. Plain searches first: they are many
 * times faster than an expression, and for what all of these have in common one will do.
 */
function isSuspicious(json: string): boolean {
  if (json.includes('proto')) return true;
  return json.includes('\\') && LETTER_ESCAPE.test(json);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets outside strings nest deeper than that. */
function isDeeper(json: string, limit: number): boolean {
  const length = json.length;
  let depth = 0;
  for (let at = 0; at < length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      // To the quote that closes. Strings are short as a rule: a search for each would take longer than this walk.
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

/** Throws if a key is one that poisons. `JSON.parse` makes `__proto__` an own property, so keys can be looked at afterwards. */
function refuseKeys(root: object): void {
  const queue: object[] = [root];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (!Array.isArray(value)) {
      if (Object.hasOwn(value, '__proto__')) throw poisoned('"__proto__"');
      const constructor: unknown = Object.hasOwn(value, 'constructor') ? value.constructor : undefined;
      if (typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype')) {
        throw poisoned('"constructor" with "prototype" inside');
      }
    }
    for (const part of Object.values(value) as unknown[]) {
      if (typeof part === 'object' && part !== null) queue.push(part);
    }
  }
}

function poisoned(key: string): HTTPError {
  return new HTTPError(400, `The JSON has a key that is not allowed: ${key}.`, { code: 'BN_JSON_KEY' });
}
