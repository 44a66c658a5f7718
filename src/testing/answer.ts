import { STATUS_CODES } from 'node:http';
import { decodeText } from '../http/body/charset.js';
import { asForms, type Forms, FormsDict } from '../http/body/urlencoded.js';
import { asHeaderAccess, HeaderDict, type Headers } from '../http/fields/headers.js';
import { charsetOf } from '../http/fields/media-type.js';
import { parseSetCookie } from './cookie-jar.js';

/** How much of a body a message shows, in characters. */
const EXCERPT = 200;

/** What an answer is made of. */
export interface AnswerParts {
  method: string;
  url: URL;
  response: globalThis.Response;
  body: Uint8Array;
  redirected: boolean;
  error: unknown;
}

/**
 * The answer to a request of a `TestClient`, complete: all of it are plain properties.
 *
 * @typeParam T what `json` is taken for: `await client.get<Post>('/posts/1')`.
 * @example
 * const answer = await client.get('/posts/1');
 * expect(answer.status).toBe(200);
 * expect(answer.headers['content-type']).toBe('application/json');
 * expect(answer.json).toEqual({ id: 1, title: 'First' });
 */
export class Answer<T = unknown> {
  readonly status: number;
  /** The reason phrase: `Not Found`, or what the app says in its place. */
  readonly statusText: string;
  /** Whether the status is one of success, 200 to 299. */
  readonly ok: boolean;
  /** The headers, by method (`headers.get('etag')`) or attribute (`headers['x-total']`, `undefined` when absent). */
  readonly headers: Headers;
  /** The body's bytes. */
  readonly body: Buffer;
  /** What the app sets in cookies, names to values, decoded. A cookie that it deletes is `''`. */
  readonly cookies: Forms;
  /** The URL that this answers: after redirects that were followed, another than was asked for. */
  readonly url: string;
  /** Whether a redirect was followed on the way. */
  readonly redirected: boolean;
  /** Where the app sends the client: path and query where that is on this host, else the whole URL. */
  readonly location: string | undefined;
  /** The first unexpected error that the app has logged while it answered: what stands behind a 500. */
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

  /** The body as text, in the charset of its content type, or UTF-8. */
  get text(): string {
    this.#text ??= decodeText(this.body, charsetOf(this.headers.get('content-type', '')) ?? 'utf-8');
    return this.#text;
  }

  /**
   * The body parsed as JSON.
   *
   * @throws TypeError when it is none, with the status and the body's beginning.
   */
  get json(): T {
    if (this.#json === undefined) {
      try {
        this.#json = JSON.parse(this.text) as T;
      } catch (cause) {
        throw new TypeError(`${this.#summary()} is no JSON: ${this.#excerpt()}`, { cause: this.error ?? cause });
      }
    }
    return this.#json;
  }

  /** The answer in one line: `GET /posts/9 → 404 Not Found, application/json, 22 bytes`. */
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
    return this.text.length <= EXCERPT ? this.text : `${this.text.slice(0, EXCERPT)}…`;
  }
}

/** The body of an answer broke off: the app failed in the midst of a stream, after the head was sent. */
export class BrokenAnswerError extends Error {
  override readonly name: string = 'BrokenAnswerError';
  readonly code = 'BN_ANSWER_BROKEN';
  /** What had come until then; pieces that were given right before the failure may be missing, as on a socket. */
  readonly answer: Answer;

  constructor(answer: Answer, cause: unknown) {
    const reason = cause instanceof globalThis.Error ? cause.message : String(cause);
    super(`The body broke off after ${answer.body.length} bytes (${answer}): ${reason}`, { cause });
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
