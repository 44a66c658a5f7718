import { checkKnownOptions, optionNames } from '../support/known-options.js';
import { serializeCookie } from '../http/fields/cookies.js';
import type { FetchPeer } from '../http/gateway/fetch-exchange.js';
import { HeaderDict, type HeaderSource } from '../http/fields/headers.js';
import { Answer, BrokenAnswerError } from './answer.js';
import { CookieJar } from './cookie-jar.js';
import type { Values } from './given-values.js';
import { type BodyInit, type EncodedBody, encodeBody, encodeFields, type Fields } from './request-body.js';
import { type ReplaceableApp, replacePlugins } from './replaced-plugins.js';
import { HandshakeError, openSocket, type SocketApp, type TestSocket } from './test-socket.js';
import { deferred } from '../support/deferred.js';

/** An object that answers `fetch` requests: a `Bottle`, or any other `fetch` handler. */
export interface FetchApp {
  fetch(request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response> | globalThis.Response;
}

/** Options of a `TestClient`. Requests may override `headers` and `follow`. */
export interface ClientOptions {
  /** The URL to which paths are relative. Default: `http://localhost`. With `https:`, cookies with `Secure` are sent. */
  baseUrl?: string | URL;
  /** Headers of every request. */
  headers?: HeaderSource;
  /** Whether redirects on this host are followed; a number limits them. Default: false. */
  follow?: boolean | number;
  /** The client address of the requests. Default: `127.0.0.1`. */
  remoteAddress?: string;
}

/** Options of a `TestClient` that concern the app, and not single requests. */
export interface TestClientOptions extends ClientOptions {
  /**
   * Values that replace plugins of the app, by keyword or by class, in the requests of this client. A value given for something
   * that a plugin provides replaces that plugin, including its check. All other guards run, and see the value. A plugin that
   * provides what it is given for, such as `SQLitePlugin.over(db)`, takes the place of the other one.
   */
  provide?: Values;
}

/** The names of the options of a `TestClient`. */
export const CLIENT_OPTIONS = optionNames<ClientOptions>({ baseUrl: true, headers: true, follow: true, remoteAddress: true });

/** Options of a request, in addition to verb and path. */
export interface RequestOptions extends BodyInit {
  /** Added to the query of the path. A string is added unchanged. */
  query?: Fields | string;
  headers?: HeaderSource;
  /** Cookies for this request only. They override those of the jar; `undefined` omits a cookie. */
  cookies?: Readonly<Record<string, string | undefined>>;
  /** Whether redirects on this host are followed; a number limits them. */
  follow?: boolean | number;
  /** Aborting it simulates a client that disconnects. */
  signal?: AbortSignal;
}

const REQUEST_OPTIONS = optionNames<RequestOptions>({
  query: true,
  headers: true,
  cookies: true,
  follow: true,
  signal: true,
  json: true,
  form: true,
  multipart: true,
  body: true,
});

/** Options of a WebSocket, in addition to its path. */
export interface SocketInit extends Pick<RequestOptions, 'query' | 'headers' | 'cookies'> {
  /** The subprotocols that the client supports. */
  protocols?: readonly string[];
}

interface PendingRequest {
  method: string;
  url: URL;
  headers: HeaderDict;
  body: EncodedBody | undefined;
  init: RequestOptions;
}

const MAX_REDIRECTS = 20;

/**
 * Sends requests to an app in process, without a socket, and stores cookies like a browser.
 *
 * Paths are parts of URLs: `..` segments are resolved before they are sent.
 *
 * @example
 * const client = new TestClient(app);
 * const answer = await client.post('/login', { form: { name: 'ada' } });
 * expect(answer.location).toBe('/');
 * const page = await client.get('/', { query: { page: 2 } });   // with the session's cookie
 * expect(page.text).toContain('Hello ada');
 * @example new TestClient(app, { provide: { db: fakeDb, user: ada } });
 */
export class TestClient<A extends FetchApp = FetchApp> {
  readonly app: A;
  /** The cookies that the app has set. */
  readonly cookies: CookieJar;
  readonly #base: URL;
  readonly #options: ClientOptions;
  /** Runs a call of the app with the values of `provide`. */
  readonly #run: <R>(call: () => R) => R;
  readonly #ready: Promise<unknown> | undefined;

