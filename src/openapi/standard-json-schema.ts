import type { JSONSchema } from './document-types.js';
import type { StandardSchema } from '../validation/standard-schema.js';
import type { Components } from './components.js';

/** The part of Standard JSON Schema (standardschema.dev) that is used here. */
interface JSONSchemaSource {
  readonly jsonSchema?: Readonly<Record<'input' | 'output', (options: { target: string; libraryOptions?: object }) => object>>;
}

/**
 * Converts a Standard Schema to JSON Schema, if its library supports this: Zod and ArkType do; for Valibot use `toStandardJsonSchema` of
 * `@valibot/to-json-schema`. For other libraries, it returns the schema that allows every value.
 *
 * @param name the name of its component, if the schema refers to itself.
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
    // This option of Zod allows any value for types that JSON Schema cannot represent (transformations, dates). Other libraries ignore it.
    found = source[direction]({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } }) as JSONSchema;
  } catch {
    return {};
  }
  return hoistDefinitions(found, schema, components, name);
}

/** Moves definitions to the components of the document, because `#` refers to the document there. */
function hoistDefinitions(root: JSONSchema, owner: object, components: Components, name: string): JSONSchema {
  const { $schema: _, $defs = {}, ...own } = root as JSONSchema & { $defs?: Record<string, JSONSchema> };
  const resolve = (pointer: string): JSONSchema | undefined => {
    if (pointer === '#') return components.reference(owner, name, 'self', '', () => rewriteReferences(own));
    const key = /^#\/\$defs\/([^/]+)$/.exec(pointer)?.[1];
    const definition = key === undefined ? undefined : $defs[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')];
    if (key === undefined || definition === undefined) return undefined;
    // Libraries repeat a definition in every schema that uses it. The text identifies it, so that it becomes one component.
    const identity = `${key} ${JSON.stringify(definition)}`;
    return components.reference(identity, key.replace(/^__/, ''), 'definition', '', () => rewriteReferences(definition));
  };
  const rewriteReferences = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(rewriteReferences) as T;
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rewriteReferences(member as unknown)]));
    const target = typeof copy.$ref === 'string' ? resolve(copy.$ref) : undefined;
    return (target === undefined ? copy : { ...copy, ...target }) as T;
  };
  const isRecursive = JSON.stringify(own).includes('"$ref":"#"');
  return isRecursive ? (resolve('#') as JSONSchema) : rewriteReferences(own);
}
