import { sendLastResort } from '../gateway/last-resort.js';
import { encodeText } from '../body/charset.js';
import { HTTPError, HTTPResponse } from '../http-error.js';
import { forwardedHeaders, isFetchResponse } from './fetch-response.js';
import { JSONText } from './json-value.js';
import { bytesOf } from '../../support/bytes.js';
import { isArrayBuffer, isCollection, isError, isPlainData, isThenable, tagOf, typeName } from '../../support/value-kinds.js';
import { LateModule } from '../../support/late-module.js';
import { scopeOfStream } from './stream-scope.js';
import type { Reply } from './reply.js';
import { StaticFile } from '../files/static-file.js';
import { isBodiless, reasonToSend } from '../fields/status.js';
import { BYTES_TYPE, ignoreErrorEvents, isNodeReadable, isStreamed, TEXT_TYPE } from './streams.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

/**
 * Converts the result of a method to a response and sends it: Bottle's `_cast`. The caller has awaited a promise.
 *
 * Errors of the conversion (a circular object, an unsupported type) are answered through `reply.recover`, once.
 */
export function cast(result: unknown, reply: Reply): void {
  reply.beforeCast?.();
  if (reply.answered) return;
  try {
    castValue(result, reply);
  } catch (error) {
    castFailure(error, reply);
  }
}

/** Answers with the result of the error handlers or the error page. If they fail, answers with the last-resort 500. */
function castFailure(error: unknown, reply: Reply): void {
  if (reply.recovered) {
    answerLastResort(error, reply);
    return;
  }
  reply.recovered = true;
  try {
    const answer = reply.recover(error);
    if (isThenable(answer)) {
      answer.then(
        (page) => cast(page, reply),
        (failure) => answerLastResort(failure, reply),
      );
      return;
    }
    if (!reply.answered) castValue(answer, reply);
  } catch (failure) {
    answerLastResort(failure, reply);
  }
}

function answerLastResort(failure: unknown, reply: Reply): void {
  reply.report(failure);
  if (!reply.answered) sendLastResort(reply.exchange);
}

function castValue(result: unknown, reply: Reply): void {
  switch (typeof result) {
    case 'object':
      if (result === null) sendEmpty(reply);
      else castObject(result, reply);
      return;
    case 'string':
      if (result === '') sendEmpty(reply);
      else sendText(result, reply);
      return;
    case 'undefined':
      sendEmpty(reply);
      return;
    case 'boolean':
      if (result) castJson(result, reply);
      else sendEmpty(reply);
      return;
    case 'number':
      castJson(result, reply);
      return;
    default:
      throw unsupported(result);
  }
}

function castObject(result: object, reply: Reply): void {
  if (isPlainData(result)) {
    castJson(result, reply);
  } else if (result instanceof HTTPResponse) {
    if (result instanceof StaticFile) castStaticFile(result, reply);
    else castResponse(result, reply);
  } else if (ArrayBuffer.isView(result) || isArrayBuffer(result)) {
    sendWhole(bytesOf(result), BYTES_TYPE, reply);
  } else if (isFetchResponse(result)) {
    castFetchResponse(result, reply);
  } else if (isCollection(result)) {
    castCollection(result, reply);
  } else if (isStreamed(result)) {
    castStream(result, reply);
  } else if (isThenable(result)) {
    castLater(result, reply);
  } else if (isError(result)) {
    throw result;
  } else {
    castJson(result, reply);
  }
}

/** A Set becomes an array, a Map an object, and URLSearchParams the text of a form. */
function castCollection(result: Set<unknown> | Map<unknown, unknown> | URLSearchParams, reply: Reply): void {
  if (tagOf(result) === 'Set') castJson([...result], reply);
  else if (tagOf(result) === 'Map') castJson(Object.fromEntries(result as Map<PropertyKey, unknown>), reply);
  else sendWhole(String(result), FORM_TYPE, reply);
}

function castLater(result: PromiseLike<unknown>, reply: Reply): void {
  result.then(
    (value) => cast(value, reply),
    (error: unknown) => castFailure(error, reply),
  );
}

function castJson(result: unknown, reply: Reply): void {
  if (reply.route?.json === false) throw unsupported(result, 'JSON is turned off for it (autojson or json: false): return');
  const text = result instanceof JSONText ? result.text : JSON.stringify(result);
  // `toJSON` may return undefined.
  if (text === undefined) sendEmpty(reply);
  else sendWhole(text, JSON_TYPE, reply);
}

function sendText(text: string, reply: Reply): void {
  const response = reply.touchedResponse;
  if (response !== undefined) {
    const charset = response.charset;
    if (charset !== 'UTF-8' && charset.toLowerCase() !== 'utf-8') {
      const bytes = encodeText(text, charset);
      sendWhole(bytes, TEXT_TYPE, reply);
      return;
    }
  }
  sendWhole(text, TEXT_TYPE, reply);
}

