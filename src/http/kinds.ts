// What a value is, whichever realm or package it comes from: `instanceof` knows those of this realm only.

export function isArrayBuffer(value: object): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

export function isShared(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}

/** Any realm's error. */
export function isError(value: object): boolean {
  return value instanceof globalThis.Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** The name of a value's type as its author would call it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return (value as { constructor?: { name?: string } }).constructor?.name || 'object';
}
