/** How many texts are kept, and how long they may be. What an app sends has a few dozen names of headers. */
const MOST = 256;
const LONGEST = 64;

const kept = new Map<string, ArrayBuffer>();

/**
 * A text that is handed over again and again, as bytes: uWebSockets.js measures and copies a string each time, and only looks at
 * bytes.
 *
 * @param text the program's own, such as the name of a header; not a client's, of which there is no end.
 */
export function bytesOf(text: string): ArrayBuffer | string {
  return kept.get(text) ?? keep(text);
}

function keep(text: string): ArrayBuffer | string {
  if (kept.size >= MOST || text.length > LONGEST) return text;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return text;
    bytes[i] = code;
  }
  kept.set(text, bytes.buffer);
  return bytes.buffer;
}
