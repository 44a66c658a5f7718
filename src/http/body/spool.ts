import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CHUNK_SIZE, Pieces } from './chunks.js';
import { closeTempFile, openTempFile, type TempFile } from './temp-file.js';

/** From this many bytes on that wait to be written, the sender is asked to wait. */
const HIGH_WATER = 256 * 1024;

/** How long a stream may go on after the bytes have been released, in milliseconds. */
const GRACE = 60_000;

export interface SpoolOptions {
  /** How much is kept in memory, in bytes. What is longer goes to a file as a whole. */
  memory: number;
  /** Where temporary files are made. Default: the system's directory for them. */
  tempDir?: string | undefined;
  /** Much waits to be written: let the sender wait. */
  full(): void;
  /** There is room again. */
  drained(): void;
  /** The file could not be written. */
  failed(error: unknown): void;
}

/** Takes bytes as they arrive, and keeps them: in memory while they are few, in a temporary file when they are many. */
export class Spool {
  readonly #options: SpoolOptions;
  /** All there is, or, once there is a file, what waits to be written to it. */
  readonly #pieces = new Pieces();
  #waiting = 0;
  #written = 0;
  #file: TempFile | undefined;
  #work: Promise<void> | undefined;
  #failure: unknown;
  #isFull = false;
  #isDiscarded = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** The number of bytes taken so far. */
  get length(): number {
    return this.#written + this.#waiting;
  }

