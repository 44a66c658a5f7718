import { optionNames } from '../support/known-options.js';
import type { MultipartLimits } from '../http/body/multipart-limits.js';
import type { TrustProxy } from '../http/gateway/trust-proxy.js';
import type { TemplatePath } from './template-path.js';
import type { Container } from './wiring/container.js';
import type { ErrorLogger } from './error-log.js';

/** The options of `new Bottle`. All except `debug`, `container` and `logger` can also be set through `config`. */
export interface AppOptions {
  /**
   * Answer unexpected errors with 500 and log them (default), or rethrow them: `fetch` rejects with them, `listener` passes them to
   * the `next` of the outer framework, and servers log them and answer with a bare 500.
   */
  catchall?: boolean;
  /** Turn returned objects into JSON. Default: true. */
  autojson?: boolean;
  /** Report unused wildcards as problems. Default: false. */
  strict?: boolean;
  /** Debug mode for this app. Default: the setting of `debug()` for all apps. */
  debug?: boolean;
  /**
   * The maximum size of a request body, in bytes; a larger one is refused with 413. Default: 10 MiB. A route may set its own limit:
   * `config: { maxBody }`. Only that limit applies to routes with `{ stream: true }`.
   */
  maxBody?: number;
  /** The maximum number of errors in a 422. Default: 50. A route may set its own: `config: { maxErrors }`. */
  maxErrors?: number;
  /** The maximum size of a body, or of all files of a form, in memory, in bytes; more is stored in a file. Default: 100 KiB. */
  memfileMax?: number;
  /** The directory of temporary files. Default: that of the system. */
  tempDir?: string;
  /** The limits of forms. In `config`: `multipart.maxFiles` and so on; a route may set its own limits. */
  multipart?: Partial<MultipartLimits>;
  /**
   * The folders where `@View` looks up templates, before `TEMPLATE_PATH`: one or a list of paths or `file:` URLs, such as
   * `new URL('views', import.meta.url)`. A mounted app without this option inherits it from its mount or the outer app.
   */
  templatePath?: TemplatePath;
  /**
   * The proxies whose forwarding headers are trusted: `X-Forwarded-For`, `-Proto`, `-Host`, `-Prefix`; without these, `Forwarded`
   * (RFC 7239). These headers change `request.remoteAddr`, `remoteRoute`, `url`, `scriptName` and the header `Host`.
   *
   * `true` trusts all proxies, a number that many in front of this server, and addresses trust these (one or a list: `'10.0.0.7'`,
   * `'10.0.0.0/8'`, `'loopback'`, `'private'`). Default: none, because a client that connects directly can forge the headers. With
   * `true`, the server must be reachable only through a proxy that overwrites these headers. Only the option of the outermost app
   * applies.
   *
   * @example new Bottle({ trustProxy: 'loopback' }) // nginx on the same machine
   */
  trustProxy?: TrustProxy;
  /**
   * Creates the instances of controller classes, with `get(Class)` or `resolve(Class)`. Without it, a class whose constructor takes
   * arguments cannot be mounted.
   */
  container?: Container;
  /** Logs errors whose details clients do not see. Default: `console.error`. */
  logger?: ErrorLogger;
}

/** The names of the options of `new Bottle`. */
export const APP_OPTIONS = optionNames<AppOptions>({
  catchall: true,
  autojson: true,
  strict: true,
  debug: true,
  maxBody: true,
  maxErrors: true,
  memfileMax: true,
  tempDir: true,
  multipart: true,
  templatePath: true,
  trustProxy: true,
  container: true,
  logger: true,
});
