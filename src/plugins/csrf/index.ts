import {
  badOption,
  type Context,
  chain,
  checkOptions,
  compileOrigins,
  guard,
  HTTPError,
  type OriginCheck,
  type OriginList,
  type Plugin,
  parseContentType,
  shown,
} from '../../kit/index.js';

/** The values of `Sec-Fetch-Site`: the relation of the requesting site to this one (W3C Fetch Metadata). */
export type FetchSite = 'same-origin' | 'same-site' | 'none' | 'cross-site';

/** Options of `csrf`. */
export interface CsrfOptions {
  /**
   * The origins whose forms are accepted, in addition to this server's own: an origin, a pattern that matches a whole origin, a list of
   * these, or a function of the origin. Behind a proxy that changes `Host`, list the own origin as well.
   */
  origin?: OriginList | OriginCheck<boolean>;
  /** The accepted values of `Sec-Fetch-Site`. Default: `same-origin` and `none` (an address that the user typed, or a bookmark). */
  secFetchSite?: FetchSite | readonly FetchSite[];
}

const SITES = ['same-origin', 'same-site', 'none', 'cross-site'];
/** RFC 9110 section 9.2.1. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** The content types that other sites can send without a preflight (the safelist of the Fetch standard). */
const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain', '']);

/**
 * Makes a guard against cross-site request forgery: it rejects forms that pages of other sites submit with the credentials of a user. The
 * response is 403, before the body is read. No token is needed, because browsers send `Sec-Fetch-Site` and `Origin`, and pages cannot
 * change these headers.
 *
 * The guard checks requests with an unsafe method and a content type that forms can have, or without a content type. Other content types
 * (JSON) need a preflight, which `cors` controls. Requests with neither header do not come from a browser and pass. Handlers of `GET`
 * must not change state. If a hook overrides the method, the new method counts.
 *
 * An installed guard protects every route, mounted app and unknown path. `@Skip('csrf')` exempts a route.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle, redirect } from 'bottlenose';
 * import { csrf } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(csrf());
 * app.post('/transfer', () => redirect('/done'));
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrf(options: CsrfOptions = {}): Plugin {
  checkOptions('csrf', options, ['origin', 'secFetchSite']);
  const { origin, secFetchSite = ['same-origin', 'none'] } = options;
  const sites = new Set<string>([secFetchSite].flat());
  for (const site of sites) {
    if (!SITES.includes(site)) throw badOption('csrf', 'secFetchSite', `has ${shown(site)} in it`, `use ${SITES.join(', ')}`);
  }
  const isTrusted: OriginCheck<boolean> =
    origin === undefined ? () => false : typeof origin === 'function' ? origin : compileOrigins('csrf', origin);

  const check = (context: Context): unknown => {
    const { request } = context;
    if (SAFE_METHODS.has(request.method) || !FORM_TYPES.has(parseContentType(request.contentType).type)) return;
    const site = request.getHeader('sec-fetch-site');
    const source = request.getHeader('origin');
    if (site === undefined ? source === undefined || isOwnOrigin(source, context) : sites.has(site.toLowerCase())) return;
    if (source === undefined) return reject();
    return chain(
      () => isTrusted(source, context),
      (trusted) => (trusted ? undefined : reject()),
    );
  };
  return guard('csrf', check, {
    identifies: false,
    where: ({ route }) => route === undefined || !SAFE_METHODS.has(route.method),
    openapi: { responses: { 403: 'The request comes from another site.' } },
  });
}

/** Whether an origin is that of this server. Behind a proxy that terminates TLS, the scheme may differ. */
function isOwnOrigin(origin: string, { request }: Context): boolean {
  const host = request.getHeader('host');
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'https:' && (protocol !== 'http:' || request.urlParts.scheme === 'https')) return false;
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}

function reject(): never {
  throw new HTTPError(403, 'This request comes from another site, and is refused.', { code: 'BN_CSRF' });
}
