/** One thing that is wrong with the wiring of an app, found before the first request. */
export interface WiringProblem {
  /** Stable: look it up in the catalogue of errors. */
  readonly code: string;
  readonly message: string;
  readonly controller?: string;
  /** The method, hook or function: `Posts.show`. */
  readonly method?: string;
  readonly verb?: string;
  /** The rule with all its prefixes. */
  readonly rule?: string;
  readonly parameter?: string;
  /** The parameter's position, from 0. */
  readonly index?: number;
  /** All parameters of the method, as they are to be shown: `id: number`. */
  readonly signature?: readonly string[];
  /** What could have been asked for in its place. */
  readonly available?: readonly string[];
  /** What was probably meant. */
  readonly nearest?: string;
  readonly cure?: string;
  /** The error behind it, such as a plugin's own. */
  readonly cause?: unknown;
}
