import type { Callback } from '../../http/context.js';
import { RETURNS, type ReturnsMark } from '../decorators/returns-decorator.js';
import type { WiringProblem } from './wiring-error.js';
import { isJsonValue, JSONText } from '../../http/answer/json-value.js';
import { HTTPError, HTTPResponse } from '../../http/http-error.js';
import { LateModule } from '../../support/late-module.js';
import { isThenable } from '../../support/value-kinds.js';
import { ClassError, problemText } from '../../validation/class-error.js';
import type { Serialize } from '../../validation/serializer/index.js';
import { checkShapes } from '../../validation/serializer/shape.js';

const serializers = new LateModule(() => import('../../validation/serializer/index.js'));

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
  const problem = problemOf(mark);
  if (problem !== undefined) return { callback, problems: [problem] };
  let serialize: Serialize | undefined;
  const compile = (result: object): unknown =>
    serializers.use(({ compileSerializer }) => {
      serialize ??= compileSerializer(mark.type as new () => object);
      return serialized(result, serialize);
    });
  const serializeResult = (result: unknown): unknown => {
    if (!isSerialized(result)) return result;
    return serialize === undefined ? compile(result) : serialized(result, serialize);
  };
  const rethrow = (error: unknown): unknown => {
    const thrown = error instanceof HTTPResponse ? serializeResult(error) : error;
    if (error instanceof HTTPResponse && isThenable(thrown)) return thrown.then(fail);
    return fail(thrown);
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

function problemOf({ type }: ReturnsMark): WiringProblem | undefined {
  if (typeof type !== 'function') {
    return { code: 'BN_RETURNS', message: `@Returns takes a class, not ${String(type)}.`, cure: 'name a class, or [Class].' };
  }
  try {
    checkShapes(type as new () => object);
    return undefined;
  } catch (error) {
    if (!(error instanceof ClassError)) throw error;
    const message = `The result cannot be cut to what is declared: ${error.problems.map(problemText).join('; ')}.`;
    return { code: 'BN_RETURNS', message, cure: `${[...new Set(error.problems.map(({ cure }) => cure))].join('; ')}.` };
  }
}

/** Whether a result is sent as JSON, or has a body that is. */
function isSerialized(result: unknown): result is object {
  if (typeof result !== 'object' || result === null) return false;
  if (!(result instanceof HTTPResponse)) return isJsonValue(result);
  const { body } = result;
  if (result instanceof HTTPError || typeof body !== 'object' || body === null || body instanceof JSONText) return false;
  return isJsonValue(body);
}

function serialized(result: object, serialize: Serialize): unknown {
  if (!(result instanceof HTTPResponse)) return jsonText(serialize(result));
  result.body = jsonText(serialize(result.body));
  return result;
}

function fail(error: unknown): never {
  throw error;
}

function jsonText(json: string | undefined): JSONText | undefined {
  return json === undefined ? undefined : new JSONText(json);
}
