import type { FormsDict } from '../../http/body/urlencoded.js';
import { parseContentType } from '../../http/fields/media-type.js';
import type { Request } from '../../http/request.js';
import { INVALID } from '../../validation/convert.js';
import { BindError, type ErrorSource, missing, pointerTo, parsed } from './bind-error.js';
import type { Context } from '../../http/context.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound } from './binding-scope.js';
import { named } from './provider-source.js';
import { isClassTarget, isUnchecked, parserFor, type Target } from './target-type.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);

/** Whether a request says that its body is a form. */
export function isForm(request: Request): boolean {
  return FORM_TYPES.has(parseContentType(request.contentType).type);
}

/** The fields of query and form. A body that is no form is refused (415): its fields would be missing without a word. */
export const formsOf = {
  query: (request: Request): FormsDict<string> => request.query,
  form: (request: Request): FormsDict<string> => {
    if (request.hasBody && !isForm(request)) request.refuseMediaType('application/x-www-form-urlencoded');
    return request.forms;
  },
};

/** Fields and files of a form together: what a whole object is made of. */
export function formData(request: Request): Record<string, unknown> {
  const data: Record<string, unknown> = formsOf.form(request).toObject();
  for (const [name, files] of Object.entries(request.files.toObject())) {
    // Under one name both may come, of which the class asks for the one or the other.
    data[name] = name in data ? [data[name], files].flat() : files;
  }
  return data;
}

/** Binds the text or texts that came under one name. */
export function bindTexts(
  parameter: Parameter,
  source: ParameterSource,
  target: Target,
  where: ErrorSource,
  name: string | undefined,
  read: (context: Context) => string[],
): Bound {
  if (name === undefined) return nameless(parameter, where);
  if (isClassTarget(target)) return unconvertible(parameter, target, where, name);
  const { isList, converter } = target;
  const isRequired = source.options.required === true;
  const from = `${where} '${name}'`;
  const orMissing = (texts: string[]): string[] | undefined => {
    if (texts.length > 0) return texts;
    if (isRequired) throw missing(where, name);
    return undefined;
  };
  if (!isList && target.type === undefined) {
    return { parameter, from, mayFail: isRequired, read: (context) => orMissing(read(context))?.at(-1) };
  }
  if (!isList && converter !== undefined) {
    return {
      parameter,
      from,
      mayFail: true,
      read: (context) => {
        const text = orMissing(read(context))?.at(-1);
        if (text === undefined) return undefined;
        const value = converter.convert(text);
        if (value !== INVALID) return value;
        const { constraint, requirement } = converter;
        throw new BindError(where, [{ path: pointerTo(name), constraint, message: `${name} ${requirement}` }]);
      },
    };
  }
  // A list, or a schema: which is given all values where a list is declared.
  const parse = parserFor(target, source, name) as NonNullable<ReturnType<typeof parserFor>>;
  const wantsAll = isList || parameter.type === Array || parameter.rest;
  return {
    parameter,
    from,
    mayFail: true,
    mayWait: true,
    read: (context) => {
      const texts = orMissing(read(context));
      return texts && parsed(parse(wantsAll ? texts : texts.at(-1), true), where, name);
    },
  };
}

/** Binds a whole object of texts, converted and validated if its class or schema says how. */
export function bindWhole(
  parameter: Parameter,
  source: ParameterSource,
  target: Target,
  where: ErrorSource,
  read: (context: Context) => Record<string, unknown>,
): Bound {
  if (target.isList || target.converter !== undefined) return nameless(parameter, where);
  const parse = parserFor(target, source, where);
  if (parse === undefined) return { parameter, from: `the ${where}`, isUnchecked: isUnchecked(parameter, source, parse), read };
  return {
    parameter,
    from: `the ${where}`,
    mayFail: true,
    mayWait: true,
    read: (context) => parsed(parse(read(context), true), where),
  };
}

/** A parameter that wants the body where the route leaves it unread. */
export function streamedProblem(parameter: Parameter): WiringProblem {
  return parameterProblem(
    'BN_BODY_STREAMED',
    `${named(parameter)} asks for the body, which the route's { stream: true } leaves unread.`,
    {
      parameter,
      cure: 'remove `stream` from the options of the route, or read request.stream in the method.',
    },
  );
}

function nameless(parameter: Parameter, where: ErrorSource): WiringProblem {
  return parameterProblem('BN_PARAMETER_UNNAMED', `${named(parameter)} does not say which ${where} it takes.`, {
    parameter,
    cure: 'give its decorator a name.',
  });
}

function unconvertible(parameter: Parameter, target: Target, where: ErrorSource, name: string): WiringProblem {
  const label = typeLabel(target.type) ?? 'object';
  const whole = where === 'query' || where === 'form' ? `, or bind the whole ${where} by leaving the name '${name}' out` : '';
  return parameterProblem(
    'BN_PARAMETER_TYPE',
    `${named(parameter)} is ${withArticle(label)}, which the text of one ${where} cannot become.`,
    {
      parameter,
      cure: `declare it as string, number, bigint, boolean or Date, give a Standard Schema as \`type\`${whole}.`,
    },
  );
}
