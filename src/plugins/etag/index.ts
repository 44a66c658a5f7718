import {
  AnswerFilter,
  type AnswerHead,
  badOption,
  type Callback,
  checkOptions,
  type Context,
  matchesETag,
  type Plugin,
  shown,
  type Target,
} from '../../kit/index.js';

/** What kind of ETags are made. */
export interface ETagOptions {
  /** Weak ones say that two answers mean the same, not that their bytes are the same. Default: false. */
  weak?: boolean;
}

/** What describes a body, and is not sent without it (RFC 9110 section 15.4.5). */
const OF_CONTENT = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Language', 'Content-Range'];

/**
 * Gives whatever is answered whole (objects, texts, bytes) an `ETag` made from its bytes. Clients that have it already get 304,
 * without the body (RFC 9110 section 13.1.2). The handler runs all the same. An ETag that a handler sets is used instead. Streams,
 * errors and what is not to be stored (`no-store`) are left alone.
 *
 * With `compress` and this installed in either order, each encoding has an ETag that fits.
 *
 * @throws TypeError for options that make no sense.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { etag } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(etag());
 * app.get('/posts', () => [{ id: 1, title: 'The same as last time?' }]);
 */
export function etag(options: ETagOptions = {}): Plugin {
  checkOptions('etag', options, ['weak']);
  const { weak = false } = options;
  if (typeof weak !== 'boolean') throw badOption('etag', 'weak', `is ${shown(weak)}`, 'give true or false');
  return {
    name: 'etag',
    around(next: Callback, { kind, route }: Target): Callback {
      // HEAD is matched by routes for GET as well.
      if (kind === 'route' && !['GET', 'HEAD', 'ANY'].includes(route?.method as string)) return next;
      return (context) => {
        context.filter(new ETagFilter(context, weak));
        return next(context);
      };
    },
  };
}

/** Holds a whole answer until its bytes are known. */
class ETagFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #weak: boolean;
  #held: AnswerHead | undefined = undefined;
  readonly #chunks: (string | Uint8Array)[] = [];

  constructor(context: Context, weak: boolean) {
    super();
    this.#context = context;
    this.#weak = weak;
  }

  override head(head: AnswerHead): void {
    const { originalMethod: method } = this.#context.request;
    if (head.status !== 200 || head.streamed || (method !== 'GET' && method !== 'HEAD')) super.head(head);
    else this.#held = head;
  }

  override write(chunk: string | Uint8Array): boolean {
    if (this.#held === undefined) return super.write(chunk);
    this.#chunks.push(chunk);
    return true;
  }

  override end(): void {
    const head = this.#held;
    if (head !== undefined && this.#isKnown(head)) {
      for (const name of OF_CONTENT) head.delete(name);
      head.status = 304;
    } else {
      for (const chunk of this.#chunks) super.write(chunk);
    }
    super.end();
  }

  /** Whether the client has the answer already. Gives it an ETag, unless it has one. */
  #isKnown(head: AnswerHead): boolean {
    const tag = head.get('ETag') ?? this.#newTag(head);
    const known = this.#context.request.getHeader('If-None-Match');
    return tag !== undefined && known !== undefined && matchesETag(known, tag, false);
  }

  #newTag(head: AnswerHead): string | undefined {
    if (this.#chunks.length === 0 || /\bno-store\b/i.test(head.get('Cache-Control') ?? '')) return undefined;
    const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
    for (const chunk of this.#chunks) hash.update(chunk);
    const tag = `${this.#weak ? 'W/' : ''}"${hash.digest('base64url').slice(0, 27)}"`;
    head.set('ETag', tag);
    return tag;
  }
}
