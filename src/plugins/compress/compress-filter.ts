import { AnswerFilter, type AnswerHead, type Context, preferredEncoding } from '../../kit/index.js';
import type { Codec, Encoder, Encoding } from './encoders.js';

/** What is compressed, and how. */
export interface Settings {
  /** In bytes. */
  readonly threshold: number;
  /** The codings, best first. */
  readonly codecs: ReadonlyMap<Encoding, Codec>;
  readonly isCompressible: (type: string) => boolean;
}

/** Headers that would no longer be true of an encoded body, and cannot be corrected. */
const DIGESTS = ['Content-MD5', 'Digest', 'Content-Digest', 'Repr-Digest'];
const EVENTS = 'text/event-stream';

/** A whole answer that is to be encoded, until its body is there. */
interface Held {
  readonly head: AnswerHead;
  readonly encoding: Encoding;
  readonly codec: Codec;
}

/** Encodes what is sent through it, where that is allowed and worth it. */
export class CompressFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #settings: Settings;
  #held: Held | undefined = undefined;
  readonly #chunks: Uint8Array[] = [];
  /** Encodes an answer that is streamed. */
  #encoder: Encoder | undefined = undefined;
  #willFlush = false;

  constructor(context: Context, settings: Settings) {
    super();
    this.#context = context;
    this.#settings = settings;
  }

  override head(head: AnswerHead): void {
    const chosen = this.#choose(head);
    if (chosen === undefined) {
      super.head(head);
      return;
    }
    const [encoding, codec] = chosen;
    if (!head.streamed) {
      this.#held = { head, encoding, codec };
      return;
    }
    describe(head, encoding);
    this.#encoder = this.#open(codec.stream(typeOf(head) === EVENTS));
    super.head(head);
  }

  #open(encoder: Encoder): Encoder {
    encoder.on('data', (piece: Uint8Array) => {
      if (super.write(piece)) return;
      encoder.pause();
      super.onDrain(() => encoder.resume());
    });
    encoder.on('end', () => super.end());
    encoder.on('error', () => super.abort());
    this.#context.onClose(() => encoder.destroy());
    return encoder;
  }

  override write(chunk: string | Uint8Array): boolean {
    const encoder = this.#encoder;
    if (this.#held !== undefined) {
      this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      return true;
    }
    if (encoder === undefined) return super.write(chunk);
    // The client has left. The producer is about to be told, and must not go on until then.
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

  override end(): void {
    if (this.#held !== undefined) this.#endWhole(this.#held);
    else if (this.#encoder === undefined) super.end();
    else if (!this.#encoder.destroyed) this.#encoder.end();
  }

  #endWhole({ head, encoding, codec }: Held): void {
    if (this.#chunks.length === 0) {
      // An empty body stays as it is. HEAD is told what GET would get.
      if (this.#context.request.originalMethod === 'HEAD') describe(head, encoding);
      super.end();
      return;
    }
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    codec.whole(bytes, (error, result) => {
      try {
        // What does not shrink is sent as it is.
        const shrinks = error === null && result.length < bytes.length;
        if (shrinks) describe(head, encoding);
        super.write(shrinks ? result : bytes);
        super.end();
      } catch (failure) {
        this.#context.report(failure);
        super.abort();
      }
    });
  }

  override onDrain(listener: () => void): void {
    if (this.#encoder === undefined) super.onDrain(listener);
    else this.#encoder.once('drain', listener);
  }

  override abort(): void {
    this.#encoder?.destroy();
    super.abort();
  }

  /** The coding for an answer. Tells caches where it depends on the request. */
  #choose(head: AnswerHead): [Encoding, Codec] | undefined {
    if (head.status === 304) {
      this.#validateEncoded(head);
      return undefined;
    }
    if (!this.#isCandidate(head)) return undefined;
    head.vary('Accept-Encoding');
    return this.#negotiate(typeOf(head) === EVENTS);
  }

  #negotiate(isLong: boolean): [Encoding, Codec] | undefined {
    const { codecs } = this.#settings;
    // Others need megabytes for each open connection.
    const offers = [...codecs.keys()].filter((name) => !isLong || name === 'gzip' || name === 'deflate');
    const name = preferredEncoding(this.#context.request.getHeader('Accept-Encoding'), [...offers, 'identity']) as Encoding;
    const codec = codecs.get(name);
    return codec === undefined ? undefined : [name, codec];
  }

  #isCandidate(head: AnswerHead): boolean {
    const { status } = head;
    if (status < 200 || status === 204 || status === 206) return false;
    if (head.get('Content-Encoding') !== undefined || head.get('Content-Range') !== undefined) return false;
    const length = head.get('Content-Length');
    if (length !== undefined && Number(length) < this.#settings.threshold) return false;
    // Nobody knows how much HEAD would have given.
    if (length === undefined && this.#context.request.originalMethod === 'HEAD') return false;
    if (/\bno-transform\b/i.test(head.get('Cache-Control') ?? '')) return false;
    if (DIGESTS.some((name) => head.get(name) !== undefined)) return false;
    const type = typeOf(head);
    return type !== '' && this.#settings.isCompressible(type);
  }

  /** A 304 carries the headers that a 200 would have had (RFC 9110 section 15.4.5). */
  #validateEncoded(head: AnswerHead): void {
    head.vary('Accept-Encoding');
    if (this.#negotiate(false) !== undefined) weakenTag(head);
  }
}

/** Makes the headers those of the encoded body. */
function describe(head: AnswerHead, encoding: Encoding): void {
  head.set('Content-Encoding', encoding);
  head.delete('Content-Length');
  // Ranges are those of the body as it was.
  head.delete('Accept-Ranges');
  weakenTag(head);
}

/** A strong ETag promises the same bytes (RFC 9110 section 8.8.1), and those of an encoding are others. */
function weakenTag(head: AnswerHead): void {
  const tag = head.get('ETag');
  if (tag?.startsWith('"')) head.set('ETag', `W/${tag}`);
}

function typeOf(head: AnswerHead): string {
  return (head.get('Content-Type')?.split(';', 1)[0] ?? '').trim().toLowerCase();
}
