import { Readable } from 'node:stream';
import { HTTPError } from '../http-error.js';
import { decodeText } from './charset.js';
import { CHUNK_SIZE } from './chunks.js';
import { parseJson } from './json.js';
import type { MultipartForm } from './multipart.js';
import type { MultipartLimits } from './multipart-limits.js';
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

  /**
   * All of it, parsed as JSON.
   *
   * @throws HTTPError 400 for what is no JSON, or must not be taken.
   */
  json(): unknown {
    return parseJson(decodeText(this.bytes, 'utf-8', { fatal: true }));
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
