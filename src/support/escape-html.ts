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

/** Text as it may stand in HTML, attributes included. */
export function escapeText(text: string): string {
  // test() is the fastest of the engine's methods; which character it was is only asked where there is one.
  if (text.length > SHORT) return SPECIAL.test(text) ? replaceFrom(text, text.search(SPECIAL)) : text;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 62 && (code === 38 || code === 60 || code === 62 || code === 34 || code === 39)) return replaceFrom(text, i);
  }
  return text;
}

// Control characters, noncharacters and lone surrogates may not stand in HTML (WHATWG HTML §13.2.3.5); overrides of the text's
// direction (Unicode Bidirectional Algorithm §2) could make a line look like another one.
const INVISIBLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Any text from outside as it may stand in a page: escaped, with a � where a character cannot be shown or would show others wrong. */
export function escapeForeign(text: string): string {
  return escapeText(text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '\ufffd'));
}

/** The beginning of a text that is too long to be shown whole. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
