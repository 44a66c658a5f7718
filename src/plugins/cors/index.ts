import {
  AnswerFilter,
  type AnswerHead,
  badOption,
  type Callback,
  type Context,
  chain,
  checkOptions,
  compileOrigins,
  HTTPError,
  HTTPResponse,
  type OriginCheck,
  type OriginList,
  type Plugin,
  shown,
  type Target,
  tokens,
} from '../../kit/index.js';

/** Options of `cors`. */
export interface CorsOptions {
  /**
   * The allowed origins: `*` for all, an origin, a pattern that matches a whole origin, or a list of these. Or a function of the origin
   * that returns `true`, the origin to allow, or a falsy value. Default: `*`.
   */
  origin?: OriginList | OriginCheck<string | boolean | null | undefined>;
  /** The allowed methods. Default: GET, HEAD, PUT, POST, PATCH and DELETE. */
  allowMethods?: string | readonly string[];
  /** The allowed request headers. Default: the requested ones. */
  allowHeaders?: string | readonly string[];
  /** The response headers that scripts may read, in addition to the safelisted ones. */
  exposeHeaders?: string | readonly string[];
  /** Whether requests may carry credentials, such as cookies. Not allowed with `origin: '*'`. Default: false. */
  credentials?: boolean;
  /** How long browsers may cache the result of a preflight, in seconds. Default: the browser's default, which is 5. */
  maxAge?: number;
  /** Whether pages of the public internet may reach this server in a private network. Default: false. */
  privateNetwork?: boolean;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Requests whose response already has the headers of a policy. The policies of outer apps then add nothing. */
const handled = new WeakSet<Context>();

/**
 * Allows scripts from other origins to read the responses (CORS, part of the Fetch standard). A preflight request gets 204 unless
 * something inside answers it; guards let it pass. Error responses carry the headers too, so that scripts can read them.
 *
 * An installed policy holds for all responses of the app. The policy of a route overrides that of its app, and the policy of a mounted app
 * overrides that of the outer app. An `Access-Control-Allow-Origin` that a handler sets is not changed. A route for `OPTIONS` handles
 * its own requests. CORS is not access control: requests from other origins are answered too, but browsers hide the responses from
 * scripts.
 *
 * @throws TypeError for invalid options, such as credentials for all origins.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { cors } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(cors({ origin: ['https://example.com', /https:\/\/\w+\.example\.com/], credentials: true, maxAge: 600 }));
 * app.get('/', () => ({ hello: 'example.com' }));
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function cors(options: CorsOptions = {}): Plugin {
  const policy = new Policy(options);
  return {
    name: 'cors',
    around(next, target): Callback {
      const isPreflight = preflightTest(target);
      const proceed = (context: Context, allowedOrigin: string | undefined): unknown => {
        const preflight = isPreflight(context);
        context.filter(new CorsFilter(context, policy, allowedOrigin, preflight));
        return preflight ? chain(() => next(context), preflightResult, preflightAfterError) : next(context);
      };
      return (context) =>
        chain(
          () => policy.allowedOrigin(context),
          (allowedOrigin) => proceed(context, allowedOrigin),
        );
    },
  };
}

/**
 * Returns a predicate for the preflight requests of a target. The match stage marks those without a route for OPTIONS. Requests for mounted
 * handlers, which accept every verb, and requests that a hook rejects before matching are tested by their headers.
 */
function preflightTest({ kind, route, preflight }: Target): (context: Context) => boolean {
  if (preflight === true) return () => true;
  const isUnmatched = kind === 'none' || (kind === 'mount' && route?.mounted === undefined);
  if (!isUnmatched) return () => false;
  return ({ request }) =>
    request.method === 'OPTIONS' &&
    request.getHeader('origin') !== undefined &&
    request.getHeader('access-control-request-method') !== undefined;
}

/** The response to a preflight request: the inner response if there is one, otherwise 204. The filter adds the headers. */
function preflightResult(value: unknown): unknown {
  return value instanceof HTTPError ? preflightAfterError(value) : value;
}

/** Answers a preflight request without a route for OPTIONS, or rejected by a guard or hook: preflights carry no credentials. */
function preflightAfterError(error: unknown): HTTPResponse {
  if (error instanceof HTTPError && error.status < 500) return new HTTPResponse(undefined, { status: 204 });
  throw error;
}

/** Statuses of a mounted handler, or of an error handler of a mounted app, that does not answer preflight requests. */
const UNANSWERED = new Set([401, 404, 405]);
/** Headers that are invalid or meaningless on a 204. */
const REMOVED_HEADERS = ['Content-Type', 'Content-Length', 'Content-Encoding', 'WWW-Authenticate'];

/** Adds the headers to the final response. */
class CorsFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #policy: Policy;
  readonly #allowedOrigin: string | undefined;
  readonly #isPreflight: boolean;
  #dropsBody = false;

  constructor(context: Context, policy: Policy, allowedOrigin: string | undefined, isPreflight: boolean) {
    super();
    this.#context = context;
    this.#policy = policy;
    this.#allowedOrigin = allowedOrigin;
    this.#isPreflight = isPreflight;
  }

