import type { JSONSchema } from './document-types.js';
import type { StandardSchema } from '../validation/standard-schema.js';
import type { Components } from './components.js';

/** The part of Standard JSON Schema (standardschema.dev) that is asked for here. */
interface JSONSchemaSource {
  readonly jsonSchema?: Readonly<Record<'input' | 'output', (options: { target: string; libraryOptions?: object }) => object>>;
}

/**
 * The JSON Schema of a Standard Schema, if its library can give one: Zod and ArkType do, for Valibot there is
 * `toStandardJsonSchema` of `@valibot/to-json-schema`. Of others nothing is known, so anything goes.
 *
 * @param name What to call it where it refers to itself.
 */
export function standardSchema(
  schema: StandardSchema,
  components: Components,
  name: string,
  direction: 'input' | 'output' = 'input',
): JSONSchema {
  const source = (schema['~standard'] as JSONSchemaSource).jsonSchema;
  if (source === undefined) return {};
  let found: JSONSchema;
  try {
    // What JSON Schema has no words for (a transformation, a date) is left open; the option is Zod's, others ignore it.
    found = source[direction]({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } }) as JSONSchema;
  } catch {
    return {};
  }
  return hoisted(found, schema, components, name);
}

/** Definitions become schemas of the document, as `#` there is the document and not this schema. */
function hoisted(root: JSONSchema, owner: object, components: Components, name: string): JSONSchema {
  const { $schema: _, $defs = {}, ...own } = root as JSONSchema & { $defs?: Record<string, JSONSchema> };
  const resolve = (pointer: string): JSONSchema | undefined => {
    if (pointer === '#') return components.reference(owner, name, 'self', '', () => rewritten(own));
    const key = /^#\/\$defs\/([^/]+)$/.exec(pointer)?.[1];
    const definition = key === undefined ? undefined : $defs[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')];
    if (key === undefined || definition === undefined) return undefined;
    // One schema of a library is described anew by each that contains it: by its text, it is one here too.
    const identity = `${key} ${JSON.stringify(definition)}`;
    return components.reference(identity, key.replace(/^__/, ''), 'definition', '', () => rewritten(definition));
  };
  const rewritten = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(rewritten) as T;
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rewritten(member as unknown)]));
    const target = typeof copy.$ref === 'string' ? resolve(copy.$ref) : undefined;
    return (target === undefined ? copy : { ...copy, ...target }) as T;
  };
  const usesItself = JSON.stringify(own).includes('"$ref":"#"');
  return usesItself ? (resolve('#') as JSONSchema) : rewritten(own);
}
