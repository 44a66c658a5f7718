import { retryLine } from './event-source.js';

/** A Server-Sent Event. Without `data`, the browser dispatches no event, but uses `id` and `retry`. */
export interface ServerEvent {
  /** A string, with one or more lines. Other values are serialized as JSON. */
  data?: unknown;
  /** The event type, for `addEventListener`. Default in the browser: `message`. */
  event?: string;
  /** The value of `Last-Event-ID` when the browser reconnects. */
  id?: string | number;
  /** The reconnection time of the browser, in milliseconds. */
  retry?: number;
  /** A comment, which browsers ignore. */
  comment?: string;
}

const FIELDS: ReadonlySet<string> = new Set(['data', 'event', 'id', 'retry', 'comment'] satisfies (keyof ServerEvent)[]);
const LINE_END = /\r\n|\r|\n/;

/**
 * Serializes an event.
 *
 * @throws TypeError for an invalid event, and for line breaks in `event` and `id`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function formatEvent(given: unknown): string {
  if (typeof given === 'string') return `${dataLines(given)}\n`;
  const event = validateEvent(given);
  let text = '';
  if (event.comment !== undefined) text += commentLines(String(event.comment));
  if (event.event !== undefined) text += `event: ${validateLine('event', event.event)}\n`;
  if (event.id !== undefined) text += `id: ${validateLine('id', event.id)}\n`;
  if (event.retry !== undefined) text += retryLine(event.retry);
  if (event.data !== undefined) text += dataLines(serializeData(event.data));
  return text === '' ? '' : `${text}\n`;
}

function validateEvent(given: unknown): ServerEvent {
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given) || Array.isArray(given)) {
    throw new TypeError(
      `An event stream gave a value of type ${typeOf(given)}. Events are strings or { data, event, id, retry, comment }; ` +
        'wrap other values: { data: value }.',
    );
  }
  for (const key of Object.keys(given)) {
    if (FIELDS.has(key)) continue;
    throw new TypeError(
      `A server-sent event has the property '${key}', which means nothing. It may have data, event, id, retry and comment; to ` +
        'send an object, wrap it: { data: object }.',
    );
  }
  return given as ServerEvent;
}

function serializeData(data: unknown): string {
  if (typeof data === 'string') return data;
  const text = ArrayBuffer.isView(data) ? undefined : JSON.stringify(data);
  if (text !== undefined) return text;
  throw new TypeError(`The data of a server-sent event is of type ${typeOf(data)}, which is neither text nor JSON. Convert it.`);
}

// Browsers accept all three line endings.
function dataLines(data: string): string {
  if (!data.includes('\n') && !data.includes('\r')) return `data: ${data}\n`;
  return data
    .split(LINE_END)
    .map((line) => `data: ${line}\n`)
    .join('');
}

function commentLines(comment: string): string {
  return comment
    .split(LINE_END)
    .map((line) => `: ${line}\n`)
    .join('');
}

function validateLine(field: string, value: unknown): string {
  const text = String(value);
  if (/[\r\n\0]/.test(text)) {
    throw new TypeError(`The \`${field}\` of a server-sent event has a line break or NUL in it: ${JSON.stringify(text)}.`);
  }
  return text;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
