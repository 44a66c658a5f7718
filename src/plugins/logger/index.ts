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
  interface RequestState {
    /** What `logger` calls the request in logs and in `X-Request-Id`. */
    requestId?: string;
  }
}

/** What is logged, how, and where to. */
export interface LoggerOptions {
  /** A logger of yours to write to: pino's, or any that takes an object and a message. Default: a pino made for it. */
  log?: StructuredLog;
  /** Options for the pino that is made, such as `{ level: 'warn' }`. */
  pino?: Readonly<Record<string, unknown>>;
  /** Coloured lines to read, in place of JSON; pino is not needed for them. Default: in debug mode, where there is no pino. */
  pretty?: boolean;
  /** Where to write. Default: standard output. */
  destination?: Destination;
  /** Request headers to log, by name; `true` for all. Default: none. */
  headers?: readonly string[] | boolean;
  /** Headers whose values are not to be seen, besides those of credentials and cookies. */
  redact?: readonly string[];
  /** Whether to log the query, which may hold what is secret. Default: false. */
  query?: boolean;
  /** The header that carries the id of a request, both ways; `false` for none. Default: `X-Request-Id`. */
  requestId?: string | false;
  /** Makes ids. Default: random UUIDs. */
  makeId?: () => string;
}

const OPTIONS = ['log', 'pino', 'pretty', 'destination', 'headers', 'redact', 'query', 'requestId', 'makeId'] as const;

const SECRET = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'x-csrf-token'];

/**
 * Logs each request when its answer is complete, streamed ones at their end: id, method, path, route, status, duration in
 * milliseconds, bytes of the body, address; and what went wrong, once, under the same id. Status 500 and above at the level
 * `error`, 400 and above `warn`, else `info`. It takes the place of the app's own `logger`.
 *
 * The id is the client's `X-Request-Id` if that is short and plain, else a new one. It is answered back, and is
 * `request.state.requestId` for all but `beforeRequest` hooks, which run before. Values of `Authorization`, `Cookie` and the like are never logged.
 *
 * Writes JSON through the package `pino`; in debug mode without it, and with `pretty`, coloured lines. Routes with `skip: 'logger'`
 * are left out.
 *
 * @throws TypeError for options that make no sense. Error, where it is installed, when `pino` is needed and missing.
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
  /** How the apps logged before. */
  const before = new Map<App, (message: string, error: unknown) => void>();
  const plugin: Plugin = {
    name: 'logger',
    setup(app) {
      log ??= open(options, app);
      if (!before.has(app))
        before.set(
          app,
          app.logTo((message, error) => logError(log as StructuredLog, message, error)),
        );
    },
    around(next: Callback): Callback {
      return (context) => {
        // A logger further outside, of an app around this one, logs the request already.
        if (!logged.has(context)) {
          logged.add(context);
          new RequestLog(context, log as StructuredLog, settings);
        }
        return next(context);
      };
    },
    close() {
      // An app that is closed may still have errors to log. One that the logger was uninstalled from logs as before.
      for (const [app, logTo] of before) if (!app.plugins.includes(plugin)) before.delete(app) && app.logTo(logTo);
    },
  };
  return plugin;
}

/** The requests that are logged, by whichever logger. */
const logged = new WeakSet<Context>();

function open({ log, pino, pretty, destination }: LoggerOptions, app: App): StructuredLog {
  if (log !== undefined) return log;
  if (pretty === true) return prettyLog(destination);
  const isOptional = pretty === undefined && pino === undefined && app.isDebugging;
  return openPino(pino ?? {}, destination, isOptional) ?? prettyLog(destination);
}

/** An error that belongs to no request. */
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
      throw badOption('logger', name, 'means nothing beside a logger of your own', "leave it out, or 'log'");
    }
  }
  if (pino !== undefined && options.pretty === true) {
    throw badOption('logger', 'pino', 'means nothing where lines are to be read', "leave it out, or 'pretty'");
  }
  if (makeId !== undefined && typeof makeId !== 'function') {
    throw badOption('logger', 'makeId', `is ${shown(makeId)}`, 'give a function');
  }
  const names = typeof headers === 'boolean' ? [] : tokens('logger', 'headers', headers);
  const [header] = requestId === false ? [undefined] : tokens('logger', 'requestId', requestId);
  return {
    headers: headers === true ? true : names.map((name) => name.toLowerCase()),
    secret: new Set([...SECRET, ...tokens('logger', 'redact', redact).map((name) => name.toLowerCase())]),
    query,
    idHeader: header,
    makeId: makeId ?? (() => globalThis.crypto.randomUUID()),
  };
}
