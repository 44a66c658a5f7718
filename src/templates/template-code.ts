import type { Variables } from './variables.js';

/** An output that several templates print to. */
export interface SharedOutput {
  o: string;
}

/** A function that renders a template. A shared variant prints to `output`, and returns `NameReaders`. */
export type Renderer = (variables: Variables, output?: SharedOutput) => unknown;

/** The functions that the code of a template calls; see `RUNTIME_NAMES`. The keys are the names in the code. */
export interface TemplateRuntime {
  /** Converts an error to one with a position. */
  $$w(error: unknown, offset: number): unknown;
  readonly [name: `$$${string}`]: unknown;
}

/** The code of a template: generated in this process, or compiled beforehand. */
export interface TemplateCode {
  /** The offset of the first `await`, or undefined if the template renders synchronously. */
  readonly awaits: number | undefined;
  /** The templates that it includes or rebases on. Undefined if a name is only known at run time. */
  readonly others: readonly string[] | undefined;
  /** Creates a variant. Its number is the sum of 1 for a stream, 2 for async, 4 for checked and 8 for shared code. */
  create(variantFlags: number, runtime: TemplateRuntime): Renderer;
  /** The JavaScript, for debugging. */
  text(): string;
}
