import { FormsDict } from '../http/forms.js';
import { HeaderDict } from '../http/headers.js';
import type { Request } from '../http/request.js';
import { converterFor, type Converter, INVALID } from '../validation/convert.js';
import { objectParser, type Parsed } from '../validation/object.js';
import { BindError, type ErrorSource } from './bind-error.js';
import { type BoundParameter, describeAvailable, labelOf, named, provided, type Scope } from './scope.js';
import type { Context } from './context.js';
import type { Parameter } from './parameter-list.js';
import type { ParameterSource } from './options.js';
import { wildcardReader } from './wildcard.js';
import { parameterProblem, type WiringProblem } from './wiring.js';

type Bound = BoundParameter | WiringProblem;

/** Binds a parameter that says by decorator where it comes from. */
export function bindSource(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  switch (source.kind) {
    case 'param':
      return bindParam(parameter, source, scope);
    case 'inject':
      return bindInject(parameter, source, scope);
    case 'query':
      return bindForms(parameter, source, 'query', (request) => request.query);
    case 'form':
      return bindForms(parameter, source, 'form', (request) => request.forms);
    case 'header':
      return bindText(parameter, source, 'header', (context, name) => context.request.getHeader(name));
    case 'cookie':
      return bindCookie(parameter, source);
    case 'upload':
      return bindUpload(parameter, source);
    case 'body':
      return bindBody(parameter, source);
    case 'custom':
      return bindCustom(parameter, source);
  }
}

function bindParam(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  const name = source.name ?? parameter.name;
  const position = scope.wildcards.findIndex((wildcard) => wildcard.key === name);
  if (position !== -1)
    return wildcardReader(parameter, position, scope, (source.options.type as Function | undefined) ?? parameter.type);
  const type = objectType(parameter, source);
  if (source.name === undefined && type !== undefined) {
    return bindObject(parameter, source, 'path', `the wildcards`, type, (context) => ({ ...context.args }), true);
  }
  return parameterProblem(
    'BN_WILDCARD_MISSING',
    `${named(parameter)} asks for the wildcard '${name ?? ''}', which the rule does not have.`,
    {
      parameter: name ?? '',
      names: scope.wildcards.map(({ key }) => key),
      available: scope.wildcards.map(({ key }) => `<${key}>`),
      cure: `write <${name ?? 'name'}> into the rule, or name one of its wildcards: @Param('…').`,
    },
  );
}

function bindInject(parameter: Parameter, source: ParameterSource, scope: Scope): Bound {
  const keyword = source.name ?? parameter.name;
  const provider = scope.providers.find((candidate) => candidate.keyword === keyword);
  if (provider !== undefined) return provided(parameter, provider);
  return parameterProblem(
    'BN_INJECT_UNPROVIDED',
    `${named(parameter)} asks for '${keyword ?? ''}', which no installed plugin provides.`,
    {
      parameter: keyword ?? '',
      names: scope.providers.map((candidate) => labelOf(candidate.keyword)),
      available: describeAvailable(scope),
      cure: 'install the plugin that provides it before the app is checked, or correct the keyword.',
    },
  );
}

function bindForms(
  parameter: Parameter,
  source: ParameterSource,
  where: 'query' | 'form',
  read: (request: Request) => FormsDict<string>,
): Bound {
  const type = objectType(parameter, source);
  if (source.name === undefined && type === (FormsDict as unknown))
    return { parameter, from: where, read: (context) => read(context.request) };
  const scalar = scalarType(parameter, source);
  // A declared scalar without a name can only mean the value of its own name.
  const name = source.name ?? (scalar === undefined || scalar === Object ? undefined : parameter.name);
  if (name !== undefined) return bindNamed(parameter, source, where, name, (context) => read(context.request).getAll(name));
  return bindObject(parameter, source, where, where, type, (context) => read(context.request).toObject(), true);
}

function bindText(
  parameter: Parameter,
  source: ParameterSource,
  where: ErrorSource,
  read: (context: Context, name: string) => string | undefined,
): Bound {
  if (source.name === undefined && parameter.type === (HeaderDict as unknown))
    return { parameter, from: where, read: (context) => context.request.headers };
  const name = source.name ?? parameter.name;
  if (name === undefined) return nameless(parameter, where);
  return bindNamed(parameter, source, where, name, (context) => {
    const text = read(context, name);
    return text === undefined ? [] : [text];
  });
}

function bindCookie(parameter: Parameter, source: ParameterSource): Bound {
  const { secret } = source.options;
  const name = source.name ?? parameter.name;
  if (name === undefined) return nameless(parameter, 'cookie');
  if (secret === undefined) return bindText(parameter, source, 'cookie', (context, key) => context.request.cookies.get(key));
  return {
    parameter,
    from: `signed cookie '${name}'`,
    mayFail: source.options.required === true,
    read: (context) => required(source, 'cookie', name, context.request.getCookie(name, { secret })),
  };
}

function bindUpload(parameter: Parameter, source: ParameterSource): Bound {
  const name = source.name ?? (parameter.type === (FormsDict as unknown) ? undefined : parameter.name);
  if (name === undefined) return { parameter, from: 'uploads', read: (context) => context.request.files };
  const isList = parameter.type === Array;
  return {
    parameter,
    from: `upload '${name}'`,
    mayFail: source.options.required === true,
    read: (context) => {
      const { files } = context.request;
      const value = isList ? files.getAll(name) : files.get(name);
      return required(
        source,
        'form',
        name,
        isList && files.getAll(name).length === 0 && source.options.required ? undefined : value,
      );
    },
  };
}

