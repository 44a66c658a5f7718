/**
 * A filter's regular expression, as the matcher sees it. Most expressions are a repetition of one character class. Those are
 * matched by a loop instead of an engine, so they cannot backtrack.
 */
export interface Pattern {
  /** The translated expression, in Unicode mode and without capturing groups. */
  readonly source: string;
  /** Whether it may match a slash. */
  readonly matchesSlash: boolean;
  /**
   * Whether it depends on the text around it (`^`, `$`, `\b`, lookarounds). Such an expression cannot be tested on its text
   * alone.
   */
  readonly usesContext: boolean;
  /** The expression alone, anchored at both ends. */
  readonly whole: RegExp;
  readonly run: CharacterRun | null;
}

/** `[class]` with any quantifier, greedy or lazy, or `-?[class]+`. */
export interface CharacterRun {
  readonly sign: boolean;
  readonly lazy: boolean;
  /** The minimum and maximum number of characters, without a sign. */
  readonly min: number;
  readonly max: number;
  /** Whether each of the first 128 characters belongs to the class: 1 or 0. */
  readonly ascii: Uint8Array;
  /** Whether all characters beyond these belong to the class. Otherwise none of them does. */
  readonly beyondAscii: boolean;
}

/** More characters than any path has. A small integer, which V8 compares fastest. */
export const UNBOUNDED = 0x3fffffff;

const RUN = /^(-\?)?(\\[dw]|\[\^?(?:[^\\[\]^]|\\[dwnrt^$\\.*+?()[\]{}|/-])+\])(?:([+*?])|\{(\d+)(,?)(\d*)\})?(\?)?$/;
const TOKEN =
  /\\(?:[pPu]\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<\w*>|[\s\S]|$)|\[(?:[^\\\]]|\\[\s\S])*\]|\((?:\?P?<\w+\\?>|\?P=|\?:|\?<?[=!])?|\{(?:\d+(?:,\d*)?|,\d+)\}|[\s\S]/gu;

/**
 * Translates and analyses a filter's regular expression.
 *
 * @throws SyntaxError if it is invalid.
 */
export function compilePattern(text: string): Pattern {
  const { source, matchesSlash, usesContext } = translate(text);
  new RegExp(source, 'u'); // compiled alone first, because an unbalanced parenthesis could match the added ones
  const whole = new RegExp(`^(?:${source})$`, 'u');
  return { source, matchesSlash, usesContext, whole, run: parseRun(source) };
}

/**
 * Makes every group non-capturing, as Bottle does. Translates syntax that Python has and JavaScript's Unicode mode lacks:
 * `(?P<name>…)` (also with the `\>` that it needs between angle brackets), `\A`, `\Z`, `{,n}`, escaped punctuation, and
 * unbalanced braces. A dot excludes only the line feed.
 */
function translate(text: string): { source: string; matchesSlash: boolean; usesContext: boolean } {
  let source = '';
  let matchesSlash = false;
  let usesContext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const translated = translateToken(token);
    if (/^(?:[\^$]|\\[bBAZ]|\(\?<?[=!])$/.test(token)) usesContext = true;
    else if (mayBeSlash(translated)) matchesSlash = true;
    source += translated;
  }
  return { source, matchesSlash, usesContext };
}

function translateToken(token: string): string {
  switch (token[0]) {
    case '\\':
      return translateEscape(token);
    case '[':
      return token.length === 1
        ? token
        : token.replace(/\\[\s\S]/gu, (escape) => (/\\[A-Za-z0-9^\\\]-]/.test(escape) ? escape : translateEscape(escape)));
    case '(':
      if (token === '(?P=') throw new SyntaxError('it refers back to a group, but the groups of a rule do not capture');
      return /^\(\?<?[=!]$/.test(token) ? token : '(?:';
    case '{':
      return token.length === 1 ? '\\{' : token.replace('{,', '{0,');
    case '}':
    case ']':
      return `\\${token}`;
    case '.':
      return '[^\\n]';
    default:
      return token;
  }
}

function translateEscape(escape: string): string {
  if (/^\\(?:[1-9]|k)/.test(escape)) throw new SyntaxError('it refers back to a group, but the groups of a rule do not capture');
  if (escape === '\\A') return '^';
  if (escape === '\\Z') return '$';
  const char = escape.slice(1);
  const plain = char.length > 0 && !/^[A-Za-z0-9^$\\.*+?()[\]{}|/]/.test(char);
  return plain ? char : escape;
}

/** Whether a token of an expression may match a slash. If in doubt, yes. */
function mayBeSlash(token: string): boolean {
  if (/^(?:\(\?:|[)|?*+]|\{.+\})$/.test(token)) return false;
  try {
    return new RegExp(`^${token}$`, 'u').test('/');
  } catch {
    return true;
  }
}

function parseRun(source: string): CharacterRun | null {
  const [, sign, characters, quantifier, low, comma, high, lazy] = RUN.exec(source) ?? [];
  if (characters === undefined || /[^\x00-\x7f]/.test(source)) return null;
  const one = new RegExp(`^${characters}$`, 'u');
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(one.test(String.fromCharCode(code))));
  const beyondAscii = characters.startsWith('[^');
  let min = quantifier === '*' || quantifier === '?' ? 0 : 1;
  let max = quantifier === '+' || quantifier === '*' ? UNBOUNDED : 1;
  if (low !== undefined) {
    min = Math.min(Number(low), UNBOUNDED);
    max = comma === '' ? min : Math.min(high ? Number(high) : UNBOUNDED, UNBOUNDED);
  }
  if (sign && (ascii[0x2d] === 1 || min === 0)) return null; // the sign could belong to either part, or be alone
  if (beyondAscii && (min > 1 || max !== UNBOUNDED)) return null; // the expression counts characters, but the search counts code units
  return { sign: sign !== undefined, lazy: lazy !== undefined, min, max, ascii, beyondAscii };
}
