import { preferredEncoding } from '../../http/accept.js';
import type { Exchange } from '../../http/exchange.js';
import { ExchangeFilter } from '../../http/exchange-filter.js';
import { addFlatVary, flatHeader, removeFlatHeader, setFlatHeader } from '../../http/flat-headers.js';
import type { Codec, Encoder, Encoding } from './encoders.js';

/** What is compressed, and how. */
export interface Settings {
  /** In bytes. */
  readonly threshold: number;
  /** The codings, best first. */
  readonly codecs: ReadonlyMap<Encoding, Codec>;
  readonly isCompressible: (type: string) => boolean;
}

/** Headers that would no longer be true of an encoded body, in ways that cannot be mended. */
const DIGESTS = ['content-md5', 'digest', 'content-digest', 'repr-digest'];
const EVENTS = 'text/event-stream';

/** Encodes what is sent through it, where that is allowed and pays. */
export class Compressing extends ExchangeFilter {
  readonly #settings: Settings;
  #encoder: Encoder | undefined = undefined;
  #willFlush = false;

  constructor(inner: Exchange, settings: Settings) {
    super(inner);
    this.#settings = settings;
  }

  override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    const codec = this.#choose(status, headers);
    if (codec === undefined || (body === null && this.method !== 'HEAD')) {
      super.send(status, reason, headers, body);
      return;
    }
    const encoded = [...headers];
    describe(encoded, codec[0]);
    if (body === null) {
      super.send(status, reason, encoded, null);
      return;
    }
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    codec[1].whole(bytes, (error, result) => {
      try {
        // What does not shrink is sent as it is.
        if (error !== null || result.length >= bytes.length) super.send(status, reason, headers, bytes);
        else super.send(status, reason, [...encoded, 'Content-Length', String(result.length)], result);
      } catch {
        super.destroy();
      }
    });
  }

  override begin(status: number, reason: string, headers: string[]): void {
    const codec = this.#choose(status, headers);
    if (codec !== undefined) {
      describe(headers, codec[0]);
      this.#encoder = this.#open(codec[1].stream(typeOf(headers) === EVENTS));
    }
    super.begin(status, reason, headers);
  }

  #open(encoder: Encoder): Encoder {
    encoder.on('data', (piece: Uint8Array) => {
      if (super.write(piece)) return;
      encoder.pause();
      super.onDrain(() => encoder.resume());
    });
    encoder.on('end', () => super.end());
    encoder.on('error', () => super.destroy());
    this.onClose(() => encoder.destroy());
    return encoder;
  }

  override write(chunk: string | Uint8Array): boolean {
    const encoder = this.#encoder;
    if (encoder === undefined) return super.write(chunk);
    // The client has left: whoever produces is about to be told, and must not go on until then.
    if (encoder.destroyed) return false;
    // A producer that pauses wants its client to see what there is: events, progress, the head of a page.
    if (!this.#willFlush) {
      this.#willFlush = true;
      setImmediate(() => {
        this.#willFlush = false;
        if (!encoder.destroyed && !encoder.writableEnded) encoder.flush();
      });
    }
    return encoder.write(chunk);
  }

  override onDrain(listener: () => void): void {
    if (this.#encoder === undefined) super.onDrain(listener);
    else this.#encoder.once('drain', listener);
  }

  override end(): void {
    if (this.#encoder === undefined) super.end();
    else if (!this.#encoder.destroyed) this.#encoder.end();
  }

  override destroy(): void {
    this.#encoder?.destroy();
    super.destroy();
  }

  /** The coding for a response; tells caches where it depends on the request. */
  #choose(status: number, headers: string[]): [Encoding, Codec] | undefined {
    if (status === 304) {
      this.#validateEncoded(headers);
      return undefined;
    }
    if (!this.#isCandidate(status, headers)) return undefined;
    addFlatVary(headers, 'Accept-Encoding');
    return this.#negotiate(typeOf(headers) === EVENTS);
  }

  #negotiate(isLong: boolean): [Encoding, Codec] | undefined {
    const { codecs } = this.#settings;
    // Others need megabytes for each open connection.
    const offers = [...codecs.keys()].filter((name) => !isLong || name === 'gzip' || name === 'deflate');
    const name = preferredEncoding(this.header('accept-encoding'), [...offers, 'identity']) as Encoding;
    const codec = codecs.get(name);
    return codec === undefined ? undefined : [name, codec];
  }

  #isCandidate(status: number, headers: string[]): boolean {
    if (status < 200 || status === 204 || status === 206) return false;
    if (flatHeader(headers, 'content-encoding') !== undefined || flatHeader(headers, 'content-range') !== undefined) return false;
    const length = flatHeader(headers, 'content-length');
    if (length !== undefined && Number(length) < this.#settings.threshold) return false;
    // Nobody knows how much HEAD would have given.
    if (length === undefined && this.method === 'HEAD') return false;
    if (/\bno-transform\b/i.test(flatHeader(headers, 'cache-control') ?? '')) return false;
    if (DIGESTS.some((name) => flatHeader(headers, name) !== undefined)) return false;
    const type = typeOf(headers);
    return type !== '' && this.#settings.isCompressible(type);
  }

  /** A 304 carries the headers that a 200 would have had (RFC 9110 section 15.4.5). */
  #validateEncoded(headers: string[]): void {
    addFlatVary(headers, 'Accept-Encoding');
    if (this.#negotiate(false) !== undefined) weakenTag(headers);
  }
}

/** Makes the headers those of the encoded body. */
function describe(headers: string[], encoding: Encoding): void {
  setFlatHeader(headers, 'Content-Encoding', encoding);
  removeFlatHeader(headers, 'content-length');
  // Ranges are those of the body as it was.
  removeFlatHeader(headers, 'accept-ranges');
  weakenTag(headers);
}

/** A strong ETag promises the same bytes (RFC 9110 section 8.8.1), and those of an encoding are others. */
function weakenTag(headers: string[]): void {
  const tag = flatHeader(headers, 'etag');
  if (tag?.startsWith('"')) setFlatHeader(headers, 'ETag', `W/${tag}`);
}

function typeOf(headers: readonly string[]): string {
  return (flatHeader(headers, 'content-type')?.split(';', 1)[0] ?? '').trim().toLowerCase();
}
