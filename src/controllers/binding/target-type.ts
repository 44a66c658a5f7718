import { type Converter, converterFor, INVALID } from '../../validation/convert.js';
import { objectParser, type Parsed } from '../../validation/object-parser.js';
import { isStandardSchema } from '../../validation/standard-schema.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';

/** What a parameter is to become: a value of a type (scalar, class or schema; `undefined` for anything), or a list of those. */
export interface Target {
  readonly isList: boolean;
  readonly type: Function | object | undefined;
  /** For the scalars. */
  readonly converter: Converter | undefined;
}

/** Makes of plain data what a parameter asks for. `texts`: whether it came as texts. */
export type Parse = (value: unknown, texts: boolean) => Parsed | Promise<Parsed>;

/** Reads what a parameter is to become off its decorator, else off its declared type. */
export function targetOf(parameter: Parameter, source: ParameterSource): Target {
  const said = source.options.type;
  if (Array.isArray(said)) return target(true, said[0] as Function | undefined);
  // A schema knows for itself whether it is of a list.
  if (said !== undefined && isStandardSchema(said)) return target(false, said);
  const isList = said === Array || parameter.type === Array || parameter.rest;
  return target(isList, said ?? parameter.type);
}

function target(isList: boolean, said: Function | object | undefined): Target {
  const type = said === Array || said === Object ? undefined : said;
  return { isList, type, converter: converterFor(type) };
}

/** What is neither a scalar nor a schema: only an object can become one. */
export function isClassTarget({ type, converter }: Target): boolean {
  return type !== undefined && converter === undefined && !isStandardSchema(type);
}

/** Whether anything is taken, and that only because nobody knows what was declared. `@Body(Object)` says that it is meant. */
export function isUnchecked(parameter: Parameter, source: ParameterSource, parse: Parse | undefined): boolean {
  return parse === undefined && parameter.mayHaveType && source.options.type === undefined;
}

/**
 * The parser for a target, or `undefined` where anything will do.
 *
 * @param label What to call the value in messages.
 */
export function parserFor(target: Target, source: ParameterSource, label: string): Parse | undefined {
  const { isList, type, converter } = target;
  if (isList) return listParser(elementParser(type, converter, source, `each value in ${label}`), label);
  return elementParser(type, converter, source, label);
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
    return { errors: [{ path: '', constraint: converter.constraint, message: `${label} ${converter.requirement}` }] };
  };
}

function listParser(parse: Parse | undefined, label: string): Parse {
  return (value, texts) => {
    if (!Array.isArray(value)) return { errors: [{ path: '', constraint: 'isArray', message: `${label} must be a list` }] };
    if (parse === undefined) return { value };
    const parsed = value.map((one: unknown) => parse(one, texts));
    return parsed.some((one) => one instanceof Promise) ? Promise.all(parsed).then(joined) : joined(parsed as Parsed[]);
  };
}

function joined(parsed: readonly Parsed[]): Parsed {
  const errors = parsed.flatMap((one, i) =>
    'errors' in one ? one.errors.map((error) => ({ ...error, path: `/${i}${error.path}` })) : [],
  );
  return errors.length > 0 ? { errors } : { value: parsed.map((one) => (one as { value: unknown }).value) };
}
