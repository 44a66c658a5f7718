import type { ValueError } from './convert.js';

/** The Standard Schema interface (standardschema.dev, version 1), as far as it is needed here. */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Only for the compiler. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema gives: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a Standard Schema finds wrong, and where. */
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

/** The classes that stand behind schemas of our own making, for those who can make more of a class. */
export const schemaClasses = new WeakMap<object, Function>();

/** A schema's issues in our own form. */
export function schemaErrors(result: SchemaResult<unknown>): ValueError[] {
  return (result.issues ?? []).map((issue) => ({
    // A copy, as ArkType's paths are arrays of their own kind, whose `map` gives something else.
    path: [...(issue.path ?? [])].map((part) => `/${escapePointer(String(typeof part === 'object' ? part.key : part))}`).join(''),
    constraint: 'schema',
    message: issue.message,
  }));
}

/** A name as a part of a JSON pointer (RFC 6901 §3). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
