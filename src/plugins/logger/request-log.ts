import { AnswerFilter, type AnswerHead, type Context, type Finished } from '../../kit/index.js';
import type { StructuredLog } from './structured-log.js';

export interface LogSettings {
  /** In lower case. */
  readonly headers: readonly string[] | true;
  /** In lower case. */
  readonly secret: ReadonlySet<string>;
  readonly query: boolean;
  readonly idHeader: string | undefined;
  readonly makeId: () => string;
}

/** Ids that are accepted from clients. Other characters could inject text into logs. */
const PLAIN_ID = /^[\w.:+/=@-]{1,128}$/;

/** Logs one request and assigns its id. */
export class RequestLog {
  readonly #context: Context;
  readonly #log: StructuredLog;
  readonly #settings: LogSettings;
  readonly #id: string;
  /** Read at the start, because the connection may be closed when the request is logged. */
  readonly #remoteAddr: string | undefined;

  constructor(context: Context, log: StructuredLog, settings: LogSettings) {
    this.#context = context;
    this.#log = log;
    this.#settings = settings;
    const { request } = context;
    this.#remoteAddr = request.remoteAddr;
    const { idHeader, makeId } = settings;
    const given = idHeader === undefined ? undefined : request.getHeader(idHeader);
    this.#id = given !== undefined && PLAIN_ID.test(given) ? given : makeId();
    request.state.requestId = this.#id;
    if (idHeader !== undefined) context.filter(new RequestIdFilter(idHeader, this.#id));
    context.onError((error) => this.#logError(error));
    context.onFinish((finished) => this.#logRequest(finished));
  }

  #logRequest({ status, bytes, ending, duration }: Finished): void {
    const common = this.#commonFields();
    const fields: Record<string, unknown> = {
      ...common,
      status,
      duration: Math.round(duration * 1000) / 1000,
      // A WebSocket has messages, not a body.
      ...(status !== 101 && { bytes }),
      remoteAddr: this.#remoteAddr,
      ...(ending === 'aborted' && { aborted: true }),
    };
    const headers = this.#headers();
    if (headers !== undefined) fields.headers = headers;
    const level = status >= 500 || status === 0 ? 'error' : status >= 400 ? 'warn' : 'info';
    this.#log[level](fields, `${common.method} ${common.path} ${status}${ending === 'aborted' ? ' aborted' : ''}`);
  }

  #logError(error: unknown): boolean {
    const common = this.#commonFields();
    this.#log.error({ ...common, err: error }, `${common.method} ${common.path} failed`);
    return true;
  }

  #commonFields(): Record<string, unknown> {
    const { request, rule } = this.#context;
    const { originalMethod: method, originalPath, queryString } = request;
    const path = this.#settings.query && queryString !== '' ? `${originalPath}?${queryString}` : originalPath;
    return { requestId: this.#id, method, path, route: rule };
  }

  #headers(): Record<string, string> | undefined {
    const { headers, secret } = this.#settings;
    if (headers !== true && headers.length === 0) return undefined;
    const { request } = this.#context;
    const names = headers === true ? [...request.headers.keys()].map((name) => name.toLowerCase()) : headers;
    const found: Record<string, string> = {};
    for (const name of names) {
      const value = request.getHeader(name);
      if (value !== undefined) found[name] = secret.has(name) ? '[redacted]' : value;
    }
    return found;
  }
}

/** Adds the request id to the response. */
class RequestIdFilter extends AnswerFilter {
  readonly #name: string;
  readonly #id: string;

  constructor(name: string, id: string) {
    super();
    this.#name = name;
    this.#id = id;
  }

  override head(head: AnswerHead): void {
    head.set(this.#name, this.#id);
    super.head(head);
  }
}
