import { type TrustProxy, toProxyTrust } from '../http/gateway/trust-proxy.js';
import type { MultipartLimits } from '../http/body/multipart-limits.js';
import { ServerNotice } from '../http/gateway/server-adapter.js';
import { BODY_DEFAULTS, toLimit } from './config/body-limits.js';
import { ConfigDict } from './config/config-dict.js';
import type { Container } from './wiring/container.js';
import { type TemplatePath, toFolders } from './template-path.js';

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

const DEFAULTS = { catchall: true, autojson: true, strict: false };

/** The configuration that an app starts with: what it was told, over the defaults. */
export function appConfig(options: AppOptions): ConfigDict {
  const defaults = new ConfigDict(DEFAULTS);
  for (const key of Object.keys(DEFAULTS)) defaults.define(key, { convert: toFlag });
  for (const [key, value] of Object.entries(BODY_DEFAULTS)) defaults.define(key, { default: value, convert: toLimit });
  defaults.define('templatePath', { convert: toFolders, help: 'The folders of templates.' });
  defaults.define('trustProxy', { convert: checkedProxies, help: 'The proxies that are believed.' });
  const { catchall, autojson, strict, maxBody, memfileMax, tempDir, multipart, templatePath, trustProxy } = options;
  // Of their own below, so that an app that is mounted can have the outer app's values in their place.
  return defaults.overlay({ catchall, autojson, strict, maxBody, memfileMax, tempDir, multipart, templatePath, trustProxy });
}

/** Configuration files and environments give texts. */
function toFlag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
  if (['true', 'yes', 'on', '1'].includes(text)) return true;
  if (['false', 'no', 'off', '0'].includes(text)) return false;
  throw new TypeError('it is true or false; as text also yes and no, on and off, 1 and 0');
}

function checkedProxies(value: unknown): unknown {
  toProxyTrust(value);
  return value;
}

/** The logger of apps that are given none. */
export function printError(message: string, error: unknown): void {
  if (error instanceof ServerNotice) console.error(message);
  else console.error(message, error);
}
