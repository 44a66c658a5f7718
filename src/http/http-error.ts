import { brandInstances, brandOf } from '../support/brand.js';
import { type CookieOptions, deleteCookie, serializeCookie } from './fields/cookies.js';
import { HeaderDict, type HeaderSource } from './fields/headers.js';
import { RedirectError, type RedirectOptions, safeLocation } from './fields/location.js';
import { parseStatus, type Status } from './fields/status.js';

/** Options of an `HTTPResponse`. */
interface HTTPResponseInit {
  /** A code from 100 to 999, or a line such as `'404 Not here'`. Default: 200. */
  status?: number | string | undefined;
  headers?: HeaderSource | undefined;
  /** `Error.message`. Default: the status line. */
  message?: string | undefined;
  /** The error behind this one. It is logged, and never sent. */
  cause?: unknown;
}

/**
 * A response that is also an exception, as in Bottle. Return it or throw it. It replaces the current response.
 *
 * Throwing is cheap: a stack trace is captured from status 500 on only.
 *
 * @param body anything that a method may return.
 * @throws StatusError, HeaderError for a status or header that HTTP cannot carry.
 * @example throw new HTTPResponse({ queued: true }, { status: 202, headers: { Location: '/jobs/1' } });
 */
export class HTTPResponse extends Error {
  body: unknown;
  /** Whether `redirect` was called without a status. An HTTP/1.0 client then gets 302, because it does not know 303. */
  deferredStatus = false;
  #status: Status;
  #headers: HeaderDict | undefined;

  constructor(body?: unknown, init: HTTPResponseInit = {}) {
    const status = parseStatus(init.status ?? 200);
    // Capturing a stack trace is expensive, and client errors do not need one.
    const limit = Error.stackTraceLimit;
    if (status.code < 500) Error.stackTraceLimit = 0;
    super(init.message ?? `${status.code} ${status.reason}`, init.cause === undefined ? undefined : { cause: init.cause });
    Error.stackTraceLimit = limit;
    this.body = body;
    this.#status = status;
    this.#headers = init.headers === undefined ? undefined : new HeaderDict(init.headers);
  }

  /** A stable error code for programs. */
  get code(): string {
    return 'BN_HTTP_RESPONSE';
  }

  /** The status code. The setter accepts a code or a status line such as `'404 Not here'`. */
  get status(): number {
    return this.#status.code;
  }

  set status(status: number | string) {
    this.#status = parseStatus(status);
  }

  /** The status code, under the name that Node uses. */
  get statusCode(): number {
    return this.#status.code;
  }

  /** Code and reason phrase: `404 Not Found`. */
  get statusLine(): string {
    return `${this.#status.code} ${this.#status.reason}`;
  }

  /** The reason phrase: `Not Found`. */
  get reason(): string {
    return this.#status.reason;
  }

  get headers(): HeaderDict {
    this.#headers ??= new HeaderDict();
    return this.#headers;
  }

  /** Whether there are headers. In contrast to `headers`, this does not create a dictionary. */
  get hasHeaders(): boolean {
    return this.#headers !== undefined && this.#headers.size > 0;
  }

  /** Whether this is a redirect: a 3xx status with a `Location`. */
  get isRedirect(): boolean {
    return this.status >= 300 && this.status <= 399 && this.#headers?.has('location') === true;
  }

  /**
   * Adds a cookie (RFC 6265).
   *
   * @param value a string; with a `secret`, any JSON value.
   * @throws CookieError for a name, value or attribute that browsers reject, and for a `secret` that is set to an empty value or
   *   `undefined`.
   * @example response.setCookie('visits', 3, { secret, httpOnly: true, maxAge: 3600 });
   */
  setCookie(name: string, value: unknown, options?: CookieOptions): this {
    this.headers.append('Set-Cookie', serializeCookie(name, value, options));
    return this;
  }

  /** Deletes a cookie in the client. Path and domain must be those that the cookie was set with. */
  deleteCookie(name: string, options?: CookieOptions): this {
    this.headers.append('Set-Cookie', deleteCookie(name, options));
    return this;
  }
}

/** Options of an `HTTPError`. */
interface HTTPErrorOptions {
  /** The error behind this one. It is logged, and never sent. */
  cause?: unknown;
  headers?: HeaderSource | undefined;
  /** Further members of the problem details (RFC 9457), such as `type`, `instance` or `errors`. The client sees them. */
  problem?: Readonly<Record<string, unknown>> | undefined;
  /** The refused values of a request, for error handlers. The client does not see them. */
  errors?: readonly RefusedValue[] | undefined;
  /** A stable code for this kind of error. Default: `BN_HTTP_ERROR`. */
  code?: string | undefined;
}

