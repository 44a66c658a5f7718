import { generateFunction } from '../../codegen/generate-function.js';
import type { ConstraintMetadata, ValidationMetadata } from './validator-metadata.js';

/**
 * Returns the source of a constraint's check of the variable `x`, or `undefined` if the constraint must be called. `ref` stores a
 * value and returns the expression that reads it.
 */
type Inliner = (constraints: readonly unknown[], ref: (value: unknown) => string) => string | undefined;

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

const compare =
  (operator: string): Inliner =>
  ([limit], ref) =>
    typeof limit === 'number' ? `typeof x === 'number' && x ${operator} ${ref(limit)}` : undefined;

/** Constraints of class-validator that are pure and short, by name. Others are called. */
const INLINERS: Readonly<Record<string, Inliner>> = {
  isDefined: () => 'x !== undefined && x !== null',
  isString: () => "typeof x === 'string' || x instanceof String",
  isNumber: ([options]) => {
    const numberOptions = (options ?? {}) as { allowNaN?: boolean; allowInfinity?: boolean; maxDecimalPlaces?: number };
    // x - x is NaN for infinite values.
    return numberOptions.allowNaN || numberOptions.allowInfinity || numberOptions.maxDecimalPlaces !== undefined
      ? undefined
      : "typeof x === 'number' && x - x === 0";
  },
  isInt: () => "typeof x === 'number' && Number.isInteger(x)",
  isBoolean: () => "typeof x === 'boolean' || x instanceof Boolean",
  isArray: () => 'Array.isArray(x)',
  isDate: () => 'x instanceof Date && !isNaN(x.getTime())',
  isObject: () => "x != null && (typeof x === 'object' || typeof x === 'function') && !Array.isArray(x)",
  // An enumeration is complete before a class that uses it is decorated.
  isEnum: ([entity], ref) =>
    typeof entity === 'object' && entity !== null ? `${ref(new Set(Object.values(entity)))}.has(x)` : undefined,
  min: compare('>='),
  max: compare('<='),
  isPositive: () => "typeof x === 'number' && x > 0",
  isNegative: () => "typeof x === 'number' && x < 0",
  minLength: ([min], ref) => (isCount(min) ? `typeof x === 'string' && ${atLeast(min, ref)}` : undefined),
  maxLength: ([max], ref) =>
    isCount(max) ? `typeof x === 'string' && (x.length <= ${max} || ${ref(textLength)}(x) <= ${max})` : undefined,
  isLength: ([min, max], ref) => {
    if (!isCount(min) || (max !== undefined && !isCount(max))) return undefined;
    const upper = max === undefined ? '' : ` && (x.length <= ${max} || ${ref(textLength)}(x) <= ${max})`;
    return `typeof x === 'string' && ${atLeast(min, ref)}${upper}`;
  },
  matches: ([pattern], ref) =>
    pattern instanceof RegExp && !pattern.sticky && !pattern.global
      ? `typeof x === 'string' && ${ref(pattern)}.test(x)`
      : undefined,
  contains: ([seed], ref) => (typeof seed === 'string' ? `typeof x === 'string' && x.indexOf(${ref(seed)}) >= 0` : undefined),
  notContains: ([seed], ref) => (typeof seed === 'string' ? `typeof x === 'string' && x.indexOf(${ref(seed)}) < 0` : undefined),
  equals: ([other], ref) => `x === ${ref(other)}`,
  notEquals: ([other], ref) => `x !== ${ref(other)}`,
  isEmpty: () => "x === '' || x === null || x === undefined",
  isNotEmpty: () => "x !== '' && x !== null && x !== undefined",
  isIn: ([values], ref) => (Array.isArray(values) ? `${ref(values)}.indexOf(x) !== -1` : undefined),
  isNotIn: ([values], ref) => (Array.isArray(values) ? `${ref(values)}.indexOf(x) === -1` : undefined),
  arrayMinSize: ([min], ref) => (typeof min === 'number' ? `Array.isArray(x) && x.length >= ${ref(min)}` : undefined),
  arrayMaxSize: ([max], ref) => (typeof max === 'number' ? `Array.isArray(x) && x.length <= ${ref(max)}` : undefined),
  arrayNotEmpty: () => 'Array.isArray(x) && x.length > 0',
  isInstance: ([type], ref) => (typeof type === 'function' ? `x instanceof ${ref(type)}` : undefined),
};

