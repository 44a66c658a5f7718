import type { ValueError } from './convert.js';

/** The part of the Standard Schema interface (standardschema.dev, version 1) that binding uses. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

export interface SchemaResult<Output> {
  readonly value?: Output;
  readonly issues?: readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] }[];
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    '~standard' in value &&
    typeof (value as StandardSchema)['~standard']?.validate === 'function'
  );
}

/** A schema's issues in our own form. */
export function schemaErrors(result: SchemaResult<unknown>): ValueError[] {
  return (result.issues ?? []).map((issue) => ({
    path: (issue.path ?? []).map((part) => `/${escapePointer(String(typeof part === 'object' ? part.key : part))}`).join(''),
    constraint: 'schema',
    message: issue.message,
  }));
}

/** A name as a part of a JSON pointer (RFC 6901 §3). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
