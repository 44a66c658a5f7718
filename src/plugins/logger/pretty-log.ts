import type { Destination, StructuredLog } from './structured-log.js';

type Paint = (code: number, text: string) => string;

/** The ANSI colour of a status, by its first digit. */
const COLOURS: Readonly<Record<string, number>> = { 1: 36, 2: 32, 3: 36, 4: 33, 5: 31 };
const DIM = 2;
const BOLD = 1;
const RED = 31;
const YELLOW = 33;

/** Creates a log for development with one line per request, coloured if the destination is a terminal. */
export function prettyLog(destination: Destination = process.stdout): StructuredLog {
  const paint: Paint = hasColours(destination) ? (code, text) => `\u001b[${code}m${text}\u001b[0m` : (_code, text) => text;
  const line = (text: string): void => void destination.write(`${paint(DIM, time())} ${text}\n`);
  const write = (colour: number) => (fields: Record<string, unknown>, message: string) => {
    if (fields.status !== undefined) line(requestLine(fields, paint));
    else line(`${paint(colour, escapeControls(message))}${idText(fields, paint)}${errorText(fields.err)}`);
  };
  return { info: write(0), warn: write(YELLOW), error: write(RED) };
}

/** Follows `NO_COLOR` (https://no-color.org) and `FORCE_COLOR`. */
function hasColours(destination: Destination): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return (destination as { isTTY?: boolean }).isTTY === true;
}

function requestLine(fields: Record<string, unknown>, paint: Paint): string {
  const { method, path, route, status, duration, bytes, aborted } = fields;
  const rest = [
    `${milliseconds(Number(duration))}`,
    ...(typeof bytes === 'number' ? [size(bytes)] : []),
    ...(route !== undefined && route !== path ? [escapeControls(String(route))] : []),
  ].join('  ');
  const end = aborted === true ? ` ${paint(RED, 'aborted')}` : '';
  const colour = COLOURS[String(status)[0] as string] ?? RED;
  return `${paint(colour, String(status))} ${paint(BOLD, escapeControls(String(method)))} ${escapeControls(String(path))}${end}  ${paint(DIM, rest)}`;
}

function idText({ requestId }: Record<string, unknown>, paint: Paint): string {
  return requestId === undefined ? '' : ` ${paint(DIM, String(requestId))}`;
}

function errorText(error: unknown): string {
  if (error === undefined) return '';
  const { inspect } = process.getBuiltinModule('node:util');
  return `\n${typeof error === 'string' ? escapeControls(error) : inspect(error)}`;
}

function time(): string {
  return new Date().toTimeString().slice(0, 8);
}

function milliseconds(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Escapes control characters, so that clients cannot send escape sequences to the terminal. */
function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
