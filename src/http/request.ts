import { brand } from '../support/brand.js';
import type { Readable } from 'node:stream';
import { preferred, preferredLanguage } from './fields/accept.js';
import { type Authorization, parseAuth } from './fields/authorization.js';
import type { Body } from './body/body.js';
import { malformedForm, checkDeclaredLength, streamBody } from './body/body-stream.js';
import { decodeText } from './body/charset.js';
import { readCookies, unsignValue } from './fields/cookies.js';
import { HTTPError } from './http-error.js';
import type { Exchange } from './gateway/exchange.js';
import { asForms, type Forms, type FormsDict, formsDict, parseUrlencoded } from './body/urlencoded.js';
import { asHeaderAccess, HeaderDict, type Headers } from './fields/headers.js';
import { charsetOf, isJsonType, parseContentType } from './fields/media-type.js';
import type { MultipartForm } from './body/multipart.js';
import { decodeTarget, replacePath, shiftPath } from './fields/request-target.js';
import type { FileUpload } from './body/upload.js';
import { disconnectReason } from '../support/abort-reasons.js';

/** The app, the route and the wildcard values of a request. */
interface RequestOwner {
  readonly app: unknown;
  readonly route: unknown;
  readonly args: Record<string, unknown>;
}

/** The types of `request.app` and `request.route`. The app augments this interface, because this folder does not import apps. */
export interface RequestOwnerTypes {
  readonly args: Record<string, unknown>;
}

type OwnerType<K extends string> = RequestOwnerTypes extends Readonly<Record<K, infer T>> ? T : unknown;

/** The parts of a URL, as in Bottle's `urlparts`. */
interface URLParts {
  scheme: string;
  /** The host, with the port unless it is the default port of the scheme. */
  netloc: string;
  path: string;
  query: string;
  fragment: string;
}

/** The prefix that mount points have removed from the path, and the remaining path. Both are percent-encoded. */
export interface RequestPlace {
  readonly scriptName: string;
  readonly rawPath: string;
}

/** The entries of the package's own plugins. They are separate from `RequestState` for the reason given at `PluginValues`. */
export interface PluginState {
  [key: string]: unknown;
}

/**
 * Values that plugins and hooks share during a request. Augment this interface to type your entries.
 *
 * @example
 * declare module 'bottlenose' {
 *   interface RequestState {
 *     tenant?: string;
 *   }
 * }
 */
export interface RequestState extends PluginState {
  [key: string]: unknown;
}

const EMPTY_BODY = Buffer.alloc(0);

/**
 * A request: Bottle's `request`. Properties are parsed on first access. The body has arrived before the handler runs, so all properties
 * are synchronous.
 */
export class Request {
  readonly #exchange: Exchange;
  readonly #owner: RequestOwner;
  #method: string;
  #rawPath: string;
  #scriptName = '/';
  #queryString: string;
  #headers: HeaderDict | undefined = undefined;
  #headerAccess: Headers | undefined = undefined;
  #query: Forms | undefined = undefined;
  #params: Forms | undefined = undefined;
  #cookies: Forms | undefined = undefined;
  #parsedCookies: FormsDict | undefined = undefined;
  #forms: Forms | undefined = undefined;
  #files: Forms<FileUpload> | undefined = undefined;
  #json: unknown = undefined;
  #isJsonParsed = false;
  #state: RequestState | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #body: Body | undefined = undefined;
  #stream: Readable | undefined = undefined;
  #streamLimit: number | undefined = undefined;

  constructor(exchange: Exchange, owner: RequestOwner) {
    this.#exchange = exchange;
    this.#owner = owner;
    this.#method = normalizeMethod(exchange.method);
    const target = exchange.target;
    const mark = target.indexOf('?');
    this.#rawPath = mark === -1 ? target : target.slice(0, mark);
    this.#queryString = mark === -1 ? '' : target.slice(mark + 1);
    const { scriptName } = exchange;
    if (scriptName !== undefined && scriptName !== '')
      this.#scriptName = scriptName.endsWith('/') ? scriptName : `${scriptName}/`;
  }

