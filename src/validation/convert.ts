/** One thing that is wrong with a value: what RFC 9457's `errors` member lists. */
export interface ValueError {
  /** JSON pointer (RFC 6901) into what was sent: `/tags/0`. */
  path: string;
  /** The constraint's name: `isNumber`, `required`, or `class-validator`'s. */
  constraint: string;
  message: string;
}

/** What a converter gives for a text that is none of its type. */
export const INVALID: unique symbol = Symbol('invalid');

/** Makes a value of a declared type from the text that came over the wire. */
export interface Converter {
  readonly constraint: string;
  /** What a value must be: `must be a number`. */
  readonly demand: string;
  convert(text: string): unknown;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;

const TRUE = new Set(['true', '1', 'on', 'yes', '']);
const FALSE = new Set(['false', '0', 'off', 'no']);

const NUMBERS: Converter = {
  constraint: 'isNumber',
  demand: 'must be a number',
  convert: (text) => {
    const trimmed = text.trim();
    if (!NUMBER.test(trimmed)) return INVALID;
    const value = Number(trimmed);
    return Number.isFinite(value) ? value : INVALID;
  },
};

const BOOLEANS: Converter = {
  constraint: 'isBoolean',
  demand: 'must be true or false',
  convert: (text) => {
    const word = text.trim().toLowerCase();
    if (TRUE.has(word)) return true;
    return FALSE.has(word) ? false : INVALID;
  },
};

const DATES: Converter = {
  constraint: 'isDate',
  demand: 'must be an ISO 8601 date',
  convert: (text) => {
    const trimmed = text.trim();
    if (!DATE.test(trimmed)) return INVALID;
    const date = new Date(trimmed);
    // Date rolls the 31st of February over into March.
    const day = Number(trimmed.slice(8, 10));
    const exists = day <= new Date(Date.UTC(Number(trimmed.slice(0, 4)), Number(trimmed.slice(5, 7)), 0)).getUTCDate();
    return Number.isNaN(date.getTime()) || !exists ? INVALID : date;
  },
};

const BIGINTS: Converter = {
  constraint: 'isInt',
  demand: 'must be a whole number',
  convert: (text) => (/^[+-]?\d{1,1000}$/.test(text.trim()) ? BigInt(text.trim()) : INVALID),
};

const STRINGS: Converter = { constraint: 'isString', demand: 'must be a string', convert: (text) => text };

const CONVERTERS = new Map<unknown, Converter>([
  [Number, NUMBERS],
  [Boolean, BOOLEANS],
  [Date, DATES],
  [String, STRINGS],
  [BigInt, BIGINTS],
]);

/** The converter for a scalar type (`Number`, `Boolean`, `Date`, `String`, `BigInt`), or `undefined` for any other. */
export function converterFor(type: unknown): Converter | undefined {
  return CONVERTERS.get(type);
}
