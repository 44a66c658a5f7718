import type { Readable, Writable } from 'node:stream';
import type { HeaderDict } from '../fields/headers.js';

/** How `FileUpload.save` saves. */
export interface SaveOptions {
  /** Replace a file that is there. Default: false. */
  overwrite?: boolean;
  /** How much is copied at once, in bytes. Default: 64 KiB. */
  chunkSize?: number;
  /** End a stream that was given as the destination. Default: true. */
  end?: boolean;
}

/** The bytes of an upload. */
export interface UploadContent {
  readonly length: number;
  stream(chunkSize?: number): Readable;
  bytes(): Promise<Buffer>;
  /** See `FileUpload.save`. @param filename The name in a directory. */
  save(
    filename: string,
    destination: string | URL | Writable | WritableStream,
    options: SaveOptions | undefined,
  ): Promise<string | undefined>;
}

/** What an upload is made of; for those who receive it. */
export interface UploadParts {
  readonly name: string;
  readonly rawFilename: string;
  readonly contentType: string;
  readonly headers: HeaderDict;
  readonly content: UploadContent;
}
