import { encodeText } from '../body/charset.js';
import type { Reply } from './reply.js';
import { HTTPError } from '../http-error.js';
import type { Response } from '../response.js';
import { isBodiless, reasonToSend } from '../fields/status.js';
import { type StreamHead, StreamPump, TOO_MANY_BYTES } from './stream-pump.js';
import { openStream, type StreamSource } from './stream-source.js';
import { BYTES_TYPE, DeferredBody, type DeferredCallbacks, TEXT_TYPE } from './streams.js';

/** The functions of casting that send other answers. */
interface AnswerSenders {
  /** Casts a result that replaces the stream. */
  answer(result: unknown, reply: Reply): void;
  empty(reply: Reply): void;
  failure(error: unknown, reply: Reply): void;
  /** Answers with a status that has no body. */
  headOnly(reply: Reply): void;
}

type SourceInfo = Pick<StreamSource, 'type' | 'length'>;

/** The type and length of a deferred body are unknown. */
const UNKNOWN_SOURCE: SourceInfo = { type: undefined, length: undefined };

/** Sends streamed answers. */
export class StreamAnswers {
  readonly #senders: AnswerSenders;
  readonly #deferred: DeferredCallbacks;

  constructor(others: AnswerSenders) {
    this.#senders = others;
    this.#deferred = {
      begin: (reply, first) => beginStream(UNKNOWN_SOURCE, first, reply),
      empty: (reply) => others.empty(reply),
      failure: (reply, error) => others.failure(error, reply),
    };
  }

  /** Starts to send a result for which `isStreamed` is true. */
  start(result: object, reply: Reply): void {
    if (result instanceof DeferredBody) this.#startDeferred(result, reply);
    else this.#startPump(openStream(result), reply);
  }

  #startPump(source: StreamSource, reply: Reply): void {
    const others = this.#senders;
    const isHead = reply.exchange.method === 'HEAD';
    if (isBodiless(reply.touchedResponse?.status ?? 200) || (isHead && source.isLazy !== true)) {
      source.close();
      reply.streamEnded(undefined);
      this.#sendHead(source, '', reply);
      return;
    }
    new StreamPump(source, reply, {
      begin: (first) => beginStream(source, first, reply),
      head: isHead ? (first) => this.#sendHead(source, first, reply) : undefined,
      empty: () => {
        if (source.type !== undefined) reply.response.headerDict.setDefault('Content-Type', source.type);
        others.empty(reply);
      },
      replace: (answer) => (answer instanceof HTTPError ? others.failure(answer, reply) : others.answer(answer, reply)),
      failure: (error) => others.failure(error, reply),
    }).start();
  }

  #startDeferred(body: DeferredBody, reply: Reply): void {
    if (isBodiless(reply.touchedResponse?.status ?? 200) || reply.exchange.method === 'HEAD') {
      reply.streamEnded(undefined);
      this.#sendHead(UNKNOWN_SOURCE, '', reply);
      return;
    }
    body.send(reply, this.#deferred);
  }

  /** Answers HEAD requests and statuses without a body with the head of the streamed response. */
  #sendHead(source: SourceInfo, first: string | Uint8Array, reply: Reply): void {
    const { exchange, response } = reply;
    if (isBodiless(response.status)) {
      this.#senders.headOnly(reply);
      return;
    }
    describeStream(source, first, response);
    exchange.send(response.status, reasonToSend(response.status, response.reason), response.toFlat(), null);
  }
}

function describeStream(source: SourceInfo, first: string | Uint8Array, { headerDict }: Response): void {
  if (!headerDict.has('Content-Type'))
    headerDict.set('Content-Type', source.type ?? (typeof first === 'string' ? TEXT_TYPE : BYTES_TYPE));
  if (source.length !== undefined && !headerDict.has('Content-Length')) headerDict.set('Content-Length', source.length);
}

/** Sends the head of a streamed response. Returns the charset of its strings, and its declared length. */
function beginStream(source: SourceInfo, first: string | Uint8Array, reply: Reply): StreamHead {
  const { exchange, response } = reply;
  describeStream(source, first, response);
  const length = response.getHeader('Content-Length');
  // Nothing has been sent yet, so the error still gets an error page.
  if (length !== undefined && byteLengthOf(first, response.charset) > Number(length)) throw new RangeError(TOO_MANY_BYTES);
  exchange.begin(response.status, reasonToSend(response.status, response.reason), response.toFlat());
  return { charset: response.charset, length: length === undefined ? undefined : Number(length) };
}

function byteLengthOf(chunk: string | Uint8Array, charset: string): number {
  if (typeof chunk !== 'string') return chunk.length;
  return charset.toLowerCase() === 'utf-8' ? Buffer.byteLength(chunk) : encodeText(chunk, charset).length;
}
