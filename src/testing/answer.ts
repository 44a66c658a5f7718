import { STATUS_CODES } from 'node:http';
import { decodeText } from '../http/body/charset.js';
import { asForms, type Forms, FormsDict } from '../http/body/urlencoded.js';
import { asHeaderAccess, HeaderDict, type Headers } from '../http/fields/headers.js';
import { charsetOf } from '../http/fields/media-type.js';
import { parseSetCookie } from './cookie-jar.js';

/** The longest excerpt of a body in messages, in characters. */
const MAX_EXCERPT = 200;

/** The parts of an answer. */
interface AnswerParts {
  method: string;
  url: URL;
  response: globalThis.Response;
  body: Uint8Array;
  redirected: boolean;
  error: unknown;
}

/**
 * The complete answer to a request of a `TestClient`, as plain properties.
 *
 * @typeParam T the type of `json`: `await client.get<Post>('/posts/1')`.
 * @example
 * const answer = await client.get('/posts/1');
 * expect(answer.status).toBe(200);
 * expect(answer.headers['content-type']).toBe('application/json');
 * expect(answer.json).toEqual({ id: 1, title: 'First' });
 */
export class Answer<T = unknown> {
  readonly status: number;
  /** The reason phrase: `Not Found`, or the app's own text. */
  readonly statusText: string;
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean;
  /** The headers, as a method (`headers.get('etag')`) or property (`headers['x-total']`, `undefined` when absent). */
  readonly headers: Headers;
  /** The bytes of the body. */
  readonly body: Buffer;
  /** The cookies that the app sets, by name, decoded. A deleted cookie is `''`. */
  readonly cookies: Forms;
  /** The URL of this answer. After redirects, it differs from the requested URL. */
  readonly url: string;
  /** Whether a redirect was followed. */
  readonly redirected: boolean;
  /** The target of a redirect: path and query on the same host, otherwise the absolute URL. */
  readonly location: string | undefined;
  /** The first unexpected error that the app logged for this request, usually the cause of a 500. */
  readonly error: unknown;
  readonly #method: string;
  #text: string | undefined = undefined;
  #json: T | undefined = undefined;

  constructor({ method, url, response, body, redirected, error }: AnswerParts) {
    this.#method = method;
    this.status = response.status;
    this.statusText = response.statusText || (STATUS_CODES[response.status] ?? '');
    this.ok = response.ok;
    this.headers = asHeaderAccess(new HeaderDict(response.headers));
    this.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.cookies = cookiesOf(response);
    this.url = url.href;
    this.redirected = redirected;
    this.location = locationOf(response, url);
    this.error = error;
  }

  /** The body as text, decoded with the charset of its content type, or UTF-8. */
  get text(): string {
    this.#text ??= decodeText(this.body, charsetOf(this.headers.get('content-type', '')) ?? 'utf-8');
    return this.#text;
  }

  /**
   * The body parsed as JSON.
   *
   * @throws TypeError when it is invalid, with the status and the beginning of the body.
   */
  get json(): T {
    if (this.#json === undefined) {
      try {
        this.#json = JSON.parse(this.text) as T;
      } catch (cause) {
        throw new TypeError(`${this.#summary()} is not JSON: ${this.#excerpt()}`, { cause: this.error ?? cause });
      }
    }
    return this.#json;
  }

  /** A one-line summary: `GET /posts/9 → 404 Not Found, application/json, 22 bytes`. */
  toString(): string {
    const type = this.headers.get('content-type', 'no content type');
    return `${this.#request()} → ${this.status} ${this.statusText}, ${type}, ${this.body.length} bytes`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const error = this.error === undefined ? '' : `\n  logged: ${String(this.error)}`;
    return `Answer ${this}\n  ${this.#excerpt()}${error}`;
  }

  #request(): string {
    const { pathname, search } = new URL(this.url);
    return `${this.#method} ${pathname}${search}`;
  }

  #summary(): string {
    const type = this.headers.get('content-type', 'without Content-Type');
    return `The answer to ${this.#request()} (${this.status} ${this.statusText}, ${type})`;
  }

  #excerpt(): string {
    if (this.body.length === 0) return 'the body is empty.';
    return this.text.length <= MAX_EXCERPT ? this.text : `${this.text.slice(0, MAX_EXCERPT)}…`;
  }
}

/** Thrown when the app fails during a stream, after the head of the answer was sent. */
export class BrokenAnswerError extends Error {
  override readonly name: string = 'BrokenAnswerError';
  readonly code = 'BN_ANSWER_BROKEN';
  /**
   * The part of the answer that arrived. Chunks that were written right before the failure may be missing, as with a real socket.
   */
  readonly answer: Answer;

  constructor(answer: Answer, cause: unknown) {
    const reason = cause instanceof globalThis.Error ? cause.message : String(cause);
    super(`The body was aborted after ${answer.body.length} bytes (${answer}): ${reason}`, { cause });
    this.answer = answer;
  }
}

function cookiesOf(response: globalThis.Response): Forms {
  const pairs = response.headers.getSetCookie().flatMap((header): [string, string][] => {
    const cookie = parseSetCookie(header);
    return cookie === undefined ? [] : [[cookie.name, cookie.value]];
  });
  return asForms(new FormsDict(pairs));
}

function locationOf(response: globalThis.Response, url: URL): string | undefined {
  const location = response.headers.get('location');
  if (location === null || !URL.canParse(location, url)) return location ?? undefined;
  const target = new URL(location, url);
  return target.origin === url.origin ? target.pathname + target.search + target.hash : target.href;
}
