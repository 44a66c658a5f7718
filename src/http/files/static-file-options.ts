import type { HeaderSource } from '../fields/headers.js';

/** How `staticFile` sends a file. */
export interface StaticFileOptions {
  /** The directory below which the file lies: a path (relative to the working directory) or a `file:` URL. May be a link. */
  root: string | URL;
  /**
   * The content type. `'auto'` (the default, also `true`): by the extension of the name, or of the download's name;
   * `application/octet-stream` for an unknown one. `false`: the one that the response has already.
   */
  mimetype?: string | boolean | undefined;
  /** The charset of text files; `false` names none. Default: `UTF-8`. */
  charset?: string | false | undefined;
  /** Whether browsers are to save the file, and under which name. `true`: its own. Default: false. */
  download?: boolean | string | undefined;
  /**
   * The `ETag`. `true` or `'strong'` (the default): from size and time of change, to a thousandth of a millisecond. `'weak'`: the
   * same for file systems whose clock is coarse, so that a change within one tick does no harm; ranges then cannot be resumed with
   * `If-Range`. Another string is the tag itself, such as a hash of the content. `false`: none.
   */
  etag?: boolean | string | undefined;
  /** Further headers. They win over those that are made here. */
  headers?: HeaderSource | undefined;
  /** Whether files and directories whose names begin with a dot are sent. Default: false. */
  dotfiles?: boolean | undefined;
  /**
   * Whether `name.br`, `name.zst` or `name.gz` beside a text file is sent to clients that accept it, unless it is older than the
   * file. Default: true.
   */
  precompressed?: boolean | undefined;
  /** How long caches may use the file without asking, in seconds. Default: they ask whenever they see fit. */
  maxAge?: number | undefined;
  /** The file never changes under this name, as when that has a hash: with `maxAge`, clients do not even ask on a reload. */
  immutable?: boolean | undefined;
}

/** What the response for a file depends on: any `Request`, or just this. */
export interface FileRequest {
  /** Default: `GET`. */
  readonly method?: string | undefined;
  readonly headers?: HeaderSource | undefined;
}
