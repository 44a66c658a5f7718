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

/** Which pages' scripts may read the answers, and what they may ask. */
export interface CorsOptions {
  /**
   * The origins of these pages: `*` for all; one, or a pattern that matches a whole origin, or a list of such; or a function
   * of the origin that gives `true`, or the origin to name, or anything falsy. Default: `*`.
   */
  origin?: OriginList | OriginCheck<string | boolean | null | undefined>;
  /** The verbs they may use. Default: GET, HEAD, PUT, POST, PATCH and DELETE. */
  allowMethods?: string | readonly string[];
  /** The request headers they may set. Default: those that they ask for. */
  allowHeaders?: string | readonly string[];
  /** The response headers they may read, besides the few that all may. */
  exposeHeaders?: string | readonly string[];
  /** Whether requests may carry cookies and passwords. Not with `origin: '*'`. Default: false. */
  credentials?: boolean;
  /** How many seconds a browser may remember what it was allowed. Default: what it thinks fit, which is 5. */
  maxAge?: number;
  /** Whether pages of the internet may reach this server in a private network. Default: false. */
  privateNetwork?: boolean;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Requests about which a policy has decided. Those of the apps around it then have nothing to add. */
const decided = new WeakSet<Context>();

/**
 * Lets scripts of pages from other origins read the answers (CORS, part of the Fetch standard). Preflight requests are answered with 204
 * where nothing further inside answers them; guards let them pass. Errors and refusals carry the headers as well, so that scripts can
 * read them.
 *
 * Installed, it holds for everything that the app answers. The policy of a route wins over that of its app, and the policy of a mounted
 * app over that of the app around it; a handler's own `Access-Control-Allow-Origin` stays. An `OPTIONS` request that a route takes is
 * left to that route. It does not keep anybody out: requests from elsewhere are answered too, but browsers hide the answers from scripts.
 *
 * @throws TypeError for options that make no sense, such as credentials for all origins.
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
      const answer = (context: Context, allowed: string | undefined): unknown => {
        const asks = isPreflight(context);
        context.filter(new CorsFilter(context, policy, allowed, asks));
        return asks ? chain(() => next(context), permitted, permittedAfter) : next(context);
      };
      return (context) =>
        chain(
          () => policy.decide(context),
          (allowed) => answer(context, allowed),
        );
    },
  };
}

/**
 * Tells which requests of a target are preflights. Apart from those that no route takes, these are requests for mounted handlers, which
 * take every verb, and requests that a hook refuses before a route is known.
 */
function preflightTest({ kind, route, preflight }: Target): (context: Context) => boolean {
  if (preflight === true) return () => true;
  const isOpen = kind === 'none' || (kind === 'mount' && route?.mounted === undefined);
  if (!isOpen) return () => false;
  return ({ request }) =>
    request.method === 'OPTIONS' &&
    request.getHeader('origin') !== undefined &&
    request.getHeader('access-control-request-method') !== undefined;
}

/** The answer to a preflight request: what something further inside has answered, otherwise 204. The filter adds the headers. */
function permitted(value: unknown): unknown {
  return value instanceof HTTPError ? permittedAfter(value) : value;
}

/** Nothing has answered: there is no route for OPTIONS, or a guard or hook has refused a request that carries no credentials. */
function permittedAfter(error: unknown): HTTPResponse {
  if (error instanceof HTTPError && error.status < 500) return new HTTPResponse(undefined, { status: 204 });
  throw error;
}

/** Statuses with which a mounted handler, or an error handler of a mounted app, says that it does not answer a preflight request. */
const UNANSWERED = new Set([401, 404, 405]);
/** Headers that mean nothing on a 204. */
const DROPPED = ['Content-Type', 'Content-Length', 'Content-Encoding', 'WWW-Authenticate'];

/** Puts the headers on the answer, whatever it is in the end. */
class CorsFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #policy: Policy;
  readonly #allowed: string | undefined;
  readonly #isPreflight: boolean;
  #dropsBody = false;

