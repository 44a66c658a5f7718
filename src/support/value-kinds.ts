// Type checks that work for values of any realm or package. `instanceof` only recognizes those of this realm.

/**
 * The `Symbol.toStringTag` of platform objects. `Object.prototype.toString` returns the same tag, but it is slower, and every JSON
 * result needs several of these checks.
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

/** Whether a value is an error of any realm. Errors have no `Symbol.toStringTag`, so `Object.prototype.toString` is necessary. */
export function isError(value: object): boolean {
  if (value instanceof globalThis.Error) return true;
  return 'message' in value && Object.prototype.toString.call(value) === '[object Error]';
}

/** Returns an error unchanged, and wraps any other thrown value. */
export function toError(thrown: unknown): Error {
  return thrown instanceof globalThis.Error ? thrown : new globalThis.Error(String(thrown));
}

/** The type name of a value: that of its class for objects. */
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
 * Whether an object is certainly plain data: one check that replaces those for streams, promises and so on. An object with a member
 * such as `next` may still be data, but needs these checks.
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

/** Whether a value is a `Set`, a `Map` or a `URLSearchParams` of any realm: data that can be iterated. */
export function isCollection(value: object): value is Set<unknown> | Map<unknown, unknown> | URLSearchParams {
  const tag = tagOf(value);
  return tag === 'Set' || tag === 'Map' || tag === 'URLSearchParams';
}
