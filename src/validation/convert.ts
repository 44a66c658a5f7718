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
  /** The same for a value of JSON, which has a type of its own: a number is no text, and 1 not `true`. */
  fromJson(value: unknown): unknown;
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
// All ranges are checked here: what is not ISO 8601, `Date` reads in ways of its own (0001-13-01 as a day of 2001).
const DATE =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/i;

const TRUE = new Set(['true', '1', 'on', 'yes', '']);
const FALSE = new Set(['false', '0', 'off', 'no']);

const NUMBERS: Converter = {
  constraint: 'isNumber',
  demand: 'must be a number',
  convert: (text) => {
    const trimmed = text.trim();
    if (!NUMBER.test(trimmed)) return INVALID;
    const value = Number(trimmed);
    return Number.isFinite(value) && !isAltered(trimmed, value) ? value + 0 : INVALID;
  },
  fromJson: (value) => (typeof value === 'number' ? value : fromText(NUMBERS, value)),
};

/** Whether a whole number silently became another one: post 9007199254740993 must not become post …992. */
function isAltered(text: string, value: number): boolean {
  if (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(text)) return false;
  const digits = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  return digits !== String(value) && BigInt(digits) !== BigInt(value);
}

const BOOLEANS: Converter = {
  constraint: 'isBoolean',
  demand: 'must be true or false',
  convert: (text) => {
    const word = text.trim().toLowerCase();
    if (TRUE.has(word)) return true;
    return FALSE.has(word) ? false : INVALID;
  },
  fromJson: (value) => (typeof value === 'boolean' ? value : value === '' ? INVALID : fromText(BOOLEANS, value)),
};

const DATES: Converter = {
  constraint: 'isDate',
  demand: 'must be an ISO 8601 date',
  convert: (text) => {
    const trimmed = text.trim();
    if (!DATE.test(trimmed)) return INVALID;
    const date = new Date(inJavaScript(trimmed));
    return Number.isNaN(date.getTime()) || !isDayOfMonth(trimmed) ? INVALID : date;
  },
  fromJson: (value) => fromText(DATES, value),
};

/** ISO 8601 in the one form that JavaScript is bound to read. */
function inJavaScript(text: string): string {
  return text
    .toUpperCase()
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

/** `Date` itself rolls the 31st of February over into March. */
function isDayOfMonth(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  // By way of a year with the same leap day, as `Date.UTC` takes the years before 100 for those of the 20th century.
  return day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const BIGINTS: Converter = {
  constraint: 'isInt',
  demand: 'must be a whole number',
  convert: (text) => {
    const trimmed = text.trim().replace(/^\+(?=\d)/, '');
    return /^-?\d{1,1000}$/.test(trimmed) ? BigInt(trimmed) : INVALID;
  },
  fromJson: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : fromText(BIGINTS, value)),
};

const STRINGS: Converter = {
  constraint: 'isString',
  demand: 'must be a string',
  convert: (text) => text,
  fromJson: (value) => fromText(STRINGS, value),
};

function fromText(converter: Converter, value: unknown): unknown {
  return typeof value === 'string' ? converter.convert(value) : INVALID;
}

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

/** For an enumeration of numbers, or of numbers and texts. `undefined` where all members are texts, as what came already is one. */
export function enumConverter(entity: object): Converter | undefined {
  const numbers = new Set(Object.values(entity).filter((value) => typeof value === 'number'));
  if (numbers.size === 0) return undefined;
  const convert = (text: string): unknown => {
    const value = NUMBERS.convert(text);
    return numbers.has(value as number) ? value : text;
  };
  return { constraint: 'isEnum', demand: 'must be one of the known values', convert, fromJson: (value) => value };
}