  /** Takes a piece. */
  write(chunk: Uint8Array): void {
    this.#pieces.push(chunk);
    this.#waiting += chunk.length;
    if (this.#file === undefined && this.#work === undefined && this.length <= this.#options.memory) return;
    this.#work ??= this.#writeOut();
    if (this.#isFull || this.#waiting < HIGH_WATER) return;
    this.#isFull = true;
    this.#options.full();
  }

  async #writeOut(): Promise<void> {
    try {
      this.#file ??= await openTempFile(this.#options.tempDir);
      while (this.#pieces.length > 0 && !this.#isDiscarded) {
        const size = await writeAll(this.#file.handle, this.#pieces.take(), this.#written);
        this.#written += size;
        this.#waiting -= size;
        if (this.#isFull && this.#waiting < HIGH_WATER) {
          this.#isFull = false;
          this.#options.drained();
        }
      }
    } catch (error) {
      this.#failure = error;
      this.#isDiscarded = true;
      this.#options.failed(error);
    }
    this.#work = undefined;
    if (this.#isDiscarded) this.#close();
  }

  /**
   * Ends the taking, and gives what was taken.
   *
   * @throws (rejects) what kept the file from being written.
   */
  async finish(): Promise<Stored> {
    while (this.#work !== undefined) await this.#work;
    if (this.#failure !== undefined) throw this.#failure;
    const file = this.#file;
    this.#file = undefined;
    return file === undefined ? new Stored(this.#pieces.join()) : new Stored(file, this.#written);
  }

  /** Throws away what was taken. */
  discard(): void {
    this.#isDiscarded = true;
    this.#pieces.take();
    if (this.#work === undefined) this.#close();
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeQuietly(file);
  }
}

/** Thrown to who reads what was stored for a request when that request is over. */
export class GoneError extends Error {
  override readonly name: string = 'GoneError';
  readonly code = 'BN_BODY_GONE';
}

/** Bytes in memory, or in a temporary file that is gone once they are released. */
export class Stored {
  readonly #source: Buffer | TempFile;
  readonly length: number;
  /** The owner, until it releases the bytes, and tasks under way. */
  #holders = 1;
  /** Streams that have not come to an end. */
  readonly #streams = new Set<Readable>();
  #isReleased = false;
  #isClosed = false;

  constructor(source: Buffer);
  constructor(source: TempFile, length: number);
  constructor(source: Buffer | TempFile, length?: number) {
    this.#source = source;
    this.length = length ?? (source as Buffer).length;
  }

  get isInFile(): boolean {
    return !Buffer.isBuffer(this.#source);
  }

  /** Reads all, at once: of a file, while everything else waits. @throws GoneError */
  readSync(): Buffer {
    const source = this.#open();
    if (Buffer.isBuffer(source)) return source;
    const bytes = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(source.handle.fd, bytes, at, bytes.length - at, at);
      if (read === 0) throw new Error('The temporary file of a request body has become shorter.');
      at += read;
    }
    return bytes;
  }

  /**
   * Reads so many bytes from a place.
   *
   * @param into memory that may be used for them.
   * @throws (rejects) GoneError
   */
  async read(from: number, length: number, into?: Buffer): Promise<Buffer> {
    const source = this.#open();
    if (Buffer.isBuffer(source)) return source.subarray(from, from + length);
    const bytes = into?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await source.handle.read(bytes, at, length - at, from + at);
      if (bytesRead === 0) throw new Error('The temporary file of a request body has become shorter.');
      at += bytesRead;
    }
    return bytes;
  }

  /** A stream over a part of it, with a place of its own. */
  stream(from = 0, length: number = this.length - from, chunkSize: number = CHUNK_SIZE): Readable {
    const end = from + length;
    const read = (start: number, size: number): Promise<Buffer> => this.read(start, size);
    const ended = (one: Readable): void => this.#forget(one);
    let at = from;
    const stream = new Readable({
      highWaterMark: chunkSize,
      read() {
        const size = Math.min(chunkSize, end - at);
        if (size <= 0) {
          this.push(null);
          return;
        }
        read(at, size).then(
          (chunk) => {
            at += size;
            this.push(chunk);
          },
          (error: Error) => this.destroy(error),
        );
      },
      destroy(error, done) {
        ended(this);
        done(error);
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  #forget(stream: Readable): void {
    this.#streams.delete(stream);
    this.#closeIfUnused();
  }

  /** Keeps the bytes until the task has settled. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    this.#open();
    this.#holders++;
    try {
      return await task();
    } finally {
      this.#drop();
    }
  }

  /** Lets go of the bytes: what is under way ends well, what begins after that fails with a GoneError. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const stream of this.#streams) if (!isUnderWay(stream)) this.#streams.delete(stream);
    // One that somebody has begun and forgotten must not hold the file for ever.
    if (this.#streams.size > 0) setTimeout(() => this.#forgetAll(), GRACE).unref();
    this.#drop();
  }

  #forgetAll(): void {
    this.#streams.clear();
    this.#closeIfUnused();
  }

  #drop(): void {
    this.#holders--;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#isClosed || this.#holders > 0 || this.#streams.size > 0) return;
    this.#isClosed = true;
    if (!Buffer.isBuffer(this.#source)) closeQuietly(this.#source);
  }

  #open(): Buffer | TempFile {
    if (!this.#isClosed) return this.#source;
    throw new GoneError(
      'What was uploaded is gone, because its request is over. Read or save it, and await that, before the handler returns.',
    );
  }
}

/** Whether anybody has begun to read a stream, or is about to. */
function isUnderWay(stream: Readable): boolean {
  return stream.readableFlowing !== null || stream.readableDidRead || stream.listenerCount('readable') > 0;
}

function closeQuietly(file: TempFile): void {
  // A file that cannot be closed, or not be removed, waits for the sweep of the next process.
  closeTempFile(file).catch(() => undefined);
}

/** Writes all of it, and gives how much that was. */
async function writeAll(handle: FileHandle, chunks: Uint8Array[], position: number): Promise<number> {
  let rest = chunks;
  let written = 0;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, position + written);
    written += bytesWritten;
    rest = without(rest, bytesWritten);
  }
  return written;
}

/** What is left of the pieces after so many bytes. */
function without(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  let i = 0;
  while (i < chunks.length && left >= (chunks[i] as Uint8Array).length) left -= (chunks[i++] as Uint8Array).length;
  const rest = chunks.slice(i);
  if (left > 0) rest[0] = (rest[0] as Uint8Array).subarray(left);
  return rest;
}
