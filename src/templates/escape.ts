const SPECIAL = /[&<>"']/;

/** Up to this length a loop over the characters beats starting the regular expression engine. */
const SHORT = 5;

function replaceFrom(text: string, first: number): string {
  let out = '';
  let last = 0;
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Above '>' there is nothing special.
    if (code > 62) continue;
    let entity: string;
    if (code === 60) entity = '&lt;';
    else if (code === 62) entity = '&gt;';
    else if (code === 34) entity = '&quot;';
    else if (code === 38) entity = '&amp;';
    else if (code === 39) entity = '&#39;';
    else continue;
    out += text.slice(last, i) + entity;
    last = i + 1;
  }
  return out + text.slice(last);
}

function escapeText(text: string): string {
  // test() is the fastest of the engine's methods; which character it was is only asked where there is one.
  if (text.length > SHORT) return SPECIAL.test(text) ? replaceFrom(text, text.search(SPECIAL)) : text;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 62 && (code === 38 || code === 60 || code === 62 || code === 34 || code === 39)) return replaceFrom(text, i);
  }
  return text;
}

/**
 * What a value prints as, before escaping: nothing for `null` and `undefined`, `String(value)` otherwise.
 *
 * @throws TypeError for a promise, which would print as `[object Promise]`.
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
 * Escapes `&`, `<`, `>`, `"` and `'`, so that the text is safe in HTML text and in quoted attributes. It is what `{{ }}` does.
 *
 * @param value anything; `null` and `undefined` become the empty string.
 * @example escapeHtml('<a href="x">')   // '&lt;a href=&quot;x&quot;&gt;'
 * @see Bottle's `html_escape`
 */
export function escapeHtml(value: unknown): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  return escapeText(toText(value));
}
