import type { Request } from '../../http/request.js';
import { isStandardSchema } from '../../validation/standard-schema.js';
import { missing, parsed } from './bind-error.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { inputOf } from './parameter-input.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound } from './binding-scope.js';
import { isUnchecked, parserFor, targetOf } from './target-type.js';
import { formData, isForm } from './text-source.js';

/** What a body says, as plain data; `texts` where it is a form, whose values have no types of their own. */
interface BodyData {
  readonly value: unknown;
  readonly texts: boolean;
}

const NOTHING: BodyData = { value: undefined, texts: false };

/** Binds the body: as text, bytes or form where that is declared, else as the plain data that it holds, made what is declared. */
export function bindBody(parameter: Parameter, source: ParameterSource): Bound {
  const target = targetOf(parameter, source);
  const { name, isDictionary } = inputOf(parameter, source, target);
  const isRequired = source.options.required === true;
  if (name === undefined && !target.isList) {
    const raw = rawReader(target.type);
    if (raw !== undefined) {
      const read = (request: Request): unknown => {
        if (request.hasBody) return raw(request);
        if (isRequired) throw missing('body');
        return parameter.hasDefault ? undefined : raw(request);
      };
      return { parameter, from: 'the body', mayFail: isRequired, read: ({ request }) => read(request) };
    }
    if (isDictionary) return { parameter, from: 'the body', read: ({ request }) => request.forms };
  }
  const parse = parserFor(target, source, name ?? 'the body');
  const isSchema = target.type !== undefined && isStandardSchema(target.type);
  // Of a class without a body the validators say what is missing. Whatever else is missing is undefined.
  const isClass = !isSchema && !target.isList && target.type !== undefined && target.converter === undefined;
  const read = (request: Request): unknown => {
    const { value, texts } = name === undefined ? bodyData(request) : member(bodyData(request), name);
    if (value !== undefined) return parse === undefined ? value : parsed(parse(value, texts), 'body', name);
    if (isRequired) throw missing('body', name);
    if (parameter.hasDefault || parse === undefined || name !== undefined) return undefined;
    if (isSchema) return parsed(parse(undefined, false), 'body');
    return isClass ? parsed(parse({}, false), 'body') : undefined;
  };
  return {
    parameter,
    from: name === undefined ? 'the body' : `'${name}' of the body`,
    mayFail: isRequired || parse !== undefined,
    mayWait: parse !== undefined,
    isUnchecked: isUnchecked(parameter, source, parse),
    read: ({ request }) => read(request),
  };
}

function rawReader(type: unknown): ((request: Request) => unknown) | undefined {
  if (type === String) return (request) => request.text;
  return type === Buffer || type === Uint8Array ? (request) => request.body : undefined;
}

/** JSON, or a form. A body of any other type, or of none, is refused (415). */
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
