import type { JSONSchema } from '../app/openapi.js';
import type { ParameterSource } from '../controllers/options.js';
import type { Parameter } from '../controllers/parameter-list.js';
import { type Target, targetOf } from '../controllers/target.js';
import { isStandardSchema, schemaClasses } from '../validation/schema.js';
import { type ClassUse, classProperties, classSchema, type DescribedProperty } from './classes.js';
import type { Components } from './components.js';
import { scalarSchema } from './keywords.js';
import { standardSchema } from './standard.js';

/** What a parameter takes, in the words of JSON Schema. */
export interface Value {
  readonly schema: JSONSchema;
  readonly isRequired: boolean;
}

/** What the parameter decorators of one route say. */
export class Values {
  readonly #components: Components;
  readonly #name: string;

  /** @param name of the operation, for schemas that have none of their own. */
  constructor(components: Components, name: string) {
    this.#components = components;
    this.#name = name;
  }

  /** The schema of one value. `undefined` types are texts where `texts` is set, else anything. */
  of(parameter: Parameter, source: ParameterSource, texts: boolean): Value {
    const target = targetOf(parameter, source);
    const element = this.#element(target, source) ?? (texts ? { type: 'string' } : {});
    const schema = target.isList ? { type: 'array', items: element } : element;
    const fallback = parameter.defaultValue;
    return {
      schema: fallback === undefined ? schema : { ...schema, default: fallback },
      isRequired: source.options.required === true,
    };
  }

  /** The properties of a value that is a whole object; `undefined` where they are not known. */
  members(parameter: Parameter, source: ParameterSource): DescribedProperty[] | undefined {
    const { type: said, isList, converter } = targetOf(parameter, source);
    const type = classBehind(said);
    if (type === undefined || isList || converter !== undefined) return undefined;
    if (!isStandardSchema(type)) return classProperties(type as Function, this.#components, use(source));
    const { type: kind, properties, required = [] } = standardSchema(type, this.#components, this.#name);
    if (kind !== 'object' || properties === undefined) return undefined;
    return Object.entries(properties).map(([sent, schema]) => ({ sent, schema, isRequired: required.includes(sent) }));
  }

  #element({ type: said }: Target, source: ParameterSource): JSONSchema | undefined {
    const type = classBehind(said);
    if (type === undefined) return undefined;
    if (isStandardSchema(type)) return standardSchema(type, this.#components, this.#name);
    return scalarSchema(type) ?? classSchema(type as Function, this.#components, use(source));
  }
}

/** A class that was made a schema says more than that. */
function classBehind(type: Target['type']): Target['type'] {
  return (type && schemaClasses.get(type)) ?? type;
}

function use({ options: { groups, unknown } }: ParameterSource): ClassUse {
  return { direction: 'input', groups, unknown: unknown === 'drop' ? undefined : unknown };
}
