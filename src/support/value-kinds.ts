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

/** Whether a value is a promise, or anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/**
 * Whether an object is certainly nothing but data, as most are: one look for all that the others are known by. What has a member
 * called `next` may still be data, and is looked at closely.
 */
export function isPlainData(value: object): boolean {
  if (Array.isArray(value)) return true;
  if (Object.getPrototypeOf(value) === Object.prototype) {
    if (Symbol.toStringTag in value) return false;
  } else if (Object.prototype.toString.call(value) !== '[object Object]' || value instanceof globalThis.Error) return false;
  const { then, next, pipe, fd } = value as Partial<Record<'then' | 'next' | 'pipe' | 'fd', unknown>>;
  if (then !== undefined || next !== undefined || pipe !== undefined || fd !== undefined) return false;
  return !(Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** Whether a function is written as a class. */
export function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
