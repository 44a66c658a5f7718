import type { Request } from '../../http/request.js';
import { SECRET_REMEDY, secretProblem } from '../../http/fields/cookie-signature.js';
import type { FileUpload } from '../../http/body/upload.js';
import { ClassError, problemText } from '../../validation/class-error.js';
import { isStandardSchema } from '../../validation/standard-schema.js';
import { missingError, parsedValue } from './bind-error.js';
import { builtInByName, builtInByType } from './built-ins.js';
import { bindBody } from './body-source.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { inputOf } from './parameter-input.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound, Scope } from './binding-scope.js';
import {
  describeAvailable,
  describeProvider,
  keywordsOf,
  parameterLabel,
  provided,
  providedByType,
  wildcardText,
} from './provider-source.js';
import { isClassTarget, parserFor, targetOf } from './target-type.js';
import { bindTexts, bindWhole, formData, formsOf, streamedProblem } from './text-source.js';
import { statedTypeProblem } from './type-problems.js';
import { wildcardReader } from './wildcard-source.js';
import { parameterProblem, typeLabel, withArticle } from './wiring-error.js';

/** Binds a parameter to the source that its decorator names. */
export function bindSource(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  const problem = statedTypeProblem(parameter, source);
  if (problem !== undefined) return problem;
  try {
    return bindKind(parameter, source, scope);
  } catch (error) {
    if (!(error instanceof ClassError)) throw error;
    return parameterProblem(
      'BN_CLASS',
      `${parameterLabel(parameter)} cannot be made: ${error.problems.map(problemText).join('; ')}.`,
      {
        parameter,
        cure: `${[...new Set(error.problems.map(({ cure }) => cure))].join('; ')}.`,
      },
    );
  }
}

function bindKind(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  switch (source.kind) {
    case 'param':
      return bindParam(parameter, source, scope);
    case 'inject':
      return bindInject(parameter, source, scope);
    case 'query':
      return bindForms(parameter, source, 'query');
    case 'form':
      return scope.isStreamed ? streamedProblem(parameter) : bindForms(parameter, source, 'form');
    case 'header':
      return bindHeader(parameter, source);
    case 'cookie':
      return bindCookie(parameter, source);
    case 'upload':
      return scope.isStreamed ? streamedProblem(parameter) : bindUpload(parameter, source);
    case 'body':
      return scope.isStreamed ? streamedProblem(parameter) : bindBody(parameter, source);
    case 'custom':
      return bindCustom(parameter, source);
  }
}

function bindParam(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  const name = source.name ?? parameter.name;
  const target = targetOf(parameter, source);
  const position = scope.wildcards.findIndex(({ key }) => key === name);
  const wildcard = scope.wildcards[position];
  const isSchema = target.type !== undefined && isStandardSchema(target.type);
  // One text cannot become an object. The value of a custom filter may be an object.
  const isObject = isClassTarget(target) && !target.isList && (wildcard === undefined || typeof wildcard.type === 'string');
  // A plain object has to be declared explicitly, because a parameter without a type may be a misspelt wildcard.
  const isPlain = source.options.type === Object && wildcard === undefined;
  if (source.name === undefined && (isObject || isPlain || (isSchema && wildcard === undefined))) {
    const bound = bindWhole(parameter, source, target, 'path', (context) => ({ ...context.args }));
    return 'read' in bound ? { ...bound, from: 'the wildcards', wildcard: 'all' } : bound;
  }
  if (wildcard !== undefined) {
    if (!isSchema) return wildcardReader(parameter, position, scope, source.options.type ?? parameter.type);
    const parse = parserFor(target, source, wildcard.key) as NonNullable<ReturnType<typeof parserFor>>;
    return {
      parameter,
      from: `wildcard ${wildcardText(wildcard)}`,
      wildcard: position,
      mayFail: true,
      mayWait: true,
      read: (context) => parsedValue(parse(context.values[position], true), 'path', wildcard.key),
    };
  }
  return parameterProblem(
    'BN_WILDCARD_MISSING',
    `${parameterLabel(parameter)} asks for the wildcard '${name ?? ''}', which the rule does not have.`,
    {
      parameter,
      wanted: name,
      names: scope.wildcards.filter(({ isAnonymous }) => !isAnonymous).map(({ key }) => key),
      available: scope.wildcards.map(wildcardText),
      cure: `write <${name ?? 'name'}> into the rule, or name one of its wildcards: @Param('…').`,
    },
  );
}

