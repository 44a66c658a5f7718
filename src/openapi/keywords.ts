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

/** Keywords that do not restrict `null`, and `type`. */
const NULL_SAFE = new Set(
  (
    'type format pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf items minItems maxItems ' +
    'uniqueItems properties required additionalProperties minProperties contentMediaType contentEncoding default'
  ).split(' '),
);

/** The schema that also allows `null`. */
export function orNull(schema: JSONSchema): JSONSchema {
  const keywords = Object.keys(schema);
  if (keywords.length === 0) return schema;
  const { type, default: fallback, ...others } = schema;
  if (type !== undefined && keywords.every((keyword) => NULL_SAFE.has(keyword))) {
    return { ...schema, type: [...new Set([type, 'null'].flat())] as string[] };
  }
  const own = { ...(type !== undefined && { type }), ...others };
  return { anyOf: [own, { type: 'null' }], ...(fallback !== undefined && { default: fallback }) };
}

/** The schema without `null`, for values that are sent as text. */
export function withoutNull(schema: JSONSchema): JSONSchema {
  const { anyOf, type, ...others } = schema;
  if (Array.isArray(type)) return { ...others, type: type.filter((one) => one !== 'null')[0] as string };
  if (!Array.isArray(anyOf) || anyOf.length !== 2 || (anyOf[1] as JSONSchema).type !== 'null') return schema;
  return { ...(anyOf[0] as JSONSchema), ...others };
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
