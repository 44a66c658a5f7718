import type { Readable, Writable } from 'node:stream';
import type { HeaderDict } from '../fields/headers.js';

/** Options of `FileUpload.save`. */
export interface SaveOptions {
  /** Replace an existing file. Default: false. */
  overwrite?: boolean;
  /** The chunk size for copying, in bytes. Default: 64 KiB. */
  chunkSize?: number;
  /** End the destination, if it is a stream. Default: true. */
  end?: boolean;
}

/** The bytes of an upload. */
export interface UploadContent {
  readonly length: number;
  stream(chunkSize?: number): Readable;
  bytes(): Promise<Buffer>;
  /** See `FileUpload.save`. @param filename the name to use in a directory. */
  save(
    filename: string,
    destination: string | URL | Writable | WritableStream,
    options: SaveOptions | undefined,
  ): Promise<string | undefined>;
}

/** The properties of an upload, for the constructor of `FileUpload`. */
export interface UploadParts {
  readonly name: string;
  readonly rawFilename: string;
  readonly contentType: string;
  readonly headers: HeaderDict;
  readonly content: UploadContent;
}
