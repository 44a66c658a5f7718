/** A problem in the wiring of an app, found before the first request. */
export interface WiringProblem {
  /** A stable code, explained in the catalogue of errors. */
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
  /** All parameters of the method, for messages: `id: number`. */
  readonly signature?: readonly string[];
  /** The values that the parameter could bind. */
  readonly available?: readonly string[];
  /** The most similar valid name. */
  readonly nearest?: string;
  /** The remedy. */
  readonly cure?: string;
  /** The underlying error, such as that of a plugin. */
  readonly cause?: unknown;
}
