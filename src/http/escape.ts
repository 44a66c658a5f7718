const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in HTML, attributes included. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c] as string);
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
