import { type Converter, converterFor, INVALID } from '../../validation/convert.js';
import { objectParser, type Parsed } from '../../validation/object-parser.js';
import { isStandardSchema } from '../../validation/standard-schema.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';

/** The target of a conversion: a value of a type (scalar, class or schema; `undefined` for any value), or a list of such values. */
export interface Target {
  readonly isList: boolean;
  readonly type: Function | object | undefined;
  /** Only for scalars. */
  readonly converter: Converter | undefined;
  /** Whether neither the compiler nor the decorator states the type, so that values would pass unchecked. */
  readonly isUnknown: boolean;
}

/** Converts plain data to the target of a parameter. `texts`: whether the data consists of strings, as in a query. */
type Parse = (value: unknown, texts: boolean) => Parsed | Promise<Parsed>;

/** Returns the target of a parameter: that of its decorator, else its declared type, else that of its default value. */
export function targetOf(parameter: Parameter, source: ParameterSource): Target {
  const { type } = source.options;
  if (Array.isArray(type)) return createTarget(true, type[0] as Function | undefined);
  // A schema itself declares whether the value is a list.
  if (type !== undefined && isStandardSchema(type)) return createTarget(false, type);
  const isList = type === Array || parameter.type === Array || parameter.rest;
  return createTarget(isList, type ?? parameter.type);
}

const COLLECTIONS = new Set<Function | object>([Array, Map, Set]);

function createTarget(isList: boolean, stated: Function | object | undefined): Target {
  // A collection does not state the type of its elements. `Object` states that any value is accepted.
  const isUnknown = stated === undefined || COLLECTIONS.has(stated);
  const type = isUnknown || stated === Object ? undefined : stated;
  return { isList, type, converter: converterFor(type), isUnknown };
}

/** Whether the target is a class, which only an object can be converted to. */
export function isClassTarget({ type, converter }: Target): boolean {
  return type !== undefined && converter === undefined && !isStandardSchema(type);
}

/**
 * Creates the parser for a target, or returns `undefined` if every value is accepted.
 *
 * @param label the name of the value in messages
 */
export function parserFor(target: Target, source: ParameterSource, label: string): Parse | undefined {
  const { isList, type, converter } = target;
  const parse = isList
    ? listParser(elementParser(type, converter, source, `each value in ${label}`), label)
    : elementParser(type, converter, source, label);
  if (parse === undefined || source.options.nullable !== true) return parse;
  return (value, texts) => (value === null ? { value } : parse(value, texts));
}

function elementParser(
  type: Target['type'],
  converter: Converter | undefined,
  source: ParameterSource,
  label: string,
): Parse | undefined {
  if (type === undefined) return undefined;
  if (converter === undefined) return objectParser(type, source.options);
  return (value, texts) => {
    const converted = texts && typeof value === 'string' ? converter.convert(value) : converter.fromJson(value);
    if (converted !== INVALID) return { value: converted };
    return { errors: [{ path: '', constraint: converter.constraint, message: `${label} ${converter.requirement}`, value }] };
  };
}

function listParser(parse: Parse | undefined, label: string): Parse {
  return (value, texts) => {
    if (!Array.isArray(value))
      return { errors: [{ path: '', constraint: 'isArray', message: `${label} must be a list`, value }] };
    if (parse === undefined) return { value };
    const parsed = value.map((one: unknown) => parse(one, texts));
    return parsed.some((one) => one instanceof Promise) ? Promise.all(parsed).then(combine) : combine(parsed as Parsed[]);
  };
}

function combine(parsed: readonly Parsed[]): Parsed {
  const errors = parsed.flatMap((one, i) =>
    'errors' in one ? one.errors.map((error) => ({ ...error, path: `/${i}${error.path}` })) : [],
  );
  return errors.length > 0 ? { errors } : { value: parsed.map((one) => (one as { value: unknown }).value) };
}
