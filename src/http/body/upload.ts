import type { Readable, Writable } from 'node:stream';
import { decodeText } from './charset.js';
import { sanitizeFilename } from './filename.js';
import type { HeaderDict } from '../fields/headers.js';
import type { SaveOptions, UploadContent, UploadParts } from './upload-parts.js';
import { charsetOf } from '../fields/media-type.js';

/** Thrown by `FileUpload.save` where there is a file already, which stays as it was. Its code is that of the system: `EEXIST`. */
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
 * A file that came in a multipart form: Bottle's `FileUpload`. It waits in memory or in a temporary file, and is gone when the
 * request is over, so it is to be saved or read before the handler returns (or its promise resolves).
 *
 * @example
 * async receive(@Upload('photo', { required: true }) photo: FileUpload) {
 *   const path = await photo.save('uploads/');
 * }
 */
export class FileUpload {
  /** The name of the form's field. */
  readonly name: string;
  /** The filename just as the client sent it. Never use it as a path: it may be `../../etc/passwd`. */
  readonly rawFilename: string;
  /** The media type that the client claims, with its parameters; `application/octet-stream` when it claims none. */
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

  /** The filename, safe to use on any file system: see `sanitizeFilename`. `empty` when nothing of it is. */
  get filename(): string {
    return sanitizeFilename(this.rawFilename);
  }

  /** A header of this part of the form. */
  getHeader(name: string): string | undefined;
  getHeader<D>(name: string, fallback: D): string | D;
  getHeader(name: string, fallback?: unknown): unknown {
    return this.headers.get(name) ?? fallback;
  }

  /** A stream of the bytes, from their beginning; a new one each time it is asked for. */
  get file(): Readable {
    return this.#content.stream();
  }

  /** All the bytes. They then are in memory: for large files, use `file`. */
  bytes(): Promise<Buffer> {
    return this.#content.bytes();
  }

  /**
   * The bytes as text.
   *
   * @param charset Default: what the content type names, or UTF-8.
   * @throws (rejects) HTTPError 415 for a charset that is not known.
   */
  async text(charset?: string): Promise<string> {
    return decodeText(await this.bytes(), charset ?? charsetOf(this.contentType) ?? 'utf-8');
  }

  /**
   * Saves the file. What has begun before the request is over ends well, even if nobody waits for it.
   *
   * @param destination a path; a directory, in which it is saved as `filename`; a `file:` URL of either; or a stream, into which
   *   it is piped.
   * @returns The path at which it is now, or `undefined` for a stream.
   * @throws (rejects) FileExistsError (`EEXIST`) where there is a file and `overwrite` is not set; what the file system says.
   *   A file that could not be written as a whole is removed. With `overwrite`, the old file is replaced at once when the new one
   *   is complete.
   * @example await upload.save('uploads/'); // uploads/holiday.jpg
   * @example await upload.save(`uploads/${id}`, { overwrite: true });
   */
  save(destination: string | URL, options?: SaveOptions): Promise<string>;
  save(destination: Writable | WritableStream, options?: SaveOptions): Promise<undefined>;
  save(destination: string | URL | Writable | WritableStream, options?: SaveOptions): Promise<string | undefined> {
    return this.#content.save(this.filename, destination, options);
  }

  /** What is known of the file, without its bytes. */
  toJSON(): Record<string, unknown> {
    const { name, filename, contentType, contentLength } = this;
    return { name, filename, contentType, contentLength };
  }
}
