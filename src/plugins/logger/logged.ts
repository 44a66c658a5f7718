import type { Context } from '../../app/plugin.js';
import type { Exchange } from '../../http/exchange.js';
import { setFlatHeader } from '../../http/flat-headers.js';
import { type Ending, Observed, type Watch } from '../observed.js';
import type { StructuredLog } from './structured.js';

export interface LogSettings {
  /** In lower case. */
  readonly headers: readonly string[] | true;
  /** In lower case. */
  readonly secret: ReadonlySet<string>;
  readonly query: boolean;
  readonly idHeader: string | undefined;
  readonly makeId: () => string;
}

/** What a client may call a request: nothing that a log, or what reads it, could take for something else. */
const PLAIN_ID = /^[\w.:+/=@-]{1,128}$/;

/** Logs one request. */
export class Logged extends Observed {
  readonly #log: StructuredLog;
  readonly #settings: LogSettings;
  readonly #id: string;
  /** Asked for while there is a connection. */
  readonly #remoteAddr: string | undefined;
  #bytes = 0;

  constructor(context: Context, watch: Watch, log: StructuredLog, settings: LogSettings) {
    super(context, watch);
    this.#log = log;
    this.#settings = settings;
    this.#remoteAddr = this.inner.remoteAddress;
    const { idHeader, makeId } = settings;
    const given = idHeader === undefined ? undefined : this.header(idHeader.toLowerCase());
    this.#id = given !== undefined && PLAIN_ID.test(given) ? given : makeId();
    context.request.state.requestId = this.#id;
  }

  override headed(headers: string[]): void {
    const { idHeader } = this.#settings;
    if (idHeader !== undefined) setFlatHeader(headers, idHeader, this.#id);
  }

  override wrote(body: string | Uint8Array): void {
    this.#bytes += typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  }

  override finished(ending: Ending): void {
    if (!this.isConcerned) return;
    const { status, inner } = this;
    const fields: Record<string, unknown> = {
      ...this.#about(),
      status,
      duration: Math.round(this.elapsed * 1000) / 1000,
      // What a socket carries passes elsewhere.
      ...(status !== 101 && { bytes: this.#bytes }),
      remoteAddr: this.#remoteAddr,
      ...(ending === 'aborted' && { aborted: true }),
    };
    const headers = this.#headers();
    if (headers !== undefined) fields.headers = headers;
    const level = status >= 500 || status === 0 ? 'error' : status >= 400 ? 'warn' : 'info';
    this.#log[level](fields, `${inner.method} ${fields.path} ${status}${ending === 'aborted' ? ' aborted' : ''}`);
  }

  override get onReport(): Exchange['onReport'] {
    return (error) => {
      this.inner.onReport?.(error);
      const about = this.#about();
      this.#log.error({ ...about, err: error }, `${about.method} ${about.path} failed`);
      return true;
    };
  }

  #about(): Record<string, unknown> {
    const { target, scriptName = '', method } = this.inner;
    const mark = this.#settings.query ? -1 : target.indexOf('?');
    const path = scriptName + (mark === -1 ? target : target.slice(0, mark));
    return { requestId: this.#id, method, path, route: this.rule };
  }

  #headers(): Record<string, string> | undefined {
    const { headers, secret } = this.#settings;
    if (headers !== true && headers.length === 0) return undefined;
    const names = headers === true ? this.rawHeaders().filter((_, i) => i % 2 === 0) : headers;
    const found: Record<string, string> = {};
    for (const name of new Set(names.map((one) => one.toLowerCase()))) {
      const value = this.header(name);
      if (value !== undefined) found[name] = secret.has(name) ? '[redacted]' : value;
    }
    return found;
  }
}
