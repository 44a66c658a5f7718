import { FetchExchange, type FetchPeer } from '../http/gateway/fetch-exchange.js';
import { refuseInvalidHost } from '../http/gateway/host.js';
import type { StopListener, Stopping } from '../http/gateway/stopping.js';
import type { SocketLink, SocketOptions, SocketSink } from '../http/gateway/socket-link.js';
import type { ServedApp } from '../http/gateway/server-adapter.js';

/** Opens a WebSocket with the runtime's own function. Returns `undefined` when the client has disconnected. */
type OpenSocket<Answer> = (options: SocketOptions, sink: SocketSink) => { link: SocketLink; answer: Answer } | undefined;

/** Whether a `fetch` request is a WebSocket handshake (RFC 6455 §4.2.1). A handshake has no body. */
export function isUpgradeRequest({ method, headers }: globalThis.Request): boolean {
  if (method !== 'GET' || headers.get('upgrade')?.toLowerCase() !== 'websocket') return false;
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.get('connection') ?? '')) return false;
  return Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding');
}

/**
 * Answers a WebSocket handshake. Resolves to the value that the runtime expects for an open WebSocket, or to the response of an
 * app that refuses the handshake.
 */
export function acceptSocket<Answer>(
  app: ServedApp,
  request: globalThis.Request,
  peer: FetchPeer & { stopping: Stopping },
  open: OpenSocket<Answer>,
): Promise<Answer | globalThis.Response> {
  return new Promise((resolve, reject) => {
    const exchange = new RuntimeSocketExchange(request, peer, (options, sink) => {
      const opened = open(options, sink);
      if (opened !== undefined) resolve(opened.answer);
      return opened?.link;
    });
    // After the WebSocket is open, nothing waits for the response.
    exchange.response.then(resolve, reject);
    if (!refuseInvalidHost(exchange)) void app.handle(exchange);
  });
}

/** The gateway interface over a WebSocket handshake that arrives as a `Request`. */
class RuntimeSocketExchange extends FetchExchange {
  readonly #open: (options: SocketOptions, sink: SocketSink) => SocketLink | undefined;
  /** A copy: Deno clears the headers of the request when the WebSocket opens. */
  readonly #headers: Headers;
  #isOpen = false;
  #listeners: (() => void)[] = [];

  constructor(
    request: globalThis.Request,
    peer: FetchPeer,
    open: (options: SocketOptions, sink: SocketSink) => SocketLink | undefined,
  ) {
    super(request, peer);
    this.#open = open;
    this.#headers = new Headers(request.headers);
    if (!this.#headers.has('host')) this.#headers.set('host', new URL(request.url).host);
  }

  override header(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  override rawHeaders(): readonly string[] {
    return [...this.#headers].flat();
  }

  /** The signal of the request does not describe the WebSocket: Deno aborts it when the WebSocket opens. */
  override onClose(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.#isOpen) return;
    super.onClose(() => {
      if (!this.#isOpen) listener();
    });
  }

  upgrade(options: SocketOptions, sink: SocketSink): SocketLink {
    // Set before the call, because the signal may abort during it.
    this.#isOpen = true;
    const link = this.#open(options, {
      message: (data) => sink.message(data),
      alive: () => sink.alive(),
      sent: () => sink.sent(),
      closed: (code, reason) => {
        sink.closed(code, reason);
        const listeners = this.#listeners;
        this.#listeners = [];
        for (const listener of listeners) listener();
      },
    });
    if (link !== undefined) return link;
    this.#isOpen = false;
    throw new Error('The connection was closed before the WebSocket opened.');
  }
}

/** Closes a WebSocket when its server stops. This happens in a microtask, because the app may not yet know that it is open. */
export function closeOnStop(link: SocketLink): StopListener {
  return { onStop: () => queueMicrotask(() => link.close(1001, 'The server is going away.')) };
}
