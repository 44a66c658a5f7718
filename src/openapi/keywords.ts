import type { JSONSchema } from './document-types.js';

/** The schema of an uploaded file. Documentation pages still use `format`, which OpenAPI 3.1 replaced. */
export const FILE: JSONSchema = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' };

const SCALARS = new Map<unknown, JSONSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [BigInt, { type: 'integer' }],
  [Date, { type: 'string', format: 'date-time' }],
  [URL, { type: 'string', format: 'uri' }],
]);

/** The schema of a scalar type; `undefined` for other types. */
export function scalarSchema(type: unknown): JSONSchema | undefined {
  const schema = SCALARS.get(type);
  return schema && { ...schema };
}

/** Merges schemas that must all hold. Conflicting values of a keyword are moved to `allOf`. */
export function mergeSchemas(schemas: readonly JSONSchema[]): JSONSchema {
  const merged: JSONSchema = {};
  const further: JSONSchema[] = [];
  for (const schema of schemas) {
    for (const [keyword, value] of Object.entries(schema)) {
      const known = merged[keyword];
      if (known === undefined) merged[keyword] = value;
      else if (keyword === 'type') merged.type = narrowerType(known, value) as string;
      else if (keyword === 'allOf') further.push(...(value as JSONSchema[]));
      else if (keyword === 'items') merged.items = mergeSchemas([known as JSONSchema, value as JSONSchema]);
      else if (JSON.stringify(known) !== JSON.stringify(value)) further.push({ [keyword]: value });
    }
  }
  if (further.length > 0) merged.allOf = [...((merged.allOf as JSONSchema[] | undefined) ?? []), ...further];
  return merged;
}

function narrowerType(known: unknown, other: unknown): unknown {
  return known === 'number' && other === 'integer' ? other : known;
}

/** Converts a value to JSON data. Returns `undefined` if JSON cannot represent it. */
export function jsonValue(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
