import type { Readable, Writable } from 'node:stream';
import { decodeText } from './charset.js';
import { sanitizeFilename } from './filename.js';
import type { HeaderDict } from '../fields/headers.js';
import type { SaveOptions, UploadContent, UploadParts } from './upload-parts.js';
import { charsetOf } from '../fields/media-type.js';

/** Thrown by `FileUpload.save` when the file exists. The existing file is not changed. The code is that of the system: `EEXIST`. */
export class FileExistsError extends globalThis.Error {
  override readonly name: string = 'FileExistsError';
  readonly code = 'EEXIST';
  readonly path: string;

  constructor(path: string, cause?: unknown) {
    super(`There is a file at ${path} already: save under another name, or with { overwrite: true }.`, { cause });
    this.path = path;
  }
}

/**
 * A file uploaded in a multipart form: Bottle's `FileUpload`. It is stored in memory or in a temporary file, and is deleted when the
 * request is over. Save or read it before the handler returns (or its promise resolves).
 *
 * @example
 * async receive(@Upload('photo', { required: true }) photo: FileUpload) {
 *   const path = await photo.save('uploads/');
 * }
 */
export class FileUpload {
  /** The name of the form's field. */
  readonly name: string;
  /** The filename exactly as the client sent it. Never use it as a path: it may be `../../etc/passwd`. */
  readonly rawFilename: string;
  /** The media type that the client sent, with its parameters. Default: `application/octet-stream`. */
  readonly contentType: string;
  /** The length in bytes. */
  readonly contentLength: number;
  /** The headers of this part of the form. */
  readonly headers: HeaderDict;
  readonly #content: UploadContent;

  constructor(parts: UploadParts) {
    this.name = parts.name;
    this.rawFilename = parts.rawFilename;
    this.contentType = parts.contentType;
    this.contentLength = parts.content.length;
    this.headers = parts.headers;
    this.#content = parts.content;
  }

  /** The filename, made safe for any file system: see `sanitizeFilename`. `empty` if no character is left. */
  get filename(): string {
    return sanitizeFilename(this.rawFilename);
  }

  /** A header of this part of the form. */
  getHeader(name: string): string | undefined;
  getHeader<D>(name: string, fallback: D): string | D;
  getHeader(name: string, fallback?: unknown): unknown {
    return this.headers.get(name) ?? fallback;
  }

  /** A stream of the bytes. Each access returns a new stream from the beginning. */
  get file(): Readable {
    return this.#content.stream();
  }

  /** Reads all bytes into memory. For large files, use `file`. */
  bytes(): Promise<Buffer> {
    return this.#content.bytes();
  }

  /**
   * The bytes as text.
   *
   * @param charset Default: the charset of the content type, or UTF-8.
   * @throws (rejects) HTTPError 415 for an unknown charset.
   */
  async text(charset?: string): Promise<string> {
    return decodeText(await this.bytes(), charset ?? charsetOf(this.contentType) ?? 'utf-8');
  }

  /**
   * Saves the file. A save that starts before the request is over completes, even if it is not awaited.
   *
   * @param destination a path; a directory, where the file is saved as `filename`; a `file:` URL of either; or a stream, into which
   *   the file is piped.
   * @returns the path of the saved file, or `undefined` for a stream.
   * @throws (rejects) FileExistsError (`EEXIST`) if the file exists and `overwrite` is not set; errors of the file system.
   *   An incomplete file is removed. With `overwrite`, the existing file is replaced atomically when the new one is complete.
   * @example await upload.save('uploads/'); // uploads/holiday.jpg
   * @example await upload.save(`uploads/${id}`, { overwrite: true });
   */
  save(destination: string | URL, options?: SaveOptions): Promise<string>;
  save(destination: Writable | WritableStream, options?: SaveOptions): Promise<undefined>;
  save(destination: string | URL | Writable | WritableStream, options?: SaveOptions): Promise<string | undefined> {
    return this.#content.save(this.filename, destination, options);
  }

  /** The properties of the file, without its bytes. */
  toJSON(): Record<string, unknown> {
    const { name, filename, contentType, contentLength } = this;
    return { name, filename, contentType, contentLength };
  }
}
