import { className } from './class-error.js';
import { compileChecks, type ValidationError, type ValidatorOptions } from './compiler/index.js';
import { type InstanceParser, instanceParser, type Outcome, type Unknown } from './parser/index.js';
import { locatedErrors, valueErrors } from './parser/error-tree.js';
import type { ValueError } from './convert.js';
import type { Constructor } from './properties.js';
import { type SchemaResult, type StandardSchema, schemaClasses } from './standard-schema.js';

/** Options of `compileValidator`: `class-validator`'s `ValidatorOptions`, and options of `parse`. */
export interface CompileOptions extends ValidatorOptions {
  /**
   * How `parse` handles properties that the class does not declare. By default it drops them, unless `whitelist` and
   * `forbidNonWhitelisted` say otherwise.
   *
   * Properties are dropped before any validator runs, so the validators see the final instance. In one case `class-validator`
   * with `whitelist` is more lenient: it shows a nested object to the validators of its property (`@IsNotEmptyObject()` beside
   * `@ValidateNested()`) before it removes undeclared properties. `validate` behaves like `class-validator`.
   */
  unknown?: Unknown;
  /** Whether `parse` receives texts, as in a query or form, and converts them to the declared types. Default: false. */
  texts?: boolean;
}

/** A compiled class. */
export interface ClassValidator<T extends object> {
  /** The errors of an object, like `validateSync` of `class-validator`. An empty list for a valid object. */
  validate(object: object): ValidationError[];
  /** Like `validate`, with asynchronous constraints, as `validate` of `class-validator`. */
  validateAsync(object: object): Promise<ValidationError[]>;
  /**
   * Creates an instance from plain data.
   *
   * @throws ValidationFailure if the data is invalid
   * @throws TypeError if the class has asynchronous constraints, which only `parseAsync` supports
   * @throws ClassError if the class cannot be instantiated from any data
   */
  parse(plain: unknown): T;
  /** Like `parse`, with asynchronous constraints. Rejects where `parse` throws. */
  parseAsync(plain: unknown): Promise<T>;
}

/** Thrown by `parse` when the data is invalid. */
export class ValidationFailure extends globalThis.Error {
  readonly code = 'BN_VALIDATION';
  /** The error trees of `class-validator`. */
  readonly errors: readonly ValidationError[];

  constructor(Class: Function, errors: readonly ValidationError[]) {
    super();
    this.errors = errors;
    const list = this.list.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
    Object.defineProperty(this, 'message', {
      value: `The data is not a valid ${className(Class)}: ${list}.`,
      configurable: true,
    });
  }

  /** All errors as a list, each with a JSON pointer (RFC 6901) to its value. */
  get list(): readonly ValueError[] {
    return valueErrors(this.errors);
  }
}

// Defined on the prototype, like the names of built-in errors.
Object.defineProperty(ValidationFailure.prototype, 'name', { value: 'ValidationFailure', configurable: true, writable: true });

/**
 * Compiles the validators of a class. Its `class-validator` decorators, including inherited ones, become one generated function
 * with the same results as `class-validator`.
 *
 * The decorators are read when this function is called. Later decorators have no effect.
 *
 * @param options `class-validator`'s `ValidatorOptions`, with `unknown` and `texts` for `parse`
 * @throws TypeError if `Class` is not a class
 *
 * @example
 * class NewPost {
 *   @Length(1, 80) title!: string;
 *   @IsInt() @Min(1) rank = 1;
 * }
 * const posts = compileValidator(NewPost);
 * posts.parse({ title: 'Ada' }); // NewPost { title: 'Ada', rank: 1 }
 * posts.validate(Object.assign(new NewPost(), { title: '' })); // [ValidationError { property: 'title', … }]
 * @see https://github.com/typestack/class-validator
 */
export function compileValidator<T extends object>(
  Class: new (...args: never[]) => T,
  options: CompileOptions = {},
): ClassValidator<T> {
  if (typeof Class !== 'function') throw new TypeError(`compileValidator takes a class, not ${String(Class)}.`);
  const { unknown, texts = false, ...validation } = options;
  let parser: InstanceParser | undefined;
  const outcome = (plain: unknown): Outcome | Promise<Outcome> => {
    // Compiled on first use, because a class may be validated that cannot be created from plain data.
    parser ??= instanceParser(Class as unknown as Constructor, { ...validation, unknown });
    return parser(plain, texts);
  };
  const instance = (done: Outcome): T => {
    if ('value' in done) return done.value as T;
    throw new ValidationFailure(Class, done.errors);
  };
  return {
    ...compileChecks(Class, validation),
    parse(plain) {
      const done = outcome(plain);
      if (!(done instanceof Promise)) return instance(done);
      done.catch(() => undefined);
      throw new TypeError(`${className(Class)} has asynchronous validators: use await parseAsync(…) instead of parse(…).`);
    },
    async parseAsync(plain) {
      return instance(await outcome(plain));
    },
  };
}

/**
 * Provides a class with `class-validator` decorators as a Standard Schema, for libraries that accept schemas of Zod, Valibot or
 * ArkType: form libraries, tRPC, other frameworks.
 *
 * Its output is an instance of the class. It returns a promise only if a validator is asynchronous.
 *
 * @param options as for `compileValidator`
 * @throws ClassError if the class cannot be instantiated from any data
 * @example
 * const schema = toStandardSchema(NewPost);
 * await schema['~standard'].validate({ title: '' }); // { issues: [{ message: 'title must be …', path: ['title'] }] }
 * @see https://standardschema.dev
 */
export function toStandardSchema<T extends object>(
  Class: new (...args: never[]) => T,
  options: CompileOptions = {},
): StandardSchema<T> {
  // Paths are read from the error trees, so these must contain their targets.
  const { texts = false, validationError: _, ...rest } = options;
  const parse = instanceParser(Class as unknown as Constructor, rest);
  const result = (done: Outcome): SchemaResult<T> => {
    if ('value' in done) return { value: done.value as T };
    return { issues: locatedErrors(done.errors).map(({ segments, message }) => ({ message, path: segments })) };
  };
  const schema: StandardSchema<T> = {
    '~standard': {
      version: 1,
      vendor: 'bottlenose',
      validate(value) {
        const done = parse(value, texts);
        return done instanceof Promise ? done.then(result) : result(done);
      },
    },
  };
  schemaClasses.set(schema, Class);
  return schema;
}
