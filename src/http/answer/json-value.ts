import { HTTPResponse } from '../http-error.js';
import { isFetchResponse } from './fetch-response.js';
import { isArrayBuffer, isError, isPlainData, isThenable } from '../../support/value-kinds.js';
import { isStreamed } from './streams.js';

/** A value that is already serialized as JSON. `toJSON` returns the parsed value. */
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
