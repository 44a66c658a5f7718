/**
 * What the matcher knows of a filter's regular expression. Most are "a run of one class of characters"; those are matched by a
 * loop instead of an engine, so they cannot be made to backtrack.
 */
export interface Pattern {
  /** The translated expression: Unicode mode, nothing captures. */
  readonly source: string;
  /** Whether it may match a slash. */
  readonly crosses: boolean;
  /** Whether it looks around itself (`^`, `$`, `\b`, lookaheads), so that it cannot be tested on its own text. */
  readonly looksAround: boolean;
  /** The expression alone, anchored at both ends. */
  readonly whole: RegExp;
  readonly run: Run | null;
}

/** `[class]` with any quantifier, greedy or lazy, or `-?[class]+`. */
export interface Run {
  readonly sign: boolean;
  readonly lazy: boolean;
  /** The fewest and the most characters it takes, a sign not counted. */
  readonly min: number;
  readonly max: number;
  /** Which of the first 128 characters belong to the class: 1 or 0. */
  readonly ascii: Uint8Array;
  /** Whether all characters beyond belong to it (otherwise none does). */
  readonly beyond: boolean;
}

/** More characters than any path has. A small integer, since those are compared fastest. */
export const UNBOUNDED = 0x3fffffff;

const RUN = /^(-\?)?(\\[dw]|\[\^?(?:[^\\[\]^]|\\[dwnrt^$\\.*+?()[\]{}|/-])+\])(?:([+*?])|\{(\d+)(,?)(\d*)\})?(\?)?$/;
const TOKEN =
  /\\(?:[pPu]\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<\w*>|[\s\S]|$)|\[(?:[^\\\]]|\\[\s\S])*\]|\((?:\?P?<\w+\\?>|\?P=|\?:|\?<?[=!])?|\{(?:\d+(?:,\d*)?|,\d+)\}|[\s\S]/gu;

/**
 * Translates and examines a filter's regular expression.
 *
 * @throws SyntaxError if it is none.
 */
export function compilePattern(text: string): Pattern {
  const { source, crosses, looksAround } = translate(text);
  new RegExp(source, 'u'); // alone, since a stray parenthesis could pair with those around it below
  const whole = new RegExp(`^(?:${source})$`, 'u');
  return { source, crosses, looksAround, whole, run: asRun(source) };
}

/**
 * Makes every group non-capturing, as Bottle does, and takes the spellings that Python has and JavaScript's Unicode mode has not:
 * `(?P<name>…)` (also with the `\>` that it takes between angle brackets), `\A`, `\Z`, `{,n}`, escaped punctuation, lone braces; a dot excludes the line feed and nothing else.
 */
function translate(text: string): { source: string; crosses: boolean; looksAround: boolean } {
  let source = '';
  let crosses = false;
  let looksAround = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const written = translateToken(token);
    if (/^(?:[\^$]|\\[bBAZ]|\(\?<?[=!])$/.test(token)) looksAround = true;
    else if (mayBeSlash(written)) crosses = true;
    source += written;
  }
  return { source, crosses, looksAround };
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

/** Whether a token of an expression stands for characters among which is the slash. In doubt, yes. */
function mayBeSlash(token: string): boolean {
  if (/^(?:\(\?:|[)|?*+]|\{.+\})$/.test(token)) return false;
  try {
    return new RegExp(`^${token}$`, 'u').test('/');
  } catch {
    return true;
  }
}

function asRun(source: string): Run | null {
  const [, sign, characters, quantifier, low, comma, high, lazy] = RUN.exec(source) ?? [];
  if (characters === undefined || /[^\x00-\x7f]/.test(source)) return null;
  const one = new RegExp(`^${characters}$`, 'u');
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(one.test(String.fromCharCode(code))));
  const beyond = characters.startsWith('[^');
  let min = quantifier === '*' || quantifier === '?' ? 0 : 1;
  let max = quantifier === '+' || quantifier === '*' ? UNBOUNDED : 1;
  if (low !== undefined) {
    min = Math.min(Number(low), UNBOUNDED);
    max = comma === '' ? min : Math.min(high ? Number(high) : UNBOUNDED, UNBOUNDED);
  }
  if (sign && (ascii[0x2d] === 1 || min === 0)) return null; // the sign could be either part, or stand alone
  if (beyond && (min > 1 || max !== UNBOUNDED)) return null; // it would count characters where the search counts code units
  return { sign: sign !== undefined, lazy: lazy !== undefined, min, max, ascii, beyond };
}
