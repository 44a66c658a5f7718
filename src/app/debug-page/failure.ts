import { inspect } from 'node:util';
import { WiringError, type WiringProblem } from '../../controllers/binding/wiring-error.js';
import { HTTPResponse } from '../../http/http-error.js';
import { shorten } from '../../support/escape-html.js';
import { TemplateError } from '../../templates/index.js';
import { type Frame, framesOf } from './stack-frames.js';

/** One error of an incident, prepared for display. Unescaped. */
export interface Failure {
  /** The relation to the previous error, such as `Caused by`. Empty for the first. */
  readonly relation: string;
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  /** The unchanged trace of the engine, with name and message. */
  readonly stack: string;
  readonly frames: readonly Frame[];
  /** Further own properties of the error. */
  readonly members: readonly (readonly [name: string, value: string])[];
  /** The place in a template. */
  readonly template: { readonly place: string; readonly excerpt: string } | undefined;
  readonly problems: readonly WiringProblem[];
}

const MAX_FAILURES = 12;
const MAX_TEXT = 8000;

/** An error with its causes and the errors of an `AggregateError`: each once, the outermost first. */
export function failuresOf(error: unknown, relation = ''): Failure[] {
  const found: Failure[] = [];
  const seen = new Set<unknown>();
  const addFailure = (thrown: unknown, itsRelation: string): void => {
    if (found.length === MAX_FAILURES || seen.has(thrown)) return;
    if (typeof thrown === 'object' && thrown !== null) seen.add(thrown);
    found.push(describeFailure(thrown, itsRelation));
    if (typeof thrown !== 'object' || thrown === null) return;
    const members = readProperty(thrown, 'errors');
    if (Array.isArray(members)) {
      for (const [i, member] of members.entries()) {
        if (member instanceof globalThis.Error) addFailure(member, `Error ${i + 1} of ${members.length} in ${found[0]?.name}`);
      }
    }
    const cause = readProperty(thrown, 'cause');
    if (cause !== undefined && cause !== null) addFailure(cause, 'Caused by');
  };
  addFailure(error, relation);
  return found;
}

/** Name and message: `RangeError: the detail`. */
export function headline({ name, message }: Failure): string {
  return message === '' ? name : `${name}: ${message}`;
}

/** All failures as text: for logs, mails, and clients that do not accept HTML. */
export function tracebackText(failures: readonly Failure[]): string {
  return failures.map(({ relation, stack }) => (relation === '' ? stack : `${relation}: ${stack}`)).join('\n\n');
}

function describeFailure(thrown: unknown, relation: string): Failure {
  const defaults = { code: undefined, frames: [], members: [], template: undefined, problems: [] };
  if (typeof thrown !== 'object' || thrown === null || !looksLikeError(thrown)) {
    const message = inspectSafely(thrown);
    const name = 'Thrown value (not an Error)';
    return { ...defaults, relation, name, message, stack: `${name}: ${message}` };
  }
  const message = text(readProperty(thrown, 'message')) ?? '';
  const name = text(readProperty(thrown, 'name')) || 'Error';
  const stack = text(readProperty(thrown, 'stack')) || (message === '' ? name : `${name}: ${message}`);
  const code = readProperty(thrown, 'code');
  const hasOwnView = thrown instanceof TemplateError || thrown instanceof WiringError;
  return {
    relation,
    name,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
    message: clip(thrown instanceof TemplateError ? thrown.reason : message),
    stack: clip(stack),
    frames: framesOf(stack, message),
    members: hasOwnView ? [] : membersOf(thrown),
    template: thrown instanceof TemplateError ? templatePlace(thrown) : undefined,
    problems: thrown instanceof WiringError ? thrown.problems : [],
  };
}

function looksLikeError(thrown: object): boolean {
  return thrown instanceof globalThis.Error || (typeof readProperty(thrown, 'stack') === 'string' && 'message' in thrown);
}

function templatePlace({ template, file, line, column, excerpt }: TemplateError): Failure['template'] {
  const place = line === undefined ? (file ?? template) : `${file ?? template}:${line}:${column}`;
  return excerpt === undefined ? undefined : { place, excerpt };
}

const SEPARATE_MEMBERS = new Set(['name', 'message', 'stack', 'code', 'cause', 'errors']);
const RESPONSE_MEMBERS = new Set(['body', 'deferredStatus']);

function membersOf(thrown: object): [string, string][] {
  try {
    return Object.keys(thrown)
      .filter((name) => !SEPARATE_MEMBERS.has(name) && !(thrown instanceof HTTPResponse && RESPONSE_MEMBERS.has(name)))
      .slice(0, 20)
      .map((name) => [name, inspectSafely(readProperty(thrown, name))]);
  } catch {
    return [];
  }
}

/** Reads a property. Returns `undefined` if the getter throws. */
function readProperty(thrown: object, name: string): unknown {
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

/** Formats any value. Never throws. */
export function inspectSafely(value: unknown): string {
  try {
    return inspect(value, { depth: 3, maxArrayLength: 30, maxStringLength: 500, breakLength: 100 }).slice(0, 2000);
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}
