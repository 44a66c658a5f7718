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

/** What the browser says about the site that a request comes from, in `Sec-Fetch-Site`. */
export type FetchSite = 'same-origin' | 'same-site' | 'none' | 'cross-site';

/** Which forms are taken. */
export interface CsrfOptions {
  /**
   * Origins whose forms are taken besides our own: one, or a pattern that matches a whole origin, or a list of such; or a
   * function of the origin. Behind a proxy that changes `Host`, our own has to be listed.
   */
  origin?: OriginList | OriginCheck<boolean>;
  /** The values of `Sec-Fetch-Site` that are taken. Default: `same-origin` and `none` (typed by the user, or a bookmark). */
  secFetchSite?: FetchSite | readonly FetchSite[];
}

const SITES = ['same-origin', 'same-site', 'none', 'cross-site'];
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** What a page of another site can send without being asked for permission (the Fetch standard's safelist). */
const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain', '']);

/**
 * A guard that refuses forms which a page of another site sends in the name of a user (cross-site request forgery) with 403, before the
 * body is read. No token is needed: browsers say where a request comes from, in `Sec-Fetch-Site` and in `Origin`, and pages cannot
 * change that.
 *
 * It looks at requests with unsafe verbs whose content type a form could have, or that have none. Others (JSON) need the permission
 * that `cors` gives. Requests that say nothing about where they come from are not a browser's, and pass. Handlers of `GET` must not
 * change anything. A verb that a hook has overridden counts as the verb that it has become.
 *
 * Installed, it guards every route, mounted app and unknown path; `@Skip('csrf')` exempts a route.
 *
 * @throws TypeError for options that make no sense.
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
  const trusted: OriginCheck<boolean> =
    origin === undefined ? () => false : typeof origin === 'function' ? origin : compileOrigins('csrf', origin);

  const check = (context: Context): unknown => {
    const { request } = context;
    if (SAFE.has(request.method) || !FORM_TYPES.has(parseContentType(request.contentType).type)) return;
    const site = request.getHeader('sec-fetch-site');
    const from = request.getHeader('origin');
    if (site === undefined ? from === undefined || isOwn(from, context) : sites.has(site.toLowerCase())) return;
    if (from === undefined) return refuse();
    return chain(
      () => trusted(from, context),
      (trusts) => (trusts ? undefined : refuse()),
    );
  };
  return guard('csrf', check, {
    identifies: false,
    // A verb that a hook overrides is matched as what it has become.
    where: ({ route }) => route === undefined || !SAFE.has(route.method),
    openapi: { responses: { 403: 'The request comes from another site.' } },
  });
}

/** Whether an origin is that of this server, as far as it knows itself: behind a proxy that speaks TLS, the scheme may differ. */
function isOwn(origin: string, { request }: Context): boolean {
  const host = request.getHeader('host');
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  if (protocol !== 'https:' && (protocol !== 'http:' || request.urlParts.scheme === 'https')) return false;
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === from;
}

function refuse(): never {
  throw new HTTPError(403, 'This request comes from another site, and is refused.', { code: 'BN_CSRF' });
}
