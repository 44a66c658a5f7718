import { nearest } from '../routing/nearest.js';

/** One thing that is wrong with the wiring of an app, found before the first request. */
export interface WiringProblem {
  /** Stable: look it up in the catalogue of errors. */
  readonly code: string;
  readonly message: string;
  readonly controller?: string;
  readonly method?: string;
  readonly verb?: string;
  readonly rule?: string;
  readonly parameter?: string;
  /** What could have been asked for in its place. */
  readonly available?: readonly string[];
  /** What was probably meant. */
  readonly nearest?: string;
  readonly cure?: string;
}

/**
 * Thrown by `app.check()`: everything that is wrong with the wiring, at once.
 *
 * @example
 * try { app.check(); } catch (error) { for (const problem of error.problems) console.error(problem.code, problem.message); }
 */
export class WiringError extends globalThis.Error {
  readonly code = 'BN_WIRING';
  readonly problems: readonly WiringProblem[];

  constructor(problems: readonly WiringProblem[]) {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    super(`${count} in the wiring of this app:\n\n${problems.map(describe).join('\n\n')}\n`);
    this.name = 'WiringError';
    this.problems = problems;
  }
}

function describe(problem: WiringProblem, index: number): string {
  const place = [problem.method ?? problem.controller, [problem.verb, problem.rule].filter(Boolean).join(' ')].filter(Boolean);
  const lines = [`${index + 1}. ${place.join('  ')}`, `   ${problem.message} [${problem.code}]`];
  if (problem.nearest !== undefined) lines.push(`   Did you mean '${problem.nearest}'?`);
  if (problem.available !== undefined) lines.push(`   Available here: ${problem.available.join(', ') || 'nothing'}.`);
  if (problem.cure !== undefined) lines.push(`   Cure: ${problem.cure}`);
  return lines.join('\n');
}

/** A problem with one parameter, with the nearest of the names that would have been right. */
export function parameterProblem(
  code: string,
  message: string,
  details: { parameter: string; names?: readonly string[]; available?: readonly string[]; cure: string },
): WiringProblem {
  const near = details.names === undefined ? undefined : nearest(details.parameter, details.names);
  return { code, message, parameter: details.parameter, available: details.available, nearest: near, cure: details.cure };
}
