import { isDecorated, toPlain } from '../transformer-metadata.js';

/** Up to this length, a loop over the text is faster than `JSON.stringify` (benchmark: `bench/serializer.ts`). */
const MAX_LOOP_LENGTH = 40;
/** Up to this length, a regular expression is faster. */
const MAX_REGEX_LENGTH = 4000;

// The characters that `JSON.stringify` escapes: quotes, backslashes, control characters and lone surrogates. For any surrogate,
// `JSON.stringify` is called.
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Converts a text to JSON. */
export function quote(text: string): string {
  const { length } = text;
  if (length > MAX_LOOP_LENGTH) return length > MAX_REGEX_LENGTH || SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}

const { toJSON: dateToJson } = Date.prototype;

/** Converts a value to JSON like `JSON.stringify`; `undefined` if the key is omitted. */
export function valueText(value: unknown, key: string): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return value - value === 0 ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Date && value.toJSON === dateToJson) {
        return Number.isNaN(value.getTime()) ? 'null' : `"${value.toISOString()}"`;
      }
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return stringifyWithKey(value, key);
      return Array.isArray(value) && !value.some(isObject) ? JSON.stringify(value) : JSON.stringify(value, plainForm);
    case 'undefined':
    case 'symbol':
      return undefined;
    default:
      // A function with a `toJSON`, or a bigint. Its `toJSON` receives the key.
      return stringifyWithKey(value, key);
  }
}

/** The result of a `toJSON` may depend on the key. */
function stringifyWithKey(value: unknown, key: string): string | undefined {
  const text = JSON.stringify({ [key]: value }, plainForm);
  return text === '{}' ? undefined : text.slice(JSON.stringify(key).length + 2, -1);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' || typeof value === 'function';
}

/**
 * The form of a value whose class is not declared, for `JSON.stringify`: sets become arrays, maps become objects, and
 * `class-transformer` converts instances of the classes that it knows, so that properties with `@Exclude` are not sent.
 */
function plainForm(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (value instanceof Set) return [...value];
  if (value instanceof Map) return Object.fromEntries(value);
  const Class: unknown = value.constructor;
  return typeof Class === 'function' && Class !== Object && isDecorated(Class) ? toPlain(value) : value;
}
