import { createRequire } from 'node:module';

/** One decorator's note in `class-validator`'s metadata storage. */
export interface ValidationMetadata {
  readonly propertyName: string;
  readonly type: string;
  /** The validator: `isInt`. */
  readonly name?: string;
  readonly each?: boolean;
}

/** What of the storage, which `class-validator` keeps on `globalThis`, is read here. */
interface MetadataStorage {
  getTargetValidationMetadatas(target: Function, schema: string, always: boolean, strictGroups: boolean): ValidationMetadata[];
}

/** A node of the tree that `class-validator` gives. */
export interface ValidationErrorLike {
  property: string;
  constraints?: Record<string, string>;
  children?: ValidationErrorLike[];
}

export interface ClassValidator {
  validate(object: object, options: object): Promise<ValidationErrorLike[]>;
}

export interface ClassTransformer {
  plainToInstance(Class: Function, plain: unknown, options: object): object;
}

/** What `class-validator`'s decorators say of a class, inherited ones included. Empty where that is not even loaded. */
export function validationMetadata(Class: Function): ValidationMetadata[] {
  const storage = (globalThis as { classValidatorMetadataStorage?: MetadataStorage }).classValidatorMetadataStorage;
  return storage?.getTargetValidationMetadatas(Class, '', true, false) ?? [];
}

/** Whether a class carries `class-validator` decorators, its own or inherited. */
export function isValidated(Class: Function): boolean {
  return validationMetadata(Class).length > 0;
}

/**
 * Loads `class-validator` for a class that carries its decorators.
 *
 * @throws TypeError where it cannot be found, though the decorators came from somewhere
 */
export function loadValidator(neededBy: Function): ClassValidator {
  const loaded = load<ClassValidator>('class-validator');
  if (loaded !== undefined) return loaded;
  throw new TypeError(
    `${neededBy.name} carries class-validator decorators, but class-validator cannot be loaded: npm install class-validator.`,
  );
}

/** `class-transformer`, where it is installed. */
export function loadTransformer(): ClassTransformer | undefined {
  return load<ClassTransformer>('class-transformer');
}

function load<T>(name: string): T | undefined {
  // From the application first: it must be the very copy that its decorators came from.
  for (const from of [`${process.cwd()}/`, import.meta.url]) {
    try {
      return createRequire(from)(name) as T;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
