import { Readable } from 'node:stream';
import { HTTPError } from './errors.js';
import type { Exchange } from './exchange.js';

/** How much of a body is taken, in bytes. */
export interface BodyLimits {
  /** A larger body is refused with 413. */
  maxBody: number;
}

const EMPTY = Buffer.alloc(0);

/** A request body that has arrived whole. */
export class Body {
  static readonly empty = new Body(EMPTY);
  /** All of it. */
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The body as a stream, from its beginning. */
  stream(): Readable {
    return Readable.from(this.bytes.length === 0 ? [] : [this.bytes]);
  }
}

/**
 * Reads the body of an exchange.
 *
 * @throws (rejects) HTTPError 413 when it is larger than `limits.maxBody`, announced or not; 400 when it ends early.
 */
export function readBody(exchange: Exchange, limits: BodyLimits): Promise<Body> {
  const announced = exchange.header('content-length');
  const length = announced === undefined ? undefined : Number(announced);
  if (length !== undefined && length > limits.maxBody) return Promise.reject(tooLarge(limits.maxBody));
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let refused = false;
    exchange.readBody({
      data(chunk) {
        if (refused) return;
        size += chunk.length;
        if (size > limits.maxBody) {
          refused = true;
          chunks.length = 0;
          exchange.pauseBody();
          reject(tooLarge(limits.maxBody));
          return;
        }
        chunks.push(chunk);
      },
      end() {
        if (refused) return;
        if (length !== undefined && Number.isInteger(length) && size < length) {
          reject(endedEarly(undefined));
          return;
        }
        resolve(new Body(join(chunks)));
      },
      error(cause) {
        reject(endedEarly(cause));
      },
    });
  });
}

/** The body as a stream that reads from the client as fast as it is read from: for `{ stream: true }` routes. */
export function streamBody(exchange: Exchange): Readable {
  if (!exchange.hasBody) return Readable.from([]);
  let started = false;
  const stream = new Readable({
    read() {
      if (started) {
        exchange.resumeBody();
        return;
      }
      started = true;
      exchange.readBody({
        data(chunk) {
          if (!stream.push(chunk)) exchange.pauseBody();
        },
        end() {
          stream.push(null);
        },
        error(cause) {
          stream.destroy(endedEarly(cause));
        },
      });
    },
  });
  return stream;
}

function join(chunks: Uint8Array[]): Buffer {
  if (chunks.length === 0) return EMPTY;
  if (chunks.length > 1) return Buffer.concat(chunks);
  const only = chunks[0] as Uint8Array;
  return Buffer.isBuffer(only) ? only : Buffer.from(only.buffer, only.byteOffset, only.byteLength);
}

function tooLarge(limit: number): HTTPError {
  // The rest of the body is not read, so the connection cannot be used again (RFC 9110 §15.5.14).
  return new HTTPError(413, `The request body is larger than the ${limit} bytes that are accepted here.`, {
    headers: { Connection: 'close' },
  });
}

function endedEarly(cause: unknown): HTTPError {
  return new HTTPError(400, 'The request body ended before it was complete.', { cause });
}
