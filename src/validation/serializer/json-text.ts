/** Up to here looking through a text is faster than calling `JSON.stringify` for it. */
const SHORT = 40;
/** And up to here a regular expression is. */
const MEDIUM = 4000;

// What `JSON.stringify` escapes: quotes, backslashes, control characters and lone surrogates (any surrogate will do to ask it).
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** JSON of a text. */
export function quote(text: string): string {
  const { length } = text;
  if (length > SHORT) return length > MEDIUM || SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}

const { toJSON: dateToJson } = Date.prototype;

/** JSON of a value under a key, as `JSON.stringify` makes it; `undefined` where that leaves the key out. */
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
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return underKey(value, key);
      return JSON.stringify(value);
    case 'undefined':
    case 'symbol':
      return undefined;
    default:
      // A function with a `toJSON`, a big integer: odd, and told its key.
      return underKey(value, key);
  }
}

/** What a `toJSON` gives may depend on the key. */
function underKey(value: unknown, key: string): string | undefined {
  const text = JSON.stringify({ [key]: value });
  return text === '{}' ? undefined : text.slice(JSON.stringify(key).length + 2, -1);
}
