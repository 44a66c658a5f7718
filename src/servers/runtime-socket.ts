import { FetchExchange, type FetchPeer } from '../http/gateway/fetch-exchange.js';
import type { Endless, Stopping } from '../http/gateway/stopping.js';
import type { SocketLink, SocketOptions, SocketSink } from '../http/gateway/socket-link.js';
import type { ServedApp } from '../http/gateway/server-adapter.js';

/** Opens a WebSocket as the runtime does. Gives `undefined` when the client has left. */
export type Opener<Answer> = (options: SocketOptions, sink: SocketSink) => { link: SocketLink; answer: Answer } | undefined;

/** Whether a request of `fetch` is an opening handshake (RFC 6455 §4.2.1). A handshake has no body. */
export function asksForSocket({ method, headers }: globalThis.Request): boolean {
  if (method !== 'GET' || headers.get('upgrade')?.toLowerCase() !== 'websocket') return false;
  return Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding');
}

/**
 * Answers an opening handshake: with what the runtime wants to be given for a WebSocket that is open, or with the response of an
 * app that refuses.
 */
export function answerSocket<Answer>(
  app: ServedApp,
  request: globalThis.Request,
  peer: FetchPeer & { stopping: Stopping },
  open: Opener<Answer>,
): Promise<Answer | globalThis.Response> {
  return new Promise((resolve, reject) => {
    const exchange = new RuntimeSocketExchange(request, peer, (options, sink) => {
      const opened = open(options, sink);
      if (opened !== undefined) resolve(opened.answer);
      return opened?.link;
    });
    // Once the WebSocket is open, there is nobody any more who waits for a response.
    exchange.response.then(resolve, reject);
    void app.handle(exchange);
  });
}

/** The gateway interface over an opening handshake that comes as a `Request`. */
class RuntimeSocketExchange extends FetchExchange {
  readonly #open: (options: SocketOptions, sink: SocketSink) => SocketLink | undefined;
  /** Deno's request has none any more once the WebSocket is open. */
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

  /** The signal of the request says nothing of the WebSocket: in Deno, it aborts when that is open. */
  override onClose(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.#isOpen) return;
    super.onClose(() => {
      if (!this.#isOpen) listener();
    });
  }

  upgrade(options: SocketOptions, sink: SocketSink): SocketLink {
    // Before, as the signal may abort meanwhile.
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
    throw new Error('The connection was gone before the WebSocket was open.');
  }
}

/** Ends a WebSocket when its server stops, in a turn of its own, as the app may not know yet that it is open. */
export function goingAway(link: SocketLink): Endless {
  return { serverStops: () => queueMicrotask(() => link.close(1001, 'The server is going away.')) };
}
