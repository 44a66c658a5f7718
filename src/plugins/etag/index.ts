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

/** Options of `etag`. */
export interface ETagOptions {
  /** Whether the ETags are weak: they promise equivalent content, but not the same bytes (RFC 9110 section 8.8.1). Default: false. */
  weak?: boolean;
}

/** Headers that describe the body. A 304 does not carry them (RFC 9110 section 15.4.5). */
const CONTENT_HEADERS = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Language', 'Content-Range'];

/**
 * Adds an `ETag`, a hash of the body, to responses that are not streamed (objects, strings, bytes). Clients whose `If-None-Match` matches
 * it get 304 without the body (RFC 9110 section 13.1.2). The handler still runs. If a handler sets an `ETag`, that one is used. Streams,
 * errors and responses with `no-store` are not changed.
 *
 * `compress` and `etag` may be installed in either order. Each encoding gets a valid ETag.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { etag } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(etag());
 * app.get('/posts', () => [{ id: 1, title: 'The same as last time?' }]);
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export function etag(options: ETagOptions = {}): Plugin {
  checkOptions('etag', options, ['weak']);
  const { weak = false } = options;
  if (typeof weak !== 'boolean') throw badOption('etag', 'weak', `is ${shown(weak)}`, 'give true or false');
  return {
    name: 'etag',
    around(next: Callback, { kind, route }: Target): Callback {
      // Routes for GET also match HEAD.
      if (kind === 'route' && !['GET', 'HEAD', 'ANY'].includes(route?.method as string)) return next;
      return (context) => {
        context.filter(new ETagFilter(context, weak));
        return next(context);
      };
    },
  };
}

/** Buffers a response, because its ETag depends on all of its bytes. */
class ETagFilter extends AnswerFilter {
  readonly #context: Context;
  readonly #weak: boolean;
  /** The delayed head. The response is not buffered while it is `undefined`. */
  #head: AnswerHead | undefined = undefined;
  readonly #chunks: (string | Uint8Array)[] = [];

  constructor(context: Context, weak: boolean) {
    super();
    this.#context = context;
    this.#weak = weak;
  }

  override head(head: AnswerHead): void {
    const { originalMethod: method } = this.#context.request;
    if (head.status !== 200 || head.streamed || (method !== 'GET' && method !== 'HEAD')) super.head(head);
    else this.#head = head;
  }

  override write(chunk: string | Uint8Array): boolean {
    if (this.#head === undefined) return super.write(chunk);
    this.#chunks.push(chunk);
    return true;
  }

  override end(): void {
    const head = this.#head;
    if (head !== undefined && this.#isNotModified(head)) {
      for (const name of CONTENT_HEADERS) head.delete(name);
      head.status = 304;
    } else {
      for (const chunk of this.#chunks) super.write(chunk);
    }
    super.end();
  }

  /** Whether `If-None-Match` matches the response. Sets an ETag if there is none. */
  #isNotModified(head: AnswerHead): boolean {
    const tag = head.get('ETag') ?? this.#addTag(head);
    const condition = this.#context.request.getHeader('If-None-Match');
    return tag !== undefined && condition !== undefined && matchesETag(condition, tag, false);
  }

  #addTag(head: AnswerHead): string | undefined {
    if (this.#chunks.length === 0 || /\bno-store\b/i.test(head.get('Cache-Control') ?? '')) return undefined;
    const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
    for (const chunk of this.#chunks) hash.update(chunk);
    const tag = `${this.#weak ? 'W/' : ''}"${hash.digest('base64url').slice(0, 27)}"`;
    head.set('ETag', tag);
    return tag;
  }
}
