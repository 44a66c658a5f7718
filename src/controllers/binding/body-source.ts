import type { Request } from '../../http/request.js';
import { isStandardSchema } from '../../validation/standard-schema.js';
import { missingError, parsedValue } from './bind-error.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { inputOf } from './parameter-input.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound } from './binding-scope.js';
import { parserFor, targetOf } from './target-type.js';
import { formData, isForm } from './text-source.js';
import { uncheckedProblem } from './type-problems.js';

/** The plain data of a body. `texts`: whether it is a form, whose values are strings. */
interface BodyData {
  readonly value: unknown;
  readonly texts: boolean;
}

const NOTHING: BodyData = { value: undefined, texts: false };

/** Binds the body: as text, bytes or a form if that is declared, otherwise as plain data converted to the declared type. */
export function bindBody(parameter: Parameter, source: ParameterSource): Bound {
  const target = targetOf(parameter, source);
  const { name, isDictionary } = inputOf(parameter, source, target);
  if (target.isUnknown) return uncheckedProblem(parameter, source, target, name);
  const isRequired = source.options.required === true;
  if (name === undefined && !target.isList) {
    const raw = rawReader(target.type);
    if (raw !== undefined) {
      const read = (request: Request): unknown => {
        if (request.hasBody) return raw(request);
        if (isRequired) throw missingError('body');
        return parameter.hasDefault ? undefined : raw(request);
      };
      return { parameter, from: 'the body', mayFail: isRequired, read: ({ request }) => read(request) };
    }
    if (isDictionary) return { parameter, from: 'the body', read: ({ request }) => request.forms };
  }
  const parse = parserFor(target, source, name ?? 'the body');
  const isSchema = target.type !== undefined && isStandardSchema(target.type);
  // A missing body is validated as an empty object of the class. Other missing values are undefined.
  const isClass = !isSchema && !target.isList && target.type !== undefined && target.converter === undefined;
  const read = (request: Request): unknown => {
    const { value, texts } = name === undefined ? bodyData(request) : member(bodyData(request), name);
    if (value !== undefined) return parse === undefined ? value : parsedValue(parse(value, texts), 'body', name);
    if (isRequired) throw missingError('body', name);
    if (parameter.hasDefault || parse === undefined || name !== undefined) return undefined;
    if (isSchema) return parsedValue(parse(undefined, false), 'body');
    return isClass ? parsedValue(parse({}, false), 'body') : undefined;
  };
  return {
    parameter,
    from: name === undefined ? 'the body' : `'${name}' of the body`,
    mayFail: isRequired || parse !== undefined,
    mayWait: parse !== undefined,
    read: ({ request }) => read(request),
  };
}

function rawReader(type: unknown): ((request: Request) => unknown) | undefined {
  if (type === String) return (request) => request.text;
  return type === Buffer || type === Uint8Array ? (request) => request.body : undefined;
}

/** Reads the data of JSON or a form. A body of another type, or without a type, is rejected with 415. */
function bodyData(request: Request): BodyData {
  const { json } = request;
  if (json !== undefined) return { value: json, texts: false };
  if (!request.hasBody) return NOTHING;
  return isForm(request) ? { value: formData(request), texts: true } : request.refuseMediaType('application/json');
}

function member({ value, texts }: BodyData, name: string): BodyData {
  const has = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return has ? { value: (value as Record<string, unknown>)[name], texts } : NOTHING;
}
