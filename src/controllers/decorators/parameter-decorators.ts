import type { Request } from '../../http/request.js';
import type { Context } from '../../http/context.js';
import { markParameter, withoutParentheses } from './decorator-factory.js';
import type { ParameterMark, ParameterOptions, ParameterSource, ParameterType, SourceKind } from './route-options.js';

export type { ParameterMark, ParameterOptions, ParameterSource, ParameterType } from './route-options.js';

/**
 * What `@Query`, `@Body` and the others are. In place of the name may stand what the parameter is to become, a class or a
 * Standard Schema (anything with `~standard`), or the options; and so in place of the options: `@Query('page', Number)`.
 *
 * Each result carries what it records (`source`), so that standard decorators, which know no parameters, can say
 * `{ params: ['id', Query('page')] }`.
 */
export interface ParameterFactory {
  (name?: string, options?: ParameterOptions): ParameterMark;
  (name: string, type: Function | { readonly '~standard': object }): ParameterMark;
  (type: Function | { readonly '~standard': object }, options?: ParameterOptions): ParameterMark;
  (options: ParameterOptions): ParameterMark;
}

/** What every parameter decorator is called in messages. */
export function sourceLabel(source: ParameterSource): string {
  return source.kind === 'custom' ? 'a createParam decorator' : `@${capitalized(source.kind)}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function isType(value: unknown): value is ParameterType {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && '~standard' in value);
}

function parameterMark(label: string, source: ParameterSource): ParameterMark {
  const mark = (...args: unknown[]): void => markParameter(label, source, args);
  return Object.assign(mark, { source });
}

function parameterFactory(kind: SourceKind): ParameterFactory {
  const label = capitalized(kind);
  return (...args: unknown[]): ParameterMark => {
    if (withoutParentheses(label, args)) return undefined as unknown as ParameterMark;
    const [first, second] = args as [unknown, unknown];
    let options: ParameterOptions = isType(second) ? { type: second } : { ...(second as ParameterOptions | undefined) };
    if (isType(first)) options.type = first;
    else if (typeof first === 'object' && first !== null) options = { ...first };
    return parameterMark(label, { kind, name: typeof first === 'string' ? first : undefined, options });
  };
}

/** A wildcard of the rule, by default the one with the parameter's name. */
export const Param: ParameterFactory = parameterFactory('param');
/**
 * A value of the query string; without a name, the whole query as one object.
 *
 * @example
 * list(@Query('page', { type: Number, required: true }) page: number, @Query(Filters) filters: Filters) {}
 */
export const Query: ParameterFactory = parameterFactory('query');
/** A field of a form; without a name, the whole form as one object. */
export const Form: ParameterFactory = parameterFactory('form');
/** A header of the request. Names are case-insensitive. */
export const Header: ParameterFactory = parameterFactory('header');
/**
 * A cookie; with `{ secret }` a signed one, which is missing when its signature is wrong. A secret that is empty or `undefined` is an
 * error of the wiring.
 */
export const Cookie: ParameterFactory = parameterFactory('cookie');
/** An uploaded file, by default the field with the parameter's name. */
export const Upload: ParameterFactory = parameterFactory('upload');
/**
 * The whole body as one object, validated if its class carries validators.
 *
 * @example
 * create(@Body() post: NewPost) {}
 * replace(@Body(postSchema) post: z.infer<typeof postSchema>) {}
 */
export const Body: ParameterFactory = parameterFactory('body');
/** What an installed plugin provides, by its keyword or, given a class, by its type. */
export const Inject: ParameterFactory = parameterFactory('inject');

/** A parameter decorator of one's own: `@CurrentUser`, `@CurrentUser()` and `@CurrentUser(data)` all work. */
export interface CustomParameter<Data> extends ParameterMark {
  (data?: Data): ParameterMark;
}

/**
 * Makes a parameter decorator from a function that reads a value off the request.
 *
 * @param read - called once per request and parameter, with the request, the context, and what the user gave the decorator.
 *   What it throws is answered as an error of the method would be
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
  const bare = (...args: unknown[]): ParameterMark | undefined => {
    if (args.length < 2) return parameterMark(label, sourceFor(args[0] as Data | undefined));
    markParameter(label, source, args);
    return undefined;
  };
  return Object.assign(bare, { source }) as CustomParameter<Data>;
}
