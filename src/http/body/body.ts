import { Readable } from 'node:stream';
import { HTTPError } from '../http-error.js';
import { decodeText } from './charset.js';
import { CHUNK_SIZE } from './chunks.js';
import { parseJson } from './json.js';
import type { MultipartForm } from './multipart.js';
import type { MultipartLimits } from './multipart-limits.js';
import type { StoredBytes } from './spool.js';
import { type Forms, parseUrlencoded } from './urlencoded.js';

/** Limits of a request body. Sizes are in bytes. */
export interface BodyLimits {
  /** A larger body is rejected with 413. */
  readonly maxBody: number;
  /** A larger body is stored in a temporary file. So are the files of a form that are larger together. */
  readonly memfileMax: number;
  /** The directory for temporary files. Default: the system's. */
  readonly tempDir?: string | undefined;
  readonly multipart: MultipartLimits;
}

/** A complete request body. */
export class Body {
  readonly #source: Buffer | StoredBytes;
  #bytes: Buffer | undefined;
  /** The parsed form, for a multipart form. It is parsed as it arrives, so the raw body is not available. */
  readonly form: MultipartForm | undefined;
  readonly #limits: BodyLimits | undefined;

  constructor(source: Buffer | StoredBytes, limits?: BodyLimits, form?: MultipartForm) {
    this.#source = source;
    this.#limits = limits;
    this.form = form;
  }

  /** The whole body. It is read from its file on first access. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.isBuffer(this.#source) ? this.#source : this.#storedSource().readSync();
    return this.#bytes;
  }

  /**
   * The whole body, parsed as JSON.
   *
   * @throws HTTPError 400 for invalid JSON, or JSON that is not allowed: see `parseJson`.
   */
  json(): unknown {
    return parseJson(decodeText(this.bytes, 'utf-8', { fatal: true }));
  }

  /**
   * The fields of an urlencoded form.
   *
   * @param charset of the bytes behind the percent-encoding.
   * @throws HTTPError 413 for more fields than the limit.
   */
  urlencoded(charset = 'utf-8'): Forms {
    const limit = this.#limits?.multipart.maxFields;
    if (/^utf-?8$/i.test(charset)) return parseUrlencoded(this.bytes.toString('utf8'), { limit });
    return parseUrlencoded(this.bytes.toString('latin1'), { limit, decode: (escaped) => decodeText(escaped, charset) });
  }

  /** The body as a stream, from its beginning. */
  stream(): Readable {
    return Buffer.isBuffer(this.#source) ? streamOf(this.#source) : this.#storedSource().stream();
  }

  #storedSource(): StoredBytes {
    if (this.form === undefined) return this.#source as StoredBytes;
    // The client chooses the media type, so this is a client error.
    throw new HTTPError(415, 'This takes a plain body, and no multipart form: of those, only fields and files are kept.', {
      code: 'BN_BODY_TAKEN_APART',
    });
  }

  /** Whether there is no body, not even an empty form. */
  get isEmpty(): boolean {
    return this.form === undefined && this.#source.length === 0;
  }

  /** Whether `release` has to be called when the request is over. */
  get needsRelease(): boolean {
    return !Buffer.isBuffer(this.#source);
  }

  /** Releases the temporary file, if there is one. */
  release(): void {
    if (!Buffer.isBuffer(this.#source)) this.#source.release();
  }
}

/** A stream over bytes in memory. */
function streamOf(bytes: Buffer): Readable {
  let offset = 0;
  return new Readable({
    highWaterMark: CHUNK_SIZE,
    read() {
      const chunk = bytes.subarray(offset, offset + CHUNK_SIZE);
      offset += chunk.length;
      this.push(chunk.length === 0 ? null : chunk);
    },
  });
}
