import { crypto } from '../../http/crypto.js';
import type { Plugin } from '../../app/plugin.js';
import { matchesETag } from '../../http/conditional.js';
import type { Exchange } from '../../http/exchange.js';
import { ExchangeFilter } from '../../http/exchange-filter.js';
import { flatHeader, removeFlatHeader, setFlatHeader } from '../../http/flat-headers.js';
import { everyRequest } from '../coverage.js';
import { badOption, checkOptions, shown } from '../../kit/plugin-options.js';

/** What kind of ETags are made. */
export interface ETagOptions {
  /** Weak ones say that two answers mean the same, not that their bytes are the same. Default: false. */
  weak?: boolean;
}

/** What describes a body, and is not to be sent without it (RFC 9110 section 15.4.5). */
const OF_CONTENT = ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-range'];

/**
 * Gives whatever is answered whole (objects, texts, bytes) an `ETag` made from its bytes, and tells clients that have it already
 * just that: 304, without the body (RFC 9110 section 13.1.2). The handler runs all the same. An ETag that a handler sets is used
 * instead. Streams are left alone, as are errors and what is not to be stored.
 *
 * With `compress` and this installed in either order, each encoding has an ETag that fits.
 *
 * @throws TypeError for options that make no sense.
 * @example
 * import { Bottle, etag } from 'bottlenose';
 *
 * const app = new Bottle();
 * app.install(etag());
 * app.get('/posts', () => [{ id: 1, title: 'The same as last time?' }]);
 */
export function etag(options: ETagOptions = {}): Plugin {
  checkOptions('etag', options, ['weak']);
  const { weak = false } = options;
  if (typeof weak !== 'boolean') throw badOption('etag', 'weak', `is ${shown(weak)}`, 'give true or false');
  return everyRequest('etag', (context) => {
    const { method } = context.exchange;
    if (method === 'GET' || method === 'HEAD') context.exchange = new Tagging(context.exchange, weak);
  });
}

class Tagging extends ExchangeFilter {
  readonly #weak: boolean;

  constructor(inner: Exchange, weak: boolean) {
    super(inner);
    this.#weak = weak;
  }

  override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    const tag = status === 200 ? this.#tag(headers, body) : undefined;
    const known = this.header('if-none-match');
    if (tag === undefined || known === undefined || !matchesETag(known, tag, false)) {
      super.send(status, reason, headers, body);
      return;
    }
    for (const name of OF_CONTENT) removeFlatHeader(headers, name);
    super.send(304, '', headers, null);
  }

  /** The answer's ETag, which it is given unless it has one. */
  #tag(headers: string[], body: string | Uint8Array | null): string | undefined {
    const own = flatHeader(headers, 'etag');
    if (own !== undefined || body === null) return own;
    if (/\bno-store\b/i.test(flatHeader(headers, 'cache-control') ?? '')) return undefined;
    const digest = crypto().createHash('sha256').update(body).digest('base64url').slice(0, 27);
    const tag = `${this.#weak ? 'W/' : ''}"${digest}"`;
    setFlatHeader(headers, 'ETag', tag);
    return tag;
  }
}
