import type { ParameterSource, PluginReference, RouteOptions, SkipReference } from './route-options.js';
import type { ViewMark } from './view-options.js';

/** The arguments of one route decorator on one method. */
export interface RouteMark {
  rules: string[];
  /** `undefined` if neither the decorator nor its options name a verb. Then the controller's options apply. */
  methods: string[] | undefined;
  options: RouteOptions;
}

/** The metadata of one method. Each member is absent until a decorator of its kind is applied. */
export interface MethodMarks {
  readonly key: PropertyKey;
  /** The position of the method in the class. */
  readonly order: number;
  /** The method as the innermost decorator received it. Decorators of other libraries may wrap it later. */
  original?: Function;
  /** The sources by parameter index. More than one source for a parameter is a conflict, which the description reports. */
  readonly sources: Map<number, ParameterSource[]>;
  readonly extras: Map<string | symbol, unknown>;
  routes?: RouteMark[];
  errors?: unknown[];
  hooks?: string[];
  params?: RouteOptions['params'][];
  view?: ViewMark;
  status?: number;
  headers?: [string, string][];
  apply?: PluginReference[];
  skip?: SkipReference[];
  /** The options of its decorators that do not exist, as messages. */
  unknownOptions?: string[];
}

/** The metadata of a class, without its methods. */
export interface ClassMarks {
  prefix?: string;
  options?: RouteOptions;
  apply?: PluginReference[];
  skip?: SkipReference[];
  /** The options of its decorators that do not exist, as messages. */
  unknownOptions?: string[];
  readonly extras: Map<string | symbol, unknown>;
}

/** A decorator in a place where it has no effect. */
export interface Fault {
  readonly code: string;
  /** The member, as it follows the name of the class: `.show`, `.#secret`, `[Symbol(x)]`. */
  readonly member: string;
  readonly text: string;
}

export interface ClassRecord {
  readonly marks: ClassMarks;
  readonly methods: Map<PropertyKey, MethodMarks>;
  readonly faults: Fault[];
}
