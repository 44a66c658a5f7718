/** An error of a value, as listed in the `errors` member of RFC 9457 problem details. */
export interface ValueError {
  /** A JSON pointer (RFC 6901) into the sent data: `/tags/0`. */
  path: string;
  /** The name of the constraint: `isNumber`, `required`, or one of `class-validator`. */
  constraint: string;
  message: string;
  /** The value, as far as it was converted. Not sent to clients. */
  value?: unknown;
  /** The `context` of the decorator of `class-validator`. Not sent to clients. */
  context?: unknown;
}

/** The result of a converter for a text that is not of its type. */
export const INVALID: unique symbol = Symbol('invalid');

/** Converts texts to values of a declared type. */
export interface Converter {
  readonly constraint: string;
  /** The requirement for messages: `must be a number`. */
  readonly requirement: string;
  /** Whether an empty text is a value. An empty field of a form is otherwise a missing one. */
  readonly acceptsBlank: boolean;
  convert(text: string): unknown;
  /** Converts a JSON value, which has a type already: a number is not a text, and 1 is not `true`. */
  fromJson(value: unknown): unknown;
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
// All ranges are checked here, because `Date` interprets text that is not ISO 8601 in its own way (0001-13-01 as a day of 2001).
const DATE =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/i;

const TRUE = new Set(['true', '1', 'on', 'yes', '']);
const FALSE = new Set(['false', '0', 'off', 'no']);

const NUMBERS: Converter = {
  constraint: 'isNumber',
  requirement: 'must be a number',
  acceptsBlank: false,
  convert: (text) => {
    const trimmed = text.trim();
    if (!NUMBER.test(trimmed)) return INVALID;
    const value = Number(trimmed);
    return Number.isFinite(value) && !changesValue(trimmed, value) ? value + 0 : INVALID;
  },
  fromJson: (value) => (typeof value === 'number' ? value : fromText(NUMBERS, value)),
};

/** Whether a whole number changed silently: post 9007199254740993 must not become post …992. */
function changesValue(text: string, value: number): boolean {
  if (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(text)) return false;
  const digits = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  return digits !== String(value) && BigInt(digits) !== BigInt(value);
}

const BOOLEANS: Converter = {
  constraint: 'isBoolean',
  requirement: 'must be true or false',
  acceptsBlank: true,
  convert: (text) => {
    const word = text.trim().toLowerCase();
    if (TRUE.has(word)) return true;
    return FALSE.has(word) ? false : INVALID;
  },
  fromJson: (value) => (typeof value === 'boolean' ? value : value === '' ? INVALID : fromText(BOOLEANS, value)),
};

const DATES: Converter = {
  constraint: 'isDate',
  requirement: 'must be an ISO 8601 date',
  acceptsBlank: false,
  convert: (text) => {
    const trimmed = text.trim();
    if (!DATE.test(trimmed)) return INVALID;
    const date = new Date(toDateFormat(trimmed));
    return Number.isNaN(date.getTime()) || !isDayOfMonth(trimmed) ? INVALID : date;
  },
  fromJson: (value) => fromText(DATES, value),
};

/** ISO 8601 in the form that every JavaScript engine supports. */
function toDateFormat(text: string): string {
  return text
    .toUpperCase()
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

/** `Date` itself converts the 31st of February to a day in March. */
function isDayOfMonth(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  // Uses a year with the same leap day, because `Date.UTC` maps the years before 100 to the 20th century.
  return day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const BIGINTS: Converter = {
  constraint: 'isInt',
  requirement: 'must be a whole number',
  acceptsBlank: false,
  convert: (text) => {
    const trimmed = text.trim().replace(/^\+(?=\d)/, '');
    return /^-?\d{1,1000}$/.test(trimmed) ? BigInt(trimmed) : INVALID;
  },
  fromJson: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : fromText(BIGINTS, value)),
};

const STRINGS: Converter = {
  constraint: 'isString',
  requirement: 'must be a string',
  acceptsBlank: true,
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

/** The converter for a scalar type (`Number`, `Boolean`, `Date`, `String`, `BigInt`), or `undefined` for another type. */
export function converterFor(type: unknown): Converter | undefined {
  return CONVERTERS.get(type);
}

/** The converter for an enumeration with numbers. `undefined` if all members are texts, which need no conversion. */
export function enumConverter(entity: object): Converter | undefined {
  const numbers = new Set(Object.values(entity).filter((value) => typeof value === 'number'));
  if (numbers.size === 0) return undefined;
  const convert = (text: string): unknown => {
    const value = NUMBERS.convert(text);
    return numbers.has(value as number) ? value : text;
  };
  const acceptsBlank = Object.values(entity).includes('');
  const requirement = 'must be one of the known values';
  return { constraint: 'isEnum', requirement, acceptsBlank, convert, fromJson: (value) => value };
}
