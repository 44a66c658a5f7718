import { open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { crypto } from '../../support/lazy-crypto.js';
import { CHUNK_SIZE } from './chunks.js';
import type { Stored } from './spool.js';
import { FileExistsError } from './upload.js';
import type { SaveOptions, UploadContent } from './upload-parts.js';

/** An upload of a form that was taken apart as it arrived. */
export class StoredContent implements UploadContent {
  readonly length: number;
  readonly #stored: Stored;
  readonly #start: number;

  /** @param stored Holds the bytes from `start` on, with those of the other files of the form. */
  constructor(stored: Stored, start: number, length: number) {
    this.#stored = stored;
    this.#start = start;
    this.length = length;
  }

  stream(chunkSize: number = CHUNK_SIZE): Readable {
    return this.#stored.stream(this.#start, this.length, chunkSize);
  }

  bytes(): Promise<Buffer> {
    return this.#stored.during(() => this.#stored.read(this.#start, this.length));
  }

  async save(
    filename: string,
    destination: string | URL | Writable | WritableStream,
    { overwrite = false, chunkSize = CHUNK_SIZE, end = true }: SaveOptions = {},
  ): Promise<string | undefined> {
    if (!Number.isInteger(chunkSize) || chunkSize < 1) {
      throw new RangeError(`save() needs a chunkSize of at least one byte, not ${chunkSize}.`);
    }
    return this.#stored.during(async () => {
      if (typeof destination !== 'string' && !(destination instanceof URL)) {
        await pipeline(this.stream(chunkSize), asWritable(destination), { end });
        return undefined;
      }
      const path = await pathAt(typeof destination === 'string' ? destination : fileURLToPath(destination), filename);
      if (overwrite) await this.#replace(path, chunkSize);
      else await this.#create(path, chunkSize);
      return path;
    });
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

/** Where a file goes: in a directory, below its own name. */
async function pathAt(destination: string, filename: string): Promise<string> {
  const found = await stat(destination).catch(() => undefined);
  return found?.isDirectory() ? join(destination, filename) : destination;
}

function asWritable(destination: Writable | WritableStream): Writable {
  return destination instanceof globalThis.WritableStream ? Writable.fromWeb(destination as never) : (destination as Writable);
}
