import { Readable } from 'node:stream';
import { HTTPError } from '../http-error.js';
import type { Exchange } from '../gateway/exchange.js';

/** How long the body will be, as far as that is announced. */
export function announcedLength(exchange: Exchange): number | undefined {
  const announced = exchange.header('content-length');
  return announced === undefined ? undefined : Number(announced);
}

/** @throws HTTPError 413 where the body is announced to be larger than so many bytes. */
export function refuseLarger(exchange: Exchange, limit: number): void {
  const length = announcedLength(exchange);
  if (length !== undefined && length > limit) throw tooLarge(limit);
}

/**
 * The body as a stream that reads from the client as fast as it is read from: for `{ stream: true }` routes.
 *
 * @param maxBody the stream fails with HTTPError 413 after so many bytes. Default: never.
 */
export function streamBody(exchange: Exchange, maxBody: number = Number.POSITIVE_INFINITY): Readable {
  if (!exchange.hasBody) return Readable.from([]);
  let started = false;
  let size = 0;
  const stream = new Readable({
    read() {
      if (started) {
        exchange.resumeBody();
        return;
      }
      started = true;
      exchange.readBody({
        data(chunk) {
          size += chunk.length;
          if (size > maxBody) stream.destroy(tooLarge(maxBody));
          else if (stream.push(chunk)) return;
          exchange.pauseBody();
        },
        end() {
          const length = announcedLength(exchange);
          if (length !== undefined && size < length) stream.destroy(endedEarly(undefined));
          else stream.push(null);
        },
        error(cause) {
          stream.destroy(endedEarly(cause));
        },
      });
    },
    destroy(error, done) {
      exchange.pauseBody();
      exchange.dropBody();
      done(error);
    },
  });
  // A client that leaves must not end the process because nobody listens.
  stream.on('error', () => undefined);
  return stream;
}

export function tooLarge(limit: number): HTTPError {
  return new HTTPError(413, `The request body is larger than the ${limit} bytes that are accepted here (maxBody).`, {
    code: 'BN_BODY_TOO_LARGE',
  });
}

export function endedEarly(cause: unknown): HTTPError {
  return new HTTPError(400, 'The request body ended before it was complete.', { cause, code: 'BN_BODY_INCOMPLETE' });
}

/** A form that RFC 7578 does not allow. */
export function malformed(problem: string): HTTPError {
  return new HTTPError(400, `The multipart form is malformed: ${problem}.`, { code: 'BN_MULTIPART' });
}