  constructor(context: Context, policy: Policy, allowed: string | undefined, isPreflight: boolean) {
    super();
    this.#context = context;
    this.#policy = policy;
    this.#allowed = allowed;
    this.#isPreflight = isPreflight;
  }

  override head(head: AnswerHead): void {
    if (!decided.has(this.#context)) {
      decided.add(this.#context);
      if (this.#isPreflight && head.get('Access-Control-Allow-Origin') === undefined) this.#permit(head);
      else this.#policy.allowReading(head, this.#allowed);
    }
    super.head(head);
  }

  #permit(head: AnswerHead): void {
    if (UNANSWERED.has(head.status)) {
      head.status = 204;
      for (const name of DROPPED) head.delete(name);
      this.#dropsBody = true;
    }
    this.#policy.allowAsking(head, this.#allowed, this.#context.request);
  }

  override write(chunk: string | Uint8Array): boolean {
    return this.#dropsBody || super.write(chunk);
  }
}

class Policy {
  /** The origin that is allowed, or `*`; `undefined` where it depends on the request. */
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
      throw badOption('cors', 'maxAge', `is ${shown(maxAge)}`, 'give whole seconds; -1 means not to remember');
    }
    this.#maxAge = maxAge === undefined ? undefined : String(maxAge);
    if (!this.#credentials) return;
    if (origin === '*' || (Array.isArray(origin) && origin.includes('*'))) {
      throw badOption('cors', 'credentials', 'cannot be allowed to all origins', 'list the origins that you trust');
    }
    for (const name of ['allowMethods', 'allowHeaders', 'exposeHeaders'] as const) {
      // The Fetch standard takes it for a name then.
      if ([options[name] ?? []].flat().includes('*')) {
        throw badOption('cors', name, 'has * in it, which means nothing where credentials are allowed', 'list the names');
      }
    }
  }

  /** Lets the allowed origin read an answer. An `Access-Control-Allow-Origin` of the handler's own stays. */
  allowReading(head: AnswerHead, allowed: string | undefined): void {
    if (this.#constant === undefined) head.vary('Origin');
    if (allowed === undefined || head.get('Access-Control-Allow-Origin') !== undefined) return;
    this.#allow(head, allowed);
    if (this.#exposeHeaders !== undefined) head.set('Access-Control-Expose-Headers', this.#exposeHeaders);
  }

  /** Makes an answer one to a preflight request. */
  allowAsking(head: AnswerHead, allowed: string | undefined, request: Context['request']): void {
    if (this.#constant === undefined) head.vary('Origin');
    if (this.#allowHeaders === undefined) head.vary('Access-Control-Request-Headers');
    if (this.#privateNetwork) head.vary('Access-Control-Request-Private-Network');
    if (allowed === undefined) return;
    this.#allow(head, allowed);
    if (this.#methods !== '') head.set('Access-Control-Allow-Methods', this.#methods);
    const names = this.#allowHeaders ?? askedHeaders(request.getHeader('access-control-request-headers'));
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

  /** The origin that is allowed to read the answer. */
  decide(context: Context): string | undefined | PromiseLike<string | undefined> {
    if (this.#constant !== undefined) return this.#constant;
    const origin = context.request.getHeader('origin');
    if (origin === undefined) return undefined;
    return chain(
      () => this.#check(origin, context),
      (answer) => {
        if (!answer) return undefined;
        const allowed = answer === true ? origin : answer;
        if (typeof allowed !== 'string' || !/^[\x21-\x7e]+$/.test(allowed) || (allowed === '*' && this.#credentials)) {
          throw badOption('cors', 'origin', `gave ${shown(allowed)}`, 'return true, false, or one origin');
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

/** The names that a browser asks for, without what is none. */
function askedHeaders(header: string | undefined): string {
  const names = (header ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)).join(', ');
}
