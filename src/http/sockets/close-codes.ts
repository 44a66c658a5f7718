import { HTTPError } from '../http-error.js';

/** The code and reason of a closed WebSocket (RFC 6455 §7.4.1). */
export interface SocketClose {
  /** 1005 without a code, 1006 when the connection was lost. */
  readonly code: number;
  readonly reason: string;
}

const MAX_REASON_BYTES = 123;

/** Throws for a code or reason that a close frame must not contain. */
export function validateClose(code: unknown, reason: unknown): void {
  const isCode =
    Number.isInteger(code) &&
    (([1000, 1001, 1002, 1003] as unknown[]).includes(code) ||
      ((code as number) >= 1007 && (code as number) <= 1014) ||
      ((code as number) >= 3000 && (code as number) <= 4999));
  if (!isCode) {
    throw new RangeError(
      `socket.close(${String(code)}): the code has to be 1000 to 1003, 1007 to 1014, or 3000 to 4999 for codes of your own.`,
    );
  }
  if (typeof reason === 'string' && Buffer.byteLength(reason) <= MAX_REASON_BYTES) return;
  throw new RangeError(`socket.close(${String(code)}, …): the reason has to be a string of at most ${MAX_REASON_BYTES} bytes.`);
}

/** Returns the close code and reason for the error of a handler. Only client errors send their message. */
export function closeForError(error: unknown): SocketClose {
  if (!(error instanceof HTTPError)) return { code: 1011, reason: '' };
  if (error.status === 503) return { code: 1013, reason: truncateReason(error.message) };
  return error.status >= 400 && error.status < 500
    ? { code: 1008, reason: truncateReason(error.message) }
    : { code: 1011, reason: '' };
}

function truncateReason(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  let end = MAX_REASON_BYTES;
  // Do not split a UTF-8 character.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** Converts a value to a message. Throws for unsupported types. */
export function toPayload(data: unknown): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]') return new Uint8Array(data as ArrayBuffer);
  const text = JSON.stringify(data);
  if (text !== undefined) return text;
  throw new TypeError(`socket.send() takes a string, bytes, or what can be JSON, not a value of type ${typeof data}.`);
}
