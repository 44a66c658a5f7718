import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { BodySink, Exchange } from '../gateway/exchange.js';
import { ExchangeFilter } from '../gateway/exchange-filter.js';
import { HTTPError } from '../http-error.js';
import { bodyTooLarge, declaredLength } from './body-stream.js';

type Decoders = Readonly<Record<string, () => Transform>>;

/** Added in Node 22.15 and 23.8. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };

const DECODERS: Decoders = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  ...(createZstdDecompress !== undefined && { zstd: () => createZstdDecompress() }),
};

/** More codings than this have no use, and each one costs memory. */
const MAX_CODINGS = 3;

/**
 * An exchange whose body is decoded as its `Content-Encoding` says (RFC 9110 section 8.4).
 *
 * @param codings the value of `Content-Encoding`.
 * @param maxBody the limit of the coded bytes. The reader limits the decoded bytes.
 * @throws HTTPError 415 for an unknown coding, 413 for a declared length above the limit.
 */
export function decodeBody(exchange: Exchange, codings: string, maxBody: number): Exchange {
  const names = codings
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const unknown = names.find((name) => !Object.hasOwn(DECODERS, name));
  if (unknown !== undefined || names.length > MAX_CODINGS) {
    const accepted = Object.keys(DECODERS).filter((name) => !name.startsWith('x-'));
    const problem = unknown === undefined ? `more than ${MAX_CODINGS} codings` : `the coding '${unknown}'`;
    throw new HTTPError(415, `A body with ${problem} is not accepted. Send one of ${accepted.join(', ')}, or none.`, {
      headers: { 'Accept-Encoding': accepted.join(', ') },
      code: 'BN_BODY_CODING',
    });
  }
  if (names.length === 0) return exchange;
  const length = declaredLength(exchange);
  if (length !== undefined && length > maxBody) throw bodyTooLarge(maxBody);
  return new DecodedExchange(exchange, names, length, maxBody);
}

/** Decodes a body as it arrives, with back-pressure. */
class DecodedExchange extends ExchangeFilter {
  readonly #names: readonly string[];
  readonly #length: number | undefined;
  readonly #maxBody: number;
  #decoders: Transform[] = [];
  #size = 0;
  #isDone = false;

  constructor(inner: Exchange, names: readonly string[], length: number | undefined, maxBody: number) {
    super(inner);
    this.#names = names;
    this.#length = length;
    this.#maxBody = maxBody;
  }

  /** The declared length is that of the coded body. */
  override header(name: string): string | undefined {
    return name === 'content-length' || name === 'content-encoding' ? undefined : super.header(name);
  }

  override readBody(sink: BodySink): void {
    // The coding that was applied last is listed last, and has to be removed first.
    this.#decoders = this.#names.map((name) => (DECODERS[name] as () => Transform)()).reverse();
    const fail = (cause: Error): void => {
      if (this.#isDone) return;
      this.dropBody();
      sink.error(cause);
    };
    this.#decoders.forEach((decoder, i) => {
      decoder.on('error', (cause) => fail(malformedCoding(cause)));
      const next = this.#decoders[i + 1];
      if (next !== undefined) decoder.pipe(next);
    });
    const first = this.#decoders[0] as Transform;
    const last = this.#decoders.at(-1) as Transform;
    last.on('data', (chunk: Uint8Array) => {
      if (!this.#isDone) sink.data(chunk);
    });
    last.on('end', () => {
      if (this.#isDone) return;
      this.#isDone = true;
      sink.end();
    });
    first.on('drain', () => {
      if (!this.#isDone) this.inner.resumeBody();
    });
    super.readBody({
      data: (chunk) => {
        if (this.#isDone) return;
        this.#size += chunk.length;
        if (this.#size > this.#maxBody) fail(bodyTooLarge(this.#maxBody));
        else if (!first.write(chunk)) this.inner.pauseBody();
      },
      end: () => {
        if (this.#length !== undefined && this.#size < this.#length)
          fail(new Error('The body is shorter than its Content-Length.'));
        else first.end();
      },
      error: fail,
    });
  }

  override pauseBody(): void {
    this.#decoders.at(-1)?.pause();
  }

  override resumeBody(): void {
    if (!this.#isDone) this.#decoders.at(-1)?.resume();
  }

  override dropBody(): void {
    this.#isDone = true;
    for (const decoder of this.#decoders) decoder.destroy();
    super.pauseBody();
    super.dropBody();
  }
}

function malformedCoding(cause: unknown): HTTPError {
  return new HTTPError(400, 'The body is not coded as its Content-Encoding says.', { cause, code: 'BN_BODY_CODING' });
}
