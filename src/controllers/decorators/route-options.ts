import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { Request } from '../../http/request.js';
import type { Context } from '../../http/context.js';

/** A plugin as a route names it: an object with `around` or `apply`, or a bare `(next, route) => callback`. */
export type PluginReference = object | Function;

/** A plugin to leave out: its name, its class, the instance itself, or `true` for all of them. */
export type SkipReference = string | object | Function | true;

/** What one place says of plugins: a mount, a controller, a method, a function's options. */
export interface PluginPlace {
  readonly apply: readonly PluginReference[];
  readonly skip: readonly SkipReference[];
}

/** A class, or a Standard Schema (Zod, Valibot, ArkType, …), that says what a parameter is to become. */
export type ParameterType = Function | object;

/** What a route may be told, in every form of route: decorator, controller, `app.get(…)`. */
export interface RouteOptions {
  /** For `app.url(name, …)`. */
  name?: string;
  /** One verb or several; upper and lower case are the same. Default `GET`. The verb decorators set it themselves. */
  method?: string | readonly string[];
  /** Plugins for this route only, outermost first. */
  apply?: PluginReference | readonly PluginReference[];
  /** Installed plugins that this route does without. */
  skip?: SkipReference | readonly SkipReference[];
  /** An object that plugins read: `{ sqlite: { readonly: true } }`. */
  config?: Record<string, unknown>;
  /** Hands over `request.stream` unread. */
  stream?: boolean;
  /** Whether a returned object becomes JSON. Default: the configuration's `autojson`. */
  json?: boolean;
  /** Makes the wiring check report wildcards that no parameter takes. */
  strict?: boolean;
  /** What `@WebSocket` says of its connections. */
  socket?: WebSocketSettings;
  /**
   * What the parameters are, by position, where they cannot be decorated (standard decorators) or have lost their names
   * (minified code): a name, or what a parameter decorator's factory gives.
   *
   * @example
   * @Get('/<id:int>', { params: ['id', Query('page', { type: Number })] })
   */
  params?: readonly (string | ParameterMark)[];
}

/** Where a parameter's value comes from. */
export type SourceKind = 'param' | 'query' | 'form' | 'header' | 'cookie' | 'upload' | 'body' | 'inject' | 'custom';

/** What a parameter decorator may be told. */
export interface ParameterOptions {
  /** A missing value is a 422 instead of `undefined`. */
  required?: boolean;
  /** The class or Standard Schema to make of it; needed only where the compiler emits no metadata. */
  type?: ParameterType;
  /** For signed cookies: the key, or several of which all verify. One that is there and empty or `undefined` cannot be wired. */
  secret?: string | readonly string[];
  /** What becomes of properties that the class does not declare. */
  unknown?: 'drop' | 'keep' | 'refuse';
  /** `class-validator`'s validation groups. */
  groups?: readonly string[];
}

/** What a parameter decorator records. */
export interface ParameterSource {
  readonly kind: SourceKind;
  /** The key to look up; without one, it is the parameter's own name or the whole object. */
  readonly name?: string;
  readonly options: ParameterOptions;
  /** Only of `custom` sources: what `createParam` was given. */
  readonly read?: (request: Request, context: Context) => unknown;
}

/**
 * A parameter decorator. TypeScript's `experimentalDecorators` apply it to the parameters of methods; it also carries what it
 * records, so that it can stand in `params` where parameters cannot be decorated.
 */
export interface ParameterMark {
  (prototype: object, key: string | symbol, index: number): void;
  readonly source: ParameterSource;
}
