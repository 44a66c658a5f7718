import { AnswerFilter, type AnswerHead, type Context, preferredEncoding } from '../../kit/index.js';
import type { Codec, Encoder, Encoding } from './encoders.js';

/** The checked options of `compress`. */
export interface Settings {
  /** In bytes. */
  readonly threshold: number;
  /** The codings, in order of preference. */
  readonly codecs: ReadonlyMap<Encoding, Codec>;
  readonly isCompressible: (type: string) => boolean;
}

/** Digests of the unencoded body. They would be wrong for the encoded one. */
const DIGESTS = ['Content-MD5', 'Digest', 'Content-Digest', 'Repr-Digest'];
const EVENTS = 'text/event-stream';

/** A response that is buffered until its body is complete. */
interface Buffered {
  readonly head: AnswerHead;
  readonly encoding: Encoding;
  readonly codec: Codec;
}

/** Encodes a response if its headers, its size and the client allow it. */
export class CompressFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #settings: Settings;
  #buffered: Buffered | undefined = undefined;
  readonly #chunks: Uint8Array[] = [];
  /** The encoder of a streamed response. */
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
      this.#buffered = { head, encoding, codec };
      return;
    }
    setEncoding(head, encoding);
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
    if (this.#buffered !== undefined) {
      this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      return true;
    }
    if (encoder === undefined) return super.write(chunk);
    // The client has disconnected. The producer pauses until it is aborted.
    if (encoder.destroyed) return false;
    // When the producer pauses, the client must see everything written so far: events, progress, the top of a page.
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
    if (this.#buffered !== undefined) this.#endBuffered(this.#buffered);
    else if (this.#encoder === undefined) super.end();
    else if (!this.#encoder.destroyed) this.#encoder.end();
  }

  #endBuffered({ head, encoding, codec }: Buffered): void {
    if (this.#chunks.length === 0) {
      // An empty body is not encoded. HEAD gets the headers of GET.
      if (this.#context.request.originalMethod === 'HEAD') setEncoding(head, encoding);
      super.end();
      return;
    }
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    codec.whole(bytes, (error, result) => {
      try {
        // A body that does not shrink is sent without encoding.
        const shrinks = error === null && result.length < bytes.length;
        if (shrinks) setEncoding(head, encoding);
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

  /** Chooses the coding of a response. Sets `Vary` if the choice depends on the request. */
  #choose(head: AnswerHead): [Encoding, Codec] | undefined {
    if (head.status === 304) {
      this.#adjustNotModified(head);
      return undefined;
    }
    if (!this.#isCandidate(head)) return undefined;
    head.vary('Accept-Encoding');
    return this.#negotiate(typeOf(head) === EVENTS);
  }

  #negotiate(isLong: boolean): [Encoding, Codec] | undefined {
    const { codecs } = this.#settings;
    // The other codings need too much memory for each open connection.
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
    // For HEAD, the size of the body is unknown.
    if (length === undefined && this.#context.request.originalMethod === 'HEAD') return false;
    if (/\bno-transform\b/i.test(head.get('Cache-Control') ?? '')) return false;
    if (DIGESTS.some((name) => head.get(name) !== undefined)) return false;
    const type = typeOf(head);
    return type !== '' && this.#settings.isCompressible(type);
  }

  /** A 304 carries the headers that a 200 would have had (RFC 9110 section 15.4.5). */
  #adjustNotModified(head: AnswerHead): void {
    head.vary('Accept-Encoding');
    if (this.#negotiate(false) !== undefined) weakenTag(head);
  }
}

/** Sets the headers of the encoded body. */
function setEncoding(head: AnswerHead, encoding: Encoding): void {
  head.set('Content-Encoding', encoding);
  head.delete('Content-Length');
  // Ranges apply to the unencoded body.
  head.delete('Accept-Ranges');
  weakenTag(head);
}

/** A strong ETag promises identical bytes (RFC 9110 section 8.8.1), and encoding changes them. */
function weakenTag(head: AnswerHead): void {
  const tag = head.get('ETag');
  if (tag?.startsWith('"')) head.set('ETag', `W/${tag}`);
}

function typeOf(head: AnswerHead): string {
  return (head.get('Content-Type')?.split(';', 1)[0] ?? '').trim().toLowerCase();
}
