import type { ValueError } from './convert.js';
import { type InstanceParser, instanceParser, schemaParsers, type Unknown } from './parser/index.js';
import { valueErrors } from './parser/error-tree.js';
import type { Constructor } from './properties.js';
import { isStandardSchema, type StandardSchema, schemaErrors } from './standard-schema.js';

interface ObjectOptions {
  /** How to handle properties that the class does not declare. */
  unknown?: Unknown;
  groups?: readonly string[];
}

export type Parsed = { value: unknown } | { errors: ValueError[] };

/**
 * Creates a value of a class or schema from plain data. Returns a promise if a schema or validator is asynchronous.
 *
 * @param texts whether the values are texts (of a query or form) that are converted to the declared types.
 */
type ObjectParser = (plain: unknown, texts?: boolean) => Parsed | Promise<Parsed>;

const parsers = new WeakMap<Function, Map<string, ObjectParser>>();

/**
 * Compiles the conversion of plain data to an instance of a class, or to the output of a schema.
 *
 * @throws ClassError if the class cannot work
 */
export function objectParser(type: Function | object, options: ObjectOptions = {}): ObjectParser {
  const own = schemaParsers.get(type);
  if (own !== undefined) return listed(own);
  if (isStandardSchema(type)) return schemaParser(type);
  const Class = type as Constructor;
  const { unknown, groups } = options;
  const key = JSON.stringify([unknown, groups]);
  const cached = parsers.get(Class) ?? new Map<string, ObjectParser>();
  parsers.set(Class, cached);
  const parser = cached.get(key) ?? classParser(Class, { unknown, groups });
  cached.set(key, parser);
  return parser;
}

function classParser(
  Class: Constructor,
  { unknown, groups }: { unknown: Unknown | undefined; groups: ObjectOptions['groups'] },
): ObjectParser {
  return listed(instanceParser(Class, { unknown, ...(groups !== undefined && { groups }) }));
}

/** A parser with lists of errors instead of trees. */
function listed(parse: InstanceParser): ObjectParser {
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
