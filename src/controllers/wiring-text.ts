import { errorLink } from '../http/error-link.js';
import type { WiringProblem } from './wiring.js';

/** How many places of one and the same problem are named. */
const PLACES = 3;

/** Everything that is wrong, for people: each problem once, with the places it was found at. */
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
  const links = [...new Set(problems.map(({ code }) => errorLink(code)))];
  return `${count}:\n\n${[...groups.values()].map(describe).join('\n\n')}\n\nExplained in ${links.join(', ')}\n`;
}

function describe(group: readonly WiringProblem[], index: number): string {
  const number = `${index + 1}. `;
  const indent = ' '.repeat(number.length);
  const [first] = group as [WiringProblem];
  const lines = [...placesOf(group), ...calleeOf(first), ...explanationOf(first, availableTo(group))];
  return number + lines.join(`\n${indent}`);
}

/** Where a problem was found: `GET /posts/<id:int>`. */
export function placesOf(group: readonly WiringProblem[]): string[] {
  const places = [...new Set(group.map(({ verb, rule }) => [verb, rule].filter(Boolean).join(' ')).filter(Boolean))];
  const more = places.length - PLACES;
  return more > 1 ? [...places.slice(0, PLACES), `and ${more} more routes`] : places;
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

/** What is there at all of the places. */
function availableTo(group: readonly WiringProblem[]): readonly string[] | undefined {
  return group[0]?.available?.filter((name) => group.every(({ available }) => available?.includes(name)));
}

function explanationOf({ message, code, nearest, cure }: WiringProblem, available: readonly string[] | undefined): string[] {
  const lines = [`${message}${nearest === undefined ? '' : ` Did you mean '${nearest}'?`} [${code}]`];
  if (available !== undefined) lines.push(`Available: ${available.join(', ') || 'nothing'}.`);
  if (cure !== undefined) lines.push(`Cure: ${cure}`);
  return lines;
}
