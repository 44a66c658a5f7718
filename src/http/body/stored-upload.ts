import { open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { crypto } from '../../support/lazy-crypto.js';
import { CHUNK_SIZE } from './chunks.js';
import type { StoredBytes } from './spool.js';
import { FileExistsError } from './upload.js';
import type { SaveOptions, UploadContent } from './upload-parts.js';

/** The content of an uploaded file: a range of the stored bytes of its form. */
export class StoredContent implements UploadContent {
  readonly length: number;
  readonly #stored: StoredBytes;
  readonly #start: number;

  /** @param stored the bytes of all files of the form. This file begins at `start`. */
  constructor(stored: StoredBytes, start: number, length: number) {
    this.#stored = stored;
    this.#start = start;
    this.length = length;
  }

  stream(chunkSize: number = CHUNK_SIZE): Readable {
    return this.#stored.stream(this.#start, this.length, chunkSize);
  }

  bytes(): Promise<Buffer> {
    return this.#stored.retainDuring(() => this.#stored.read(this.#start, this.length));
  }

  async save(
    filename: string,
    destination: string | URL | Writable | WritableStream,
    { overwrite = false, chunkSize = CHUNK_SIZE, end = true }: SaveOptions = {},
  ): Promise<string | undefined> {
    if (!Number.isInteger(chunkSize) || chunkSize < 1) {
      throw new RangeError(`save() needs a chunkSize of at least one byte, not ${chunkSize}.`);
    }
    return this.#stored.retainDuring(async () => {
      if (typeof destination !== 'string' && !(destination instanceof URL)) {
        await pipeline(this.stream(chunkSize), asWritable(destination), { end });
        return undefined;
      }
      const path = await resolvePath(typeof destination === 'string' ? destination : fileURLToPath(destination), filename);
      if (overwrite) await this.#replace(path, chunkSize);
      else await this.#create(path, chunkSize);
      return path;
    });
  }

  async #create(path: string, chunkSize: number): Promise<void> {
    // The flag `wx` avoids a race: another request could create the file after a check.
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
    const existing = await stat(path).catch(() => undefined);
    if (existing !== undefined && !existing.isFile()) {
      // A device or a pipe must not be replaced.
      await this.#copyTo(await open(path, 'w'), chunkSize);
      return;
    }
    const partialPath = `${path}.${crypto().randomBytes(6).toString('hex')}.part`;
    await this.#create(partialPath, chunkSize);
    await rename(partialPath, path).catch(async (error: unknown) => {
      await unlink(partialPath).catch(() => undefined);
      throw error;
    });
  }

  async #copyTo(handle: Awaited<ReturnType<typeof open>>, chunkSize: number): Promise<void> {
    try {
      const memory = Buffer.allocUnsafeSlow(Math.min(chunkSize, this.length));
      for (let at = 0; at < this.length; at += chunkSize) {
        const size = Math.min(chunkSize, this.length - at);
        await handle.writeFile(await this.#stored.read(this.#start + at, size, memory));
      }
    } finally {
      await handle.close();
    }
  }
}

/** Returns the path of the file to write. For a directory, appends the filename. */
async function resolvePath(destination: string, filename: string): Promise<string> {
  const found = await stat(destination).catch(() => undefined);
  return found?.isDirectory() ? join(destination, filename) : destination;
}

function asWritable(destination: Writable | WritableStream): Writable {
  return destination instanceof globalThis.WritableStream ? Writable.fromWeb(destination as never) : (destination as Writable);
}
