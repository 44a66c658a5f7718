import type { Readable } from 'node:stream';
import { type Authorization, parseAuth } from './fields/authorization.js';
import type { Body } from './body/body.js';
import { malformed, refuseLarger, streamBody } from './body/body-stream.js';
import { decodeText } from './body/charset.js';
import { readCookies, unsignValue } from './fields/cookies.js';
import { HTTPError } from './http-error.js';
import type { Exchange } from './gateway/exchange.js';
import { asForms, type Forms, type FormsDict, formsDict, parseUrlencoded } from './body/urlencoded.js';
import { asHeaderAccess, HeaderDict, type Headers } from './fields/headers.js';
import { charsetOf, parseContentType } from './fields/media-type.js';
import type { MultipartForm } from './body/multipart.js';
import { decodeTarget, encodePath, shiftPath } from './fields/request-target.js';
import type { FileUpload } from './body/upload.js';

/** What a request knows of its way through the app. */
export interface RequestOwner {
  readonly app: unknown;
  readonly route: unknown;
  readonly args: Record<string, unknown>;
}

/** What `request.app` and `request.route` are: the app says it, as nothing in this folder knows of apps. */
export interface RequestOwnerTypes {
  readonly args: Record<string, unknown>;
}

type OwnerType<K extends string> = RequestOwnerTypes extends Readonly<Record<K, infer T>> ? T : unknown;

/** The parts of a URL, as Bottle's `urlparts` gives them. */
export interface URLParts {
  scheme: string;
  /** Host and, unless it is the scheme's own, port. */
  netloc: string;
  path: string;
  query: string;
  fragment: string;
}

/** What mount points took of the path, and what is left of it; both percent-encoded. */
export interface RequestPlace {
  readonly scriptName: string;
  readonly rawPath: string;
}

/** What plugins and hooks leave for those after them. Augment it to give your entries types. */
export interface RequestState {
  [key: string]: unknown;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * A request. Everything is read from what the client sent when somebody first asks for it; the body has arrived before the
 * handler runs, so all of these are plain properties. Bottle's `request`.
 */
export class Request {
  readonly #exchange: Exchange;
  readonly #owner: RequestOwner;
  #method: string;
  #rawPath: string;
  #scriptName = '/';
  #queryString: string;
  #headers: HeaderDict | undefined = undefined;
  #access: Headers | undefined = undefined;
  #query: Forms | undefined = undefined;
  #params: Forms | undefined = undefined;
  #cookies: Forms | undefined = undefined;
  #readCookies: FormsDict | undefined = undefined;
  #forms: Forms | undefined = undefined;
  #files: Forms<FileUpload> | undefined = undefined;
  #json: unknown = undefined;
  #jsonRead = false;
  #state: RequestState | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #body: Body | undefined = undefined;
  #stream: Readable | undefined = undefined;
  #streamLimit: number | undefined = undefined;

  constructor(exchange: Exchange, owner: RequestOwner) {
    this.#exchange = exchange;
    this.#owner = owner;
    this.#method = inCapitals(exchange.method);
    const target = exchange.target;
    const mark = target.indexOf('?');
    this.#rawPath = mark === -1 ? target : target.slice(0, mark);
    this.#queryString = mark === -1 ? '' : target.slice(mark + 1);
    const { scriptName } = exchange;
    if (scriptName !== undefined && scriptName !== '')
      this.#scriptName = scriptName.endsWith('/') ? scriptName : `${scriptName}/`;
  }

  /** The verb, in capitals. A `beforeRequest` hook may set it, to override it. */
  get method(): string {
    return this.#method;
  }

  set method(method: string) {
    this.#method = inCapitals(method);
  }

  /** The verb as the client sent it, whatever hooks have set since. */
  get originalMethod(): string {
    return this.#exchange.method;
  }

  /** The path as the client sent it, still percent-encoded, whatever hooks and mounts have changed since. Without the query. */
  get originalPath(): string {
    const { target, scriptName = '' } = this.#exchange;
    const mark = target.indexOf('?');
    return scriptName + (mark === -1 ? target : target.slice(0, mark));
  }

