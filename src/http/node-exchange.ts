import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodySink, Exchange } from './exchange.js';

/** The gateway interface over `node:http`'s request and response (also `https` and `http2`'s compatibility layer). */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get method(): string {
    return this.#request.method as string;
  }

  get target(): string {
    return originForm(this.#request.url as string);
  }

  get httpVersion(): string {
    return this.#request.httpVersion;
  }

  get secure(): boolean {
    return (this.#request.socket as { encrypted?: boolean }).encrypted === true;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get environ(): IncomingMessage {
    return this.#request;
  }

  /** The response object behind this exchange, for mounted `node:http` listeners. */
  get nodeResponse(): ServerResponse {
    return this.#response;
  }

  header(name: string): string | undefined {
    return this.#request.headers[name] as string | undefined;
  }

  rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  get hasBody(): boolean {
    // Looked up in the raw list: node builds its `headers` object on first use, which a request without a body need not pay.
    const raw = this.#request.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string;
      if (name.length === 14 && name.toLowerCase() === 'content-length') return raw[i + 1] !== '0';
      if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
    }
    return this.#request.httpVersionMajor > 1 && !this.#request.readableEnded && !isBodiless(this.#request.method);
  }

  readBody(sink: BodySink): void {
    const request = this.#request;
    let over = false;
    const fail = (error: Error) => {
      if (over) return;
      over = true;
      sink.error(error);
    };
    if (request.readableEnded || request.destroyed) {
      fail(new Error('The request body has already been read, or its connection is gone.'));
      return;
    }
    request.on('data', (chunk: Buffer) => sink.data(chunk));
    request.on('end', () => {
      if (over) return;
      over = true;
      sink.end();
    });
    request.on('error', fail);
    request.on('close', () => fail(new Error('The connection was closed before the whole request body had arrived.')));
  }

  pauseBody(): void {
    this.#request.pause();
  }

  resumeBody(): void {
    this.#request.resume();
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    this.begin(status, reason, headers);
    if (body === null) this.#response.end();
    else this.#response.end(body);
  }

  begin(status: number, reason: string, headers: string[]): void {
    const response = this.#response;
    if (response.headersSent) return;
    // node takes the flat list as it is, and adds Date, Connection and, where no length is known, Transfer-Encoding.
    if (reason === '') response.writeHead(status, headers);
    else response.writeHead(status, reason, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    const response = this.#response;
    if (response.destroyed && !response.writableFinished) {
      queueMicrotask(listener);
      return;
    }
    response.once('close', () => {
      if (!response.writableFinished) listener();
    });
  }
}

/** The path and query of a request target: proxies send the whole URL (RFC 9112 §3.2.2). */
function originForm(target: string): string {
  if (target.charCodeAt(0) === 47) return target;
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(target);
  if (match === null) return target === '*' ? '*' : `/${target}`;
  const rest = match[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function isBodiless(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}
