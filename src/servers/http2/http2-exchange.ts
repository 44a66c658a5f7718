import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';

/** What all the requests of a connection have in common. */
export interface Peer {
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  readonly stopping: Stopping;
}

/** How much of a body that nobody wants is read all the same, in bytes, so that its sender gets to read the answer. */
const DRAIN_BYTES = 256 * 1024;

/** Of one connection, and so of HTTP/1 only: forbidden here (RFC 9113 §8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The gateway interface over one stream of an HTTP/2 connection: without node's compatibility layer, which makes two more objects
 * of each request.
 */
export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #raw: readonly string[];
  readonly #peer: Peer;
  readonly httpVersion = '2.0';
  #hasBody: boolean | undefined = undefined;
  #isReading = false;
  #isDropped = false;
  /** The response is complete, whatever becomes of the connection now. */
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], peer: Peer) {
    this.#stream = stream;
    this.#headers = headers;
    this.#raw = raw;
    this.#peer = peer;
  }

  get method(): string {
    return this.#headers[':method'] as string;
  }

  get target(): string {
    return this.#headers[':path'] as string;
  }

  get secure(): boolean {
    return this.#peer.secure;
  }

  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  get stopping(): Stopping {
    return this.#peer.stopping;
  }

  get environ(): ServerHttp2Stream {
    return this.#stream;
  }

  header(name: string): string | undefined {
    // The authority takes the place of Host, and precedence over it (RFC 9113 §8.3.1).
    if (name === 'host') return this.#headers[':authority'] ?? this.#headers.host;
    return this.#headers[name] as string | undefined;
  }

  /** As HTTP/1 would have sent them: `:authority` as Host, and the crumbs of cookies joined (RFC 9113 §8.2.3). */
  rawHeaders(): readonly string[] {
    const flat: string[] = [];
    const host = this.header('host');
    if (host !== undefined) flat.push('host', host);
    let hasCookies = false;
    for (let i = 0; i < this.#raw.length; i += 2) {
      const name = this.#raw[i] as string;
      if (name.startsWith(':') || name === 'host') continue;
      if (name !== 'cookie') flat.push(name, this.#raw[i + 1] as string);
      else if (!hasCookies) {
        hasCookies = true;
        flat.push(name, this.#headers.cookie as string);
      }
    }
    return flat;
  }

  get hasBody(): boolean {
    this.#hasBody ??= !this.#stream.endAfterHeaders && this.#headers['content-length'] !== '0';
    return this.#hasBody;
  }

  readBody(sink: BodySink): void {
    const stream = this.#stream;
    let isOver = false;
    const fail = (error: Error): void => {
      if (isOver) return;
      isOver = true;
      sink.error(error);
    };
    if (stream.readableEnded || stream.destroyed) {
      fail(new Error('The request body has already been read, or its connection is gone.'));
      return;
    }
    this.#isReading = true;
    // Only now: whoever waits with the body must not send it for nothing (RFC 9110 §10.1.1).
    if (this.#awaitsContinue) stream.additionalHeaders({ ':status': 100 });
    stream.on('data', (chunk: Buffer) => {
      if (!this.#isDropped) sink.data(chunk);
    });
    stream.on('end', () => {
      if (isOver) return;
      // A stream that is reset ends, too.
      if (stream.aborted) return;
      isOver = true;
      sink.end();
    });
    stream.on('error', fail);
    const lost = (): void => {
      if (!isOver) fail(new Error('The stream was closed before the whole request body had arrived.'));
    };
    stream.on('aborted', lost);
    stream.on('close', lost);
  }

  get #awaitsContinue(): boolean {
    return this.#headers.expect?.toLowerCase() === '100-continue' && !this.#stream.headersSent;
  }

  pauseBody(): void {
    this.#stream.pause();
  }

  resumeBody(): void {
    this.#stream.resume();
  }

  dropBody(): void {
    this.#isDropped = true;
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#stream.headersSent || this.#stream.destroyed) return;
    if (body === null) {
      this.#isEnded = true;
      this.#respond(status, headers, true);
    } else {
      this.begin(status, reason, headers);
      this.#isEnded = true;
      this.#stream.end(body);
    }
    this.#letGo();
  }

  /** There are no reasons in HTTP/2 (RFC 9113 §8.3.2). */
  begin(status: number, _reason: string, headers: string[]): void {
    if (this.#stream.headersSent || this.#stream.destroyed) return;
    this.#respond(status, headers, false);
  }

  #respond(status: number, headers: readonly string[], endStream: boolean): void {
    const fields = fieldsOf(status, headers);
    for (;;) {
      try {
        this.#stream.respond(fields, { endStream });
        return;
      } catch (error) {
        const name = singleName(error);
        if (name === undefined || !Array.isArray(fields[name])) throw error;
        // HTTP/1 would let it pass; here the last one is sent.
        fields[name] = fields[name].at(-1);
      }
    }
  }

  write(chunk: string | Uint8Array): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.writableEnded) return false;
    return stream.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#stream.once('drain', listener);
  }

  end(): void {
    this.#isEnded = true;
    this.#stream.end();
    this.#letGo();
  }

  /** The answer is complete. What is left of the request, if nobody will read it, is read for a while, and then refused. */
  #letGo(): void {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed || !this.hasBody || (this.#isReading && !this.#isDropped)) return;
    this.#isDropped = true;
    let left = DRAIN_BYTES;
    const refuse = (): void => {
      // The answer is valid although not all of the request was read (RFC 9113 §8.1).
      if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
      else stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    };
    if (this.#headers.expect !== undefined && !this.#isReading) {
      refuse();
      return;
    }
    stream.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) refuse();
    });
    stream.resume();
  }

  destroy(): void {
    const stream = this.#stream;
    // In a turn of its own, so that what was written goes out. Not by `close`, which would end the response properly before.
    setImmediate(() => stream.destroy(new Error('The response broke off.')));
  }

  onClose(listener: () => void): void {
    const stream = this.#stream;
    let isTold = false;
    const tell = (): void => {
      if (isTold || this.#isEnded) return;
      isTold = true;
      listener();
    };
    if (stream.destroyed || stream.aborted) {
      queueMicrotask(tell);
      return;
    }
    stream.on('aborted', tell);
    stream.on('close', tell);
  }
}

/** The header that was given several times and may be there only once. */
function singleName(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_HTTP2_HEADER_SINGLE_VALUE' ? /"([^"]+)"/.exec(message)?.[1] : undefined;
}

/** The headers as `respond` takes them: in lower case, repeated ones as a list, and none that speak of the connection. */
function fieldsOf(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ':status': status };
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (OF_CONNECTION.has(name)) continue;
    const value = headers[i + 1] as string;
    const before = fields[name] as string | string[] | undefined;
    if (before === undefined) fields[name] = value;
    else if (typeof before === 'string') fields[name] = [before, value];
    else before.push(value);
  }
  return fields;
}
