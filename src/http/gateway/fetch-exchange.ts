import type { BodySink, Exchange } from './exchange.js';
import { reasonPhrase } from '../fields/status.js';
import type { Stopping } from './stopping.js';
import { disconnectReason } from '../../support/abort-reasons.js';
import { type Deferred, deferred } from '../../support/deferred.js';
import { toError } from '../../support/value-kinds.js';

/** The number of buffered bytes of a streamed body at which the producer has to wait. */
const HIGH_WATER_MARK = 64 * 1024;

/** Properties of the connection that a fetch `Request` does not contain. */
export interface FetchPeer {
  remoteAddress?: string;
  /** The version of HTTP that the client speaks. Default: `1.1`. */
  httpVersion?: string;
  environ?: unknown;
  /** Signals that the server begins to stop. */
  stopping?: Stopping;
  /** Receives the errors that the app logs for this request. */
  onReport?: (error: unknown) => unknown;
}

/**
 * The gateway interface over a fetch `Request` and `Response`: for `app.fetch`, which Bun, Deno, Workers and tests use.
 */
export class FetchExchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  readonly environ: unknown;
  readonly stopping: Stopping | undefined;
  readonly onReport: ((error: unknown) => unknown) | undefined;
  readonly #request: globalThis.Request;
  readonly #response = deferred<globalThis.Response>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isClosed = false;
  #isDone = false;
  #isDropped = false;
  #drainListener: (() => void) | undefined;
  #beginListener: (() => void) | undefined;
  #closeListeners: (() => void)[] = [];
  #paused: Deferred<void> | undefined;

  constructor(request: globalThis.Request, peer: FetchPeer = {}) {
    this.#request = request;
    this.method = request.method;
    const afterScheme = request.url.indexOf('://') + 3;
    const pathStart = request.url.indexOf('/', afterScheme);
    const fragment = request.url.indexOf('#');
    this.target = pathStart === -1 ? '/' : request.url.slice(pathStart, fragment === -1 ? undefined : fragment);
    this.secure = request.url.startsWith('https:');
    this.remoteAddress = peer.remoteAddress;
    this.httpVersion = peer.httpVersion ?? '1.1';
    this.environ = peer.environ ?? request;
    this.stopping = peer.stopping;
    this.onReport = peer.onReport;
    if (request.signal?.aborted) this.#close();
    else request.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves when the head of the response is known. A streamed body is a `ReadableStream`. */
  get response(): Promise<globalThis.Response> {
    return this.#response.promise;
  }

  /** Resolves when a streamed response begins. Its producer may still be running. */
  get begun(): Promise<void> {
    return this.#controller === undefined ? new Promise((resolve) => (this.#beginListener = resolve)) : Promise.resolve();
  }

  #onAbort = (): void => this.#close();

  header(name: string): string | undefined {
    if (name === 'host') return this.#request.headers.get('host') ?? new URL(this.#request.url).host;
    return this.#request.headers.get(name) ?? undefined;
  }

  rawHeaders(): readonly string[] {
    const raw: string[] = [];
    for (const [name, value] of this.#request.headers) raw.push(name, value);
    if (!this.#request.headers.has('host')) raw.push('host', new URL(this.#request.url).host);
    return raw;
  }

  get hasBody(): boolean {
    return this.#request.body !== null;
  }

  readBody(sink: BodySink): void {
    const body = this.#request.body;
    if (body === null) {
      sink.end();
      return;
    }
    void this.#pump(body, sink);
  }

  async #pump(body: ReadableStream<Uint8Array>, sink: BodySink): Promise<void> {
    try {
      const reader = body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (this.#isDropped) {
          await reader.cancel();
          return;
        }
        sink.data(value);
        if (this.#paused !== undefined) await this.#paused.promise;
      }
    } catch (error) {
      sink.error(toError(error));
      return;
    }
    sink.end();
  }

  pauseBody(): void {
    this.#paused ??= deferred();
  }

  resumeBody(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  dropBody(): void {
    this.#isDropped = true;
    this.resumeBody();
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#isDone) return;
    this.#finish();
    this.#response.resolve(fetchResponse(status, reason, headers, body));
  }

  begin(status: number, reason: string, headers: string[]): void {
    if (this.#isDone) return;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#emitDrain(),
        cancel: () => this.#close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
    );
    this.#response.resolve(fetchResponse(status, reason, headers, stream));
    this.#beginListener?.();
  }

  write(chunk: string | Uint8Array): boolean {
    const controller = this.#controller;
    if (this.#isDone || controller === undefined) return true;
    controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
    return (controller.desiredSize ?? 1) > 0;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  #emitDrain(): void {
    const listener = this.#drainListener;
    this.#drainListener = undefined;
    listener?.();
  }

  end(): void {
    if (this.#isDone) return;
    this.#finish();
    this.#controller?.close();
  }

  destroy(): void {
    if (this.#isDone) return;
    this.#finish();
    const error = this.#isClosed
      ? abortReason(this.#request)
      : new Error('The server cut the connection before the response was complete.');
    if (this.#controller === undefined) this.#response.reject(error);
    else this.#controller.error(error);
  }

  onClose(listener: () => void): void {
    if (this.#isClosed) queueMicrotask(listener);
    else this.#closeListeners.push(listener);
  }

  #finish(): void {
    this.#isDone = true;
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
  }

  #close(): void {
    if (this.#isDone || this.#isClosed) return;
    this.#isClosed = true;
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) listener();
    this.destroy();
  }
}

/** The error for a caller that has aborted: its own abort reason. */
function abortReason({ signal }: globalThis.Request): Error {
  return signal?.reason ?? disconnectReason();
}

/** Null body statuses (Fetch §2.2.3): the constructor rejects a body, even an empty one. */
const NULL_BODY_STATUSES = new Set([101, 103, 204, 205, 304]);

function fetchResponse(status: number, reason: string, headers: string[], body: unknown): globalThis.Response {
  const init = { status, statusText: reason === '' ? reasonPhrase(status) : reason, headers: toPairs(headers) };
  const content = NULL_BODY_STATUSES.has(status) ? null : (body as BodyInit | null);
  if (status <= 599) return new globalThis.Response(content, init);
  // HTTP allows codes up to 999, the constructor does not. Runtimes that do not read the property send 599.
  return Object.defineProperty(new globalThis.Response(content, { ...init, status: 599 }), 'status', { value: status });
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}
