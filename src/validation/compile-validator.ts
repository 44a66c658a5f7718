import { className } from './class-error.js';
import { compileChecks, type ValidationError, type ValidatorOptions } from './compiler/index.js';
import { type InstanceParser, instanceParser, type Outcome, type Unknown } from './parser/index.js';
import { locatedErrors, valueErrors } from './parser/error-tree.js';
import type { ValueError } from './convert.js';
import type { Constructor } from './properties.js';
import { type SchemaResult, type StandardSchema, schemaClasses } from './standard-schema.js';

/** What `compileValidator` may be told: `class-validator`'s `ValidatorOptions`, and how `parse` reads. */
export interface CompileOptions extends ValidatorOptions {
  /**
   * What `parse` does with properties that the class does not declare. By default it drops them, unless `whitelist` and
   * `forbidNonWhitelisted` say otherwise.
   *
   * What is dropped is gone before any validator looks, so that the instance is what they have seen. In one case `class-validator`
   * with `whitelist` is more lenient: it shows a nested object to the validators on the property that holds it (`@IsNotEmptyObject()`
   * beside `@ValidateNested()`) before it takes away what is not declared. `validate` does exactly as it does.
   */
  unknown?: Unknown;
  /** Whether `parse` is given texts, as a query and a form are, and converts them to the declared types. Default: false. */
  texts?: boolean;
}

/** A compiled class. */
export interface ClassValidator<T extends object> {
  /** The errors of an object, as `class-validator`'s `validateSync` gives them; empty when it is valid. */
  validate(object: object): ValidationError[];
  /** The same with asynchronous constraints, as `validate` of `class-validator` gives them. */
  validateAsync(object: object): Promise<ValidationError[]>;
  /**
   * Makes an instance from plain data.
   *
   * @throws ValidationFailure if the data is not valid
   * @throws TypeError if the class has asynchronous constraints, which only `parseAsync` can wait for
   * @throws ClassError if no instance can be made of the class, whatever the data
   */
  parse(plain: unknown): T;
  /** The same, with asynchronous constraints. Rejects where `parse` throws. */
  parseAsync(plain: unknown): Promise<T>;
}

/** What `parse` throws: the data is not valid. */
export class ValidationFailure extends globalThis.Error {
  readonly code = 'BN_VALIDATION';
  /** The trees of `class-validator`. */
  readonly errors: readonly ValidationError[];

  constructor(Class: Function, errors: readonly ValidationError[]) {
    super();
    this.errors = errors;
    const list = this.list.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
    Object.defineProperty(this, 'message', { value: `The data is no valid ${className(Class)}: ${list}.`, configurable: true });
  }

  /** All errors in a row, each with the JSON pointer (RFC 6901) to what it is about. */
  get list(): readonly ValueError[] {
    return valueErrors(this.errors);
  }
}

// On the prototype, where the names of the built-in errors are.
Object.defineProperty(ValidationFailure.prototype, 'name', { value: 'ValidationFailure', configurable: true, writable: true });

/**
 * Compiles the validators of a class: its `class-validator` decorators, inherited ones too, become one generated function, with the
 * very outcome that `class-validator` has.
 *
 * Reads what the decorators have noted when it is called; what is added to the class later is not seen.
 *
 * @param options - `class-validator`'s `ValidatorOptions`, with `unknown` and `texts` for `parse`
 *
 * @example
 * class NewPost {
 *   @Length(1, 80) title!: string;
 *   @IsInt() @Min(1) rank = 1;
 * }
 * const posts = compileValidator(NewPost);
 * posts.parse({ title: 'Ada' }); // NewPost { title: 'Ada', rank: 1 }
 * posts.validate(Object.assign(new NewPost(), { title: '' })); // [ValidationError { property: 'title', … }]
 */
export function compileValidator<T extends object>(
  Class: new (...args: never[]) => T,
  options: CompileOptions = {},
): ClassValidator<T> {
  if (typeof Class !== 'function') throw new TypeError(`compileValidator takes a class, not ${String(Class)}.`);
  const { unknown, texts = false, ...validation } = options;
  let parser: InstanceParser | undefined;
  const outcome = (plain: unknown): Outcome | Promise<Outcome> => {
    // Only for those who parse: a class may well be validated that cannot be made of plain data.
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
      throw new TypeError(`${className(Class)} has asynchronous validators: await parseAsync(…) in place of parse(…).`);
    },
    async parseAsync(plain) {
      return instance(await outcome(plain));
    },
  };
}

/**
 * Offers a class with `class-validator` decorators as a Standard Schema (standardschema.dev), for whatever takes Zod's, Valibot's
 * and ArkType's: form libraries, tRPC, other frameworks.
 *
 * Its output is an instance of the class. It answers with a promise only where a validator is asynchronous.
 *
 * @param options - as for `compileValidator`
 *
 * @throws ClassError if no instance can be made of the class, whatever the data
 *
 * @example
 * const schema = toStandardSchema(NewPost);
 * await schema['~standard'].validate({ title: '' }); // { issues: [{ message: 'title must be …', path: ['title'] }] }
 */
export function toStandardSchema<T extends object>(
  Class: new (...args: never[]) => T,
  options: CompileOptions = {},
): StandardSchema<T> {
  // Paths are read off the trees, so these must show what they are about.
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
