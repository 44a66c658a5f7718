import { optionNames } from '../../support/known-options.js';
import type { HeaderSource } from '../fields/headers.js';

/** Options of `staticFile`. */
export interface StaticFileOptions {
  /** The directory that contains the file: a path (relative to the working directory) or a `file:` URL. It may be a link. */
  root: string | URL;
  /**
   * The content type. `'auto'` (the default, also `true`): by the extension of the name, or of the name for the download;
   * `application/octet-stream` for an unknown extension. `false`: the content type of the response.
   */
  mimetype?: string | boolean | undefined;
  /** The charset of text files; `false` for none. Default: `UTF-8`. */
  charset?: string | false | undefined;
  /** Whether browsers save the file, and under which name. `true`: its own name. Default: false. */
  download?: boolean | string | undefined;
  /**
   * The `ETag`. `true` or `'strong'` (the default): from the size and the time of the last change, in microseconds. `'weak'`: a weak
   * ETag of the same values, for file systems with a coarse clock; `If-Range` does not match it. Another string is the tag itself, such
   * as a hash of the content. `false`: none.
   */
  etag?: boolean | string | undefined;
  /** Additional headers. They replace generated headers of the same name. */
  headers?: HeaderSource | undefined;
  /** Whether files and directories whose names begin with a dot are sent. Default: false. */
  dotfiles?: boolean | undefined;
  /**
   * Whether a compressed variant of a text file (`name.br`, `name.zst` or `name.gz`) is sent to clients that accept it, unless it is
   * older than the file. Default: true.
   */
  precompressed?: boolean | undefined;
  /** How long caches may use the file without revalidation, in seconds. Default: no `Cache-Control`. */
  maxAge?: number | undefined;
  /** Whether the file never changes, for example because its name contains a hash. With `maxAge`, clients do not revalidate on reload. */
  immutable?: boolean | undefined;
}

/** The part of a request that the response of a file depends on. Any `Request` has it. */
export interface FileRequest {
  /** Default: `GET`. */
  readonly method?: string | undefined;
  readonly headers?: HeaderSource | undefined;
}

/** The names of the options of `staticFile`. */
export const STATIC_FILE_OPTIONS = optionNames<StaticFileOptions>({
  root: true,
  mimetype: true,
  charset: true,
  download: true,
  etag: true,
  headers: true,
  dotfiles: true,
  precompressed: true,
  maxAge: true,
  immutable: true,
});