  override head(head: AnswerHead): void {
    if (!handled.has(this.#context)) {
      handled.add(this.#context);
      if (this.#isPreflight && head.get('Access-Control-Allow-Origin') === undefined) this.#answerPreflight(head);
      else this.#policy.setResponseHeaders(head, this.#allowedOrigin);
    }
    super.head(head);
  }

  #answerPreflight(head: AnswerHead): void {
    if (UNANSWERED.has(head.status)) {
      head.status = 204;
      for (const name of REMOVED_HEADERS) head.delete(name);
      this.#dropsBody = true;
    }
    this.#policy.setPreflightHeaders(head, this.#allowedOrigin, this.#context.request);
  }

  override write(chunk: string | Uint8Array): boolean {
    return this.#dropsBody || super.write(chunk);
  }
}

class Policy {
  /** The allowed origin, or `*`; `undefined` if it depends on the request. */
  readonly #constant: string | undefined;
  readonly #check: OriginCheck<string | boolean | null | undefined>;
  readonly #credentials: boolean;
  readonly #methods: string;
  readonly #allowHeaders: string | undefined;
  readonly #exposeHeaders: string | undefined;
  readonly #maxAge: string | undefined;
  readonly #privateNetwork: boolean;

  constructor(options: CorsOptions) {
    const known = ['origin', 'allowMethods', 'allowHeaders', 'exposeHeaders', 'credentials', 'maxAge', 'privateNetwork'] as const;
    checkOptions('cors', options, known);
    const { origin = '*', credentials = false, maxAge } = options;
    this.#credentials = credentials === true;
    this.#check = originCheck(origin);
    this.#constant = typeof origin === 'string' ? origin : undefined;
    this.#methods = list('allowMethods', options.allowMethods ?? METHODS) ?? '';
    this.#allowHeaders = list('allowHeaders', options.allowHeaders);
    this.#exposeHeaders = list('exposeHeaders', options.exposeHeaders);
    this.#privateNetwork = options.privateNetwork === true;
    if (maxAge !== undefined && (!Number.isSafeInteger(maxAge) || maxAge < -1)) {
      throw badOption('cors', 'maxAge', `is ${shown(maxAge)}`, 'give whole seconds, or -1 to disable caching');
    }
    this.#maxAge = maxAge === undefined ? undefined : String(maxAge);
    if (!this.#credentials) return;
    if (origin === '*' || (Array.isArray(origin) && origin.includes('*'))) {
      throw badOption('cors', 'credentials', 'cannot be allowed to all origins', 'list the origins that you trust');
    }
    for (const name of ['allowMethods', 'allowHeaders', 'exposeHeaders'] as const) {
      // With credentials, the Fetch standard treats `*` as a literal name.
      if ([options[name] ?? []].flat().includes('*')) {
        throw badOption('cors', name, 'contains *, which is not a wildcard if credentials are allowed', 'list the names');
      }
    }
  }

  /** Sets the headers of an actual response. It does not change an `Access-Control-Allow-Origin` that a handler has set. */
  setResponseHeaders(head: AnswerHead, allowedOrigin: string | undefined): void {
    if (this.#constant === undefined) head.vary('Origin');
    if (allowedOrigin === undefined || head.get('Access-Control-Allow-Origin') !== undefined) return;
    this.#allow(head, allowedOrigin);
    if (this.#exposeHeaders !== undefined) head.set('Access-Control-Expose-Headers', this.#exposeHeaders);
  }

  /** Sets the headers of the response to a preflight request. */
  setPreflightHeaders(head: AnswerHead, allowedOrigin: string | undefined, request: Context['request']): void {
    if (this.#constant === undefined) head.vary('Origin');
    if (this.#allowHeaders === undefined) head.vary('Access-Control-Request-Headers');
    if (this.#privateNetwork) head.vary('Access-Control-Request-Private-Network');
    if (allowedOrigin === undefined) return;
    this.#allow(head, allowedOrigin);
    if (this.#methods !== '') head.set('Access-Control-Allow-Methods', this.#methods);
    const names = this.#allowHeaders ?? requestedHeaders(request.getHeader('access-control-request-headers'));
    if (names !== '') head.set('Access-Control-Allow-Headers', names);
    if (this.#maxAge !== undefined) head.set('Access-Control-Max-Age', this.#maxAge);
    if (this.#privateNetwork && request.getHeader('access-control-request-private-network') === 'true') {
      head.set('Access-Control-Allow-Private-Network', 'true');
    }
  }

  #allow(head: AnswerHead, origin: string): void {
    head.set('Access-Control-Allow-Origin', origin);
    if (this.#credentials) head.set('Access-Control-Allow-Credentials', 'true');
  }

  /** The origin that may read the response. */
  allowedOrigin(context: Context): string | undefined | PromiseLike<string | undefined> {
    if (this.#constant !== undefined) return this.#constant;
    const origin = context.request.getHeader('origin');
    if (origin === undefined) return undefined;
    return chain(
      () => this.#check(origin, context),
      (result) => {
        if (!result) return undefined;
        const allowed = result === true ? origin : result;
        if (typeof allowed !== 'string' || !/^[\x21-\x7e]+$/.test(allowed) || (allowed === '*' && this.#credentials)) {
          throw badOption('cors', 'origin', `returned ${shown(allowed)}`, 'return true, false, or one origin');
        }
        return allowed;
      },
    );
  }
}

function originCheck(origin: NonNullable<CorsOptions['origin']>): OriginCheck<string | boolean | null | undefined> {
  if (typeof origin === 'function') return origin;
  return origin === '*' ? () => true : compileOrigins('cors', origin);
}

function list(option: string, given: string | readonly string[] | undefined): string | undefined {
  return given === undefined ? undefined : tokens('cors', option, given).join(', ');
}

/** The valid header names of `Access-Control-Request-Headers`. */
function requestedHeaders(header: string | undefined): string {
  const names = (header ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)).join(', ');
}
