/** The metadata of `class-validator` for one decorator on one property. */
export interface ValidationMetadata {
  readonly type: string;
  readonly name?: string;
  readonly target: Function | string;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[];
  readonly constraintCls: Function;
  readonly message?: string | ((args: ValidationArguments) => string);
  readonly groups?: readonly string[];
  readonly always?: boolean;
  readonly each?: boolean;
  readonly context?: Record<string, unknown>;
  readonly validateIf?: (object: unknown, value: unknown) => boolean;
}

/** The arguments of custom validators and message functions. */
export interface ValidationArguments {
  targetName: string | undefined;
  property: string;
  object: object;
  value: unknown;
  constraints: readonly unknown[] | undefined;
}

/** A registered implementation of a constraint. */
export interface ConstraintMetadata {
  readonly target: Function;
  readonly name: string;
  readonly async: boolean;
  readonly instance: {
    validate(value: unknown, args: ValidationArguments): boolean | Promise<boolean>;
    defaultMessage?(args: ValidationArguments): string;
  };
}

/** The options of `class-validator` that affect results. */
export interface ValidatorOptions {
  skipUndefinedProperties?: boolean;
  skipNullProperties?: boolean;
  skipMissingProperties?: boolean;
  whitelist?: boolean;
  forbidNonWhitelisted?: boolean;
  groups?: readonly string[];
  always?: boolean;
  strictGroups?: boolean;
  dismissDefaultMessages?: boolean;
  validationError?: { target?: boolean; value?: boolean };
  forbidUnknownValues?: boolean;
  stopAtFirstError?: boolean;
  /** Accepted and ignored. Nothing is printed. */
  enableDebugMessages?: boolean;
}

/** Internal options. */
export interface CheckOptions extends ValidatorOptions {
  /** Whether to record which elements fail a constraint with `each`. */
  recordElements?: boolean;
}

interface MetadataStorage {
  readonly hasValidationMetaData: boolean;
  addValidationMetadata(metadata: ValidationMetadata): void;
  getTargetValidationMetadatas(
    target: Function,
    schema: string,
    always: boolean,
    strictGroups: boolean,
    groups?: readonly string[],
  ): ValidationMetadata[];
  getTargetValidatorConstraints(target: Function): ConstraintMetadata[];
}

/** The kinds of metadata that are not plain constraints. */
export const CUSTOM = 'customValidation';
export const NESTED = 'nestedValidation';
export const PROMISE = 'promiseValidation';
export const CONDITIONAL = 'conditionalValidation';
export const WHITELIST = 'whitelistValidation';
export const IS_DEFINED = 'isDefined';

/** `class-validator` stores its metadata on `globalThis`, so it can be read without an import. */
function storage(): MetadataStorage | undefined {
  return (globalThis as { classValidatorMetadataStorage?: MetadataStorage }).classValidatorMetadataStorage;
}

/** The metadata of a class by property, in validation order. Own metadata comes before inherited metadata. */
export function metadataByProperty(Class: Function, options: ValidatorOptions): Record<string, ValidationMetadata[]> {
  const { always = false, strictGroups = false, groups } = options;
  const found = storage()?.getTargetValidationMetadatas(Class, '', always, strictGroups, groups) ?? [];
  // A plain object, because class-validator uses its key order, and treats the names of its prototype as known in whitelists.
  const grouped: Record<string, ValidationMetadata[]> = {};
  for (const metadata of found) {
    const name = metadata.propertyName;
    if (!Object.hasOwn(grouped, name)) grouped[name] = [];
    (grouped[name] as ValidationMetadata[]).push(metadata);
  }
  return grouped;
}

/** Adds the metadata of a decorator to its target. There is a storage, because there is metadata to copy. */
export function addValidationMetadata(metadata: ValidationMetadata): void {
  storage()?.addValidationMetadata(metadata);
}

export function constraintsOf(metadata: ValidationMetadata): ConstraintMetadata[] {
  return storage()?.getTargetValidatorConstraints(metadata.constraintCls) ?? [];
}
