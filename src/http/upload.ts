import { open, rename, stat, unlink } from 'node:fs/promises';
import { crypto } from './crypto.js';
import { join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { decodeText } from './charset.js';
import { sanitizeFilename } from './filename.js';
import type { HeaderDict } from './headers.js';
import { charsetOf } from './media-type.js';
import { CHUNK_SIZE, type Stored } from './spool.js';

/** How `FileUpload.save` saves. */
export interface SaveOptions {
  /** Replace a file that is there. Default: false. */
  overwrite?: boolean;
  /** How much is copied at once, in bytes. Default: 64 KiB. */
  chunkSize?: number;
  /** End a stream that was given as the destination. Default: true. */
  end?: boolean;
}

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

/** What an upload is made of; for those who receive it. */
export interface UploadParts {
  name: string;
  rawFilename: string;
  contentType: string;
  headers: HeaderDict;
  /** Where its bytes are, with those of the other files of the form. */
  stored: Stored;
  start: number;
  length: number;
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
  readonly #stored: Stored;
  readonly #start: number;

  constructor(parts: UploadParts) {
    this.name = parts.name;
    this.rawFilename = parts.rawFilename;
    this.contentType = parts.contentType;
    this.contentLength = parts.length;
    this.headers = parts.headers;
    this.#stored = parts.stored;
    this.#start = parts.start;
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
    return this.#stream(CHUNK_SIZE);
  }

  #stream(chunkSize: number): Readable {
    return this.#stored.stream(this.#start, this.contentLength, chunkSize);
  }

  /** All the bytes. They then are in memory: for large files, use `file`. */
  bytes(): Promise<Buffer> {
    return this.#stored.during(() => this.#stored.read(this.#start, this.contentLength));
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
  async save(destination: string | URL, options?: SaveOptions): Promise<string>;
  async save(destination: Writable | WritableStream, options?: SaveOptions): Promise<undefined>;
  async save(
    destination: string | URL | Writable | WritableStream,
    { overwrite = false, chunkSize = CHUNK_SIZE, end = true }: SaveOptions = {},
  ): Promise<string | undefined> {
    if (!Number.isInteger(chunkSize) || chunkSize < 1) {
      throw new RangeError(`save() needs a chunkSize of at least one byte, not ${chunkSize}.`);
    }
    return this.#stored.during(async () => {
      if (typeof destination !== 'string' && !(destination instanceof URL)) {
        await pipeline(this.#stream(chunkSize), asWritable(destination), { end });
        return undefined;
      }
      const path = await this.#pathAt(typeof destination === 'string' ? destination : fileURLToPath(destination));
      if (overwrite) await this.#replace(path, chunkSize);
      else await this.#create(path, chunkSize);
      return path;
    });
  }

  async #pathAt(destination: string): Promise<string> {
    const found = await stat(destination).catch(() => undefined);
    return found?.isDirectory() ? join(destination, this.filename) : destination;
  }

  async #create(path: string, chunkSize: number): Promise<void> {
    // Asking first whether there is a file would leave a moment in which another request makes it.
    const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new FileExistsError(path, error) : error;
    });
    try {
      await this.#copyTo(handle, chunkSize);
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    }
  }

  async #replace(path: string, chunkSize: number): Promise<void> {
    const old = await stat(path).catch(() => undefined);
    if (old !== undefined && !old.isFile()) {
      // A device or a pipe is written to, not replaced.
      await this.#copyTo(await open(path, 'w'), chunkSize);
      return;
    }
    const beside = `${path}.${crypto().randomBytes(6).toString('hex')}.part`;
    await this.#create(beside, chunkSize);
    await rename(beside, path).catch(async (error: unknown) => {
      await unlink(beside).catch(() => undefined);
      throw error;
    });
  }

  async #copyTo(handle: Awaited<ReturnType<typeof open>>, chunkSize: number): Promise<void> {
    try {
      const memory = Buffer.allocUnsafeSlow(Math.min(chunkSize, this.contentLength));
      for (let at = 0; at < this.contentLength; at += chunkSize) {
        const size = Math.min(chunkSize, this.contentLength - at);
        await handle.writeFile(await this.#stored.read(this.#start + at, size, memory));
      }
    } finally {
      await handle.close();
    }
  }

  /** What is known of the file, without its bytes. */
  toJSON(): Record<string, unknown> {
    const { name, filename, contentType, contentLength } = this;
    return { name, filename, contentType, contentLength };
  }
}

function asWritable(destination: Writable | WritableStream): Writable {
  return destination instanceof globalThis.WritableStream ? Writable.fromWeb(destination as never) : (destination as Writable);
}