/** A value of a request that was refused with 422. */
export interface RefusedValue {
  /** The source: `'body'`, `'query'`, `'form'`, `'path'`, `'header'` or `'cookie'`. */
  readonly in: string;
  /** A JSON pointer (RFC 6901) into the source: `/tags/0`. */
  readonly path: string;
  /** The name of the constraint: `isInt`, `required`, … */
  readonly constraint: string;
  readonly message: string;
  /** The value, as far as it was converted. */
  readonly value?: unknown;
  /** The `context` of the decorator of `class-validator`: `@MinLength(3, { context: { key: 'too.short' } })`. */
  readonly context?: unknown;
}

/**
 * An error with a status: thrown or returned, it goes through the error handlers. The client sees its message.
 *
 * @param status a code from 100 to 999 or a line such as `'404 Not here'`. Default: 500.
 * @param message becomes `body` and `message`. Default: the reason phrase.
 * @throws StatusError, HeaderError for a status or header that HTTP cannot carry.
 * @example throw new HTTPError(404, 'No such post.');
 * @example throw new HTTPError(503, 'Try later.', { cause: error, headers: { 'Retry-After': 60 } });
 */
export class HTTPError extends HTTPResponse {
  #code: string;
  #problem: Readonly<Record<string, unknown>> | undefined;
  /**
   * The refused values of a request, with the values and the decorators' `context`, in an error with status 422 that parameters
   * caused. Clients do not see this list, but {@link toProblem}.
   *
   * @example @Error(422) refused(error: HTTPError) { return error.errors?.map(({ path, context }) => ({ path, context })); }
   */
  declare readonly errors?: readonly RefusedValue[];

  constructor(status: number | string = 500, message?: string, options: HTTPErrorOptions = {}) {
    const text = message ?? parseStatus(status).reason;
    super(text, { status, message: text, headers: options.headers, cause: options.cause });
    this.#code = options.code ?? 'BN_HTTP_ERROR';
    this.#problem = options.problem;
    // Not enumerable, because the values may be secret and must not appear in logs.
    if (options.errors !== undefined) Object.defineProperty(this, 'errors', { value: options.errors });
  }

  override get code(): string {
    return this.#code;
  }

  /**
   * The problem details of this error (RFC 9457): `type`, `title`, `status`, `detail`, and the members given as `problem`.
   *
   * @example new HTTPError(404, 'No post 7.').toProblem()
   * // { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No post 7.' }
   */
  toProblem(): Record<string, unknown> {
    const detail = typeof this.body === 'string' ? this.body : this.message;
    return { type: 'about:blank', title: this.reason, status: this.status, detail, ...this.#problem };
  }
}

// Set on the prototype, like the names of built-in errors. An own property would appear in each log line.
for (const type of [HTTPResponse, HTTPError]) {
  brandInstances(type, type.name);
  Object.defineProperty(type.prototype, 'name', { value: type.name, configurable: true, writable: true });
}

/**
 * Marks an `HTTPError`: `HTTP_ERROR in result` is `result instanceof HTTPError`, without a call on the path of every request
 * (bench/request-path.mjs).
 */
export const HTTP_ERROR: symbol = brandOf('HTTPError');

/**
 * Ends the request with an error.
 *
 * @param status a code from 100 to 999 or a line such as `'404 Not here'`. Default: 500.
 * @param message what the client reads. Default: the reason phrase.
 * @throws HTTPError always.
 * @example db.find(id) ?? abort(404, 'No such post.');
 */
export function abort(status: number | string = 500, message?: string, options?: HTTPErrorOptions): never {
  throw new HTTPError(status, message, options);
}

/**
 * Redirects the client to another URL.
 *
 * Open redirects: a location that looks like a local path but leads to another host is rejected: `//host`, `/\host`, `\\host`, and
 * a backslash anywhere before the query. So a check such as `next.startsWith('/')` in the application is enough. Absolute `http`
 * and `https` URLs are allowed, as in Bottle: validate locations that a client sent. `javascript:`, `data:` and similar schemes are
 * always rejected, other schemes and `//host` unless `external` is set. Spaces and non-ASCII characters are percent-encoded.
 *
 * @param location a path, a relative reference, or an absolute URL.
 * @param status from 300 to 399. Default: 303, or 302 for a client that speaks HTTP/1.0.
 * @throws HTTPResponse always, or RedirectError (`BN_REDIRECT`) for a rejected location or status.
 * @example redirect('/posts/1');
 * @example redirect('https://example.org/', 308);
 */
export function redirect(location: string | URL, status?: number, options: RedirectOptions = {}): never {
  const code = status ?? 303;
  if (!Number.isInteger(code) || code < 300 || code > 399) {
    throw new RedirectError(`redirect() needs a status from 300 to 399, not ${String(status)}.`);
  }
  const response = new HTTPResponse('', { status: code, headers: { Location: safeLocation(location, options) } });
  response.deferredStatus = status === undefined;
  throw response;
}
