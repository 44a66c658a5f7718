import { Readable } from 'node:stream';
import { HTTPError } from '../http-error.js';
import type { Exchange } from '../gateway/exchange.js';
import type { MultipartForm } from './multipart.js';
import type { MultipartLimits } from './multipart-limits.js';
import { CHUNK_SIZE } from './chunks.js';
import type { Stored } from './spool.js';

/** How much of a body is taken. Sizes are in bytes. */
export interface BodyLimits {
  /** A larger body is refused with 413. */
  readonly maxBody: number;
  /** A larger body waits in a temporary file, as do the files of a form that are larger together. */
  readonly memfileMax: number;
  /** Where temporary files are made. Default: the system's directory for them. */
  readonly tempDir?: string | undefined;
  readonly multipart: MultipartLimits;
}

/** A request body that has arrived whole. */
export class Body {
  static readonly empty: Body = new this(Buffer.alloc(0));
  readonly #source: Buffer | Stored;
  #bytes: Buffer | undefined;
  /** What was in the body, if it was a multipart form. It was taken apart as it arrived, so of the body itself nothing is left. */
  readonly form: MultipartForm | undefined;
  readonly #limits: BodyLimits | undefined;

  constructor(source: Buffer | Stored, limits?: BodyLimits, form?: MultipartForm) {
    this.#source = source;
    this.#limits = limits;
    this.form = form;
  }

  /** The most fields that are taken of an urlencoded form. */
  get maxFields(): number | undefined {
    return this.#limits?.multipart.maxFields;
  }

  /** All of it. Read from its file when first asked for. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.isBuffer(this.#source) ? this.#source : this.#whole().readSync();
    return this.#bytes;
  }

  /** The body as a stream, from its beginning. */
  stream(): Readable {
    return Buffer.isBuffer(this.#source) ? streamOf(this.#source) : this.#whole().stream();
  }

  #whole(): Stored {
    if (this.form === undefined) return this.#source as Stored;
    // Which media type comes is the client's choice, so this is no mistake of the server.
    throw new HTTPError(415, 'This takes a plain body, and no multipart form: of those, only fields and files are kept.', {
      code: 'BN_BODY_TAKEN_APART',
    });
  }

  /** Whether nothing came, not even an empty form. */
  get isEmpty(): boolean {
    return this.form === undefined && this.#source.length === 0;
  }

  /** Whether there is something to be released when the request is over. */
  get isHeld(): boolean {
    return !Buffer.isBuffer(this.#source);
  }

  /** Lets go of the temporary file, if there is one. */
  release(): void {
    if (!Buffer.isBuffer(this.#source)) this.#source.release();
  }
}

/** A stream over bytes in memory. */
function streamOf(bytes: Buffer): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: CHUNK_SIZE,
    read() {
      const chunk = bytes.subarray(at, at + CHUNK_SIZE);
      at += chunk.length;
      this.push(chunk.length === 0 ? null : chunk);
    },
  });
}

/** How long the body will be, as far as that is announced. */
export function announcedLength(exchange: Exchange): number | undefined {
  const announced = exchange.header('content-length');
  return announced === undefined ? undefined : Number(announced);
}

/** @throws HTTPError 413 where the body is announced to be larger than so many bytes. */
export function refuseLarger(exchange: Exchange, limit: number): void {
  const length = announcedLength(exchange);
  if (length !== undefined && length > limit) throw tooLarge(limit);
}

/**
 * The body as a stream that reads from the client as fast as it is read from: for `{ stream: true }` routes.
 *
 * @param maxBody the stream fails with HTTPError 413 after so many bytes. Default: never.
 */
export function streamBody(exchange: Exchange, maxBody: number = Number.POSITIVE_INFINITY): Readable {
  if (!exchange.hasBody) return Readable.from([]);
  let started = false;
  let size = 0;
  const stream = new Readable({
    read() {
      if (started) {
        exchange.resumeBody();
        return;
      }
      started = true;
      exchange.readBody({
        data(chunk) {
          size += chunk.length;
          if (size > maxBody) stream.destroy(tooLarge(maxBody));
          else if (stream.push(chunk)) return;
          exchange.pauseBody();
        },
        end() {
          const length = announcedLength(exchange);
          if (length !== undefined && size < length) stream.destroy(endedEarly(undefined));
          else stream.push(null);
        },
        error(cause) {
          stream.destroy(endedEarly(cause));
        },
      });
    },
    destroy(error, done) {
      exchange.pauseBody();
      exchange.dropBody();
      done(error);
    },
  });
  // A client that leaves must not end the process because nobody listens.
  stream.on('error', () => undefined);
  return stream;
}

export function tooLarge(limit: number): HTTPError {
  return new HTTPError(413, `The request body is larger than the ${limit} bytes that are accepted here (maxBody).`, {
    code: 'BN_BODY_TOO_LARGE',
  });
}

export function endedEarly(cause: unknown): HTTPError {
  return new HTTPError(400, 'The request body ended before it was complete.', { cause, code: 'BN_BODY_INCOMPLETE' });
}

/** A form that RFC 7578 does not allow. */
export function malformed(problem: string): HTTPError {
  return new HTTPError(400, `The multipart form is malformed: ${problem}.`, { code: 'BN_MULTIPART' });
}
