import type { Transform } from 'node:stream';
import type * as Zlib from 'node:zlib';

/** Content codings, by the names that HTTP has for them. */
export type Encoding = 'br' | 'zstd' | 'gzip' | 'deflate';

/** What can encode pieces, and be asked to hand over all that it has got so far. */
export type Encoder = Transform & { flush(): void };

/** One coding. */
export interface Codec {
  /** Encodes bytes that are there. */
  whole(bytes: Uint8Array, done: (error: Error | null, encoded: Uint8Array) => void): void;
  /** @param isLong whether the stream may stay open for hours, so that memory counts more than size. */
  stream(isLong: boolean): Encoder;
}

/** Node's, where it has zstd: from 22.15 on. */
interface ZlibWithZstd {
  zstdCompress?: (bytes: Uint8Array, done: (error: Error | null, encoded: Uint8Array) => void) => void;
  createZstdCompress?: () => Transform & Zlib.Zlib;
}

/** The codings that this runtime has. */
export function codecs(): Map<Encoding, Codec> {
  // Loaded only where it is needed.
  const zlib = process.getBuiltinModule('node:zlib');
  const { constants } = zlib;
  // The highest quality, which is the default, takes a hundred times as long: it is meant for files compressed once.
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 19 } };
  // Some 50 instead of 260 KB for each connection.
  const small = { windowBits: 13, memLevel: 5 };
  const found = new Map<Encoding, Codec>([
    [
      'br',
      {
        whole: (bytes, done) => zlib.brotliCompress(bytes, brotli, done),
        stream: () => flushing(zlib.createBrotliCompress(brotli), constants.BROTLI_OPERATION_FLUSH),
      },
    ],
    [
      'gzip',
      {
        whole: (bytes, done) => zlib.gzip(bytes, done),
        stream: (isLong) => flushing(zlib.createGzip(isLong ? small : {}), constants.Z_SYNC_FLUSH),
      },
    ],
    [
      'deflate',
      {
        whole: (bytes, done) => zlib.deflate(bytes, done),
        stream: (isLong) => flushing(zlib.createDeflate(isLong ? small : {}), constants.Z_SYNC_FLUSH),
      },
    ],
  ]);
  const { zstdCompress, createZstdCompress } = zlib as ZlibWithZstd;
  if (zstdCompress !== undefined && createZstdCompress !== undefined) {
    const flush = (constants as unknown as { ZSTD_e_flush: number }).ZSTD_e_flush;
    found.set('zstd', {
      whole: (bytes, done) => zstdCompress(bytes, done),
      stream: () => flushing(createZstdCompress(), flush),
    });
  }
  return found;
}

/** Node's own default flush forgets what was sent before, and so compresses worse. */
function flushing(encoder: Transform & Zlib.Zlib, kind: number): Encoder {
  const flush = encoder.flush.bind(encoder);
  return Object.assign(encoder, { flush: () => flush(kind) });
}
