/** What a filter's `parse` gives: a primitive's name, or a class. For checking parameters against wildcards. */
export type FilterType = 'string' | 'number' | Function;

/** How a wildcard matches, and how its text becomes a value and back. */
export interface Filter {
  /**
   * A regular expression (JavaScript's, Unicode mode). Its groups do not capture; Python's `(?P<name>…)` is accepted.
   *
   * One class of characters, repeated (`[a-z]+`, `\d{4}`, `.*`), is matched without an engine, in linear time. Anything else is
   * matched by JavaScript's, which backtracks: `(?:a+)+` takes time exponential in the path's length, and a wildcard such as
   * `(?:x|y)+z` beside others in one segment (`<a>-<b>-<c:re:(?:x|y)+z>w`) a power of it. Clients choose the path, so keep such a
   * wildcard in a segment of its own, and its repetitions unambiguous or bounded (`{1,20}`).
   */
  pattern: string;
  /** Makes the value. What it throws becomes a 400. Default: the text itself. */
  parse?(text: string): unknown;
  /** Makes the text again when a URL is built. Default: `String`. */
  format?(value: unknown): string;
  /** What `parse` gives. Default: `'string'` without a `parse`, otherwise not known. */
  type?: FilterType;
}

/** Makes the filter of one wildcard from its configuration: the part after the second colon, `undefined` without one. */
export type FilterFactory = (config: string | undefined) => Filter;

/** Bottle's filters (its documentation, "Request Routing"). */
export function builtinFilters(): Map<string, FilterFactory> {
  return new Map<string, FilterFactory>([
    ['re', (config) => ({ pattern: config ?? '[^/]+', type: 'string' })],
    ['int', () => ({ pattern: '-?\\d+', parse: parseInteger, format: formatInteger, type: 'number' })],
    ['float', () => ({ pattern: '-?[\\d.]+', parse: parseFloating, format: formatFloating, type: 'number' })],
    ['path', () => ({ pattern: '.+?', type: 'string' })],
  ]);
}

/** A number that would silently become another one is refused: `/posts/9007199254740993` must not show post …992. */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('it is beyond the safe integers.');
  return value + 0; // no negative zero
}

export function parseFloating(text: string): number {
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

/** The pattern of `float` knows no exponent, so `1e21` is written out. */
function withoutExponent(number: number): string {
  const [mantissa = '', exponent] = String(number).split('e');
  if (exponent === undefined) return mantissa;
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const sign = number < 0 ? '-' : '';
  return point > 0 ? sign + digits.padEnd(point, '0') : `${sign}0.${'0'.repeat(-point)}${digits}`;
}
