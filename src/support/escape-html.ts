const SPECIAL = /[&<>"']/;

/** Up to this length, a loop over the characters is faster than a regular expression. */
const SHORT = 5;

function replaceFrom(text: string, first: number): string {
  let out = '';
  let last = 0;
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // All special characters are at most '>'.
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

/** Escapes text for HTML, including attribute values. */
export function escapeText(text: string): string {
  // test() is the fastest method. search() only runs if there is a match.
  if (text.length > SHORT) return SPECIAL.test(text) ? replaceFrom(text, text.search(SPECIAL)) : text;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 62 && (code === 38 || code === 60 || code === 62 || code === 34 || code === 39)) return replaceFrom(text, i);
  }
  return text;
}

// HTML does not allow control characters, noncharacters and lone surrogates (WHATWG HTML §13.2.3.5). Direction overrides (Unicode
// Bidirectional Algorithm §2) could make a line look like another one.
const INVISIBLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Escapes untrusted text for HTML. Replaces characters that are invalid or change the display of others with �. */
export function escapeForeign(text: string): string {
  return escapeText(text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '\ufffd'));
}

/** Truncates a text to a maximum length, with an ellipsis. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
