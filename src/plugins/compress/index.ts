import { badOption, type Callback, checkOptions, type Plugin, shown } from '../../kit/index.js';
import { CompressFilter, type Settings } from './compress-filter.js';
import { codecs, type Encoding } from './encoders.js';

export type { Encoding } from './encoders.js';

/** What is compressed, and how. */
export interface CompressOptions {
  /** What is known to be smaller, in bytes, is sent as it is. Default: 1024. */
  threshold?: number;
  /**
   * The codings to choose from, best first; those that the runtime lacks are passed over. Default: `br`, `zstd` (from Node 22.15
   * on) and `gzip`. Which one a client gets is first of all for the client to say.
   */
  encodings?: readonly Encoding[];
  /** Which media types are worth it, in lower case and without parameters. Default: texts, JSON, XML, scripts, SVG and the like. */
  types?: RegExp | ((type: string) => boolean);
}

const ENCODINGS: readonly Encoding[] = ['br', 'zstd', 'gzip', 'deflate'];

const TYPES =
  /^text\/|\+(?:json|xml|text|yaml)$|^application\/(?:(?:x-)?(?:javascript|ndjson|yaml|sh|tar)|json|jsonl|json-seq|ecmascript|xml|xml-dtd|wasm|rtf|toml|sql|graphql|postscript|vnd\.ms-fontobject)$|^font\/(?:ttf|otf|collection)$|^image\/(?:bmp|x-icon|vnd\.microsoft\.icon)$/;

/**
 * Compresses what is answered, where the client takes it (`Accept-Encoding`): objects, texts, bytes and streams, errors too, and
 * what mounted apps answer. Left as they are: what is small or encoded already, pictures and other types that do not shrink, parts
 * (206), and `Cache-Control: no-transform`. Streams and event streams reach the client without delay, and wait for it as ever.
 * `Vary` tells caches, and a strong `ETag` becomes weak.
 *
 * **BREACH**: over https, who can see the length of many answers, and have a browser send requests with a text of his choice in
 * them, learns secrets that stand beside this text in the answer (a CSRF token, an address) from how well both compress together.
 * Leave out routes that answer with both: `@Skip('compress')`, or `Cache-Control: no-transform`.
 *
 * @throws TypeError for options that make no sense.
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
  const settings = settingsOf(options);
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

function settingsOf(options: CompressOptions): Settings {
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
      'has nothing in it that this runtime knows',
      `add one of ${[...known.keys()].join(', ')}`,
    );
  }
  return { threshold, codecs: chosen, isCompressible: typeof types === 'function' ? types : (type) => matches(types, type) };
}

/** A pattern with `g` or `y` would remember where it stopped. */
function matches(pattern: RegExp, type: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(type);
}
