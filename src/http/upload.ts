import type { HeaderDict } from './headers.js';

/** A file that came in a multipart form. */
export interface FileUpload {
  readonly name: string;
  readonly filename: string;
  readonly rawFilename: string;
  readonly contentType: string;
  readonly contentLength: number;
  readonly headers: HeaderDict;
}
