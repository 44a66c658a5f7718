import type { Parameter } from './parameter.js';
import type { Problem } from './parameter-list.js';
import type { PluginReference, RouteOptions, SkipReference } from './route-options.js';
import type { ViewMark } from './view-options.js';

/** One route decorator on one method. */
export interface RouteDescription {
  /** The rules as written, without the controller's prefix; `''` means the prefix itself. Never empty. */
  rules: string[];
  /** In upper case. Never empty. */
  methods: string[];
  options: RouteOptions;
}

/** A method with a role in the app: it handles routes or errors, runs as a hook, or has extras of another decorator. */
export interface MethodDescription {
  key: PropertyKey;
  /** The name for messages: `Posts.show`, `Posts[Symbol(x)]`. */
  name: string;
  /** The current method of the class, which other decorators may have wrapped. */
  fn: Function;
  parameters: Parameter[];
  /** The routes, in the order of their decorators in the source. */
  routes: RouteDescription[];
  errors: (number | Function)[];
  hooks: ('beforeRequest' | 'afterRequest')[];
  view?: ViewMark;
  status?: number;
  headers: [string, string][];
  /** The plugins of `@Apply` and `@Skip`. Those of the options `apply` and `skip` are in the options. */
  apply: PluginReference[];
  skip: SkipReference[];
  /** The data of other decorators made with `methodDecorator`. */
  extras: Map<string | symbol, unknown>;
  /** The declared return type, if the compiler emitted it (`Promise` for async methods). */
  returnType?: Function;
  /** Whether the method is declared `async`, including generators. */
  isAsync: boolean;
}

/** A controller class as plain data. */
export interface ControllerDescription {
  Class: Function;
  name: string;
  prefix: string;
  options: RouteOptions;
  /** The plugins of `@Apply` and `@Skip` on the class and its parents, base class first, without those of the options. */
  apply: PluginReference[];
  skip: SkipReference[];
  /** The methods in source order, those of the base class first. */
  methods: MethodDescription[];
  extras: Map<string | symbol, unknown>;
  /** The problems of the decorators. The wiring check adds those of the app. */
  problems: Problem[];
}
