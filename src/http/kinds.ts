// What a value is, whichever realm or package it comes from: `instanceof` knows those of this realm only.

/**
 * The tag that objects of the platform carry. `Object.prototype.toString` shows the same, but six calls of that, as a result that is
 * JSON took, were 3 % of a small request.
 */
export function tagOf(value: object): unknown {
  return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
}

export function isArrayBuffer(value: object): value is ArrayBuffer {
  const tag = tagOf(value);
  return tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer';
}

export function isShared(buffer: ArrayBufferLike): boolean {
  return tagOf(buffer) === 'SharedArrayBuffer';
}

/** Any realm's error: of those of others there is no tag to be seen, but all have a message. */
export function isError(value: object): boolean {
  if (value instanceof globalThis.Error) return true;
  return 'message' in value && Object.prototype.toString.call(value) === '[object Error]';
}

/** The name of a value's type as its author would call it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return (value as { constructor?: { name?: string } }).constructor?.name || 'object';
}
