import { nearest } from '../../support/nearest.js';
import type { Parameter } from '../decorators/parameter.js';
import type { WiringProblem } from './wiring-problem.js';

export type { WiringProblem } from './wiring-problem.js';

/**
 * Lists all problems in the wiring of an app. `app.check()` throws it, and so does the first request of an app that was not checked.
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

// Defined on the prototype, like the names of built-in errors.
Object.defineProperty(WiringError.prototype, 'name', { value: 'WiringError', configurable: true, writable: true });

/** Creates a problem with one parameter, with the nearest of the valid names. */
export function parameterProblem(
  code: string,
  message: string,
  details: {
    parameter: Parameter;
    /** The requested name, if it is not the name of the parameter. */
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

/** Formats a type as in TypeScript. Returns `undefined` for a type without a name. */
export function typeLabel(type: unknown): string | undefined {
  if (typeof type !== 'function' || type === Object) return undefined;
  if (type === String || type === Number || type === Boolean || type === BigInt) return type.name.toLowerCase();
  return type === Array ? 'array' : type.name || undefined;
}

/** Adds the indefinite article: `a Database`, `an Account`. */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** Formats a parameter for messages: `id: number`. */
export function parameterText(parameter: Parameter): string {
  const name = `${parameter.rest ? '...' : ''}${parameter.name ?? patternText(parameter)}`;
  const type = typeLabel(parameter.type);
  return type === undefined ? name : `${name}: ${type}`;
}

function patternText({ pattern, patternNames }: Parameter): string {
  if (!pattern) return '?';
  return patternNames === undefined ? '[…]' : `{ ${patternNames.join(', ')} }`;
}

/** The number of places that are listed for one problem. */
const MAX_PLACES = 3;

/** Formats problems as a message: each problem once, with the places where it was found. */
export function describeProblems(problems: readonly WiringProblem[]): string {
  const groups = new Map<string, WiringProblem[]>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.method, problem.code, problem.message, problem.index, problem.cure]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [problem]);
    else group.push(problem);
  }
  const count =
    groups.size === 1 ? 'This app cannot be wired, for one reason' : `This app cannot be wired, for ${groups.size} reasons`;
  const anchors = [...new Set(problems.map(({ code }) => anchorOf(code)))];
  return `${count}:\n\n${[...groups.values()].map(describe).join('\n\n')}\n\nExplained in ${CATALOGUE}${anchors.join(', ')}\n`;
}

function describe(group: readonly WiringProblem[], index: number): string {
  const number = `${index + 1}. `;
  const indent = ' '.repeat(number.length);
  const [first] = group as [WiringProblem];
  const lines = [...placesOf(group), ...calleeOf(first), ...explanationOf(first, availableEverywhere(group))];
  return number + lines.join(`\n${indent}`);
}

/** The routes where a problem was found: `GET /posts/<id:int>`. */
export function placesOf(group: readonly WiringProblem[]): string[] {
  const places = [...new Set(group.map(({ verb, rule }) => [verb, rule].filter(Boolean).join(' ')).filter(Boolean))];
  const more = places.length - MAX_PLACES;
  return more > 1 ? [...places.slice(0, MAX_PLACES), `and ${more} more routes`] : places;
}

/** `Posts.show(id: number, bd)`, with the parameter underlined. */
export function calleeOf({ method, controller, signature, index }: WiringProblem): string[] {
  const callee = method ?? controller;
  if (callee === undefined) return [];
  if (signature === undefined) return [callee];
  const call = `${callee}(${signature.join(', ')})`;
  const marked = index === undefined ? undefined : signature[index];
  if (marked === undefined) return [call];
  const start = `${callee}(${signature
    .slice(0, index)
    .map((text) => `${text}, `)
    .join('')}`.length;
  return [call, ' '.repeat(start) + '~'.repeat(marked.length)];
}

/** The values that are available in all places of a problem. */
function availableEverywhere(group: readonly WiringProblem[]): readonly string[] | undefined {
  return group[0]?.available?.filter((name) => group.every(({ available }) => available?.includes(name)));
}

function explanationOf({ message, code, nearest, cure }: WiringProblem, available: readonly string[] | undefined): string[] {
  const lines = [`${message}${nearest === undefined ? '' : ` Did you mean '${nearest}'?`} [${code}]`];
  if (available !== undefined) lines.push(`Available: ${available.join(', ') || 'nothing'}.`);
  if (cure !== undefined) lines.push(`Cure: ${cure}`);
  return lines;
}

/** The page that explains all codes. It is a file of the package, so users have the page of their version. */
const CATALOGUE = 'node_modules/bottlenose/docs/errors.md';

/** The link to the explanation of a code: `node_modules/bottlenose/docs/errors.md#bn_not_found`. */
export function errorLink(code: string): string {
  return `${CATALOGUE}${anchorOf(code)}`;
}

function anchorOf(code: string): string {
  return `#${code.toLowerCase()}`;
}
