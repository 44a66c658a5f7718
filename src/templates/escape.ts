import { escapeText } from '../support/escape-html.js';

/**
 * Converts a value to the text that is printed, before escaping: nothing for `null` and `undefined`, `String(value)` otherwise.
 *
 * @throws TypeError for a promise, which would be printed as `[object Promise]`.
 */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function') {
    throw new TypeError('a promise cannot be printed: write {{await …}} and render with renderAsync()');
  }
  return String(value);
}

/**
 * Escapes `&`, `<`, `>`, `"` and `'`, so that the text is safe in HTML text and in quoted attributes. `{{ }}` uses this function.
 *
 * @param value any value; `null` and `undefined` become the empty string.
 * @example escapeHtml('<a href="x">')   // '&lt;a href=&quot;x&quot;&gt;'
 * @see Bottle's `html_escape`
 */
export function escapeHtml(value: unknown): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  return escapeText(toText(value));
}
