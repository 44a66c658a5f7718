import type { Request } from '../../http/request.js';
import type { Context } from '../../http/context.js';
import { markParameter, reportMissingParentheses } from './decorator-factory.js';
import type { ParameterMark, ParameterOptions, ParameterSource, ParameterType, SourceKind } from './route-options.js';

/**
 * The type of `@Query`, `@Body` and similar decorators: an optional name, target type and options. The type is a
 * class, a Standard Schema (anything with `~standard`), or one of these in a list: `@Query('page', Number)`, `@Body([Line])`.
 *
 * Each result has the recorded `source`, because standard decorators cannot decorate parameters. They use
 * `{ params: ['id', Query('page')] }` instead.
 */
interface ParameterFactory {
  (name?: string, options?: ParameterOptions): ParameterMark;
  (name: string, type: ParameterType, options?: ParameterOptions): ParameterMark;
  (type: ParameterType, options?: ParameterOptions): ParameterMark;
  (options: ParameterOptions): ParameterMark;
}

/** The name of a parameter decorator for messages. */
export function sourceLabel(source: ParameterSource): string {
  return source.kind === 'custom' ? 'a createParam decorator' : `@${capitalized(source.kind)}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function isType(value: unknown): value is ParameterType {
  return (
    typeof value === 'function' || Array.isArray(value) || (typeof value === 'object' && value !== null && '~standard' in value)
  );
}

function parameterMark(label: string, source: ParameterSource): ParameterMark {
  const mark = (...args: unknown[]): void => markParameter(label, source, args);
  return Object.assign(mark, { source });
}

function parameterFactory(kind: SourceKind): ParameterFactory {
  const label = capitalized(kind);
  return (...args: unknown[]): ParameterMark => {
    if (reportMissingParentheses(label, args)) return undefined as unknown as ParameterMark;
    const rest = [...args];
    const name = typeof rest[0] === 'string' || rest[0] === undefined ? (rest.shift() as string | undefined) : undefined;
    const type = isType(rest[0]) ? rest.shift() : undefined;
    const options: ParameterOptions = { ...(rest[0] as ParameterOptions | undefined) };
    if (type !== undefined) options.type = type as ParameterType;
    return parameterMark(label, { kind, name, options });
  };
}

/** Binds a wildcard of the rule. Default: the wildcard with the name of the parameter. */
export const Param: ParameterFactory = parameterFactory('param');
/**
 * Binds a value of the query string. Without a name, it binds the whole query as one object.
 *
 * @example
 * list(@Query('page', { type: Number, required: true }) page: number, @Query(Filters) filters: Filters) {}
 */
export const Query: ParameterFactory = parameterFactory('query');
/** Binds a field of a form. Without a name, it binds the whole form as one object. */
export const Form: ParameterFactory = parameterFactory('form');
/** Binds a header of the request. Names are case-insensitive. */
export const Header: ParameterFactory = parameterFactory('header');
/**
 * Binds a cookie. With `{ secret }`, it binds a signed cookie, which counts as missing if its signature is invalid. An empty or
 * `undefined` secret is a wiring error.
 */
export const Cookie: ParameterFactory = parameterFactory('cookie');
/** Binds an uploaded file. Default: the field with the name of the parameter. */
export const Upload: ParameterFactory = parameterFactory('upload');
/**
 * Binds the whole body as one object, validated if its class has validators.
 *
 * @example
 * create(@Body() post: NewPost) {}
 * replace(@Body(postSchema) post: z.infer<typeof postSchema>) {}
 */
export const Body: ParameterFactory = parameterFactory('body');
/** Binds a value that an installed plugin provides, by keyword or by class. */
export const Inject: ParameterFactory = parameterFactory('inject');

/** A custom parameter decorator. `@CurrentUser`, `@CurrentUser()` and `@CurrentUser(data)` all work. */
interface CustomParameter<Data> extends ParameterMark {
  (data?: Data): ParameterMark;
}

/**
 * Creates a parameter decorator from a function that reads a value from the request.
 *
 * @param read - called once per request and parameter, with the request, the context, and the argument of the decorator. Its errors
 *   are handled like errors of the method
 *
 * @example
 * const CurrentUser = createParam((request) => request.state.user);
 * // show(@CurrentUser user: User) {}   show(@CurrentUser() user: User) {}
 *
 * const Flag = createParam((request, context, name: string) => request.query.get(name) !== undefined);
 * // list(@Flag('all') all: boolean) {}
 */
export function createParam<Data = undefined>(
  read: (request: Request, context: Context, data: Data) => unknown,
): CustomParameter<Data> {
  const label = 'createParam';
  const sourceFor = (data: Data | undefined): ParameterSource => ({
    kind: 'custom',
    options: {},
    read: (request, context) => read(request, context, data as Data),
  });
  const source = sourceFor(undefined);
  const decorator = (...args: unknown[]): ParameterMark | undefined => {
    if (args.length < 2) return parameterMark(label, sourceFor(args[0] as Data | undefined));
    markParameter(label, source, args);
    return undefined;
  };
  return Object.assign(decorator, { source }) as CustomParameter<Data>;
}
