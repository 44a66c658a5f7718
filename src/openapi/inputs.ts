import type { JSONSchema, OpenAPIParameter } from '../app/openapi.js';
import type { Route } from '../app/route.js';
import type { ParameterSource } from '../controllers/options.js';
import type { Parameter } from '../controllers/parameter-list.js';
import { targetOf } from '../controllers/target.js';
import { isFormsDict, isHeaderDict } from '../controllers/texts-source.js';
import { isStandardSchema } from '../validation/schema.js';
import { BodyWriter, type RequestBody } from './body.js';
import { mergeSchemas, scalarSchema } from './keywords.js';
import { crossesSlashes, type NamedWildcard, wildcardSchema } from './paths.js';
import type { Values } from './values.js';

/** What a client sends to a route. */
export interface Inputs {
  readonly parameters: readonly OpenAPIParameter[];
  readonly requestBody?: RequestBody | undefined;
}

interface Sourced {
  readonly parameter: Parameter;
  readonly source: ParameterSource;
}

/** OpenAPI describes these elsewhere, and forbids them here (§4.8.12.1). */
const ELSEWHERE = new Set(['accept', 'content-type', 'authorization']);

/** Reads off a route's parameters, and those of the hooks around it, what clients have to send. */
export function inputsOf(route: Route, wildcards: readonly NamedWildcard[], values: Values): Inputs {
  // Those of the mounts come first, and no parameter of the method takes them.
  const outer = wildcards.length - (route.entry?.rule.wildcards.length ?? 0);
  const parameters: OpenAPIParameter[] = wildcards.map((one, i) => pathParameter(one, i >= outer, route, values));
  const add = (parameter: OpenAPIParameter): void => {
    if (!parameters.some((known) => known.in === parameter.in && known.name === parameter.name)) parameters.push(parameter);
  };
  const body = new BodyWriter(values);
  for (const sourced of sourcedParameters(route)) {
    const { parameter, source } = sourced;
    switch (source.kind) {
      case 'query':
        for (const one of queryParameters(sourced, values)) add(one);
        break;
      case 'header':
        for (const one of headerParameters(sourced, values)) add(one);
        break;
      case 'cookie':
        for (const one of cookieParameters(sourced, values)) add(one);
        break;
      case 'form':
      case 'upload':
      case 'body':
        body.add(parameter, source);
    }
  }
  return { parameters, requestBody: body.finish() };
}

function sourcedParameters({ endpoint }: Route): Sourced[] {
  const hooks = (endpoint.group?.description.methods ?? []).filter((method) => method.hooks.length > 0);
  const all = [...endpoint.parameters, ...hooks.flatMap(({ parameters }) => parameters)];
  return all.flatMap((parameter) => (parameter.source === undefined ? [] : [{ parameter, source: parameter.source }]));
}

function pathParameter({ name, wildcard }: NamedWildcard, isOwn: boolean, { endpoint }: Route, values: Values): OpenAPIParameter {
  const said = isOwn
    ? endpoint.parameters.flatMap((parameter) => declaredSchema(parameter, wildcard.name, wildcard.type, values))
    : [];
  const schema = wildcardSchema(wildcard);
  return {
    name,
    in: 'path',
    required: true,
    ...(crossesSlashes(wildcard) && { description: 'May contain slashes.' }),
    schema:
      said[0] === undefined ? schema : mergeSchemas([...said, ...(schema.type === 'string' ? [withoutType(schema)] : [schema])]),
  };
}

/** What a parameter says of the wildcard that it takes, if it takes that one. */
function declaredSchema(parameter: Parameter, key: string | undefined, filterType: unknown, values: Values): JSONSchema[] {
  const { source } = parameter;
  if (key === undefined || (source !== undefined && source.kind !== 'param')) return [];
  if ((source?.name ?? parameter.name) !== key) {
    const member =
      source && source.name === undefined ? values.members(parameter, source)?.find(({ sent }) => sent === key) : undefined;
    return member === undefined ? [] : [member.schema];
  }
  const type = source?.options.type ?? parameter.type;
  if (source !== undefined && type !== undefined && isStandardSchema(type)) return [values.of(parameter, source, true).schema];
  const scalar = filterType === 'string' && type !== String ? scalarSchema(type) : undefined;
  return scalar === undefined ? [] : [scalar];
}

function withoutType({ type: _, ...schema }: JSONSchema): JSONSchema {
  return schema;
}

function queryParameters({ parameter, source }: Sourced, values: Values): OpenAPIParameter[] {
  const target = targetOf(parameter, source);
  if (source.name === undefined && isFormsDict(target)) return [];
  const name = source.name ?? (target.isList || target.converter !== undefined ? parameter.name : undefined);
  if (name !== undefined) return [single('query', name, { parameter, source }, values)];
  const members = values.members(parameter, source) ?? [];
  return members.map(({ sent, schema, isRequired }) => ({
    name: sent,
    in: 'query',
    ...(isRequired && { required: true }),
    schema,
  }));
}

function headerParameters({ parameter, source }: Sourced, values: Values): OpenAPIParameter[] {
  if (source.name === undefined && isHeaderDict(targetOf(parameter, source))) return [];
  const name = source.name ?? dashed(parameter.name);
  if (name === undefined || ELSEWHERE.has(name.toLowerCase())) return [];
  return [single('header', name, { parameter, source }, values)];
}

/** `userAgent` stands for `user-agent`. */
function dashed(name: string | undefined): string | undefined {
  return name?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
}

function cookieParameters({ parameter, source }: Sourced, values: Values): OpenAPIParameter[] {
  const name = source.name ?? parameter.name;
  if (name === undefined || (source.name === undefined && isFormsDict(targetOf(parameter, source)))) return [];
  const one = single('cookie', name, { parameter, source }, values);
  // What is signed is no business of clients.
  return [source.options.secret === undefined ? one : { ...one, schema: { type: 'string' } }];
}

function single(where: OpenAPIParameter['in'], name: string, { parameter, source }: Sourced, values: Values): OpenAPIParameter {
  const { schema, isRequired } = values.of(parameter, source, true);
  return { name, in: where, ...(isRequired && { required: true }), schema };
}