function bindInject(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  const { type } = source.options;
  const byKeyword = (keyword: string | undefined) => scope.providers.find((candidate) => candidate.keyword === keyword);
  const provider = type === undefined || source.name !== undefined ? byKeyword(source.name ?? parameter.name) : undefined;
  if (provider !== undefined) return provided(parameter, provider);
  const wantedType = source.name === undefined ? (type ?? parameter.type) : undefined;
  const byType = wantedType === undefined ? undefined : providedByType(parameter, wantedType, scope);
  if (byType !== undefined) return byType;
  // `@Inject` also binds built-in values, to a parameter of another name.
  const builtIn = builtInByName(source.name, scope) ?? builtInByType(type, scope);
  if (builtIn !== undefined) return { parameter, ...builtIn };
  const keyword = source.name ?? (type === undefined ? parameter.name : undefined);
  const wanted = keyword === undefined ? withArticle(typeLabel(type) ?? 'value') : `'${keyword}'`;
  return parameterProblem(
    'BN_INJECT_UNPROVIDED',
    `${parameterLabel(parameter)} asks for ${wanted}, which no installed plugin provides.`,
    {
      parameter,
      wanted: keyword,
      names: keyword === undefined ? [] : keywordsOf(scope),
      available: keyword === undefined ? scope.providers.map(describeProvider) : describeAvailable({ ...scope, wildcards: [] }),
      cure: 'install the plugin that provides it before the app is checked, or correct what is asked for.',
    },
  );
}

function bindForms(parameter: Parameter, source: ParameterSource, where: 'query' | 'form'): Bound {
  const target = targetOf(parameter, source);
  const { name, isDictionary } = inputOf(parameter, source, target);
  if (isDictionary) {
    return { parameter, from: where, read: ({ request }) => (where === 'query' ? request.query : request.forms) };
  }
  const read = where === 'query' ? formsOf.query : formsOf.form;
  if (name === undefined) {
    const whole = where === 'query' ? (request: Request) => request.query.toObject() : formData;
    return bindWhole(parameter, source, target, where, ({ request }) => whole(request));
  }
  return bindTexts(parameter, source, target, where, name, ({ request }) => read(request).getAll(name));
}

function bindHeader(parameter: Parameter, source: ParameterSource): Bound {
  const target = targetOf(parameter, source);
  const { name, isDictionary } = inputOf(parameter, source, target);
  if (isDictionary) return { parameter, from: 'the headers', read: ({ request }) => request.headers };
  return bindTexts(parameter, source, target, 'header', name, ({ request }) => {
    if (target.isList) return request.headers.getAll(name as string);
    const text = request.getHeader(name as string);
    return text === undefined ? [] : [text];
  });
}

function bindCookie(parameter: Parameter, source: ParameterSource): Bound {
  const { secret, required } = source.options;
  const target = targetOf(parameter, source);
  const problem = 'secret' in source.options ? secretProblem(secret) : undefined;
  if (problem !== undefined) {
    return parameterProblem('BN_COOKIE', `${parameterLabel(parameter)} asks for a signed cookie, and ${problem}.`, {
      parameter,
      cure: `${SECRET_REMEDY}.`,
    });
  }
  const { name, isDictionary } = inputOf(parameter, source, target);
  if (isDictionary) {
    if (secret === undefined) return { parameter, from: 'the cookies', read: ({ request }) => request.cookies };
    return parameterProblem('BN_COOKIE', `${parameterLabel(parameter)} asks for all cookies, and a secret is for one.`, {
      parameter,
      cure: "name the cookie, as in @Cookie('user', { secret }), or leave `secret` out.",
    });
  }
  if (secret === undefined || name === undefined) {
    return bindTexts(parameter, source, target, 'cookie', name, ({ request }) => request.cookies.getAll(name as string));
  }
  // A signed value needs no type: only this server can have made it.
  const parse = parserFor(target, source, name);
  return {
    parameter,
    from: `signed cookie '${name}'`,
    mayFail: true,
    mayWait: parse !== undefined,
    read: ({ request }) => {
      const value = request.getCookie(name, { secret });
      if (value === undefined) {
        if (required) throw missingError('cookie', name);
        return undefined;
      }
      return parse === undefined ? value : parsedValue(parse(value, false), 'cookie', name);
    },
  };
}

function bindUpload(parameter: Parameter, source: ParameterSource): Bound {
  const target = targetOf(parameter, source);
  const { name } = inputOf(parameter, source, target);
  if (name === undefined) return { parameter, from: 'the uploads', read: ({ request }) => request.files };
  const { isList } = target;
  return {
    parameter,
    from: `upload '${name}'`,
    mayFail: source.options.required === true,
    read: ({ request }) => {
      const files: FileUpload[] = request.files.getAll(name);
      if (files.length === 0) {
        if (source.options.required) throw missingError('form', name);
        return undefined;
      }
      return isList ? files : files.at(-1);
    },
  };
}

function bindCustom(parameter: Parameter, source: ParameterSource): Bound {
  const read = source.read as NonNullable<ParameterSource['read']>;
  return { parameter, from: 'createParam', mayWait: true, read: (context) => read(context.request, context) };
}
