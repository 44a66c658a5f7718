import type { Context, Plugin } from '../../app/plugin.js';
import { HTTPResponse } from '../../http/errors.js';
import { HeadFilter } from '../../http/exchange-filter.js';
import { addFlatVary, flatHeader, setFlatHeader } from '../../http/flat-headers.js';
import { HeaderDict } from '../../http/headers.js';
import { isThenable } from '../../http/kinds.js';
import { concerns, everyRequest, routeAt } from '../coverage.js';
import { badOption, checkOptions, shown, tokens } from '../../kit/plugin-options.js';
import { compileOrigins, type OriginCheck, type OriginList } from '../origins.js';
import { leadsToPolicy, policies } from './mounts.js';

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

/** Where an inner app or a route has decided, the apps around it have nothing to add. */
const decided = new WeakSet<Context>();

/**
 * Lets scripts of pages from other origins read the answers (CORS, part of the Fetch standard). Preflight requests are answered
 * without a route for `OPTIONS`, before authentication; errors carry the headers as well, so that scripts can read them.
 *
 * Installed, it holds for everything that the app answers. Of several, that of the route wins over that of its app, and an inner
 * app's over that of the app in which it is mounted. It does not keep anybody out: requests from elsewhere are answered too, but
 * browsers hide the answers from scripts.
 *
 * @throws TypeError for options that make no sense, such as credentials for all origins.
 * @example
 * import { Bottle, cors } from 'bottlenose';
 *
 * const app = new Bottle();
 * app.install(cors({ origin: ['https://example.com', /https:\/\/\w+\.example\.com/], credentials: true, maxAge: 600 }));
 * app.get('/', () => ({ hello: 'example.com' }));
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function cors(options: CorsOptions = {}): Plugin {
  const policy = new Policy(options);
  const plugin = everyRequest('cors', (context) => policy.begin(context), {
    setup(app) {
      app.hook('beforeRequest', (context) => {
        const { request } = context;
        const verb = request.getHeader('access-control-request-method');
        if (request.method !== 'OPTIONS' || verb === undefined || request.getHeader('origin') === undefined) return;
        const route = routeAt(app, verb, request.rawPath);
        if (concerns(plugin, app, route) && !leadsToPolicy(route, verb, request.rawPath)) return policy.preflight(context);
      });
    },
  });
  policies.add(plugin);
  return plugin;
}

class Policy {
  /** What is sent whoever asks; `undefined` where it depends on that. */
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

  /** Sees to it that whatever is answered carries the headers. */
  begin(context: Context): unknown {
    const decision = this.#decide(context);
    const wrap = (allowed: string | undefined): void => {
      context.exchange = new HeadFilter(context.exchange, (headers) => this.#edit(headers, allowed, context));
    };
    return isThenable(decision) ? decision.then(wrap) : wrap(decision);
  }

  #edit(headers: string[], allowed: string | undefined, context: Context): void {
    if (decided.has(context)) return;
    decided.add(context);
    if (this.#constant === undefined) addFlatVary(headers, 'Origin');
    // A handler that says so itself knows better.
    if (allowed === undefined || flatHeader(headers, 'access-control-allow-origin') !== undefined) return;
    setFlatHeader(headers, 'Access-Control-Allow-Origin', allowed);
    if (this.#credentials) setFlatHeader(headers, 'Access-Control-Allow-Credentials', 'true');
    if (this.#exposeHeaders !== undefined) setFlatHeader(headers, 'Access-Control-Expose-Headers', this.#exposeHeaders);
  }

  /** Throws the answer to a preflight request. */
  preflight(context: Context): unknown {
    decided.add(context);
    const decision = this.#decide(context);
    const answer = (allowed: string | undefined): never => {
      throw new HTTPResponse(undefined, { status: 204, headers: this.#preflightHeaders(context, allowed) });
    };
    return isThenable(decision) ? decision.then(answer) : answer(decision);
  }

  #preflightHeaders({ request }: Context, allowed: string | undefined): HeaderDict {
    const headers = new HeaderDict();
    const vary: string[] = [];
    if (this.#constant === undefined) vary.push('Origin');
    if (this.#allowHeaders === undefined) vary.push('Access-Control-Request-Headers');
    if (this.#privateNetwork) vary.push('Access-Control-Request-Private-Network');
    if (vary.length > 0) headers.set('Vary', vary.join(', '));
    if (allowed === undefined) return headers;
    headers.set('Access-Control-Allow-Origin', allowed);
    if (this.#credentials) headers.set('Access-Control-Allow-Credentials', 'true');
    if (this.#methods !== '') headers.set('Access-Control-Allow-Methods', this.#methods);
    const names = this.#allowHeaders ?? askedHeaders(request.getHeader('access-control-request-headers'));
    if (names !== '') headers.set('Access-Control-Allow-Headers', names);
    if (this.#maxAge !== undefined) headers.set('Access-Control-Max-Age', this.#maxAge);
    if (this.#privateNetwork && request.getHeader('access-control-request-private-network') === 'true') {
      headers.set('Access-Control-Allow-Private-Network', 'true');
    }
    return headers;
  }

  /** The origin that is allowed to read the answer. */
  #decide(context: Context): string | undefined | PromiseLike<string | undefined> {
    if (this.#constant !== undefined) return this.#constant;
    const origin = context.request.getHeader('origin');
    if (origin === undefined) return undefined;
    const decide = (answer: string | boolean | null | undefined): string | undefined => {
      if (!answer) return undefined;
      const allowed = answer === true ? origin : answer;
      if (typeof allowed !== 'string' || !/^[\x21-\x7e]+$/.test(allowed) || (allowed === '*' && this.#credentials)) {
        throw badOption('cors', 'origin', `gave ${shown(allowed)}`, 'return true, false, or one origin');
      }
      return allowed;
    };
    const answer = this.#check(origin, context);
    return isThenable(answer) ? answer.then(decide) : decide(answer);
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
