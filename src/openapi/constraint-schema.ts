import type { JSONSchema } from './document-types.js';
import { portablePattern } from './portable-pattern.js';

/** Converts a constraint of class-validator to JSON Schema keywords, as far as JSON Schema can express it. */
type Keywords = (constraints: readonly unknown[]) => JSONSchema | undefined;

const text = (more: JSONSchema = {}): Keywords => {
  return () => ({ type: 'string', ...more });
};
const pattern = (source: string): Keywords => text({ pattern: source });
const limit = (keyword: string, type?: string): Keywords => {
  return ([value]) => (typeof value === 'number' ? { ...(type !== undefined && { type }), [keyword]: value } : undefined);
};
const count = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** An IPv6 address with a zone (RFC 4007 §11), which the format `ipv6` does not include. */
const SCOPED_IPV6: JSONSchema = { pattern: '^[0-9A-Fa-f:.]+%' };

/** String constraints that a format or a short pattern can express. */
const STRINGS: Readonly<Record<string, Keywords>> = {
  isString: text(),
  isEmail: text({ format: 'email' }),
  isUuid: text({ format: 'uuid' }),
  isIp: ([version]) => {
    if (String(version) === '4') return { type: 'string', format: 'ipv4' };
    return { type: 'string', anyOf: [...(String(version) === '6' ? [] : [{ format: 'ipv4' }]), { format: 'ipv6' }, SCOPED_IPV6] };
  },
  isFqdn: text({ anyOf: [{ format: 'hostname' }, { format: 'idn-hostname' }] }),
  isRFC3339: text({ format: 'date-time' }),
  isMilitaryTime: pattern('^([01]\\d|2[0-3]):[0-5]\\d$'),
  isJson: text({ contentMediaType: 'application/json' }),
  isBase64: text({ contentEncoding: 'base64' }),
  isDataURI: pattern('^data:'),
  isHexadecimal: pattern('^(0x|0h)?[0-9A-Fa-f]+$'),
  isHexColor: pattern('^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$'),
  isMongoId: pattern('^[0-9a-fA-F]{24}$'),
  isJwt: pattern('^[\\w-]+\\.[\\w-]+\\.[\\w-]*$'),
  isSemVer: pattern('^\\d+\\.\\d+\\.\\d+'),
  isAlpha: ([locale]) => ({ type: 'string', ...((locale ?? 'en-US') === 'en-US' && { pattern: '^[A-Za-z]+$' }) }),
  isAlphanumeric: ([locale]) => ({ type: 'string', ...((locale ?? 'en-US') === 'en-US' && { pattern: '^[0-9A-Za-z]+$' }) }),
  isAscii: pattern('^[\\x00-\\x7F]+$'),
  isNumberString: ([options]) => ({
    type: 'string',
    ...(options === undefined && { pattern: '^[+-]?([0-9]*[.])?[0-9]+$' }),
  }),
  isBooleanString: () => ({ type: 'string', enum: ['true', 'false', '1', '0'] }),
  isISO31661Alpha2: text({ minLength: 2, maxLength: 2 }),
  isISO31661Alpha3: text({ minLength: 3, maxLength: 3 }),
  isISO4217CurrencyCode: text({ minLength: 3, maxLength: 3 }),
  isStrongPassword: ([options]) => {
    const { minLength = 8 } = (options ?? {}) as { minLength?: number };
    return { type: 'string', format: 'password', minLength };
  },
  minLength: limit('minLength', 'string'),
  maxLength: limit('maxLength', 'string'),
  isLength: ([min, max]) => ({
    type: 'string',
    ...(count(min) && { minLength: min }),
    ...(count(max) && { maxLength: max }),
  }),
  matches: ([given, modifiers]) => {
    const expression = typeof given === 'string' ? new RegExp(given, modifiers as string | undefined) : given;
    const source = expression instanceof RegExp ? portablePattern(expression) : undefined;
    return { type: 'string', ...(source !== undefined && { pattern: source }) };
  },
  contains: ([seed]) => (typeof seed === 'string' ? { type: 'string', pattern: literal(seed) } : undefined),
  notContains: ([seed]) => (typeof seed === 'string' ? { type: 'string', not: { pattern: literal(seed) } } : undefined),
};

