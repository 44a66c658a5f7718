import type { ParameterSource } from './route-options.js';

/** A parameter in the source of its function. */
export interface SignatureParameter {
  /** `undefined` for a destructured parameter, and if the source is not readable. */
  name: string | undefined;
  hasDefault: boolean;
  /** The type of a literal default: `page = 1` is a number. Compilers emit no type for it. */
  defaultType?: Function;
  /** The literal default, if JSON can represent it. */
  defaultValue?: string | number | boolean | readonly never[];
  rest: boolean;
  /** Whether it is a destructuring pattern, of an object or array. */
  pattern: boolean;
  /** The properties of an object pattern, without those of nested patterns. */
  patternNames?: string[];
  /** The properties with a default. */
  patternOptional?: string[];
  /** Whether the pattern has a rest element: `{ id, ...others }`. */
  patternRest?: boolean;
}

/** A parameter of a method or function, as far as it is known without an app. */
export interface Parameter extends SignatureParameter {
  index: number;
  /** The name from `params`, else from the source; `undefined` for a destructured parameter, and if the source is not readable. */
  name: string | undefined;
  /** The declared class, if the compiler emitted it, or the class of a literal default; `undefined` for other types (interfaces, unions). */
  type: Function | undefined;
  /** What the compiler says about the declared type: its class, that it is another kind of type (an interface, a union), or nothing. */
  emitted: 'class' | 'erased' | 'nothing';
  /** The source from its decorator, or from its entry in `params`. */
  source?: ParameterSource;
}