  /**
   * @throws TypeError for a `baseUrl` that is not an http(s) URL, and for a value of `provide`
   *   that nothing in the app provides or asks for.
   */
  constructor(app: A, options: TestClientOptions = {}) {
    checkKnownOptions('new TestClient()', options, [...CLIENT_OPTIONS, 'provide']);
    this.app = app;
    const { provide } = options;
    if (provide !== undefined && !isReplaceable(app)) {
      throw new TypeError('TestClient: the option `provide` needs an app with plugins: a Bottle.');
    }
    const replaced = provide === undefined ? undefined : replacePlugins(app as unknown as ReplaceableApp, provide);
    this.#run = replaced?.run ?? ((call) => call());
    this.#ready = replaced?.ready;
    this.#options = options;
    this.#base = new URL(options.baseUrl ?? 'http://localhost');
    if (!/^https?:$/.test(this.#base.protocol)) {
      throw new TypeError(`The baseUrl ${this.#base.href} is not an http(s) URL: write 'http://localhost'.`);
    }
    this.cookies = new CookieJar(this.#base);
  }

  get<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('GET', path, init);
  }

  post<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('POST', path, init);
  }

  put<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('PUT', path, init);
  }

  patch<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('PATCH', path, init);
  }

  delete<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('DELETE', path, init);
  }

  head<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('HEAD', path, init);
  }

  options<T = unknown>(path: string | URL, init?: RequestOptions): Promise<Answer<T>> {
    return this.request('OPTIONS', path, init);
  }

  /**
   * Sends a request. Resolves when the answer is complete, also for an error status.
   *
   * @param method the verb, in upper or lower case.
   * @param path starts with `/`, or is an absolute URL.
   * @throws TypeError for a request that cannot be sent. BrokenAnswerError when a streamed body is aborted. WiringError when the
   *   app's wiring is incomplete. Errors that the app lets through (`catchall: false`). The signal's reason when it aborts.
   * @example await client.request('PROPFIND', '/files', { headers: { Depth: 1 } });
   */
  async request<T = unknown>(method: string, path: string | URL, init: RequestOptions = {}): Promise<Answer<T>> {
    checkKnownOptions('TestClient.request()', init, REQUEST_OPTIONS);
    let pending: PendingRequest = {
      method: method.toUpperCase(),
      url: this.#url(path, init.query),
      headers: mergeHeaders(this.#options.headers, init.headers),
      body: await encodeBody(init),
      init,
    };
    const follow = init.follow ?? this.#options.follow ?? false;
    const maxRedirects = follow === true ? MAX_REDIRECTS : Number(follow);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send<T>(pending, redirects > 0);
      const next = maxRedirects === 0 ? undefined : redirectedRequest(answer, pending);
      if (next === undefined) return answer;
      if (redirects === maxRedirects) {
        throw new TypeError(
          `${method.toUpperCase()} ${path} was redirected more than ${maxRedirects} times, at last to ${answer.location}.`,
        );
      }
      pending = next;
    }
  }

  /**
   * Opens a WebSocket in process, without a socket.
   *
   * @param path starts with `/`, or is an absolute http(s) URL.
   * @throws HandshakeError when the app refuses it: see `error.answer`.
   * @example
   * const socket = await client.ws('/echo');
   * socket.send('hello');
   * expect(await socket.next()).toBe('hello');
   */
  async ws(path: string | URL, init: SocketInit = {}): Promise<TestSocket> {
    const app = this.app as Partial<SocketApp>;
    if (typeof app.handle !== 'function') throw new TypeError('ws() needs an app that opens WebSockets: a Bottle.');
    const url = this.#url(path, init.query);
    const headers = new Headers([...mergeHeaders(this.#options.headers, init.headers)] as [string, string][]);
    const cookie = this.#cookieHeader(url, init);
    if (cookie !== '' && !headers.has('cookie')) headers.set('cookie', cookie);
    if (init.protocols !== undefined) headers.set('sec-websocket-protocol', init.protocols.join(', '));
    const reported: unknown[] = [];
    const peer = {
      remoteAddress: this.#options.remoteAddress ?? '127.0.0.1',
      onReport: (error: unknown) => void reported.push(error),
    };
    await this.#ready;
    const opened = await this.#run(() => openSocket(app as SocketApp, url, headers, peer));
    if ('socket' in opened) {
      this.cookies.store(url, new HeaderDict(pairs(opened.headers)).getAll('set-cookie'));
      return opened.socket;
    }
    const { response } = opened;
    this.cookies.store(url, response.headers.getSetCookie());
    const { body } = await readWhole(response);
    throw new HandshakeError(new Answer({ method: 'GET', url, response, body, redirected: false, error: reported[0] }));
  }

  async #send<T>(pending: PendingRequest, redirected: boolean): Promise<Answer<T>> {
    if (this.#ready !== undefined) await this.#ready;
    const { method, url, init } = pending;
    const reported: unknown[] = [];
    const response = await abortable(init.signal, async () =>
      this.#run(() =>
        this.app.fetch(this.#toRequest(pending), {
          remoteAddress: this.#options.remoteAddress ?? '127.0.0.1',
          onReport: (error) => void reported.push(error),
        }),
      ),
    );
    this.cookies.store(url, response.headers.getSetCookie());
    const { body, failure } = await abortable(init.signal, () => readWhole(response));
    const answer = new Answer<T>({ method, url, response, body, redirected, error: reported[0] });
    if (failure !== undefined) throw new BrokenAnswerError(answer, reported[0] ?? failure);
    return answer;
  }

  #toRequest({ method, url, headers: given, body, init }: PendingRequest): globalThis.Request {
    if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError(
        `${method} ${url.pathname} cannot have a body in the fetch standard. Send it as query, or with another verb.`,
      );
    }
    const headers = new Headers([...given] as [string, string][]);
    const cookie = this.#cookieHeader(url, init);
    if (cookie !== '' && !headers.has('cookie')) headers.set('cookie', cookie);
    if (body === undefined) return new Request(url, { method, headers, signal: init.signal });
    if (body.type !== undefined && !headers.has('content-type')) headers.set('content-type', body.type);
    const { content } = body;
    if (content instanceof Uint8Array && !headers.has('content-length')) headers.set('content-length', String(content.length));
    return new Request(url, { method, headers, body: content as never, duplex: 'half', signal: init.signal } as RequestInit);
  }

  #cookieHeader(url: URL, { cookies = {} }: RequestOptions): string {
    const remaining = this.cookies.sentTo(url).filter(({ name }) => !Object.hasOwn(cookies, name));
    const own = Object.entries(cookies).flatMap(([name, value]) => (value === undefined ? [] : serializeCookie(name, value)));
    return [...remaining.map(({ name, raw }) => `${name}=${raw}`), ...own].join('; ');
  }

  #url(path: string | URL, query: RequestOptions['query']): URL {
    const text = String(path);
    if (!/^(?:\/|https?:\/\/)/i.test(text)) {
      throw new TypeError(`The path '${text}' must start with '/', or be an absolute http(s) URL.`);
    }
    const base = this.#base.origin + this.#base.pathname.replace(/\/$/, '');
    const url = new URL(text.startsWith('/') ? base + text : text);
    const added = query === undefined ? '' : typeof query === 'string' ? query.replace(/^\?/, '') : encodeFields(query);
    if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`;
    return url;
  }
}

/** By its members, because several copies of the package may be loaded. */
function isReplaceable(app: object): boolean {
  return 'plugins' in app && 'routes' in app && 'reset' in app;
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string] satisfies [string, string]] : []));
}

function mergeHeaders(all: HeaderSource | undefined, own: HeaderSource | undefined): HeaderDict {
  const headers = new HeaderDict(all);
  const given = new HeaderDict(own);
  for (const name of given.keys()) headers.set(name, given.getAll(name));
  return headers;
}

/** The next request after a redirect, by the rules of `fetch` (section 4.4, HTTP-redirect fetch); `undefined` for other hosts. */
function redirectedRequest(answer: Answer, { method, headers, body, init }: PendingRequest): PendingRequest | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
  const location = answer.headers.get('location');
  if (!isRedirect || location === undefined || !URL.canParse(location, answer.url)) return undefined;
  const url = new URL(location, answer.url);
  if (url.host !== new URL(answer.url).host || !/^https?:$/.test(url.protocol)) return undefined;
  const becomesGet =
    (answer.status === 303 && method !== 'GET' && method !== 'HEAD') || (answer.status < 303 && method === 'POST');
  if (!becomesGet) {
    if (body?.content instanceof ReadableStream) {
      throw new TypeError(
        `${method} ${answer.url} was redirected with ${answer.status}, but its body is a stream, which is used up.`,
      );
    }
    return { method, url, headers, body, init };
  }
  const remaining = [...headers].filter(([name]) => !/^content-/i.test(name));
  return { method: 'GET', url, headers: new HeaderDict(remaining), body: undefined, init };
}

/** Reads a body to its end, or until it is aborted. */
async function readWhole(response: globalThis.Response): Promise<{ body: Uint8Array; failure?: unknown }> {
  const chunks: Uint8Array[] = [];
  let failure: unknown;
  try {
    const reader = response.body?.getReader();
    for (;;) {
      const step = await reader?.read();
      if (step === undefined || step.done) break;
      chunks.push(step.value);
    }
  } catch (error) {
    failure = error;
  }
  return { body: Buffer.concat(chunks), failure };
}

/** Waits until the signal aborts. The app may notice late, or never answer. */
async function abortable<R>(signal: AbortSignal | undefined, wait: () => Promise<R>): Promise<R> {
  if (signal === undefined) return wait();
  signal.throwIfAborted();
  const { promise: aborted, reject } = deferred<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([wait(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
