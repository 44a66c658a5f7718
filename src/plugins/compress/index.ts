import { badOption, type Callback, checkOptions, type Plugin, shown } from '../../kit/index.js';
import { CompressFilter, type Settings } from './compress-filter.js';
import { codecs, type Encoding } from './encoders.js';

export type { Encoding } from './encoders.js';

/** Options of `compress`. */
export interface CompressOptions {
  /** The smallest `Content-Length` to compress, in bytes. Default: 1024. */
  threshold?: number;
  /**
   * The content codings, in order of preference. Codings that the runtime does not support are ignored. The client's `Accept-Encoding`
   * takes precedence over this order. Default: `br`, `zstd` (Node 22.15 and later) and `gzip`.
   */
  encodings?: readonly Encoding[];
  /** The media types to compress, in lower case and without parameters. Default: text, JSON, XML, scripts, SVG and similar types. */
  types?: RegExp | ((type: string) => boolean);
}

const ENCODINGS: readonly Encoding[] = ['br', 'zstd', 'gzip', 'deflate'];

const TYPES =
  /^text\/|\+(?:json|xml|text|yaml)$|^application\/(?:(?:x-)?(?:javascript|ndjson|yaml|sh|tar)|json|jsonl|json-seq|ecmascript|xml|xml-dtd|wasm|rtf|toml|sql|graphql|postscript|vnd\.ms-fontobject)$|^font\/(?:ttf|otf|collection)$|^image\/(?:bmp|x-icon|vnd\.microsoft\.icon)$/;

/**
 * Compresses responses with a coding that the client accepts (`Accept-Encoding`, RFC 9110 section 12.5.3): objects, strings, bytes and
 * streams, including errors and mounted apps. It does not change responses that are small or already encoded, media types that do not
 * shrink (such as images), partial responses (206), and responses with `Cache-Control: no-transform`. Streams and event streams are
 * flushed without delay and keep their back-pressure. `Vary` is set for caches, and a strong `ETag` becomes weak.
 *
 * **BREACH**: if a response contains a secret (a CSRF token, an address) and text from the request, an attacker can learn the secret over
 * https. The attacker makes a browser send many requests with chosen text, and compares the lengths of the responses. Exclude such routes
 * with `@Skip('compress')` or `Cache-Control: no-transform`.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { compress } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(compress({ threshold: 2048 }));
 * app.get('/', () => 'A long text. '.repeat(1000));
 * @see https://www.breachattack.com/
 */
export function compress(options: CompressOptions = {}): Plugin {
  const settings = readOptions(options);
  return {
    name: 'compress',
    around(next: Callback): Callback {
      return (context) => {
        context.filter(new CompressFilter(context, settings));
        return next(context);
      };
    },
  };
}

function readOptions(options: CompressOptions): Settings {
  checkOptions('compress', options, ['threshold', 'encodings', 'types']);
  const { threshold = 1024, encodings, types = TYPES } = options;
  if (typeof threshold !== 'number' || !(threshold >= 0)) {
    throw badOption('compress', 'threshold', `is ${shown(threshold)}`, 'give a number of bytes');
  }
  if (!(types instanceof RegExp) && typeof types !== 'function') {
    throw badOption('compress', 'types', `is ${shown(types)}`, 'give a pattern or a function of a media type');
  }
  if (encodings !== undefined && !Array.isArray(encodings)) {
    throw badOption('compress', 'encodings', `is ${shown(encodings)}`, `give a list of ${ENCODINGS.join(', ')}`);
  }
  const known = codecs();
  const chosen: Settings['codecs'] = new Map(
    (encodings ?? ['br', 'zstd', 'gzip']).flatMap((name: Encoding) => {
      if (!ENCODINGS.includes(name)) {
        throw badOption('compress', 'encodings', `has ${shown(name)} in it`, `known are ${ENCODINGS.join(', ')}`);
      }
      const codec = known.get(name);
      return codec === undefined ? [] : [[name, codec] as const];
    }),
  );
  if (chosen.size === 0) {
    throw badOption(
      'compress',
      'encodings',
      'contains no coding that this runtime supports',
      `add one of ${[...known.keys()].join(', ')}`,
    );
  }
  return { threshold, codecs: chosen, isCompressible: typeof types === 'function' ? types : (type) => matches(types, type) };
}

/** Resets `lastIndex`, which patterns with `g` or `y` keep between calls. */
function matches(pattern: RegExp, type: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(type);
}
