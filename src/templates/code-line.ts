import type { Token } from './lexer.js';

/** Words after which a statement continues on the next line. */
const CONTINUED = new Set('else do in of instanceof typeof void delete new await yield case extends'.split(' '));

/** Whether these tokens are the keyword `end` alone. */
export function isEnd(tokens: readonly Token[]): boolean {
  return tokens.length === 1 && tokens[0]?.type === 'word' && tokens[0].text === 'end';
}

/**
 * Splits a line at each `end` that is a statement of its own, as in `if x: y = 1; end`.
 *
 * @returns the tokens before, between and after, and the `end`s.
 */
export function splitAtEnds(tokens: readonly Token[]): (Token[] | Token)[] {
  const parts: (Token[] | Token)[] = [];
  const depth = tokens[0]?.depth;
  const separates = (token: Token | undefined): boolean =>
    token === undefined || token.type === 'newline' || (token.text === ';' && token.depth === depth);
  let part: Token[] = [];
  const finish = (): void => {
    // The semicolons around an `end`.
    while (part.at(-1)?.text === ';') part.pop();
    while (part[0]?.text === ';') part.shift();
    if (part.length > 0) parts.push(part);
    part = [];
  };
  for (const [i, token] of tokens.entries()) {
    if (token.depth === depth && isEnd([token]) && separates(tokens[i - 1]) && separates(tokens[i + 1])) {
      finish();
      parts.push(token);
    } else part.push(token);
  }
  if (parts.length > 0) finish();
  else if (part.length > 0) parts.push(part);
  return parts;
}

/**
 * Whether a statement starts at a token that could also continue the previous line. JavaScript then continues: `b = 5` and
 * `[1, 2].forEach(f)` would become `b = 5[1, 2].forEach(f)`.
 *
 * @param isFirstLine whether the line starts a piece of code. Within `<% %>`, `+` and `-` continue the line before.
 */
export function startsStatement(source: string, { type, text, start }: Token, isFirstLine: boolean): boolean {
  if (type === 'value') return source[start] === '`' || source[start] === '/';
  return type === 'punct' && (text === '(' || text === '[' || (isFirstLine && (text === '+' || text === '-')));
}

/** Whether the last token of a line can end a statement. The condition of an `if` cannot, and neither can an operator. */
export function endsStatement(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1) as Token;
  // A property may have the name of a keyword: `map.delete`.
  if (last.type === 'word') return !CONTINUED.has(last.text) || /^\??\.$/.test(tokens.at(-2)?.text ?? '');
  if (last.type === 'value') return true;
  if (last.text === ')') return !isCondition(tokens, last);
  return [']', '}', '++', '--'].includes(last.text);
}

function isCondition(tokens: readonly Token[], close: Token): boolean {
  const open = tokens.findLastIndex(({ text, depth }) => text === '(' && depth === close.depth - 1);
  return /^(?:if|while|for|await)$/.test(tokens[open - 1]?.text ?? '');
}
