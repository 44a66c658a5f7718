import type { ValueError } from './convert.js';

/**
 * The parts of the Standard Schema interface (version 1) that are used.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Only for type inference. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The result of a Standard Schema: the value, or the issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** An issue of a Standard Schema. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    '~standard' in value &&
    typeof (value as StandardSchema)['~standard']?.validate === 'function'
  );
}

/** The classes of schemas that `toStandardSchema` created. Features that support classes use them. */
export const schemaClasses = new WeakMap<object, Function>();

/** Converts a schema's issues to `ValueError`s. */
export function schemaErrors(result: SchemaResult<unknown>): ValueError[] {
  return (result.issues ?? []).map((issue) => ({
    // A copy, because ArkType's paths are a subclass of arrays with a different `map`.
    path: [...(issue.path ?? [])].map((part) => `/${escapePointer(String(typeof part === 'object' ? part.key : part))}`).join(''),
    constraint: 'schema',
    message: issue.message,
  }));
}

/** Escapes a name for a JSON pointer (RFC 6901 §3). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
