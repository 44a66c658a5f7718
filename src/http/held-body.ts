import type { Body } from './body.js';
import type { Exchange } from './exchange.js';
import { ExchangeFilter } from './exchange-filter.js';

/** Lets go of a request's body when its response is complete, or can no longer be. */
export class HeldBodyExchange extends ExchangeFilter {
  readonly #body: Body;
  #hasBegun = false;
  #hasClientLeft = false;

  constructor(inner: Exchange, body: Body) {
    super(inner);
    this.#body = body;
    // The handler may want to finish what it does with the body, though nobody hears of it: what it returns then comes to `send`.
    inner.onClose(() => {
      this.#hasClientLeft = true;
      if (this.#hasBegun) this.#body.release();
    });
  }

  override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    super.send(status, reason, headers, body);
    this.#body.release();
  }

  override begin(status: number, reason: string, headers: string[]): void {
    super.begin(status, reason, headers);
    this.#hasBegun = true;
    if (this.#hasClientLeft) this.#body.release();
  }

  override end(): void {
    super.end();
    this.#body.release();
  }

  override destroy(): void {
    super.destroy();
    this.#body.release();
  }
}
