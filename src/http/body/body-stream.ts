import { Readable } from 'node:stream';
import { HTTPError } from '../http-error.js';
import type { Exchange } from '../gateway/exchange.js';

/** The length of the body in bytes, as `Content-Length` declares it. */
export function declaredLength(exchange: Exchange): number | undefined {
  const length = exchange.header('content-length');
  return length === undefined ? undefined : Number(length);
}

/** @throws HTTPError 413 when the declared length is above the limit, in bytes. */
export function checkDeclaredLength(exchange: Exchange, limit: number): void {
  const length = declaredLength(exchange);
  if (length !== undefined && length > limit) throw bodyTooLarge(limit);
}

/**
 * The body as a stream with back-pressure: for `{ stream: true }` routes.
 *
 * @param maxBody the stream fails with HTTPError 413 after this many bytes. Default: no limit.
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
          if (size > maxBody) stream.destroy(bodyTooLarge(maxBody));
          else if (stream.push(chunk)) return;
          exchange.pauseBody();
        },
        end() {
          const length = declaredLength(exchange);
          if (length !== undefined && size < length) stream.destroy(incompleteBody(undefined));
          else stream.push(null);
        },
        error(cause) {
          stream.destroy(incompleteBody(cause));
        },
      });
    },
    destroy(error, done) {
      exchange.pauseBody();
      exchange.dropBody();
      done(error);
    },
  });
  // Without a listener, the error of a disconnected client would end the process.
  stream.on('error', () => undefined);
  return stream;
}

export function bodyTooLarge(limit: number): HTTPError {
  return new HTTPError(413, `The request body is larger than the ${limit} bytes that are accepted here (maxBody).`, {
    code: 'BN_BODY_TOO_LARGE',
  });
}

export function incompleteBody(cause: unknown): HTTPError {
  return new HTTPError(400, 'The request body ended before it was complete.', { cause, code: 'BN_BODY_INCOMPLETE' });
}

/** The error for a form that RFC 7578 does not allow. */
export function malformedForm(problem: string): HTTPError {
  return new HTTPError(400, `The multipart form is malformed: ${problem}.`, { code: 'BN_MULTIPART' });
}
