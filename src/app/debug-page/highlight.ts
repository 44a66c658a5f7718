import { escapeForeign } from '../../support/escape-html.js';

const KEYWORDS =
  'abstract as async await break case catch class const continue declare default delete do else enum export extends false finally for from function get if implements import in instanceof interface is keyof let namespace new null of override private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while yield';

/** Comments, strings, keywords, numbers, decorators. Lines are matched separately, so multi-line strings are not highlighted. */
const TOKEN = new RegExp(
  [
    String.raw`(\/\/.*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|^\s*\*(?:\s.*|\/)?$)`,
    String.raw`("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|${'`'}(?:[^${'`'}\\]|\\.)*${'`'}?)`,
    String.raw`(?<![\w$.])(${KEYWORDS.replaceAll(' ', '|')})(?![\w$])`,
    String.raw`(?<![\w$])(\d[\w.]*)`,
    String.raw`(@[\w$]+)`,
  ].join('|'),
  'g',
);
const CLASSES = ['c', 's', 'k', 'n', 'd'];
const MAX_LINE = 220;

/**
 * A line of JavaScript or TypeScript as highlighted HTML.
 *
 * @param column The column of the word to underline, counted from 1; 0 for none. A very long line is cut around it.
 */
export function highlight(line: string, column = 0): string {
  const from = line.length > MAX_LINE ? Math.max(0, column - MAX_LINE / 2) : 0;
  const shown = line.slice(from, from + MAX_LINE);
  const at = column - 1 - from;
  let html = from > 0 ? '…' : '';
  let end = 0;
  for (const match of shown.matchAll(TOKEN)) {
    const kind = CLASSES[match.slice(1).findIndex((group) => group !== undefined)] as string;
    html += `${underlineAt(shown.slice(end, match.index), at - end)}<span class="${kind}">${underlineAt(match[0], at - match.index)}</span>`;
    end = match.index + match[0].length;
  }
  return `${html}${underlineAt(shown.slice(end), at - end)}${line.length > from + MAX_LINE ? '…' : ''}`;
}

/** Escapes text and underlines the word at an index. */
function underlineAt(text: string, at: number): string {
  if (at < 0 || at >= text.length) return escapeForeign(text);
  const word = /^(?:[\p{L}\p{N}_$#]+|.)/su.exec(text.slice(at))?.[0] ?? '';
  return `${escapeForeign(text.slice(0, at))}<u>${escapeForeign(word)}</u>${escapeForeign(text.slice(at + word.length))}`;
}
