import { createRequire } from 'node:module';
import { converterFor, INVALID, type ValueError } from './convert.js';
import { escapePointer, isStandardSchema, type StandardSchema, schemaErrors } from './schema.js';

export interface ObjectOptions {
  /** What becomes of properties that the class does not declare. */
  unknown?: 'drop' | 'keep' | 'refuse';
  groups?: readonly string[];
  /** Whether the values are texts (a query, a form) that must be converted to the declared types first. */
  texts?: boolean;
}

export type Parsed = { value: unknown } | { errors: ValueError[] };

/** Makes a value of a class or schema from plain data. May give a promise: schemas and custom validators can be asynchronous. */
export type ObjectParser = (plain: unknown) => Parsed | Promise<Parsed>;

/** What of `class-validator`'s metadata storage, which it keeps on `globalThis`, is read here. */
interface MetadataStorage {
  getTargetValidationMetadatas(
    target: Function,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): { propertyName: string; type: string; async?: boolean; constraintCls?: Function }[];
}

interface ValidationErrorLike {
  property: string;
  constraints?: Record<string, string>;
  children?: ValidationErrorLike[];
}

interface ClassValidator {
  validate(object: object, options: object): Promise<ValidationErrorLike[]>;
  validateSync(object: object, options: object): ValidationErrorLike[];
  getMetadataStorage(): { getTargetValidatorConstraints(target: Function): { async: boolean }[] };
}

interface ClassTransformer {
  plainToInstance(Class: Function, plain: unknown, options: object): object;
}

function storage(): MetadataStorage | undefined {
  return (globalThis as { classValidatorMetadataStorage?: MetadataStorage }).classValidatorMetadataStorage;
}

/** Whether a class carries `class-validator` decorators, its own or inherited. */
export function isValidated(Class: Function): boolean {
  return (storage()?.getTargetValidationMetadatas(Class, '', true, false).length ?? 0) > 0;
}

/** Compiles, once per parameter, what turns plain data into an instance of a class or the output of a schema. */
export function objectParser(type: Function | object, options: ObjectOptions = {}): ObjectParser {
  if (isStandardSchema(type)) return schemaParser(type);
  const Class = type as new () => object;
  return isValidated(Class) ? validatedParser(Class, options) : plainParser(Class);
}

function schemaParser(schema: StandardSchema): ObjectParser {
  const finish = (result: Awaited<ReturnType<StandardSchema['~standard']['validate']>>): Parsed =>
    result.issues === undefined ? { value: result.value } : { errors: schemaErrors(result) };
  return (plain) => {
    const result = schema['~standard'].validate(plain);
    return result instanceof Promise ? result.then(finish) : finish(result);
  };
}

/** A class without validators: an instance with whatever came. */
function plainParser(Class: new () => object): ObjectParser {
  return (plain) => {
    if (!isRecord(plain)) return { errors: [notAnObject()] };
    return { value: Object.assign(new Class(), plain) };
  };
}

function validatedParser(Class: new () => object, options: ObjectOptions): ObjectParser {
  const validator = load<ClassValidator>('class-validator', Class);
  const transformer = load<ClassTransformer | undefined>('class-transformer', undefined);
  const unknown = options.unknown ?? 'drop';
  const settings = {
    groups: options.groups,
    whitelist: unknown !== 'keep',
    forbidNonWhitelisted: unknown === 'refuse',
    forbidUnknownValues: true,
  };
  const finish = (value: object, found: ValidationErrorLike[]): Parsed =>
    found.length === 0 ? { value } : { errors: flatten(found, '') };
  const properties = storage()?.getTargetValidationMetadatas(Class, '', true, false) ?? [];
  const isAsync =
    properties.some((entry) => entry.type === 'customValidation' && entry.async === true) ||
    hasAsyncConstraint(validator, properties);
  return (plain) => {
    if (!isRecord(plain)) return { errors: [notAnObject()] };
    const prepared = options.texts ? convertTexts(Class, plain) : plain;
    const value =
      transformer?.plainToInstance(Class, prepared, { exposeDefaultValues: true }) ?? Object.assign(new Class(), prepared);
    if (isAsync) return validator.validate(value, settings).then((found) => finish(value, found));
    return finish(value, validator.validateSync(value, settings));
  };
}

function hasAsyncConstraint(validator: ClassValidator, properties: { constraintCls?: Function }[]): boolean {
  const known = validator.getMetadataStorage();
  return properties.some(
    ({ constraintCls }) =>
      constraintCls !== undefined && known.getTargetValidatorConstraints(constraintCls).some((constraint) => constraint.async),
  );
}

/** Converts the texts of a query or form to the types that the compiler emitted for the properties; the validators judge the rest. */
function convertTexts(Class: new () => object, plain: Record<string, unknown>): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(plain)) {
    const type = Reflect.getMetadata?.('design:type', Class.prototype as object, name) as Function | undefined;
    if (type === Array) {
      converted[name] = Array.isArray(given) ? given : [given];
      continue;
    }
    const text: unknown = Array.isArray(given) ? given.at(-1) : given;
    const value = typeof text === 'string' ? converterFor(type)?.convert(text) : undefined;
    converted[name] = value === undefined || value === INVALID ? text : value;
  }
  return converted;
}

function flatten(found: readonly ValidationErrorLike[], parent: string): ValueError[] {
  return found.flatMap((error) => {
    const path = `${parent}/${escapePointer(error.property)}`;
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({ path, constraint, message }));
    return [...own, ...flatten(error.children ?? [], path)];
  });
}

function notAnObject(): ValueError {
  return { path: '', constraint: 'isObject', message: 'an object is expected here' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function load<T>(name: string, neededBy: Function | undefined): T {
  try {
    // Resolved from the application first: it must be the very copy that its decorators came from.
    return createRequire(`${process.cwd()}/`)(name) as T;
  } catch {
    try {
      return createRequire(import.meta.url)(name) as T;
    } catch (cause) {
      if (neededBy === undefined) return undefined as T;
      throw new TypeError(
        `${neededBy.name} carries class-validator decorators, but ${name} cannot be loaded. npm install ${name}`,
        { cause },
      );
    }
  }
}
