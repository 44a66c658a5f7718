import { ServerNotice } from '../http/gateway/server-adapter.js';
import { toProxyTrust } from '../http/gateway/trust-proxy.js';
import { MULTIPART_DEFAULTS } from '../http/body/multipart-limits.js';
import { checkKnownOptions } from '../support/known-options.js';
import { APP_OPTIONS, type AppOptions } from './app-options.js';
import { BODY_DEFAULTS, toLimit } from './config/body-limits.js';
import { ConfigDict } from './config/config-dict.js';
import { toFolders } from './template-path.js';

const DEFAULTS = { catchall: true, autojson: true, strict: false };

/** The initial configuration of an app: its options over the defaults. @throws TypeError for an option that does not exist */
export function appConfig(options: AppOptions): ConfigDict {
  checkKnownOptions('new Bottle()', options, APP_OPTIONS);
  checkKnownOptions('new Bottle({ multipart })', options.multipart, Object.keys(MULTIPART_DEFAULTS));
  const defaults = new ConfigDict(DEFAULTS);
  for (const key of Object.keys(DEFAULTS)) defaults.define(key, { convert: toFlag });
  for (const [key, value] of Object.entries(BODY_DEFAULTS)) defaults.define(key, { default: value, convert: toLimit });
  defaults.define('maxErrors', { default: 50, convert: toLimit, help: 'The maximum number of errors in a 422.' });
  defaults.define('templatePath', { convert: toFolders, help: 'The folders of templates.' });
  defaults.define('trustProxy', { convert: checkProxies, help: 'The trusted proxies.' });
  const { catchall, autojson, strict, maxBody, maxErrors, memfileMax, tempDir, multipart, templatePath, trustProxy } = options;
  // The defaults are a separate layer, so that a mounted app inherits the outer app's values instead of them.
  return defaults.overlay({
    catchall,
    autojson,
    strict,
    maxBody,
    maxErrors,
    memfileMax,
    tempDir,
    multipart,
    templatePath,
    trustProxy,
  });
}

/** Converts text too, because configuration files and environment variables are text. */
function toFlag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
  if (['true', 'yes', 'on', '1'].includes(text)) return true;
  if (['false', 'no', 'off', '0'].includes(text)) return false;
  throw new TypeError('it is true or false; as text also yes and no, on and off, 1 and 0');
}

function checkProxies(value: unknown): unknown {
  toProxyTrust(value);
  return value;
}

/** The default logger. */
export function printError(message: string, error: unknown): void {
  if (error instanceof ServerNotice) console.error(message);
  else console.error(message, error);
}
