import { optionNames } from '../../support/known-options.js';
import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { Request } from '../../http/request.js';
import type { Context } from '../../http/context.js';

/** A plugin of a route: an object with `around` or `apply`, or a bare `(next, route) => callback`. */
export type PluginReference = object | Function;

/** A plugin to skip: its name, its class, the instance, or `true` for all. */
export type SkipReference = string | object | Function | true;

/** The plugins that one place applies and skips: a mount, a controller, a method, the options of a function. */
export interface PluginPlace {
  readonly apply: readonly PluginReference[];
  readonly skip: readonly SkipReference[];
}

/** A class, or a Standard Schema (Zod, Valibot, ArkType, …). */
type ValueType = Function | { readonly '~standard': object };

/** The target type of a parameter: a class or schema; in a list, as `[Line]`, that of the elements. `Object` accepts any value. */
export type ParameterType = ValueType | readonly [ValueType];

/** Route options, for every form of route: decorator, controller, `app.get(…)`. */
export interface RouteOptions {
  /** The name for `app.url(name, …)`. */
  name?: string;
  /** One verb or a list of verbs, case-insensitive. Default: `GET`. Verb decorators set it. */
  method?: string | readonly string[];
  /** Plugins for this route only, outermost first. */
  apply?: PluginReference | readonly PluginReference[];
  /** Installed plugins to skip on this route. */
  skip?: SkipReference | readonly SkipReference[];
  /** An object that plugins read: `{ sqlite: { readonly: true } }`. */
  config?: Record<string, unknown>;
  /** Leaves the body unread, so that the method can read `request.stream`. */
  stream?: boolean;
  /** Whether a returned object becomes JSON. Default: the configuration's `autojson`. */
  json?: boolean;
  /** Makes the wiring check report wildcards that no parameter binds. */
  strict?: boolean;
  /** The connection settings of `@WebSocket`. */
  socket?: WebSocketSettings;
  /**
   * The parameters by position: a name, or the result of a parameter decorator. Needed with standard decorators, which cannot decorate
   * parameters, and with minified code, which has other parameter names.
   *
   * @example
   * @Get('/<id:int>', { params: ['id', Query('page', { type: Number })] })
   */
  params?: readonly (string | ParameterMark)[];
}

/** The names of the route options. */
export const ROUTE_OPTIONS = optionNames<RouteOptions>({
  name: true,
  method: true,
  apply: true,
  skip: true,
  config: true,
  stream: true,
  json: true,
  strict: true,
  socket: true,
  params: true,
});

/** The names of the options of `@WebSocket` that concern the connection. */
export const SOCKET_OPTIONS = optionNames<WebSocketSettings>({
  origins: true,
  protocols: true,
  maxMessage: true,
  maxBuffered: true,
  pingInterval: true,
  compression: true,
});

/** The kind of source that a parameter is bound from. */
export type SourceKind = 'param' | 'query' | 'form' | 'header' | 'cookie' | 'upload' | 'body' | 'inject' | 'custom';

/** Options of a parameter decorator. */
export interface ParameterOptions {
  /** Whether a missing value gives 422 instead of `undefined`. */
  required?: boolean;
  /** The target type. Needed where the compiler does not emit it: without metadata, and for lists, unions and interfaces. */
  type?: ParameterType;
  /** Whether `null` is accepted instead of a value. Default: false. */
  nullable?: boolean;
  /** The key of a signed cookie, or a list of keys, which all verify. A present but empty or `undefined` key is a wiring error. */
  secret?: string | readonly string[];
  /** The treatment of properties that the class does not declare. */
  unknown?: 'drop' | 'keep' | 'refuse';
  /** The validation groups of `class-validator`. */
  groups?: readonly string[];
}

/** The names of the options of parameter decorators. */
export const PARAMETER_OPTIONS = optionNames<ParameterOptions>({
  type: true,
  required: true,
  nullable: true,
  unknown: true,
  groups: true,
  secret: true,
});

/** The data that a parameter decorator records. */
export interface ParameterSource {
  readonly kind: SourceKind;
  /** The key to look up. Without it, the source is the name of the parameter or the whole object. */
  readonly name?: string;
  readonly options: ParameterOptions;
  /** The function that was passed to `createParam`; only for `custom` sources. */
  readonly read?: (request: Request, context: Context) => unknown;
}

/**
 * A parameter decorator. TypeScript's `experimentalDecorators` apply it to parameters of methods. It also exposes its data as `source`, so
 * that it can be used in `params` where parameters cannot be decorated.
 */
export interface ParameterMark {
  (prototype: object, key: string | symbol, index: number): void;
  readonly source: ParameterSource;
}
