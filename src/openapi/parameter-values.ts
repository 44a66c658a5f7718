import type { JSONSchema } from './document-types.js';
import type { InputDescription } from '../kit/index.js';
import { converterFor } from '../validation/convert.js';
import { isStandardSchema, schemaClasses } from '../validation/standard-schema.js';
import { type ClassUse, classProperties, classSchema, type DescribedProperty } from './class-schema.js';
import type { Components } from './components.js';
import { scalarSchema } from './keywords.js';
import { standardSchema } from './standard-json-schema.js';

/** The schema of a parameter. */
interface Value {
  readonly schema: JSONSchema;
  readonly isRequired: boolean;
}

/** Creates the schemas of the parameters of one route. */
export class Values {
  readonly #components: Components;
  readonly #name: string;

  /** @param name the name for schemas that have none of their own. */
  constructor(components: Components, name: string) {
    this.#components = components;
    this.#name = name;
  }

  /** The schema of one value. A value without a type is a string if `texts` is set, otherwise anything. */
  of(input: InputDescription, texts: boolean): Value {
    const element = this.#element(input) ?? (texts ? { type: 'string' } : {});
    const whole: JSONSchema = input.isList ? { type: 'array', items: element } : element;
    // Only JSON has a null.
    const schema = input.isNullable && !texts ? { anyOf: [whole, { type: 'null' }] } : whole;
    const fallback = input.defaultValue;
    return {
      schema: fallback === undefined ? schema : { ...schema, default: fallback },
      isRequired: input.isRequired,
    };
  }

  /** The properties of a whole object; `undefined` if they are unknown. */
  members(input: InputDescription): DescribedProperty[] | undefined {
    const type = sourceClass(input.type);
    if (type === undefined || input.isList || input.isDictionary || converterFor(input.type) !== undefined) return undefined;
    if (!isStandardSchema(type)) return classProperties(type as Function, this.#components, classUse(input));
    const { type: kind, properties, required = [] } = standardSchema(type, this.#components, this.#name);
    if (kind !== 'object' || properties === undefined) return undefined;
    return Object.entries(properties).map(([sent, schema]) => ({ sent, schema, isRequired: required.includes(sent) }));
  }

  #element(input: InputDescription): JSONSchema | undefined {
    const type = sourceClass(input.type);
    if (type === undefined) return undefined;
    if (isStandardSchema(type)) return standardSchema(type, this.#components, this.#name);
    return scalarSchema(type) ?? classSchema(type as Function, this.#components, classUse(input));
  }
}

/** The class that `toStandardSchema` converted, because it describes more than the Standard Schema. */
function sourceClass(type: InputDescription['type']): InputDescription['type'] {
  return (type && schemaClasses.get(type)) ?? type;
}

function classUse({ groups, unknown }: InputDescription): ClassUse {
  return { direction: 'input', groups, unknown: unknown === 'drop' ? undefined : unknown };
}
