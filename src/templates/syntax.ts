/** The five tokens of the template language. */
export interface Syntax {
  readonly blockStart: string;
  readonly blockClose: string;
  readonly lineStart: string;
  readonly inlineStart: string;
  readonly inlineEnd: string;
}

/** Bottle's tokens in Bottle's order: block start, block close, line start, inline start, inline end. */
export const DEFAULT_SYNTAX = '<% %> % {{ }}';

const cache = new Map<string, Syntax>();

/**
 * Parses a syntax option.
 *
 * @param text five different tokens, separated by spaces, in the order of {@link DEFAULT_SYNTAX}.
 * @throws TypeError if there are not exactly five.
 */
export function parseSyntax(text: string): Syntax {
  const known = cache.get(text);
  if (known) return known;
  const tokens = text.trim().split(/\s+/);
  if (tokens.length !== 5 || new Set([tokens[0], tokens[2], tokens[3]]).size !== 3) {
    throw new TypeError(
      `Template syntax '${text}' must be five tokens separated by spaces (block start, block close, line start, ` +
        `inline start, inline end), as in '${DEFAULT_SYNTAX}'.`,
    );
  }
  const [blockStart, blockClose, lineStart, inlineStart, inlineEnd] = tokens as [string, string, string, string, string];
  const syntax: Syntax = { blockStart, blockClose, lineStart, inlineStart, inlineEnd };
  cache.set(text, syntax);
  return syntax;
}
