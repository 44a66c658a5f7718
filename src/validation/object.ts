import { isValidated, loadTransformer, loadValidator, type ValidationErrorLike } from './class-validator.js';
import { INVALID, type ValueError } from './convert.js';
import { fieldNames, propertyTypes } from './property-types.js';
import { escapePointer, isStandardSchema, type StandardSchema, schemaErrors } from './schema.js';

export interface ObjectOptions {
  /** What becomes of properties that the class does not declare. */
  unknown?: 'drop' | 'keep' | 'refuse';
  groups?: readonly string[];
}

export type Parsed = { value: unknown } | { errors: ValueError[] };

/**
 * Makes a value of a class or schema from plain data. May give a promise: schemas and validators can be asynchronous.
 *
 * @param texts Whether the values are texts (of a query, a form), to be converted to the declared types.
 */
export type ObjectParser = (plain: unknown, texts?: boolean) => Parsed | Promise<Parsed>;

type Plain = Record<string, unknown>;

/** Compiles, once per parameter, what turns plain data into an instance of a class or the output of a schema. */
export function objectParser(type: Function | object, options: ObjectOptions = {}): ObjectParser {
  if (isStandardSchema(type)) return schemaParser(type);
  const Class = type as new () => object;
  return isValidated(Class) ? validatedParser(Class, options) : plainParser(Class, options);
}

function schemaParser(schema: StandardSchema): ObjectParser {
  const finish = (result: Awaited<ReturnType<StandardSchema['~standard']['validate']>>): Parsed =>
    result.issues === undefined ? { value: result.value } : { errors: schemaErrors(result) };
  return (plain) => {
    const result = schema['~standard'].validate(plain);
    return 'then' in result ? result.then(finish) : finish(result);
  };
}

/** A class without validators: an instance with whatever came, as far as that can be told apart from its methods. */
function plainParser(Class: new () => object, { unknown }: ObjectOptions): ObjectParser {
  const convert = propertyConverter(Class);
  const known = unknown === undefined || unknown === 'keep' ? undefined : fieldNames(Class);
  const prototype = Class.prototype as Plain;
  return (plain, texts = false) => {
    if (!isRecord(plain)) return { errors: [notAnObject()] };
    const { values, errors } = convert(plain, texts);
    const instance = new Class() as Plain;
    for (const [name, value] of Object.entries(values)) {
      if (known !== undefined && !known.has(name)) {
        if (unknown === 'refuse') errors.push(unknownProperty(name));
      } else if (!isMethod(prototype, name)) instance[name] = value;
    }
    return errors.length > 0 ? { errors } : { value: instance };
  };
}

/** Whether a client's value would take the place of a method, `toString` among them, or of what has no setter. */
function isMethod(prototype: Plain, name: string): boolean {
  for (let owner: Plain | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as Plain | null) {
    const member = Object.getOwnPropertyDescriptor(owner, name);
    if (member !== undefined) return typeof member.value === 'function' || (member.get !== undefined && member.set === undefined);
  }
  return false;
}

/**
 * A class with validators. Always by `class-validator`'s asynchronous road: on the other it passes over what asynchronous
 * validators find, in nested classes too.
 */
function validatedParser(Class: new () => object, options: ObjectOptions): ObjectParser {
  const validator = loadValidator(Class);
  const instantiate = instantiator(Class);
  const unknown = options.unknown ?? 'drop';
  const settings = {
    groups: options.groups,
    whitelist: unknown !== 'keep',
    forbidNonWhitelisted: unknown === 'refuse',
    forbidUnknownValues: true,
  };
  return async (plain, texts = false) => {
    if (!isRecord(plain)) return { errors: [notAnObject()] };
    const { instance, errors } = instantiate(plain, texts);
    const found = flatten(await validator.validate(instance, settings), '');
    // What could not be converted is told by the validators, if there is one that minds.
    const silent = errors.filter(({ path }) => !found.some((error) => `${path}/`.startsWith(`${error.path}/`)));
    return found.length + silent.length === 0 ? { value: instance } : { errors: [...found, ...silent] };
  };
}

type Instantiate = (plain: Plain, texts: boolean) => { instance: object; errors: ValueError[] };

const instantiators = new WeakMap<Function, Instantiate>();

function instantiator(Class: new () => object): Instantiate {
  const made = instantiators.get(Class) ?? makeInstantiator(Class);
  instantiators.set(Class, made);
  return made;
}

function makeInstantiator(Class: new () => object): Instantiate {
  const transformer = loadTransformer();
  const convert = propertyConverter(Class);
  return (plain, texts) => {
    const { values, errors } = convert(plain, texts);
    const instance =
      transformer?.plainToInstance(Class, values, { exposeDefaultValues: true }) ?? Object.assign(new Class(), values);
    return { instance, errors };
  };
}

/** Converts texts to the types of the properties, dates (which JSON lacks) in every case, and objects to nested classes. */
function propertyConverter(Class: new () => object): (plain: Plain, texts: boolean) => { values: Plain; errors: ValueError[] } {
  const typeOf = propertyTypes(Class);
  return (plain, texts) => {
    const values: Plain = {};
    const errors: ValueError[] = [];
    for (const [name, given] of Object.entries(plain)) {
      // An own `__proto__` (JSON refuses it, forms do not) would become the prototype.
      if (name === '__proto__') continue;
      const { isList, type, converter } = typeOf(name);
      const one = (value: unknown, path: string): unknown => {
        if (converter !== undefined && typeof value === 'string' && (texts || type === Date)) {
          const converted = converter.convert(value);
          if (converted !== INVALID) return converted;
          errors.push({ path, constraint: converter.constraint, message: `${name} ${converter.demand}` });
        } else if (type !== undefined && isRecord(value) && isValidated(type)) {
          return instantiator(type as new () => object)(value, texts).instance;
        }
        return value;
      };
      const path = `/${escapePointer(name)}`;
      const list = texts && !Array.isArray(given) && isList ? [given] : given;
      if (Array.isArray(list) && isList) values[name] = list.map((value, i) => one(value, `${path}/${i}`));
      else values[name] = one(texts && Array.isArray(list) ? list.at(-1) : list, path);
    }
    return { values, errors };
  };
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

/** In `class-validator`'s words. */
function unknownProperty(name: string): ValueError {
  const path = `/${escapePointer(name)}`;
  return { path, constraint: 'whitelistValidation', message: `property ${name} should not exist` };
}

function isRecord(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
