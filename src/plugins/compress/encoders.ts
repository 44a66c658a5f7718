import type { Transform } from 'node:stream';
import type * as Zlib from 'node:zlib';

/** The content codings of HTTP (RFC 9110 section 8.4.1; `br` is RFC 7932, `zstd` is RFC 8878). */
export type Encoding = 'br' | 'zstd' | 'gzip' | 'deflate';

/** A stream that encodes chunks. `flush` emits everything that was written so far. */
export type Encoder = Transform & { flush(): void };

/** The encoders of one content coding. */
export interface Codec {
  /** Encodes a complete body. */
  whole(bytes: Uint8Array, done: (error: Error | null, encoded: Uint8Array) => void): void;
  /** @param isLong whether the stream may stay open for hours, so that low memory use matters more than size. */
  stream(isLong: boolean): Encoder;
}

/** `node:zlib` with zstd, which Node has since 22.15. */
interface ZlibWithZstd {
  zstdCompress?: (bytes: Uint8Array, done: (error: Error | null, encoded: Uint8Array) => void) => void;
  createZstdCompress?: () => Transform & Zlib.Zlib;
}

/** The codings that this runtime supports. */
export function codecs(): Map<Encoding, Codec> {
  const zlib = process.getBuiltinModule('node:zlib');
  const { constants } = zlib;
  // The default is the highest quality, which is meant for static files and too slow for responses.
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 19 } };
  // Reduces the memory of each open connection.
  const lowMemory = { windowBits: 13, memLevel: 5 };
  const found = new Map<Encoding, Codec>([
    [
      'br',
      {
        whole: (bytes, done) => zlib.brotliCompress(bytes, brotli, done),
        stream: () => withFlush(zlib.createBrotliCompress(brotli), constants.BROTLI_OPERATION_FLUSH),
      },
    ],
    [
      'gzip',
      {
        whole: (bytes, done) => zlib.gzip(bytes, done),
        stream: (isLong) => withFlush(zlib.createGzip(isLong ? lowMemory : {}), constants.Z_SYNC_FLUSH),
      },
    ],
    [
      'deflate',
      {
        whole: (bytes, done) => zlib.deflate(bytes, done),
        stream: (isLong) => withFlush(zlib.createDeflate(isLong ? lowMemory : {}), constants.Z_SYNC_FLUSH),
      },
    ],
  ]);
  const { zstdCompress, createZstdCompress } = zlib as ZlibWithZstd;
  if (zstdCompress !== undefined && createZstdCompress !== undefined) {
    const flush = (constants as unknown as { ZSTD_e_flush: number }).ZSTD_e_flush;
    found.set('zstd', {
      whole: (bytes, done) => zstdCompress(bytes, done),
      stream: () => withFlush(createZstdCompress(), flush),
    });
  }
  return found;
}

/** Sets the kind of flush. Node's default is a full flush, which resets the compression state and so compresses worse. */
function withFlush(encoder: Transform & Zlib.Zlib, kind: number): Encoder {
  const flush = encoder.flush.bind(encoder);
  return Object.assign(encoder, { flush: () => flush(kind) });
}
