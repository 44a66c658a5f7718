import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';

/** The properties that all requests of a connection share. */
export interface ConnectionInfo {
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  readonly stopping: Stopping;
}

/** How much of an unwanted body is read, in bytes, so that its sender can read the answer. */
const DRAIN_BYTES = 256 * 1024;

/** Connection-specific headers of HTTP/1, which are forbidden in HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The gateway interface over one stream of an HTTP/2 connection. It does not use Node's compatibility layer, which creates two
 * more objects per request.
 */
export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #raw: readonly string[];
  readonly #peer: ConnectionInfo;
  readonly httpVersion = '2.0';
  #hasBody: boolean | undefined = undefined;
  #isReading = false;
  #isDropped = false;
  /** The response is complete. A connection that closes now needs no notice. */
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], peer: ConnectionInfo) {
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
    // `:authority` replaces Host and takes precedence over it (RFC 9113 §8.3.1).
    if (name === 'host') return this.#headers[':authority'] ?? this.#headers.host;
    return this.#headers[name] as string | undefined;
  }

  /** The headers as HTTP/1 would send them: `:authority` as Host, and the split cookie fields joined (RFC 9113 §8.2.3). */
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
    let isDone = false;
    const fail = (error: Error): void => {
      if (isDone) return;
      isDone = true;
      sink.error(error);
    };
    if (stream.readableEnded || stream.destroyed) {
      fail(new Error('The request body has already been read, or its connection is gone.'));
      return;
    }
    this.#isReading = true;
    // Sent only now. A client that waits must not send a body that nothing reads (RFC 9110 §10.1.1).
    if (this.#awaitsContinue) stream.additionalHeaders({ ':status': 100 });
    stream.on('data', (chunk: Buffer) => {
      if (!this.#isDropped) sink.data(chunk);
    });
    stream.on('end', () => {
      if (isDone) return;
      // A reset stream ends too.
      if (stream.aborted) return;
      isDone = true;
      sink.end();
    });
    stream.on('error', fail);
    const onAbort = (): void => {
      if (!isDone) fail(new Error('The stream was closed before the whole request body had arrived.'));
    };
    stream.on('aborted', onAbort);
    stream.on('close', onAbort);
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
    this.#drainRequest();
  }

  /** HTTP/2 has no reason phrases (RFC 9113 §8.3.2). */
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
        const name = repeatedHeader(error);
        if (name === undefined || !Array.isArray(fields[name])) throw error;
        // HTTP/1 would allow the repetition. Here the last value is sent.
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
    this.#drainRequest();
  }

  /** The answer is complete. An unread rest of the request is read up to a limit, and then refused. */
  #drainRequest(): void {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed || !this.hasBody || (this.#isReading && !this.#isDropped)) return;
    this.#isDropped = true;
    let remaining = DRAIN_BYTES;
    const refuse = (): void => {
      // The answer is valid although the request was not read completely (RFC 9113 §8.1).
      if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
      else stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    };
    if (this.#headers.expect !== undefined && !this.#isReading) {
      refuse();
      return;
    }
    stream.on('data', (chunk: Buffer) => {
      remaining -= chunk.length;
      if (remaining < 0) refuse();
    });
    stream.resume();
  }

  destroy(): void {
    const stream = this.#stream;
    // In a separate turn, so that the written data is sent. `close` would end the response regularly before that.
    setImmediate(() => stream.destroy(new Error('The response was aborted.')));
  }

  onClose(listener: () => void): void {
    const stream = this.#stream;
    let isNotified = false;
    const notify = (): void => {
      if (isNotified || this.#isEnded) return;
      isNotified = true;
      listener();
    };
    if (stream.destroyed || stream.aborted) {
      queueMicrotask(notify);
      return;
    }
    stream.on('aborted', notify);
    stream.on('close', notify);
  }
}

/** The name of a header that was set several times and may occur only once. */
function repeatedHeader(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_HTTP2_HEADER_SINGLE_VALUE' ? /"([^"]+)"/.exec(message)?.[1] : undefined;
}

/**
 * The headers in the form that `respond` expects: names in lower case, repeated ones as a list, without connection-specific
 * headers.
 */
function fieldsOf(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ':status': status };
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (CONNECTION_HEADERS.has(name)) continue;
    const value = headers[i + 1] as string;
    const previous = fields[name] as string | string[] | undefined;
    if (previous === undefined) fields[name] = value;
    else if (typeof previous === 'string') fields[name] = [previous, value];
    else previous.push(value);
  }
  return fields;
}