function sendWhole(body: string | Uint8Array, type: string, reply: Reply): void {
  const { exchange, touchedResponse: response } = reply;
  if (response === undefined && exchange.addsLength === true && exchange.method !== 'HEAD') {
    exchange.send(200, '', ['Content-Type', type], body);
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (response === undefined) {
    const headers = ['Content-Type', type, 'Content-Length', String(length)];
    exchange.send(200, '', headers, exchange.method === 'HEAD' ? null : body);
    return;
  }
  const status = response.status;
  const headers = response.headerDict;
  if (isBodiless(status)) {
    sendHeadOnly(reply);
    return;
  }
  if (!headers.has('Content-Type')) headers.set('Content-Type', type);
  headers.set('Content-Length', length);
  exchange.send(status, reasonToSend(status, response.reason), response.toFlat(), exchange.method === 'HEAD' ? null : body);
}

function sendEmpty(reply: Reply): void {
  const { exchange, touchedResponse: response } = reply;
  if (response === undefined) {
    exchange.send(200, '', ['Content-Length', '0'], null);
  } else if (isBodiless(response.status)) {
    sendHeadOnly(reply);
  } else {
    // A HEAD handler may set the length of the GET response.
    if (exchange.method !== 'HEAD' || !response.headerDict.has('Content-Length')) response.headerDict.set('Content-Length', 0);
    exchange.send(response.status, reasonToSend(response.status, response.reason), response.toFlat(), null);
  }
}

/** 1xx, 204, 205 and 304 have no body. 1xx and 204 have no length either (RFC 9110 §8.6, §15.3.6). */
function sendHeadOnly(reply: Reply): void {
  const { response } = reply;
  const status = response.status;
  const final = status < 200 ? 204 : status;
  if (final !== 304) {
    response.headerDict.delete('Content-Length');
    response.headerDict.delete('Content-Type');
  }
  if (final === 205) response.headerDict.set('Content-Length', 0);
  reply.exchange.send(final, final === status ? reasonToSend(status, response.reason) : '', response.toFlat(), null);
}

/** Copies the status and headers of a result to the response, for hooks that run before it is sent. */
export function applyHead(result: unknown, reply: Reply): void {
  if (typeof result !== 'object' || result === null) return;
  if (result instanceof HTTPResponse) applyResponse(result, reply);
  else if (isFetchResponse(result) && result.status !== 0) applyFetchResponse(result, reply);
}

/** Opens a file that a method returned, which determines the answer (200, 206, 304, 404 …). Returns other results unchanged. */
export function openFile(result: unknown, reply: Reply): unknown {
  return result instanceof StaticFile ? answerFile(result, reply) : result;
}

function applyResponse(result: HTTPResponse, reply: Reply): void {
  if (reply.applied === result) return;
  reply.applied = result;
  const { response, exchange } = reply;
  if (result instanceof HTTPError) response.dropRepresentation();
  // HTTP/1.0 does not know 303. It uses 302 instead, as Bottle's redirect does.
  const isDeferred = result.deferredStatus && result.status === 303 && exchange.httpVersion === '1.0';
  response.status = isDeferred ? 302 : result.statusLine;
  if (result.hasHeaders) response.replaceHeaders(result.headers);
}

function castResponse(result: HTTPResponse, reply: Reply): void {
  applyResponse(result, reply);
  const body = result.body;
  if (body instanceof HTTPResponse) throw new TypeError(`The body of ${result.name} is itself a ${body.name}.`);
  castValue(body, reply);
}

function castStaticFile(file: StaticFile, reply: Reply): void {
  answerFile(file, reply).then(
    (answer) => cast(answer, reply),
    (error: unknown) => castFailure(error, reply),
  );
}

function answerFile(file: StaticFile, { exchange, touchedResponse, values }: Reply): Promise<unknown> {
  const status = touchedResponse?.status ?? 200;
  const address = { path: exchange.target.split('?', 1)[0] as string, values };
  return file.answer({ method: exchange.method, header: (name) => exchange.header(name), status, address });
}

function applyFetchResponse(result: globalThis.Response, reply: Reply): void {
  if (reply.applied === result) return;
  reply.applied = result;
  const { response } = reply;
  response.status = result.statusText === '' ? result.status : `${result.status} ${result.statusText}`;
  response.replaceHeaders(forwardedHeaders(result));
}

function castFetchResponse(result: globalThis.Response, reply: Reply): void {
  if (result.status === 0 || result.type === 'error') throw new TypeError('Response.error() is not an answer: it has no status.');
  if (result.bodyUsed) throw new TypeError('The body of the returned Response has already been read.');
  applyFetchResponse(result, reply);
  if (result.body === null) sendEmpty(reply);
  else castStream(result.body as object, reply);
}

function castStream(result: object, reply: Reply): void {
  if (isNodeReadable(result)) ignoreErrorEvents(result);
  const start = (): unknown => streamAnswers.use((answers) => answers.start(result, reply));
  const scope = scopeOfStream(reply);
  const started = scope === undefined ? start() : scope(start);
  if (isThenable(started)) started.then(undefined, (error: unknown) => castFailure(error, reply));
}

const streamAnswers = new LateModule(async () => {
  const { StreamAnswers } = await import('./stream-answer.js');
  return new StreamAnswers({ answer: cast, empty: sendEmpty, failure: castFailure, headOnly: sendHeadOnly });
});

function unsupported(value: unknown, remedy = 'Return an object,'): HTTPError {
  const type = typeName(value);
  return new HTTPError(500, 'Internal Server Error', {
    code: 'BN_RESULT_TYPE',
    cause: new TypeError(
      `A handler returned a value of type ${type}, which is not a response. ${remedy} a string, bytes, a stream, or nothing.`,
    ),
  });
}
