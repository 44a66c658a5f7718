import { inspect } from 'node:util';
import { WiringError, type WiringProblem } from '../../controllers/binding/wiring-error.js';
import { HTTPResponse } from '../../http/http-error.js';
import { shorten } from '../../support/escape-html.js';
import { TemplateError } from '../../templates/index.js';
import { type Frame, framesOf } from './stack-frames.js';

/** One error of those behind an answer, taken apart for showing. Nothing in it is escaped. */
export interface Failure {
  /** How it belongs to the one before it: `Caused by`. Empty for the first. */
  readonly relation: string;
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  /** The trace as the engine wrote it, with name and message. */
  readonly stack: string;
  readonly frames: readonly Frame[];
  /** Whatever else its author has put on it. */
  readonly members: readonly (readonly [name: string, value: string])[];
  /** Where in a template it happened. */
  readonly template: { readonly place: string; readonly excerpt: string } | undefined;
  readonly problems: readonly WiringProblem[];
}

const MAX_FAILURES = 12;
const MAX_TEXT = 8000;

/** An error with its causes and, of an `AggregateError`, its members; each once, the outermost first. */
export function failuresOf(error: unknown, relation = ''): Failure[] {
  const found: Failure[] = [];
  const seen = new Set<unknown>();
  const visit = (thrown: unknown, how: string): void => {
    if (found.length === MAX_FAILURES || seen.has(thrown)) return;
    if (typeof thrown === 'object' && thrown !== null) seen.add(thrown);
    found.push(describeFailure(thrown, how));
    if (typeof thrown !== 'object' || thrown === null) return;
    const members = read(thrown, 'errors');
    if (Array.isArray(members)) {
      for (const [i, member] of members.entries()) {
        if (member instanceof globalThis.Error) visit(member, `Error ${i + 1} of ${members.length} in ${found[0]?.name}`);
      }
    }
    const cause = read(thrown, 'cause');
    if (cause !== undefined && cause !== null) visit(cause, 'Caused by');
  };
  visit(error, relation);
  return found;
}

/** `RangeError: the detail`. */
export function headline({ name, message }: Failure): string {
  return message === '' ? name : `${name}: ${message}`;
}

/** All of it as text: for logs, mails, and clients that do not read HTML. */
export function tracebackText(failures: readonly Failure[]): string {
  return failures.map(({ relation, stack }) => (relation === '' ? stack : `${relation}: ${stack}`)).join('\n\n');
}

function describeFailure(thrown: unknown, relation: string): Failure {
  const none = { code: undefined, frames: [], members: [], template: undefined, problems: [] };
  if (typeof thrown !== 'object' || thrown === null || !looksLikeError(thrown)) {
    const message = inspectSafely(thrown);
    const name = 'Thrown, and no Error';
    return { ...none, relation, name, message, stack: `${name}: ${message}` };
  }
  const message = text(read(thrown, 'message')) ?? '';
  const name = text(read(thrown, 'name')) || 'Error';
  const stack = text(read(thrown, 'stack')) || (message === '' ? name : `${name}: ${message}`);
  const code = read(thrown, 'code');
  const isOurs = thrown instanceof TemplateError || thrown instanceof WiringError;
  return {
    relation,
    name,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
    message: clip(thrown instanceof TemplateError ? thrown.reason : message),
    stack: clip(stack),
    frames: framesOf(stack, message),
    members: isOurs ? [] : membersOf(thrown),
    template: thrown instanceof TemplateError ? templatePlace(thrown) : undefined,
    problems: thrown instanceof WiringError ? thrown.problems : [],
  };
}

function looksLikeError(thrown: object): boolean {
  return thrown instanceof globalThis.Error || (typeof read(thrown, 'stack') === 'string' && 'message' in thrown);
}

function templatePlace({ template, file, line, column, excerpt }: TemplateError): Failure['template'] {
  const place = line === undefined ? (file ?? template) : `${file ?? template}:${line}:${column}`;
  return excerpt === undefined ? undefined : { place, excerpt };
}

const SHOWN_ELSEWHERE = new Set(['name', 'message', 'stack', 'code', 'cause', 'errors']);
const OF_RESPONSES = new Set(['body', 'deferredStatus']);

function membersOf(thrown: object): [string, string][] {
  try {
    return Object.keys(thrown)
      .filter((name) => !SHOWN_ELSEWHERE.has(name) && !(thrown instanceof HTTPResponse && OF_RESPONSES.has(name)))
      .slice(0, 20)
      .map((name) => [name, inspectSafely(read(thrown, name))]);
  } catch {
    return [];
  }
}

/** A property of anything, even of what throws when it is looked at. */
function read(thrown: object, name: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function clip(long: string): string {
  return shorten(long, MAX_TEXT);
}

/** Any value as people read it. */
export function inspectSafely(value: unknown): string {
  try {
    return inspect(value, { depth: 3, maxArrayLength: 30, maxStringLength: 500, breakLength: 100 }).slice(0, 2000);
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}
