import type { ParameterSource, PluginReference, RouteOptions, SkipReference } from './route-options.js';
import type { ViewMark } from './view-options.js';

/** One route decorator on one method, as written. */
export interface RouteMark {
  rules: string[];
  /** `undefined` when neither the decorator nor its options name a verb: the controller's options decide. */
  methods: string[] | undefined;
  options: RouteOptions;
}

/** All that was said about one method. Each kind is absent until a decorator of that kind is applied. */
export interface MethodMarks {
  readonly key: PropertyKey;
  /** Orders the methods of a class as they are written. */
  readonly order: number;
  /** The method as its innermost decorator saw it: decorators of other libraries may wrap it later. */
  original?: Function;
  /** By the parameter's index; more than one for a parameter is a conflict, which the description reports. */
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
}

/** All that was said about a class itself. */
export interface ClassMarks {
  prefix?: string;
  options?: RouteOptions;
  apply?: PluginReference[];
  skip?: SkipReference[];
  readonly extras: Map<string | symbol, unknown>;
}

/** A decorator in a place where it means nothing. */
export interface Fault {
  readonly code: string;
  /** `.show`, `.#secret`, `[Symbol(x)]`: what to write after the name of the class. */
  readonly member: string;
  readonly text: string;
}

export interface ClassRecord {
  readonly marks: ClassMarks;
  readonly methods: Map<PropertyKey, MethodMarks>;
  readonly faults: Fault[];
}