/** String constraints that JSON Schema can only express as `type: string`. */
const PLAIN_STRINGS = (
  'isUrl isDateString isIso8601 isPhoneNumber isMobilePhone isPostalCode isCreditCard isCurrency isIBAN isBIC isISIN isISBN isISSN isISRC isEAN isMacAddress ' +
  'isMagnetURI isMimeType isPort isBase32 isBase58 isBtcAddress isEthereumAddress isHash isHSL isRgbColor isLocale isTimeZone ' +
  'isLowercase isUppercase isMultibyte isVariableWidth isFullWidth isHalfWidth isSurrogatePair isByteLength isOctal isFirebasePushId ' +
  'isIdentityCard isPassportNumber isTaxId isLatLong isDecimal'
).split(' ');

/** Constraints of other values. */
const OTHERS: Readonly<Record<string, Keywords>> = {
  isNumber: () => ({ type: 'number' }),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  isDate: text({ format: 'date-time' }),
  isObject: () => ({ type: 'object' }),
  isNotEmptyObject: () => ({ type: 'object', minProperties: 1 }),
  min: limit('minimum', 'number'),
  max: limit('maximum', 'number'),
  isPositive: () => ({ type: 'number', exclusiveMinimum: 0 }),
  isNegative: () => ({ type: 'number', exclusiveMaximum: 0 }),
  isDivisibleBy: ([by]) => (typeof by === 'number' && by > 0 ? { type: 'number', multipleOf: by } : undefined),
  isIn: ([values]) => enumeration(values),
  isNotIn: ([values]) => {
    const known = enumeration(values);
    return known === undefined ? undefined : { not: known };
  },
  isEnum: ([entity]) => enumeration(entity === null || typeof entity !== 'object' ? undefined : members(entity)),
  equals: ([value]) => (isPlain(value) ? { const: value } : undefined),
  notEquals: ([value]) => (isPlain(value) ? { not: { const: value } } : undefined),
  isEmpty: () => ({ enum: ['', null] }),
};

const LISTS: Readonly<Record<string, Keywords>> = {
  isArray: () => ({ type: 'array' }),
  arrayMinSize: limit('minItems', 'array'),
  arrayMaxSize: limit('maxItems', 'array'),
  arrayNotEmpty: () => ({ type: 'array', minItems: 1 }),
  arrayUnique: ([identifier]) => ({ type: 'array', ...(typeof identifier !== 'function' && { uniqueItems: true }) }),
  arrayContains: ([values]) => {
    const known = Array.isArray(values) ? values.filter(isPlain) : [];
    return { type: 'array', ...(known.length > 0 && { allOf: known.map((value) => ({ contains: { const: value } })) }) };
  },
  arrayNotContains: ([values]) => {
    const known = enumeration(values);
    return { type: 'array', ...(known !== undefined && { not: { contains: known } }) };
  },
};

/** The conversions by the name that class-validator records, in lower case. */
const KEYWORDS = new Map<string, Keywords>([
  ...PLAIN_STRINGS.map((name): [string, Keywords] => [name.toLowerCase(), text()]),
  ...[STRINGS, OTHERS, LISTS].flatMap((table) =>
    Object.entries(table).map(([name, of]): [string, Keywords] => [name.toLowerCase(), of]),
  ),
]);

/** The keywords of a constraint; `undefined` if JSON Schema cannot express it. */
export function constraintSchema(name: string, constraints: readonly unknown[] = []): JSONSchema | undefined {
  return KEYWORDS.get(name.toLowerCase())?.(constraints);
}

/** Whether a constraint applies to a whole list and not to its elements. */
export function isListConstraint(name: string): boolean {
  return Object.hasOwn(LISTS, name);
}

/** The values of an enumeration, without the reverse mappings of numeric ones. */
function members(entity: object): unknown[] {
  const names = Object.keys(entity).filter(
    (key) => !(/^-?\d/.test(key) && typeof (entity as Record<string, unknown>)[key] === 'string'),
  );
  return names.map((key) => (entity as Record<string, unknown>)[key]);
}

function enumeration(values: unknown): JSONSchema | undefined {
  if (!Array.isArray(values) || values.length === 0 || !values.every(isPlain)) return undefined;
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  const isTyped = types.size === 1 && (type === 'string' || type === 'number' || type === 'boolean');
  return { ...(isTyped && { type }), enum: [...new Set(values)] };
}

/** Whether JSON can represent a value without conversion. */
function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function literal(seed: string): string {
  return seed.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');
}
