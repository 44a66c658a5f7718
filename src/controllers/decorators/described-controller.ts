import type { Parameter } from './parameter.js';
import type { Problem } from './parameter-list.js';
import type { PluginReference, RouteOptions, SkipReference } from './route-options.js';
import type { ViewMark } from './view-options.js';

/** One route decorator on one method. */
export interface RouteDescription {
  /** As written, without the controller's prefix; `''` stands for the prefix itself. Never empty. */
  rules: string[];
  /** In upper case. Never empty. */
  methods: string[];
  options: RouteOptions;
}

/** One method that has a part in the app: it answers routes or errors, runs as a hook, or has a mark of a later decorator. */
export interface MethodDescription {
  key: PropertyKey;
  /** For people: `Posts.show`, `Posts[Symbol(x)]`. */
  name: string;
  /** What the class has under that key now, wrapped by other decorators or not. */
  fn: Function;
  parameters: Parameter[];
  /** In the order in which the decorators are written. */
  routes: RouteDescription[];
  errors: (number | Function)[];
  hooks: ('beforeRequest' | 'afterRequest')[];
  view?: ViewMark;
  status?: number;
  headers: [string, string][];
  /** What `@Apply` and `@Skip` say; `apply` and `skip` of the options stay there. */
  apply: PluginReference[];
  skip: SkipReference[];
  /** What other decorators noted through `methodDecorator`. */
  extras: Map<string | symbol, unknown>;
  /** The declared result, where the compiler emitted it (`Promise` for async methods). */
  returnType?: Function;
  /** Written `async`, generators included. */
  isAsync: boolean;
}

/** A controller class as plain data. */
export interface ControllerDescription {
  Class: Function;
  name: string;
  prefix: string;
  options: RouteOptions;
  /** What `@Apply` and `@Skip` on the class and its parents say, the base class's first; not those of the options. */
  apply: PluginReference[];
  skip: SkipReference[];
  /** In the order in which they are written, those of the base class first. */
  methods: MethodDescription[];
  extras: Map<string | symbol, unknown>;
  /** What is wrong with the decorators; the wiring check adds what is wrong with the app. */
  problems: Problem[];
}
