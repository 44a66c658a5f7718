import type { ParameterSource } from './route-options.js';

/** A parameter as the source of its function has it. */
export interface SignatureParameter {
  /** `undefined` for destructured ones, and where there is no source to read. */
  name: string | undefined;
  hasDefault: boolean;
  /** The type of a default that is written as a literal: `page = 1` is a number, which no compiler notes. */
  defaultType?: Function;
  /** That literal itself, where it is one that JSON can hold. */
  defaultValue?: string | number | boolean | readonly never[];
  rest: boolean;
  /** Destructured, object or array. */
  pattern: boolean;
  /** The properties that a destructured object takes, without those of nested patterns. */
  patternNames?: string[];
  /** Those of them that have a default. */
  patternOptional?: string[];
  /** Whether it takes all other properties as well, `{ id, ...others }`. */
  patternRest?: boolean;
}

/** One parameter of a method or function: all that is known of it before any app is. */
export interface Parameter extends SignatureParameter {
  index: number;
  /** From `params`, else from the source; `undefined` for destructured ones, and where there is no source to read. */
  name: string | undefined;
  /** The declared class, where the compiler emitted it, or that of a literal default. What is no class (interfaces, unions) is `undefined`. */
  type: Function | undefined;
  /** Whether a class may have been declared that is not known here, as the compiler emitted no types. */
  mayHaveType: boolean;
  /** What its decorator, or its entry in `params`, says. */
  source?: ParameterSource;
}
