import {
  type App,
  badOption,
  type Callback,
  checkOptions,
  type Context,
  type Plugin,
  ServerNotice,
  shown,
  tokens,
} from '../../kit/index.js';
import { prettyLog } from './pretty-log.js';
import { type LogSettings, RequestLog } from './request-log.js';
import { openPino, type Destination, type StructuredLog } from './structured-log.js';

export type { StructuredLog } from './structured-log.js';

declare module '../../kit/index.js' {
  interface PluginState {
    /** The id that `logger` gives the request, in logs and in `X-Request-Id`. */
    requestId?: string;
  }
}

/** Options of `logger`. */
export interface LoggerOptions {
  /** The logger to write to: a pino logger, or any that accepts an object and a message. Default: a new pino logger. */
  log?: StructuredLog;
  /** Options of the new pino logger, such as `{ level: 'warn' }`. */
  pino?: Readonly<Record<string, unknown>>;
  /** Whether to write coloured lines instead of JSON, without pino. Default: true in debug mode if pino is not installed. */
  pretty?: boolean;
  /** The stream to write to. Default: standard output. */
  destination?: Destination;
  /** Request headers to log, by name; `true` for all. Default: none. */
  headers?: readonly string[] | boolean;
  /** Headers to redact, in addition to those of credentials and cookies. */
  redact?: readonly string[];
  /** Whether to log the query string, which may contain secrets. Default: false. */
  query?: boolean;
  /** The header of the request id, in requests and responses; `false` for none. Default: `X-Request-Id`. */
  requestId?: string | false;
  /** Generates an id. Default: a random UUID. */
  makeId?: () => string;
}

const OPTIONS = ['log', 'pino', 'pretty', 'destination', 'headers', 'redact', 'query', 'requestId', 'makeId'] as const;

const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'x-csrf-token'];

/**
 * Logs each request when its response has ended: id, method, path, route, status, duration in milliseconds, size of the body in bytes,
 * and remote address. An error is logged once, with the same id. The level is `error` for status 500 and above, `warn` for 400 and
 * above, and `info` otherwise. The plugin replaces the app's own `logger`.
 *
 * The id is the client's `X-Request-Id` if it is short and has no special characters, otherwise a new one. The response carries it, and
 * `request.state.requestId` holds it, except in `beforeRequest` hooks, which run earlier. Values of `Authorization`, `Cookie` and similar
 * headers are never logged.
 *
 * The plugin writes JSON with the package `pino`. With `pretty`, or in debug mode without `pino`, it writes coloured lines. Routes with
 * `skip: 'logger'` are not logged.
 *
 * @throws TypeError for invalid options. `install` throws an Error if `pino` is required and not installed.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { logger } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(logger({ pino: { level: 'info' }, headers: ['User-Agent'] }));
 * app.get('/', ({ request }) => `You are ${request.state.requestId}.`);
 * @see https://getpino.io
 */
export function logger(options: LoggerOptions = {}): Plugin {
  const settings = readOptions(options);
  let log: StructuredLog | undefined;
  // The previous loggers, to restore them on uninstall.
  const previous = new Map<App, (message: string, error: unknown) => void>();
  const plugin: Plugin = {
    name: 'logger',
    setup(app) {
      log ??= open(options, app);
      if (!previous.has(app))
        previous.set(
          app,
          app.logTo((message, error) => logError(log as StructuredLog, message, error)),
        );
    },
    around(next: Callback): Callback {
      return (context) => {
        // The logger of an app that mounts this one may already log the request.
        if (!logged.has(context)) {
          logged.add(context);
          new RequestLog(context, log as StructuredLog, settings);
        }
        return next(context);
      };
    },
    close() {
      // Only apps that uninstalled the plugin get their logger back: a closed app may still log errors.
      for (const [app, logTo] of previous) if (!app.plugins.includes(plugin)) previous.delete(app) && app.logTo(logTo);
    },
  };
  return plugin;
}

/** The requests that any logger already logs. */
const logged = new WeakSet<Context>();

function open({ log, pino, pretty, destination }: LoggerOptions, app: App): StructuredLog {
  if (log !== undefined) return log;
  if (pretty === true) return prettyLog(destination);
  const isOptional = pretty === undefined && pino === undefined && app.isDebugging;
  return openPino(pino ?? {}, destination, isOptional) ?? prettyLog(destination);
}

/** Logs an error outside of a request. */
function logError(log: StructuredLog, message: string, error: unknown): void {
  if (error instanceof ServerNotice) log.warn({}, message);
  else log.error({ err: error }, message);
}

function readOptions(options: LoggerOptions): LogSettings {
  checkOptions('logger', options, OPTIONS);
  const { log, pino, headers = false, redact = [], query = false, requestId = 'X-Request-Id', makeId } = options;
  if (log !== undefined && [log.info, log.warn, log.error].some((method) => typeof method !== 'function')) {
    throw badOption('logger', 'log', `is ${shown(log)}`, 'give an object with the methods info, warn and error');
  }
  for (const name of ['pino', 'pretty', 'destination'] as const) {
    if (log !== undefined && options[name] !== undefined) {
      throw badOption('logger', name, 'has no effect with your own logger', "leave it out, or 'log'");
    }
  }
  if (pino !== undefined && options.pretty === true) {
    throw badOption('logger', 'pino', 'has no effect with coloured lines', "leave it out, or 'pretty'");
  }
  if (makeId !== undefined && typeof makeId !== 'function') {
    throw badOption('logger', 'makeId', `is ${shown(makeId)}`, 'give a function');
  }
  const names = typeof headers === 'boolean' ? [] : tokens('logger', 'headers', headers);
  const [header] = requestId === false ? [undefined] : tokens('logger', 'requestId', requestId);
  return {
    headers: headers === true ? true : names.map((name) => name.toLowerCase()),
    secret: new Set([...SECRET_HEADERS, ...tokens('logger', 'redact', redact).map((name) => name.toLowerCase())]),
    query,
    idHeader: header,
    makeId: makeId ?? (() => globalThis.crypto.randomUUID()),
  };
}
