/** What `class-validator` notes for one decorator on one property. */
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

/** What custom validators and message functions are told. */
export interface ValidationArguments {
  targetName: string | undefined;
  property: string;
  object: object;
  value: unknown;
  constraints: readonly unknown[] | undefined;
}

/** An implementation of a constraint, as registered. */
export interface ConstraintMetadata {
  readonly target: Function;
  readonly name: string;
  readonly async: boolean;
  readonly instance: {
    validate(value: unknown, args: ValidationArguments): boolean | Promise<boolean>;
    defaultMessage?(args: ValidationArguments): string;
  };
}

/** `class-validator`'s `ValidatorOptions`, as far as they change an outcome. */
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
  /** Accepted and ignored: nothing is printed. */
  enableDebugMessages?: boolean;
}

/** Options of our own, for compilers that parse. */
export interface CheckOptions extends ValidatorOptions {
  /** Whether to note which elements fail a constraint for each of them. */
  places?: boolean;
}

interface MetadataStorage {
  readonly hasValidationMetaData: boolean;
  getTargetValidationMetadatas(
    target: Function,
    schema: string,
    always: boolean,
    strictGroups: boolean,
    groups?: readonly string[],
  ): ValidationMetadata[];
  getTargetValidatorConstraints(target: Function): ConstraintMetadata[];
}

/** The names of the kinds of metadata that are no plain constraints. */
export const CUSTOM = 'customValidation';
export const NESTED = 'nestedValidation';
export const PROMISE = 'promiseValidation';
export const CONDITIONAL = 'conditionalValidation';
export const WHITELIST = 'whitelistValidation';
export const IS_DEFINED = 'isDefined';

/** `class-validator` keeps its metadata on `globalThis`, so that it need not be imported to be read. */
function storage(): MetadataStorage | undefined {
  return (globalThis as { classValidatorMetadataStorage?: MetadataStorage }).classValidatorMetadataStorage;
}

/** The metadata of a class, its own before what it inherits, by property in the order in which properties are validated. */
export function metadataByProperty(Class: Function, options: ValidatorOptions): Record<string, ValidationMetadata[]> {
  const { always = false, strictGroups = false, groups } = options;
  const found = storage()?.getTargetValidationMetadatas(Class, '', always, strictGroups, groups) ?? [];
  // A plain object on purpose: its keys come in class-validator's order, and its prototype counts as known in whitelists there.
  const grouped: Record<string, ValidationMetadata[]> = {};
  for (const metadata of found) {
    const name = metadata.propertyName;
    if (!Object.hasOwn(grouped, name)) grouped[name] = [];
    (grouped[name] as ValidationMetadata[]).push(metadata);
  }
  return grouped;
}

export function constraintsOf(metadata: ValidationMetadata): ConstraintMetadata[] {
  return storage()?.getTargetValidatorConstraints(metadata.constraintCls) ?? [];
}

/** Whether a class carries `class-validator` decorators, its own or inherited. */
export function isValidated(Class: Function): boolean {
  return Object.keys(metadataByProperty(Class, { always: true })).length > 0;
}

/** Whether any class of this process carries them. */
export function hasValidators(): boolean {
  return storage()?.hasValidationMetaData === true;
}