  /** The method, in upper case. A `beforeRequest` hook may set it. */
  get method(): string {
    return this.#method;
  }

  set method(method: string) {
    this.#method = normalizeMethod(method);
  }

  /** The method that the client sent, even if a hook has changed `method`. */
  get originalMethod(): string {
    return this.#exchange.method;
  }

  /** The path that the client sent, percent-encoded, without the query. Hooks and mounts do not change it. */
  get originalPath(): string {
    const { target, scriptName = '' } = this.#exchange;
    const mark = target.indexOf('?');
    return scriptName + (mark === -1 ? target : target.slice(0, mark));
  }

  /**
   * The path below the mount point, percent-decoded. It begins with exactly one slash, as in Bottle. A `beforeRequest` hook may set it.
   * What was percent-encoded and is kept stays encoded, so that an encoded slash does not become a separator.
   *
   * @throws RangeError for a new path that is long and has little in common with an old one that was percent-encoded.
   */
  get path(): string {
    return withOneSlash(decodeTarget(this.#rawPath));
  }

  set path(path: string) {
    if (path !== this.path) this.#rawPath = replacePath(this.#rawPath, withOneSlash(path));
  }

  /** The path below the mount point, percent-encoded. */
  get rawPath(): string {
    return this.#rawPath;
  }

  /** The part of the path that a front end and the mount points have removed, with slashes around it. Default: `/`. */
  get scriptName(): string {
    return decodeTarget(this.#scriptName);
  }

  /** `scriptName` and `path` together. */
  get fullPath(): string {
    return decodeTarget(this.#scriptName) + this.path.slice(1);
  }

  /** The query that the client sent, without the question mark. */
  get queryString(): string {
    return this.#queryString;
  }

  /** The full URL, as far as the server knows it. */
  get url(): string {
    const { scheme, netloc, path, query } = this.urlParts;
    return `${scheme}://${netloc}${path}${query === '' ? '' : `?${query}`}`;
  }

  get urlParts(): URLParts {
    const scheme = this.#exchange.secure ? 'https' : 'http';
    const netloc = this.#exchange.header('host') ?? 'localhost';
    const path = this.#scriptName + this.#rawPath.replace(/^\/+/, '');
    return { scheme, netloc, path, query: this.#queryString, fragment: '' };
  }

  /** The parameters of the query. */
  get query(): Forms {
    this.#query ??= parseUrlencoded(this.#queryString);
    return this.#query;
  }

  /** The text fields of a form in the body (urlencoded or multipart). */
  get forms(): Forms {
    this.#forms ??= this.#parseForms();
    return this.#forms;
  }

  #parseForms(): Forms {
    const { type, parameters } = parseContentType(this.contentType);
    if (type === 'multipart/form-data') return this.#multipart?.forms ?? formsDict();
    if (type !== 'application/x-www-form-urlencoded' || this.body.length === 0) return formsDict();
    return this.#body?.urlencoded(parameters.charset) ?? formsDict();
  }

  /** The uploaded files of a multipart form in the body. */
  get files(): Forms<FileUpload> {
    if (this.#files === undefined) {
      const isMultipart = parseContentType(this.contentType).type === 'multipart/form-data';
      this.#files = (isMultipart ? this.#multipart?.files : undefined) ?? formsDict<FileUpload>(undefined);
    }
    return this.#files;
  }

  get #multipart(): MultipartForm | undefined {
    if (this.#body === undefined && this.#exchange.hasBody) this.#throwUnread();
    if (this.#body === undefined && this.contentLength === 0) throw malformedForm('it is empty');
    return this.#body?.form;
  }

  /** The parameters of the query and the fields of the form together. */
  get params(): Forms {
    if (this.#params === undefined) {
      const params = formsDict();
      for (const [name, value] of this.query) params.append(name, value);
      for (const [name, value] of this.forms) params.append(name, value);
      this.#params = params;
    }
    return this.#params;
  }

  /**
   * The parsed body, if its content type is JSON (`application/json`, `text/json`, or a suffix `+json`); otherwise `undefined`.
   *
   * @throws HTTPError 400 for JSON that is invalid, nested too deeply, or has `__proto__` keys.
   */
  get json(): unknown {
    if (!this.#isJsonParsed) {
      this.#json = this.#parseJson();
      this.#isJsonParsed = true;
    }
    return this.#json;
  }

  #parseJson(): unknown {
    if (!isJsonType(parseContentType(this.contentType).type)) return undefined;
    return this.body.length === 0 ? undefined : this.#body?.json();
  }

  /**
   * The bytes of the body. A body larger than `memfileMax` is read from its file into memory on first access. `stream` avoids that.
   *
   * @throws TypeError (`BN_BODY_UNREAD`) on `{ stream: true }` routes. HTTPError 415 (`BN_BODY_TAKEN_APART`) for a multipart form,
   *   which is parsed as it arrives: only `forms` and `files` are available.
   */
  get body(): Buffer {
    if (this.#body !== undefined) return this.#body.bytes;
    if (this.#exchange.hasBody) this.#throwUnread();
    return EMPTY_BODY;
  }

  #throwUnread(): never {
    const text = `The body of ${this.#method} ${this.path} has not been read: its route has { stream: true }, or it is asked for before the route is known. Read request.stream instead.`;
    throw Object.assign(new TypeError(text), { code: 'BN_BODY_UNREAD' });
  }

  /** Whether the request has a body. Also true for a body that has not been read, or is not available as bytes. */
  get hasBody(): boolean {
    return this.#body === undefined ? this.#exchange.hasBody : !this.#body.isEmpty;
  }

  /** The body as text, in the charset of its content type, or UTF-8. */
  get text(): string {
    return decodeText(this.body, charsetOf(this.contentType) ?? 'utf-8');
  }

  /** The body as a stream. On `{ stream: true }` routes, it streams from the client with back-pressure. */
  get stream(): Readable {
    this.#stream ??= this.#body === undefined ? streamBody(this.#exchange, this.#streamLimit) : this.#body.stream();
    return this.#stream;
  }

  /**
   * Limits the body that `stream` reads, in bytes. The smallest of several limits applies. Called by the app.
   *
   * @throws HTTPError 413 when `Content-Length` is above the limit.
   */
  limitStream(limit: number): void {
    this.#streamLimit = Math.min(limit, this.#streamLimit ?? limit);
    checkDeclaredLength(this.#exchange, limit);
  }

  /** @internal The body limit of an outer mount point, if there is one. */
  get streamLimit(): number | undefined {
    return this.#streamLimit;
  }

  /** Whether the body has a limit but no declared length, so that `stream` has to count. Used by the app. */
  get needsCounting(): boolean {
    return this.#streamLimit !== undefined && this.contentLength < 0;
  }

  /** Sets the body after it has arrived. Called by the app. */
  attachBody(body: Body): void {
    this.#body = body;
  }

  /** @internal Whether the body is stored outside of this object, usually in a temporary file. */
  get isBodyStored(): boolean {
    return this.#body?.needsRelease === true;
  }

  /** @internal Whether the body has been read, or its stream has been created. */
  get bodyUsed(): boolean {
    return this.#body !== undefined || this.#stream !== undefined;
  }

  /** The headers: case-insensitive, with methods (`get getAll has`) and by attribute (`headers['x-token']`). */
  get headers(): Headers {
    this.#headers ??= HeaderDict.fromRaw(this.#exchange.rawHeaders());
    this.#headerAccess ??= asHeaderAccess(this.#headers);
    return this.#headerAccess;
  }

  getHeader(name: string): string | undefined;
  getHeader<D>(name: string, fallback: D): string | D;
  getHeader(name: string, fallback?: unknown): unknown {
    return this.#exchange.header(name.toLowerCase()) ?? fallback;
  }

  /** The cookies that the client sent. */
  get cookies(): Forms {
    this.#cookies ??= asForms(this.#plainCookies());
    return this.#cookies;
  }

  #plainCookies(): FormsDict {
    this.#parsedCookies ??= readCookies(this.#exchange.header('cookie'));
    return this.#parsedCookies;
  }

  /**
   * The value of a cookie. With `secret` (or a list of secrets), the signed value, or `default` when the signature is invalid.
   *
   * @throws CookieError (`BN_COOKIE`) for a `secret` that is set to an empty value or `undefined`.
   */
  getCookie(name: string): string | undefined;
  getCookie<T = unknown>(name: string, options: { secret?: string | readonly string[]; default?: T }): T | undefined;
  getCookie(name: string, options: { secret?: string | readonly string[]; default?: unknown } = {}): unknown {
    const text = this.#plainCookies().get(name);
    if (!('secret' in options)) return text === undefined ? options.default : text;
    const signed = unsignValue(name, text, options.secret as string | readonly string[]);
    return signed === undefined ? options.default : signed.value;
  }

  /** The `Content-Type`, or `''`. */
  get contentType(): string {
    return this.#exchange.header('content-type') ?? '';
  }

  /** The declared length of the body (`Content-Length`) in bytes, or -1. */
  get contentLength(): number {
    const length = this.#exchange.header('content-length');
    return length !== undefined && /^\d+$/.test(length) ? Number(length) : -1;
  }

  /** Whether the body uses the chunked transfer coding (RFC 9112 §7.1). */
  get chunked(): boolean {
    return (this.#exchange.header('transfer-encoding') ?? '').toLowerCase().includes('chunked');
  }

  /** The credentials of `Authorization` (Basic or Bearer), or `undefined`. */
  get auth(): Authorization | undefined {
    return parseAuth(this.#exchange.header('authorization'));
  }

  /**
   * Selects the media type that the client prefers, by `Accept` (RFC 9110 section 12.5.1). Without that header, the first type.
   * Add `Accept` to the response's `Vary` if the response depends on the result.
   *
   * @param types complete media types, best first. The order decides between types that the client likes equally.
   * @returns one of the types, unchanged; `undefined` if the client accepts none of them.
   * @throws TypeError for a type without a slash.
   * @example
   * if (request.accepts('application/json', 'text/html') === 'text/html') return template('posts', { posts });
   */
  accepts<T extends string>(...types: T[]): T | undefined {
    const incomplete = types.find((type) => !type.includes('/'));
    if (incomplete !== undefined) {
      throw new TypeError(
        `request.accepts('${incomplete}'): '${incomplete}' is not a media type. Write one such as 'application/json'.`,
      );
    }
    return preferred(this.#exchange.header('accept'), types);
  }

  /**
   * Selects the language that the client prefers, by `Accept-Language` (RFC 9110 section 12.5.4). `en` in the header matches the tag
   * `en-GB`, and without a better match, `en-GB` in the header matches the tag `en`. Without that header, the first tag. Add
   * `Accept-Language` to the response's `Vary` if the response depends on the result.
   *
   * @param tags language tags (BCP 47), best first.
   * @returns one of the tags, unchanged; `undefined` if the client accepts none of them.
   * @example const language = request.languages('en', 'de') ?? 'en';
   */
  languages<T extends string>(...tags: T[]): T | undefined {
    return preferredLanguage(this.#exchange.header('accept-language'), tags);
  }

  /** Whether the request was made by `XMLHttpRequest`, according to `X-Requested-With`. */
  get isXhr(): boolean {
    return (this.#exchange.header('x-requested-with') ?? '').toLowerCase() === 'xmlhttprequest';
  }

  get isAjax(): boolean {
    return this.isXhr;
  }

  /** The client's address, or `undefined` without a connection. Behind a proxy, this is the proxy's address unless `trustProxy` is set. */
  get remoteAddr(): string | undefined {
    return this.remoteRoute[0];
  }

  /** The addresses that the request passed, client first. Forwarding headers are used only with the app's option `trustProxy`. */
  get remoteRoute(): string[] {
    const { remoteRoute, remoteAddress } = this.#exchange;
    if (remoteRoute !== undefined) return [...remoteRoute];
    return remoteAddress === undefined ? [] : [remoteAddress];
  }

  /** The app that serves the request. Inside a mount, this is the mounted app. */
  get app(): OwnerType<'app'> {
    return this.#owner.app as OwnerType<'app'>;
  }

  /** The matched route; `undefined` before matching, and if no route matched. */
  get route(): OwnerType<'route'> {
    return this.#owner.route as OwnerType<'route'>;
  }

  /** The values of the wildcards, by name. */
  get urlArgs(): Record<string, unknown> {
    return this.#owner.args;
  }

  /** The server adapter's own request. */
  get environ(): unknown {
    return this.#exchange.environ;
  }

  /** Values that plugins and hooks share during this request. */
  get state(): RequestState {
    this.#state ??= {};
    return this.#state;
  }

  /** Aborts when the client disconnects before the response is complete. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#exchange.onClose(() => abort.abort(disconnectReason()));
    }
    return this.#abort.signal;
  }

  /**
   * Aborts when the server begins to stop. The server then waits for open requests, so endless streams and long polls have to end on
   * this signal. Other requests can ignore it. Without a server (in process), it never aborts. All requests of a server share the
   * signal: remove the listeners that you add.
   *
   * @example
   * @Get('/ticks')
   * async *ticks(request: Request) {
   *   while (!request.stopping.aborted) yield `${await nextTick(request.stopping)}\n`;
   * }
   */
  get stopping(): AbortSignal {
    return this.#exchange.stopping?.signal ?? new AbortController().signal;
  }

  /**
   * Moves segments from the path to the script name, as a mount does; a negative count moves them back.
   *
   * @throws RangeError when there are fewer segments.
   */
  pathShift(count = 1): void {
    const { scriptName, path } = shiftPath(this.#scriptName, this.#rawPath, count);
    this.#scriptName = scriptName;
    this.#rawPath = path;
  }

  /** @internal The prefix that mount points have removed from the path, and the remaining path. */
  get place(): RequestPlace {
    return { scriptName: this.#scriptName, rawPath: this.#rawPath };
  }

  /** @internal */
  set place({ scriptName, rawPath }: RequestPlace) {
    this.#scriptName = scriptName;
    this.#rawPath = rawPath;
  }

  /** Creates a second request object over the same exchange. Its method and path are independent. */
  copy(): Request {
    const copy = new (this.constructor as typeof Request)(this.#exchange, this.#owner);
    copy.#method = this.#method;
    copy.#rawPath = this.#rawPath;
    copy.#scriptName = this.#scriptName;
    copy.#queryString = this.#queryString;
    copy.#body = this.#body;
    copy.#stream = this.#stream;
    copy.#streamLimit = this.#streamLimit;
    copy.#state = { ...this.#state };
    return copy;
  }

  /** Rejects a body whose media type the route does not accept. Used by parameter binding. */
  refuseMediaType(expected: string): never {
    throw new HTTPError(415, `This takes a body of type ${expected}, not ${this.contentType || 'one without Content-Type'}.`, {
      code: 'BN_MEDIA_TYPE',
    });
  }
}

function withOneSlash(path: string): string {
  return path.startsWith('/') && path[1] !== '/' ? path : `/${path.replace(/^\/+/, '')}`;
}
brand(Request, 'Request');

const COMMON_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Returns the method in upper case. The lookup avoids the slower `toUpperCase` for common methods. */
function normalizeMethod(method: string): string {
  return COMMON_METHODS.has(method) ? method : method.toUpperCase();
}
