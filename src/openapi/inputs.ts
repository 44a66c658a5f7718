import type { InputDescription, RouteDescription } from '../kit/index.js';
import { isStandardSchema } from '../validation/standard-schema.js';
import { BodyWriter, type RequestBody } from './body-writer.js';
import type { JSONSchema, OpenAPIParameter } from './document-types.js';
import { mergeSchemas, scalarSchema, withoutNull } from './keywords.js';
import { type NamedWildcard, wildcardSchema } from './path-template.js';
import type { Values } from './parameter-values.js';

/** The parameters and the body of a request. */
interface Inputs {
  readonly parameters: readonly OpenAPIParameter[];
  readonly requestBody?: RequestBody | undefined;
}

/** Headers that OpenAPI ignores as parameters, because it describes them in other places (§4.8.12.1). */
const IGNORED_HEADERS = new Set(['accept', 'content-type', 'authorization']);

/** Derives the parameters and the body of requests from the inputs of a route and its hooks. */
export function inputsOf({ inputs }: RouteDescription, wildcards: readonly NamedWildcard[], values: Values): Inputs {
  const parameters: OpenAPIParameter[] = wildcards.map((one) => pathParameter(one, inputs, values));
  const add = (parameter: OpenAPIParameter): void => {
    if (!parameters.some((known) => known.in === parameter.in && known.name === parameter.name)) parameters.push(parameter);
  };
  const body = new BodyWriter(values);
  for (const input of inputs) {
    switch (input.kind) {
      case 'query':
        for (const one of queryParameters(input, values)) add(one);
        break;
      case 'header':
      case 'cookie':
        for (const one of singleParameters(input.kind, input, values)) add(one);
        break;
      case 'form':
      case 'upload':
      case 'body':
        body.add(input);
    }
  }
  return { parameters, requestBody: body.finish() };
}

function pathParameter({ name, wildcard }: NamedWildcard, inputs: readonly InputDescription[], values: Values): OpenAPIParameter {
  const declared = wildcard.isOfMount
    ? []
    : inputs.flatMap((input) => declaredSchema(input, wildcard.name, wildcard.type, values));
  const schema = wildcardSchema(wildcard);
  return {
    name,
    in: 'path',
    required: true,
    ...(wildcard.crossesSlashes && { description: 'May contain slashes.' }),
    schema:
      declared[0] === undefined
        ? schema
        : mergeSchemas([...declared, ...(schema.type === 'string' ? [withoutType(schema)] : [schema])]),
  };
}

/** The schema that a parameter declares for a wildcard, if it binds that wildcard. */
function declaredSchema(input: InputDescription, name: string | undefined, filterType: unknown, values: Values): JSONSchema[] {
  if (input.kind !== 'param' || name === undefined) return [];
  if (input.name === undefined) {
    const member = values.members(input)?.find(({ sent }) => sent === name);
    return member === undefined ? [] : [withoutNull(member.schema)];
  }
  if (input.name !== name) return [];
  const { type } = input;
  if (type !== undefined && isStandardSchema(type)) return [values.of(input, true).schema];
  const scalar = filterType === 'string' && type !== String ? scalarSchema(type) : undefined;
  return scalar === undefined ? [] : [scalar];
}

function withoutType({ type: _, ...schema }: JSONSchema): JSONSchema {
  return schema;
}

function queryParameters(input: InputDescription, values: Values): OpenAPIParameter[] {
  if (input.name !== undefined) return singleParameters('query', input, values);
  const members = values.members(input) ?? [];
  return members.map(({ sent, schema, isRequired }) => ({
    name: sent,
    in: 'query',
    ...(isRequired && { required: true }),
    schema: withoutNull(schema),
  }));
}

/** One parameter; none for a dictionary. */
function singleParameters(where: OpenAPIParameter['in'], input: InputDescription, values: Values): OpenAPIParameter[] {
  const { name } = input;
  if (name === undefined || (where === 'header' && IGNORED_HEADERS.has(name.toLowerCase()))) return [];
  const { schema, isRequired } = values.of(input, true);
  // Clients cannot create signed values, so their content is not described.
  return [{ name, in: where, ...(isRequired && { required: true }), schema: input.isSigned ? { type: 'string' } : schema }];
}
