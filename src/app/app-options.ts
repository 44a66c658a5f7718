import type { MultipartLimits } from '../http/body/multipart-limits.js';
import type { TrustProxy } from '../http/gateway/trust-proxy.js';
import type { TemplatePath } from './template-path.js';
import type { Container } from './wiring/container.js';

/** What `new Bottle` takes. All but `container` and `logger` can also be set through `config`. */
export interface AppOptions {
  /**
   * Answer unexpected errors with 500 and log them (default), or let them through: `fetch` rejects with them, `listener` hands
   * them to the `next` of the framework around it, and servers log them and answer with a bare 500.
   */
  catchall?: boolean;
  /** Turn returned objects into JSON. Default: true. */
  autojson?: boolean;
  /** Report wildcards that no parameter takes. Default: false. */
  strict?: boolean;
  /** Debug mode for this app; default is what `debug()` has set for all. */
  debug?: boolean;
  /**
   * The largest request body that is accepted, in bytes; more is refused with 413. Default: 10 MiB. A route may have its own:
   * `config: { maxBody }`. On routes with `{ stream: true }` only that one counts.
   */
  maxBody?: number;
  /** The largest body, or files of a form together, kept in memory, in bytes; more waits in a temporary file. Default: 100 KiB. */
  memfileMax?: number;
  /** Where temporary files are made. Default: the system's directory for them. */
  tempDir?: string;
  /** How much is taken of a form. As configuration: `multipart.maxFiles` and so on; a route may have its own. */
  multipart?: Partial<MultipartLimits>;
  /**
   * Where `@View` looks templates up first, before `TEMPLATE_PATH`: a folder (a path, or a `file:` URL such as
   * `new URL('views', import.meta.url)`), or several. A mounted app without one has that of its mount or of the app around it.
   */
  templatePath?: TemplatePath;
  /**
   * Which proxies are believed when they say whom they speak for (`X-Forwarded-For`, `-Proto`, `-Host`, `-Prefix`;
   * without these, `Forwarded` of RFC 7239), which changes `request.remoteAddr`, `remoteRoute`, `url`, `scriptName` and the header
   * `Host`: `true` all of them, a number that many before this server, or
   * their addresses (`'10.0.0.7'`, `'10.0.0.0/8'`, `'loopback'`, `'private'`), one or a list. Default: nobody, for a client that
   * reaches the server by itself can say anything. With `true`, the server must be out of reach but for a proxy that overwrites
   * these headers. Only the outermost app's counts.
   *
   * @example new Bottle({ trustProxy: 'loopback' }) // nginx on the same machine
   */
  trustProxy?: TrustProxy;
  /** Asked for instances of controller classes, by `get(Class)` or `resolve(Class)`. */
  container?: Container;
  /** Takes errors that clients are told nothing about. Default: `console.error`. */
  logger?: (message: string, error: unknown) => void;
}
