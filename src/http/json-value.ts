import { HTTPResponse } from './errors.js';
import { isFetchResponse } from './fetch-response.js';
import { isArrayBuffer, isError } from './kinds.js';
import { DeferredBody, isStreamed } from './streams.js';
import { isThenable } from './chain.js';

/** JSON that is made already. Whoever looks into it finds what it says. */
export class JSONText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** Whether an object becomes JSON when it is cast. */
export function isJsonValue(value: object): boolean {
  if (isPlainData(value)) return true;
  return !(
    value instanceof HTTPResponse ||
    ArrayBuffer.isView(value) ||
    isArrayBuffer(value) ||
    isFetchResponse(value) ||
    isStreamed(value) ||
    isThenable(value) ||
    isError(value)
  );
}

/**
 * Whether an object is certainly nothing but data, as most are: one look for all that the others are known by. What has a member
 * called `next` may still be data, and is looked at closely.
 */
export function isPlainData(value: object): boolean {
  if (Array.isArray(value)) return true;
  if (Object.getPrototypeOf(value) === Object.prototype) {
    if (Symbol.toStringTag in value) return false;
  } else if (Object.prototype.toString.call(value) !== '[object Object]' || isNoData(value)) return false;
  const { then, next, pipe, fd } = value as Partial<Record<'then' | 'next' | 'pipe' | 'fd', unknown>>;
  if (then !== undefined || next !== undefined || pipe !== undefined || fd !== undefined) return false;
  return !(Symbol.iterator in value || Symbol.asyncIterator in value);
}

function isNoData(value: object): boolean {
  return value instanceof HTTPResponse || value instanceof DeferredBody || value instanceof globalThis.Error;
}
