import type { ValueError } from './convert.js';
import { instanceParser, type Unknown } from './parser/index.js';
import { valueErrors } from './parser/error-tree.js';
import type { Constructor } from './properties.js';
import { isStandardSchema, type StandardSchema, schemaErrors } from './standard-schema.js';

export interface ObjectOptions {
  /** What becomes of properties that the class does not declare. */
  unknown?: Unknown;
  groups?: readonly string[];
}

export type Parsed = { value: unknown } | { errors: ValueError[] };

/**
 * Makes a value of a class or schema from plain data. May give a promise: schemas and validators can be asynchronous.
 *
 * @param texts Whether the values are texts (of a query, a form), to be converted to the declared types.
 */
export type ObjectParser = (plain: unknown, texts?: boolean) => Parsed | Promise<Parsed>;

const parsers = new WeakMap<Function, Map<string, ObjectParser>>();

/**
 * Compiles what turns plain data into an instance of a class or the output of a schema.
 *
 * @throws ClassError if the class cannot work
 */
export function objectParser(type: Function | object, options: ObjectOptions = {}): ObjectParser {
  if (isStandardSchema(type)) return schemaParser(type);
  const Class = type as Constructor;
  const { unknown, groups } = options;
  const key = JSON.stringify([unknown, groups]);
  const made = parsers.get(Class) ?? new Map<string, ObjectParser>();
  parsers.set(Class, made);
  const parser = made.get(key) ?? classParser(Class, { unknown, groups });
  made.set(key, parser);
  return parser;
}

function classParser(
  Class: Constructor,
  { unknown, groups }: { unknown: Unknown | undefined; groups: ObjectOptions['groups'] },
): ObjectParser {
  const parse = instanceParser(Class, { unknown, ...(groups !== undefined && { groups }) });
  return (plain, texts = false) => {
    const outcome = parse(plain, texts);
    if (outcome instanceof Promise)
      return outcome.then((done) => ('value' in done ? done : { errors: valueErrors(done.errors) }));
    return 'value' in outcome ? outcome : { errors: valueErrors(outcome.errors) };
  };
}

function schemaParser(schema: StandardSchema): ObjectParser {
  const finish = (result: Awaited<ReturnType<StandardSchema['~standard']['validate']>>): Parsed =>
    result.issues === undefined ? { value: result.value } : { errors: schemaErrors(result) };
  return (plain) => {
    const result = schema['~standard'].validate(plain);
    return 'then' in result ? result.then(finish) : finish(result);
  };
}