  /** The path below the mount point, percent-decoded, with a leading slash. A `beforeRequest` hook may set it. */
  get path(): string {
    return decodeTarget(this.#rawPath);
  }

  set path(path: string) {
    this.#rawPath = encodePath(path.startsWith('/') ? path : `/${path}`);
  }

  /** The path as the client sent it, still percent-encoded. */
  get rawPath(): string {
    return this.#rawPath;
  }

  /** The part of the path that a front end and the mount points took, with slashes around it; `/` where there are none. */
  get scriptName(): string {
    return decodeTarget(this.#scriptName);
  }

  /** `scriptName` and `path` together. */
  get fullPath(): string {
    return decodeTarget(this.#scriptName + this.#rawPath.replace(/^\/+/, ''));
  }

  /** The query as the client sent it, without the question mark. */
  get queryString(): string {
    return this.#queryString;
  }

  /** The whole URL, as far as the server knows it. */
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
    if (type !== 'application/x-www-form-urlencoded') return formsDict();
    const bytes = this.body;
    const limit = this.#body?.maxFields;
    const charset = parameters.charset?.toLowerCase() ?? 'utf-8';
    if (charset === 'utf-8' || charset === 'utf8') return parseUrlencoded(bytes.toString('utf8'), { limit });
    return parseUrlencoded(bytes.toString('latin1'), { limit, decode: (escaped) => decodeText(escaped, charset) });
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
    if (this.#body === undefined && this.#exchange.hasBody) this.#refuseUnread();
    if (this.#body === undefined && this.contentLength === 0) throw malformed('it is empty');
    return this.#body?.form;
  }

  /** The query's parameters and the form's fields together. */
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
   * The body parsed, if its content type is JSON (`application/json`, `application/*+json`); otherwise `undefined`.
   *
   * @throws HTTPError 400 for JSON that is broken, too deep, or has `__proto__` keys.
   */
  get json(): unknown {
    if (!this.#jsonRead) {
      this.#json = this.#parseJson();
      this.#jsonRead = true;
    }
    return this.#json;
  }

  #parseJson(): unknown {
    const type = parseContentType(this.contentType).type;
    if (type !== 'application/json' && !(type.startsWith('application/') && type.endsWith('+json'))) return undefined;
    return this.body.length === 0 ? undefined : this.#body?.json();
  }

  /**
   * The body's bytes. A body larger than `memfileMax` is read from its file when first asked for, and is in memory then; `stream`
   * does without that.
   *
   * @throws TypeError (`BN_BODY_UNREAD`) on `{ stream: true }` routes. HTTPError 415 (`BN_BODY_TAKEN_APART`) for a multipart form,
   *   which is taken apart as it arrives: `forms` and `files` are all that is kept.
   */
  get body(): Buffer {
    if (this.#body !== undefined) return this.#body.bytes;
    if (this.#exchange.hasBody) this.#refuseUnread();
    return NO_BYTES;
  }

  #refuseUnread(): never {
    const text = `The body of ${this.#method} ${this.path} has not been read: its route has { stream: true }, or it is asked for before the route is known. Read request.stream instead.`;
    throw Object.assign(new TypeError(text), { code: 'BN_BODY_UNREAD' });
  }

  /** Whether a body came: also of one that is not to be had as bytes, or not yet read. */
  get hasBody(): boolean {
    return this.#body === undefined ? this.#exchange.hasBody : !this.#body.isEmpty;
  }

  /** The body as text, in the charset that its content type names, or UTF-8. */
  get text(): string {
    return decodeText(this.body, charsetOf(this.contentType) ?? 'utf-8');
  }

  /** The body as a stream: on `{ stream: true }` routes as it arrives, with back-pressure. */
  get stream(): Readable {
    this.#stream ??= this.#body === undefined ? streamBody(this.#exchange, this.#streamLimit) : this.#body.stream();
    return this.#stream;
  }

  /**
   * Limits the body that `stream` reads, in bytes. Of several limits the smallest holds. Called by the app.
   *
   * @throws HTTPError 413 when it is announced to be larger.
   */
  limitStream(limit: number): void {
    this.#streamLimit = Math.min(limit, this.#streamLimit ?? limit);
    refuseLarger(this.#exchange, limit);
  }

  /** @internal The limit of the body, where a mount point around has set one. */
  get streamLimit(): number | undefined {
    return this.#streamLimit;
  }

  /** Whether only reading the body by `stream` can tell that it is too large. Asked by the app. */
  get needsCounting(): boolean {
    return this.#streamLimit !== undefined && this.contentLength < 0;
  }

  /** Hands over the body once it has arrived. Called by the app. */
  attachBody(body: Body): void {
    this.#body = body;
  }

  /** @internal Whether the body waits in a temporary file. */
  get isBodyHeld(): boolean {
    return this.#body?.isHeld === true;
  }

  /** @internal Whether the body has been read, or handed out as a stream. */
  get bodyTaken(): boolean {
    return this.#body !== undefined || this.#stream !== undefined;
  }

  /** The headers: case-insensitive, with methods (`get getAll has`) and by attribute (`headers['x-token']`). */
  get headers(): Headers {
    this.#headers ??= HeaderDict.fromRaw(this.#exchange.rawHeaders());
    this.#access ??= asHeaderAccess(this.#headers);
    return this.#access;
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
    this.#readCookies ??= readCookies(this.#exchange.header('cookie'));
    return this.#readCookies;
  }

  /**
   * A cookie's value. With `secret` (or a list of them), the value that was signed, or `default` when the signature is not ours.
   *
   * @throws CookieError (`BN_COOKIE`) for a `secret` that is there and empty or `undefined`, whatever the client sent.
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

  /** The announced length of the body in bytes, or -1. */
  get contentLength(): number {
    const length = this.#exchange.header('content-length');
    return length !== undefined && /^\d+$/.test(length) ? Number(length) : -1;
  }

  /** Whether the body comes in chunks of unannounced length (RFC 9112 §7.1). */
  get chunked(): boolean {
    return (this.#exchange.header('transfer-encoding') ?? '').toLowerCase().includes('chunked');
  }

  /** The credentials of `Authorization` (Basic or Bearer), or `undefined`. */
  get auth(): Authorization | undefined {
    return parseAuth(this.#exchange.header('authorization'));
  }

  /** Whether a script's `XMLHttpRequest` says that it sent this (`X-Requested-With`). */
  get isXhr(): boolean {
    return (this.#exchange.header('x-requested-with') ?? '').toLowerCase() === 'xmlhttprequest';
  }

  get isAjax(): boolean {
    return this.isXhr;
  }

  /** The client's address, or `undefined` where there is no connection. Behind a proxy it is the proxy's, unless `trustProxy` is set. */
  get remoteAddr(): string | undefined {
    return this.remoteRoute[0];
  }

  /** The addresses that the request came through, client first. Proxies are believed only under the app's option `trustProxy`. */
  get remoteRoute(): string[] {
    const { remoteRoute, remoteAddress } = this.#exchange;
    if (remoteRoute !== undefined) return [...remoteRoute];
    return remoteAddress === undefined ? [] : [remoteAddress];
  }

  /** The app that serves the request: a mounted one while inside it. */
  get app(): OwnerType<'app'> {
    return this.#owner.app as OwnerType<'app'>;
  }

  /** The route that was found; `undefined` before that, and where there is none. */
  get route(): OwnerType<'route'> {
    return this.#owner.route as OwnerType<'route'>;
  }

  /** The wildcards' values by name. */
  get urlArgs(): Record<string, unknown> {
    return this.#owner.args;
  }

  /** The server adapter's own request. */
  get environ(): unknown {
    return this.#exchange.environ;
  }

  /** A place for plugins and hooks to leave things for those after them. */
  get state(): RequestState {
    this.#state ??= {};
    return this.#state;
  }

  /** Aborts when the client goes away before the response is complete. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#exchange.onClose(() => abort.abort(new DOMException('The client has gone away.', 'AbortError')));
    }
    return this.#abort.signal;
  }

  /**
   * Aborts when the server begins to stop, which then waits for open requests: for what has no end of its own, as an endless
   * stream or a long poll, to come to one. Other requests need not care. Where no server tells (in process), it never aborts.
   * It is one for all requests of a server: take off the listeners that you put on.
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
   * @throws RangeError when there are not that many.
   */
  pathShift(count = 1): void {
    const { scriptName, path } = shiftPath(this.#scriptName, this.#rawPath, count);
    this.#scriptName = scriptName;
    this.#rawPath = path;
  }

  /** @internal Where the request stands: what mount points took of the path, and what is left. */
  get place(): RequestPlace {
    return { scriptName: this.#scriptName, rawPath: this.#rawPath };
  }

  /** @internal */
  set place({ scriptName, rawPath }: RequestPlace) {
    this.#scriptName = scriptName;
    this.#rawPath = rawPath;
  }

  /** A second request object over the same exchange, whose method and path can change without changing this one's. */
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

  /** Refuses a body whose media type the route cannot take. Used by parameter binding. */
  refuseMediaType(expected: string): never {
    throw new HTTPError(415, `This takes a body of type ${expected}, not ${this.contentType || 'one without Content-Type'}.`, {
      code: 'BN_MEDIA_TYPE',
    });
  }
}

const VERBS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Methods nearly always come so; to find that out in V8's way takes a call into its library for international texts. */
function inCapitals(method: string): string {
  return VERBS.has(method) ? method : method.toUpperCase();
}
