import type { FormsDict } from '../../http/body/urlencoded.js';
import { parseContentType } from '../../http/fields/media-type.js';
import type { Request } from '../../http/request.js';
import { INVALID } from '../../validation/convert.js';
import { BindError, type ErrorSource, missingError, pointerTo, parsedValue } from './bind-error.js';
import type { Context } from '../../http/context.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound } from './binding-scope.js';
import { parameterLabel } from './provider-source.js';
import { isClassTarget, parserFor, type Target } from './target-type.js';
import { uncheckedProblem, warnOfTexts } from './type-problems.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);

/** Whether the content type of a request is that of a form. */
export function isForm(request: Request): boolean {
  return FORM_TYPES.has(parseContentType(request.contentType).type);
}

/** The fields of query and form. A body of another type is rejected with 415, because its fields would silently be missing. */
export const formsOf = {
  query: (request: Request): FormsDict<string> => request.query,
  form: (request: Request): FormsDict<string> => {
    if (request.hasBody && !isForm(request)) request.refuseMediaType('application/x-www-form-urlencoded');
    return request.forms;
  },
};

/** Merges the fields and files of a form into the data of a whole object. */
export function formData(request: Request): Record<string, unknown> {
  const data: Record<string, unknown> = formsOf.form(request).toObject();
  for (const [name, files] of Object.entries(request.files.toObject())) {
    // A field and a file may have the same name.
    data[name] = name in data ? [data[name], files].flat() : files;
  }
  return data;
}

/** Binds the text or texts with one name. */
export function bindTexts(
  parameter: Parameter,
  source: ParameterSource,
  target: Target,
  where: ErrorSource,
  name: string | undefined,
  read: (context: Context) => string[],
): Bound {
  if (name === undefined) return unnamedProblem(parameter, where);
  if (target.isUnknown) {
    // A list of texts is what the client sent.
    if ((source.options.type ?? parameter.type) !== Array) return uncheckedProblem(parameter, source, target, name);
    if (source.options.type === undefined) warnOfTexts(parameter, source, name);
  }
  if (isClassTarget(target)) return classProblem(parameter, target, where, name);
  const { isList, converter } = target;
  const isRequired = source.options.required === true;
  const from = `${where} '${name}'`;
  const requireTexts = (texts: string[]): string[] | undefined => {
    if (texts.length > 0) return texts;
    if (isRequired) throw missingError(where, name);
    return undefined;
  };
  if (!isList && target.type === undefined) {
    return { parameter, from, mayFail: isRequired, read: (context) => requireTexts(read(context))?.at(-1) };
  }
  if (!isList && converter !== undefined) {
    return {
      parameter,
      from,
      mayFail: true,
      read: (context) => {
        const text = requireTexts(read(context))?.at(-1);
        if (text === undefined) return undefined;
        const value = converter.convert(text);
        if (value !== INVALID) return value;
        // An empty field of a form is a missing number, where the default shows that it may be missing.
        if (parameter.hasDefault && !converter.acceptsBlank && text.trim() === '') return requireTexts([]);
        const { constraint, requirement } = converter;
        throw new BindError(where, [{ path: pointerTo(name), constraint, message: `${name} ${requirement}`, value: text }]);
      },
    };
  }
  // A list, or a schema, which gets all values if a list is declared.
  const parse = parserFor(target, source, name) as NonNullable<ReturnType<typeof parserFor>>;
  const takesAll = isList || parameter.type === Array || parameter.rest;
  return {
    parameter,
    from,
    mayFail: true,
    mayWait: true,
    read: (context) => {
      const texts = requireTexts(read(context));
      return texts && parsedValue(parse(takesAll ? texts : texts.at(-1), true), where, name);
    },
  };
}

/** Binds a whole object of texts, converted and validated if its class or schema is known. */
export function bindWhole(
  parameter: Parameter,
  source: ParameterSource,
  target: Target,
  where: ErrorSource,
  read: (context: Context) => Record<string, unknown>,
): Bound {
  if (target.isUnknown) return uncheckedProblem(parameter, source, target);
  if (target.isList || target.converter !== undefined) return unnamedProblem(parameter, where);
  const parse = parserFor(target, source, where);
  if (parse === undefined) return { parameter, from: `the ${where}`, read };
  return {
    parameter,
    from: `the ${where}`,
    mayFail: true,
    mayWait: true,
    read: (context) => parsedValue(parse(read(context), true), where),
  };
}

/** The problem of a parameter that binds the body of a route with `{ stream: true }`. */
export function streamedProblem(parameter: Parameter): WiringProblem {
  return parameterProblem(
    'BN_BODY_STREAMED',
    `${parameterLabel(parameter)} asks for the body, which the route's { stream: true } leaves unread.`,
    {
      parameter,
      cure: 'remove `stream` from the options of the route, or read request.stream in the method.',
    },
  );
}

function unnamedProblem(parameter: Parameter, where: ErrorSource): WiringProblem {
  return parameterProblem('BN_PARAMETER_UNNAMED', `${parameterLabel(parameter)} does not say which ${where} it takes.`, {
    parameter,
    cure: 'give its decorator a name.',
  });
}

function classProblem(parameter: Parameter, target: Target, where: ErrorSource, name: string): WiringProblem {
  const label = typeLabel(target.type) ?? 'object';
  const whole = where === 'query' || where === 'form' ? `, or bind the whole ${where} by leaving the name '${name}' out` : '';
  return parameterProblem(
    'BN_PARAMETER_TYPE',
    `${parameterLabel(parameter)} is ${withArticle(label)}, which the text of one ${where} cannot become.`,
    {
      parameter,
      cure: `declare it as string, number, bigint, boolean or Date, name a Standard Schema at the decorator${whole}.`,
    },
  );
}
