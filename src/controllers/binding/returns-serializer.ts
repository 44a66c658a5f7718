import type { Callback } from '../../http/context.js';
import { RETURNS, type ReturnsMark } from '../decorators/returns-decorator.js';
import type { WiringProblem } from './wiring-error.js';
import { isJsonValue, JSONText } from '../../http/answer/json-value.js';
import { HTTPError, HTTPResponse } from '../../http/http-error.js';
import { isThenable } from '../../support/value-kinds.js';
import { ClassError, problemText } from '../../validation/class-error.js';
import { compileSerializer, type Serialize } from '../../validation/serializer/index.js';

/**
 * Serializes the result of a method with `@Returns(Class)`, with the serializer of that class. This happens before any plugin receives the
 * result, because a plugin could return a copy that does not have the class.
 */
export function withReturns(
  callback: Callback,
  extras: ReadonlyMap<string | symbol, unknown>,
): { callback: Callback; problems: WiringProblem[] } {
  const mark = extras.get(RETURNS) as ReturnsMark | undefined;
  if (mark === undefined) return { callback, problems: [] };
  const serialize = createSerializer(mark);
  if (typeof serialize !== 'function') return { callback, problems: [serialize] };
  const serializeResult = (result: unknown): unknown => {
    if (typeof result !== 'object' || result === null) return result;
    if (result instanceof HTTPResponse) return withSerializedBody(result, serialize);
    return isJsonValue(result) ? jsonText(serialize(result)) : result;
  };
  const rethrow = (error: unknown): never => {
    throw error instanceof HTTPResponse ? withSerializedBody(error, serialize) : error;
  };
  return {
    problems: [],
    callback: (context) => {
      let result: unknown;
      try {
        result = callback(context);
      } catch (error) {
        return rethrow(error);
      }
      return isThenable(result) ? Promise.resolve(result).then(serializeResult, rethrow) : serializeResult(result);
    },
  };
}

function createSerializer({ type }: ReturnsMark): Serialize | WiringProblem {
  if (typeof type !== 'function') {
    return { code: 'BN_RETURNS', message: `@Returns takes a class, not ${String(type)}.`, cure: 'name a class, or [Class].' };
  }
  try {
    return compileSerializer(type as new () => object);
  } catch (error) {
    if (!(error instanceof ClassError)) throw error;
    const message = `The result cannot be cut to what is declared: ${error.problems.map(problemText).join('; ')}.`;
    return { code: 'BN_RETURNS', message, cure: `${[...new Set(error.problems.map(({ cure }) => cure))].join('; ')}.` };
  }
}

function withSerializedBody(response: HTTPResponse, serialize: Serialize): HTTPResponse {
  const { body } = response;
  if (response instanceof HTTPError || typeof body !== 'object' || body === null || body instanceof JSONText) return response;
  if (isJsonValue(body)) response.body = jsonText(serialize(body));
  return response;
}

function jsonText(json: string | undefined): JSONText | undefined {
  return json === undefined ? undefined : new JSONText(json);
}
