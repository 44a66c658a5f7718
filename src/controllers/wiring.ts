import { nearest } from '../routing/nearest.js';
import type { Parameter } from './parameter-list.js';
import { describeProblems } from './wiring-text.js';

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

/**
 * Thrown by `app.check()`, and by the first request of an app that was not checked: everything that is wrong with the wiring, at
 * once.
 *
 * @example
 * try { app.check(); } catch (error) { for (const problem of error.problems) console.error(problem.code, problem.message); }
 */
export class WiringError extends globalThis.Error {
  readonly code = 'BN_WIRING';
  readonly problems: readonly WiringProblem[];

  constructor(problems: readonly WiringProblem[]) {
    const cause = problems.find((problem) => problem.cause !== undefined)?.cause;
    super(describeProblems(problems), cause === undefined ? undefined : { cause });
    this.problems = problems;
  }
}

// On the prototype, where the names of the built-in errors are.
Object.defineProperty(WiringError.prototype, 'name', { value: 'WiringError', configurable: true, writable: true });

/** A problem with one parameter, with the nearest of the names that would have been right. */
export function parameterProblem(
  code: string,
  message: string,
  details: {
    parameter: Parameter;
    /** What was asked for, where that is not the parameter's name. */
    wanted?: string | undefined;
    names?: readonly string[];
    available?: readonly string[];
    cure: string;
  },
): WiringProblem {
  const { parameter, wanted = parameter.name, names = [], available, cure } = details;
  const near = wanted === undefined ? undefined : nearest(wanted, names);
  return {
    code,
    message,
    index: parameter.index,
    cure,
    ...(parameter.name !== undefined && { parameter: parameter.name }),
    ...(available !== undefined && { available }),
    ...(near !== undefined && { nearest: near }),
  };
}

/** A type as one writes it in TypeScript; `undefined` for what has no name. */
export function typeLabel(type: unknown): string | undefined {
  if (typeof type !== 'function' || type === Object) return undefined;
  if (type === String || type === Number || type === Boolean || type === BigInt) return type.name.toLowerCase();
  return type === Array ? 'array' : type.name || undefined;
}

/** `a Database`, `an Account`. */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** A parameter as a message shows it: `id: number`. */
export function parameterText(parameter: Parameter): string {
  const name = `${parameter.rest ? '...' : ''}${parameter.name ?? patternText(parameter)}`;
  const type = typeLabel(parameter.type);
  return type === undefined ? name : `${name}: ${type}`;
}

function patternText({ pattern, patternNames }: Parameter): string {
  if (!pattern) return '?';
  return patternNames === undefined ? '[…]' : `{ ${patternNames.join(', ')} }`;
}
