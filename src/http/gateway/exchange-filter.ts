import type { BodySink, Exchange } from './exchange.js';

/**
 * An exchange that wraps another and forwards all calls. Subclasses change the response before it is sent, whatever produced it. The
 * response has been cast: it consists of a status, a list of headers, and bytes or text.
 *
 * A filter overrides `send` and `begin` to change heads. To change bodies, it also overrides `write`, `onDrain`, `end` and `destroy`.
 * The filter added last receives the response first.
 *
 * @example
 * class Signed extends ExchangeFilter {
 *   override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null) {
 *     super.send(status, reason, [...headers, 'X-Signature', sign(body)], body);
 *   }
 * }
 * app.hook('beforeRequest', (context) => { context.exchange = new Signed(context.exchange); });
 */
export class ExchangeFilter implements Exchange {
  /** The wrapped exchange. */
  readonly inner: Exchange;

  constructor(inner: Exchange) {
    this.inner = inner;
  }

  get method(): string {
    return this.inner.method;
  }

  get target(): string {
    return this.inner.target;
  }

  get scriptName(): string | undefined {
    return this.inner.scriptName;
  }

  get httpVersion(): string {
    return this.inner.httpVersion;
  }

  get secure(): boolean {
    return this.inner.secure;
  }

  get remoteAddress(): string | undefined {
    return this.inner.remoteAddress;
  }

  get remoteRoute(): readonly string[] | undefined {
    return this.inner.remoteRoute;
  }

  get environ(): unknown {
    return this.inner.environ;
  }

  get hasBody(): boolean {
    return this.inner.hasBody;
  }

  header(name: string): string | undefined {
    return this.inner.header(name);
  }

  rawHeaders(): readonly string[] {
    return this.inner.rawHeaders();
  }

  readBody(sink: BodySink): void {
    this.inner.readBody(sink);
  }

  pauseBody(): void {
    this.inner.pauseBody();
  }

  resumeBody(): void {
    this.inner.resumeBody();
  }

  dropBody(): void {
    this.inner.dropBody();
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    this.inner.send(status, reason, headers, body);
  }

  begin(status: number, reason: string, headers: string[]): void {
    this.inner.begin(status, reason, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    return this.inner.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.inner.onDrain(listener);
  }

  end(): void {
    this.inner.end();
  }

  destroy(): void {
    this.inner.destroy();
  }

  onClose(listener: () => void): void {
    this.inner.onClose(listener);
  }

  get stopping(): Exchange['stopping'] {
    return this.inner.stopping;
  }

  get upgrade(): Exchange['upgrade'] {
    const { inner } = this;
    return inner.upgrade === undefined
      ? undefined
      : (options, sink) => (inner.upgrade as NonNullable<Exchange['upgrade']>)(options, sink);
  }

  get onReport(): Exchange['onReport'] {
    return this.inner.onReport;
  }
}