/**
 * Three code units are at least one character (a surrogate pair with a presentation selector), so long texts need not be counted.
 */
function atLeast(min: number, ref: (value: unknown) => string): string {
  return `(x.length >= ${3 * min} || x.length >= ${min} && ${ref(textLength)}(x) >= ${min})`;
}

/** The length of a text as validator.js counts it: surrogate pairs and presentation sequences are one character. */
function textLength(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code >= 0xd800 && code <= 0xdbff) || code === 0xfe0e || code === 0xfe0f) return countedLength(text);
  }
  return text.length;
}

function countedLength(text: string): number {
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: this is how validator.js counts
  const sequences = text.match(/[^\uFE0F\uFE0E][\uFE0F\uFE0E]/g)?.length ?? 0;
  const pairs = text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0;
  return text.length - sequences - pairs;
}

/**
 * The source of a constraint's check, if it can be inlined.
 *
 * A user's decorator may have the name of a built-in one. Before a check is inlined, the registered validator and the inlined
 * check are therefore compared for values of every kind. They must agree on all of them.
 */
export function inlineCheck(
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
  ref: (value: unknown) => string,
): string | undefined {
  const inliner = Object.hasOwn(INLINERS, constraint.name) ? INLINERS[constraint.name] : undefined;
  if (inliner === undefined || constraint.async || metadata.name !== constraint.name) return undefined;
  const constraints = metadata.constraints ?? [];
  const values: unknown[] = [];
  const trialSource = inliner(constraints, (value) => `k[${values.push(value) - 1}]`);
  if (trialSource === undefined || !agreesWithValidator(trialSource, values, metadata, constraint)) return undefined;
  return inliner(constraints, ref);
}

function agreesWithValidator(
  source: string,
  values: unknown[],
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
): boolean {
  const check = generateFunction<(x: unknown) => boolean>(`return (x) => !!(${source});`, { k: values });
  const { instance } = constraint;
  const object = {};
  try {
    return [...SAMPLES, ...neighbours(metadata.constraints ?? [])].every((value) => {
      const args = { targetName: 'Object', property: metadata.propertyName, object, value, constraints: metadata.constraints };
      const result: unknown = instance.validate(value, args);
      return !(result instanceof Promise) && Boolean(result) === check(value);
    });
  } catch {
    return false;
  }
}

const SAMPLES: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  'a',
  '\u{1f42f}',
  'a\ufe0f',
  'some longer text',
  '5',
  'true',
  0,
  -0,
  1,
  -1,
  0.5,
  1e21,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  true,
  false,
  10n,
  Symbol('sample'),
  [],
  [1],
  ['a', 'b', 'c'],
  {},
  { a: 1 },
  Object.create(null),
  new Date(0),
  new Date(Number.NaN),
  new Map(),
  new Set([1]),
  /x/,
  () => undefined,
  new String('a'),
  new Number(1),
  new Boolean(false),
];

/** Values near those of a constraint. */
function neighbours(constraints: readonly unknown[]): unknown[] {
  return constraints.flat().flatMap((constraint) => {
    if (typeof constraint === 'number' && Number.isFinite(constraint)) {
      const length = Math.min(Math.max(0, Math.floor(constraint)), 300);
      const texts = ['a'.repeat(length), 'a'.repeat(length + 1), 'a'.repeat(Math.max(0, length - 1))];
      return [constraint, constraint + 1, constraint - 1, ...texts, ...texts.map((text) => [...text])];
    }
    return typeof constraint === 'object' && constraint !== null ? [constraint, ...Object.values(constraint)] : [constraint];
  });
}

/** Whether a condition is that of `@IsOptional` and behaves like it. */
export function isOptionalCondition({ name, constraints, propertyName }: ValidationMetadata): boolean {
  const condition = constraints?.[0] as ((object: object, value: unknown) => unknown) | undefined;
  if (name !== 'isOptional' || typeof condition !== 'function') return false;
  const isMissing = (value: unknown): boolean => value === undefined || value === null;
  try {
    return SAMPLES.every((value) => Boolean(condition({ [propertyName]: value }, value)) === !isMissing(value));
  } catch {
    return false;
  }
}
