/** The result type of a filter's `parse`: a primitive's name, or a class. It is compared with the types of parameters. */
export type FilterType = 'string' | 'number' | Function;

/** How a wildcard matches, and how its text is converted to a value and back. */
export interface Filter {
  /**
   * A regular expression (JavaScript, Unicode mode). Its groups do not capture. Python's `(?P<name>…)` is accepted.
   *
   * One repeated character class (`[a-z]+`, `\d{4}`, `.*`) is matched in linear time, without a regular expression engine.
   * JavaScript's engine matches everything else, with backtracking. `(?:a+)+` takes exponential time in the length of the path. A
   * wildcard such as `(?:x|y)+z` beside others in one segment (`<a>-<b>-<c:re:(?:x|y)+z>w`) takes polynomial time. Clients choose
   * the path, so use a segment of its own for such a wildcard, and keep its repetitions unambiguous or bounded (`{1,20}`).
   */
  pattern: string;
  /** Converts the text to the value. An error becomes a 400. Default: the text itself. */
  parse?(text: string): unknown;
  /** Converts a value to text when a URL is built. Default: `String`. */
  format?(value: unknown): string;
  /** The type of the value. Default: `'string'` without a `parse`, otherwise unknown. */
  type?: FilterType;
}

/** Creates the filter of one wildcard from its configuration: the part after the second colon, or `undefined`. */
export type FilterFactory = (config: string | undefined) => Filter;

/**
 * Bottle's filters.
 *
 * @see https://bottlepy.org/docs/stable/routing.html
 */
export function builtinFilters(): Map<string, FilterFactory> {
  return new Map<string, FilterFactory>([
    ['re', (config) => ({ pattern: config ?? '[^/]+', type: 'string' })],
    ['int', () => ({ pattern: '-?\\d+', parse: parseInteger, format: formatInteger, type: 'number' })],
    ['float', () => ({ pattern: '-?[\\d.]+', parse: parseFloating, format: formatFloating, type: 'number' })],
    ['path', () => ({ pattern: '.+?', type: 'string' })],
  ]);
}

/** Rejects numbers that would change silently: `/posts/9007199254740993` must not show post …992. */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('it is beyond the safe integers.');
  return value + 0; // no negative zero
}

function parseFloating(text: string): number {
  const value = Number(text);
  if (Number.isNaN(value)) throw new RangeError('it is not a number.');
  if (!Number.isFinite(value)) throw new RangeError('it is too large for a number.');
  return value + 0;
}

function formatInteger(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value)).toString();
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return value;
  throw new TypeError('it is not an integer.');
}

function formatFloating(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return withoutExponent(number);
  throw new TypeError('it is not a finite number.');
}

/** The pattern of `float` has no exponent, so `1e21` is written out. */
function withoutExponent(number: number): string {
  const [mantissa = '', exponent] = String(number).split('e');
  if (exponent === undefined) return mantissa;
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const sign = number < 0 ? '-' : '';
  return point > 0 ? sign + digits.padEnd(point, '0') : `${sign}0.${'0'.repeat(-point)}${digits}`;
}
