/** The most texts that are cached, and the longest one. An app uses a few dozen header names. */
const MAX_TEXTS = 256;
const MAX_LENGTH = 64;

const cache = new Map<string, ArrayBuffer>();

/**
 * Returns a text that is sent again and again as bytes. uWebSockets.js measures and copies a string on each call, but uses bytes
 * directly.
 *
 * @param text must come from the program, such as the name of a header. Texts from clients are unlimited in number.
 */
export function bytesOf(text: string): ArrayBuffer | string {
  return cache.get(text) ?? addToCache(text);
}

function addToCache(text: string): ArrayBuffer | string {
  if (cache.size >= MAX_TEXTS || text.length > MAX_LENGTH) return text;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return text;
    bytes[i] = code;
  }
  cache.set(text, bytes.buffer);
  return bytes.buffer;
}
