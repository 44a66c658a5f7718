import type { Token } from './lexer.js';

/** The words that open a block. */
export const OPENERS: ReadonlySet<string> = new Set(
  'if elif else for while switch try catch except finally function def async'.split(' '),
);

/**
 * The colon that ends a header: the first one outside of brackets without a preceding `?`. Plain JavaScript has none. The label
 * of an object's property has none either, because a header needs a condition.
 */
export function headerColon(head: Token, rest: Token[]): Token | undefined {
  if (head.text === 'async' && !/^(?:function|def)$/.test(rest[0]?.text ?? '')) return undefined;
  let questions = 0;
  for (const token of rest) {
    if (token.type !== 'punct' || token.depth !== head.depth) continue;
    if (token.text === '?') questions++;
    else if (token.text === ':' && questions-- === 0) return token;
    else if (token.text === ';' && head.text !== 'for') return undefined;
  }
  return undefined;
}

/** Whether a block that ends with `{` can be copied unchanged. */
export function isJavaScript(head: string, word: string, header: Token[]): boolean {
  if (/^(?:elif|except|def)$/.test(head)) return false;
  if (head === 'async') return header[0]?.text !== 'def';
  if (!/^(?:if|elif|while|switch|for|catch)$/.test(word)) return true;
  const first = header[0]?.text === 'await' ? header[1] : header[0];
  return first === undefined || first.text === '(';
}

/** Removes parentheses around a whole header. */
export function unwrap(header: Token[]): Token[] {
  const [first] = header;
  if (first?.text !== '(') return header;
  const close = header.findIndex((token, i) => i > 0 && token.text === ')' && token.depth === first.depth + 1);
  return close === header.length - 1 ? header.slice(1, -1) : header;
}

/** `for x of xs` declares its variable. `for let i = 0; …` already does. */
export function declaration(loop: Token[]): string {
  const [first] = loop;
  if (!first || /^(?:const|let|var)$/.test(first.text)) return '';
  const isIteration = loop.some((token) => token.depth === first.depth && (token.text === 'of' || token.text === 'in'));
  return isIteration ? 'let ' : '';
}