function bindCustom(parameter: Parameter, source: ParameterSource): Bound {
  const read = source.read as NonNullable<ParameterSource['read']>;
  return { parameter, from: 'createParam', mayWait: true, read: (context) => read(context.request, context) };
}

function bindBody(parameter: Parameter, source: ParameterSource): Bound {
  const type = (source.options.type as Function | undefined) ?? parameter.type;
  if (source.name !== undefined) {
    const { name } = source;
    return bindValue(parameter, source, 'body', name, (context) => {
      const body = bodyData(context.request);
      return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
        ? (body as Record<string, unknown>)[name]
        : undefined;
    });
  }
  if (type === String) return { parameter, from: 'the body as text', read: (context) => context.request.text };
  if (type === Buffer || type === Uint8Array)
    return { parameter, from: 'the body as bytes', read: (context) => context.request.body };
  return bindObject(
    parameter,
    source,
    'body',
    'the body',
    objectType(parameter, source),
    (context) => bodyData(context.request),
    false,
  );
}

/** What a body says, as plain data. */
function bodyData(request: Request): unknown {
  const json = request.json;
  if (json !== undefined) return json;
  if (request.contentType.includes('form')) return request.forms.toObject();
  if (request.body.length === 0) return undefined;
  return request.refuseMediaType('application/json');
}

/** Binds a value of a JSON body, which has its type already; texts in it are not converted, but dates are. */
function bindValue(
  parameter: Parameter,
  source: ParameterSource,
  where: ErrorSource,
  name: string,
  read: (context: Context) => unknown,
): Bound {
  const converter = converterFor(scalarType(parameter, source));
  return {
    parameter,
    from: `'${name}' of the ${where}`,
    mayFail: true,
    read: (context) => {
      const value = required(source, where, name, read(context));
      if (value === undefined || converter === undefined) return value;
      const converted = typeof value === 'string' ? converter.convert(value) : value;
      const matches =
        converted !== INVALID &&
        (typeof value === 'string' || converter.convert(String(value)) !== INVALID) &&
        typeof value !== 'object';
      if (matches) return converted;
      throw refused(where, name, converter);
    },
  };
}

/** Binds the text or texts that came under one name. */
function bindNamed(
  parameter: Parameter,
  source: ParameterSource,
  where: ErrorSource,
  name: string,
  read: (context: Context) => string[],
): Bound {
  const declared = (source.options.type as unknown) ?? parameter.type;
  const isList = declared === Array || Array.isArray(declared);
  const converter = converterFor(Array.isArray(declared) ? declared[0] : declared);
  const mayFail = source.options.required === true || (converter !== undefined && converter.constraint !== 'isString');
  const convert = (text: string, path: string): unknown => {
    if (converter === undefined) return text;
    const value = converter.convert(text);
    if (value === INVALID) throw refused(where, path, converter);
    return value;
  };
  return {
    parameter,
    from: `${where} '${name}'`,
    mayFail,
    read: (context) => {
      const texts = read(context);
      if (texts.length === 0) return required(source, where, name, undefined);
      return isList ? texts.map((text, i) => convert(text, `${name}/${i}`)) : convert(texts.at(-1) as string, name);
    },
  };
}

/** Binds a whole object, converted and validated if its class or schema says how. */
function bindObject(
  parameter: Parameter,
  source: ParameterSource,
  where: ErrorSource,
  from: string,
  type: Function | object | undefined,
  read: (context: Context) => unknown,
  texts: boolean,
): Bound {
  if (type === undefined) {
    return {
      parameter,
      from,
      mayFail: source.options.required === true,
      read: (context) => required(source, where, '', read(context)),
    };
  }
  const { unknown, groups } = source.options;
  const parse = objectParser(type, { unknown, groups, texts });
  const finish = (parsed: Parsed): unknown => {
    if ('errors' in parsed) throw new BindError(where, parsed.errors);
    return parsed.value;
  };
  return {
    parameter,
    from,
    mayFail: true,
    mayWait: true,
    read: (context) => {
      let plain = read(context);
      if (plain === undefined) {
        if (source.options.required) return required(source, where, '', undefined);
        if (parameter.hasDefault) return undefined;
        // Nothing was sent: let the validators say what is missing.
        plain = {};
      }
      const parsed = parse(plain);
      return parsed instanceof Promise ? parsed.then(finish) : finish(parsed);
    },
  };
}

function required(source: ParameterSource, where: ErrorSource, name: string, value: unknown): unknown {
  if (value !== undefined || source.options.required !== true) return value;
  const path = name === '' ? '' : `/${name}`;
  throw new BindError(where, [
    { path, constraint: 'required', message: name === '' ? `a ${where} is required` : `${name} is required` },
  ]);
}

function refused(where: ErrorSource, name: string, converter: Converter): BindError {
  return new BindError(where, [
    { path: `/${name}`, constraint: converter.constraint, message: `${name.split('/')[0]} ${converter.demand}` },
  ]);
}

function nameless(parameter: Parameter, where: ErrorSource): WiringProblem {
  return parameterProblem('BN_PARAMETER_UNNAMED', `${named(parameter)} does not say which ${where} it takes.`, {
    parameter: parameter.name ?? '',
    cure: `give the decorator a name.`,
  });
}

function scalarType(parameter: Parameter, source: ParameterSource): unknown {
  const type = source.options.type ?? parameter.type;
  return converterFor(type) !== undefined || type === Array || Array.isArray(type) ? type : undefined;
}

/** The class or schema that a whole object is to become; `undefined` for plain data. */
function objectType(parameter: Parameter, source: ParameterSource): Function | object | undefined {
  const type = (source.options.type as Function | object | undefined) ?? parameter.type;
  return type === Object || type === Array || converterFor(type) !== undefined ? undefined : type;
}
