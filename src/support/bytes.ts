import { isArrayBuffer, isShared } from './value-kinds.js';

/** Returns bytes as a `Buffer` over the same memory, and text as UTF-8. */
export function toBuffer(chunk: string | Uint8Array): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8');
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** The length of a chunk in bytes. Text is counted as UTF-8. */
export function byteLengthOf(chunk: string | Uint8Array): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
}

/**
 * The bytes of a buffer or a view, over the same memory. Shared memory is copied, because it may change while it is sent, and some
 * servers reject it.
 */
export function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  const isView = ArrayBuffer.isView(value);
  const bytes = isView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
  return isShared(bytes.buffer) ? bytes.slice() : bytes;
}

/** The value as a chunk of a body; `undefined` if it is neither a string nor bytes. */
export function toChunk(value: unknown): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return ArrayBuffer.isView(value) || isArrayBuffer(value) ? bytesOf(value) : undefined;
}
