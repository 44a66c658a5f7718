import type { JSONSchema, OpenAPIMediaType, OpenAPIResponse } from './document-types.js';
import { type PluginDocs, type ResultDescription, type RouteDescription, reasonPhrase } from '../kit/index.js';
import { hasValidators } from '../validation/properties.js';
import { classSchema } from './class-schema.js';
import type { Components } from './components.js';
import { thrownErrors } from './thrown-errors.js';
import { scalarSchema } from './keywords.js';

type Content = Record<string, OpenAPIMediaType>;

const PROBLEM: JSONSchema = {
  type: 'object',
  description: 'The problem details of an error (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail'],
};

const VALIDATION_ERRORS: JSONSchema = {
  type: 'object',
  properties: {
    errors: {
      type: 'array',
      description: 'All validation errors of the request.',
      items: {
        type: 'object',
        properties: {
          in: { type: 'string', enum: ['path', 'query', 'form', 'header', 'cookie', 'body'] },
          path: { type: 'string', format: 'json-pointer', description: 'The JSON pointer to the value (RFC 6901).' },
          constraint: { type: 'string', description: 'The violated constraint.' },
          message: { type: 'string' },
        },
        required: ['in', 'path', 'constraint', 'message'],
      },
    },
  },
  required: ['errors'],
};

/** The responses of a route, by status. */
export function responsesOf(
  described: RouteDescription,
  plugins: readonly PluginDocs[],
  components: Components,
): Record<string, OpenAPIResponse> {
  const status = described.result.status ?? 200;
  const responses: Record<string, OpenAPIResponse> = { [status]: success(described.result, status, components) };
  for (const failure of failuresOf(described, plugins)) {
    responses[failure.status] ??= { description: failure.description, ...failureContent(described, failure.status, components) };
  }
  return responses;
}

function success(result: ResultDescription, status: number, components: Components): OpenAPIResponse {
  const content = status < 200 || status === 204 || status === 304 ? undefined : successContent(result, components);
  const headers = result.headers.filter(([name]) => name.toLowerCase() !== 'content-type');
  return {
    description: descriptionOf(status),
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map(([name, value]) => [name, { schema: headerSchema(value) }])),
    }),
    ...(content !== undefined && { content }),
  };
}

function headerSchema(value: string): JSONSchema {
  return { type: 'string', default: value };
}

function successContent(result: ResultDescription, components: Components): Content | undefined {
  const { headers, declared, view } = result;
  const mediaType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1].split(';', 1)[0];
  if (view !== undefined) {
    return {
      [mediaType ?? 'text/html']: { schema: { type: 'string' } },
      ...(view.offersJson && { 'application/json': {} }),
    };
  }
  const returned = returnedContent(result, components) ?? typeContent(declared, components);
  if (mediaType === undefined) return returned;
  return { [mediaType]: Object.values(returned ?? {})[0] ?? {} };
}

function returnedContent({ returns }: ResultDescription, components: Components): Content | undefined {
  if (returns === undefined) return undefined;
  const one = classSchema(returns.type, components, { direction: 'output' });
  return { 'application/json': { schema: returns.isList ? { type: 'array', items: one } : one } };
}

/** The content of the declared return type, if the compiler emits it. */
function typeContent(type: Function | undefined, components: Components): Content | undefined {
  if (type === undefined) return undefined;
  if (type === String) return { 'text/html': { schema: { type: 'string' } } };
  if (type === Array) return { 'application/json': { schema: { type: 'array', items: {} } } };
  const schema = type === Date ? undefined : scalarSchema(type);
  if (schema !== undefined) return { 'application/json': { schema } };
  return hasValidators(type)
    ? { 'application/json': { schema: classSchema(type, components, { direction: 'output' }) } }
    : undefined;
}

interface Failure {
  readonly status: number;
  readonly description: string;
}

function failuresOf(described: RouteDescription, plugins: readonly PluginDocs[]): Failure[] {
  const failures: Failure[] = [];
  const add = (status: number, description = descriptionOf(status)): void => {
    if (!failures.some((known) => known.status === status)) failures.push({ status, description });
  };
  for (const { security, responses = {} } of plugins) {
    for (const [status, description] of Object.entries(responses)) add(Number(status), description);
    if (security !== undefined) add(401);
  }
  for (const { status, message } of thrownErrors(described.route.fn)) add(status, message);
  if (described.isValidated) add(422, 'The request is not valid.');
  const hasWildcards = described.parts.some((part) => typeof part !== 'string' && !part.isOfMount);
  for (const status of handledStatuses(described)) {
    // A request that reaches the route cannot fail with 405. It can fail with 404 only if a wildcard names the resource.
    if (status !== 405 && (status !== 404 || hasWildcards)) add(status);
  }
  return failures.sort((a, b) => a.status - b.status);
}

/** The statuses below 500 that the controller of the route handles. Every method may fail with 500, so it is not documented. */
function handledStatuses({ errors }: RouteDescription): number[] {
  return errors.flatMap(({ what }) => what.filter((one) => typeof one === 'number' && one < 500)) as number[];
}

/** The content of an error. That of a handler is known from `@Returns`, the declared type or the view, or not at all. */
function failureContent({ errorResult }: RouteDescription, status: number, components: Components): { content?: Content } {
  const handled = errorResult(status);
  if (handled !== undefined) {
    const content = successContent(handled, components);
    return content === undefined ? {} : { content };
  }
  const problem = components.reference(PROBLEM, 'Problem', '', '', () => PROBLEM);
  if (status !== 422) return { content: { 'application/problem+json': { schema: problem } } };
  const whole = { allOf: [problem, VALIDATION_ERRORS] };
  const schema = components.reference(VALIDATION_ERRORS, 'ValidationProblem', '', '', () => whole);
  return { content: { 'application/problem+json': { schema } } };
}

function descriptionOf(status: number): string {
  return reasonPhrase(status);
}
