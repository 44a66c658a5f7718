/** A token of embedded JavaScript. Comments and white space are not tokens, except for line ends. */
export interface Token {
  readonly type: 'word' | 'value' | 'punct' | 'newline' | 'stop' | 'eof';
  readonly start: number;
  readonly end: number;
  /** The text of a word or a punctuator. */
  readonly text: string;
  /** How many brackets enclose it. */
  readonly depth: number;
}

/** An open bracket, or a block that a colon opened. */
export interface Bracket {
  readonly open: '(' | '[' | '{' | ':';
  readonly offset: number;
  /** Whether statements (and the template's text) are allowed directly inside. */
  readonly block: boolean;
  /** The first word of the line on which it was opened: `for`, `if`, … */
  readonly keyword: string;
  /** Whether a `(` encloses the condition of a statement. A slash after its end then starts a regular expression. */
  readonly control?: boolean;
}

/** The token that ends the code, besides the end of the template. */
export interface Stop {
  readonly token: string;
  /** Whether it counts only outside of brackets, like the end of `{{ {a: {b: 1}}.a }}`. */
  readonly outsideBrackets: boolean;
  /** Where in a line comment it counts: Bottle's comments may contain the end of their block, except at the end of the line. */
  readonly inComments: 'anywhere' | 'lineEnd' | 'never';
}

/**
 * Reports a syntax error.
 *
 * @param isUnbalanced whether something closes a block or a bracket that is not open.
 */
export type Fail = (reason: string, offset: number, isUnbalanced?: boolean) => never;

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\.?\d[\w.]*/y;
const LONG_PUNCT = /=>|\?\?=?|\?\.(?!\d)|\+\+|--|\.\.\./y;
const BEFORE_REGEX = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await if elif while for'.split(' '),
);
const BEFORE_BLOCK = new Set(['else', 'try', 'finally', 'do', 'static']);
const BEFORE_OBJECT = new Set('return typeof instanceof in of new delete void throw case yield await default'.split(' '));
const CONTINUATION = /\\[ \t\r]*(?:\n|$)/y;
const PAIRS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/**
 * Splits embedded JavaScript into tokens. It recognizes strings, template literals, regular expressions and comments, so that
 * their contents do not end the code or open a block. It maintains the stack of open brackets.
 */
export class Lexer {
  pos = 0;
  readonly stack: Bracket[] = [];
  /** Ranges of comments, which are omitted from the compiled code. */
  readonly comments: [number, number][] = [];
  /** The first word of the current line of code. */
  lineWord = '';
  /** The position of a backslash that continues the current line of code. */
  continuedAt: number | undefined;
  /** Whether the next token is the first of its line. */
  lineStart = true;
  #previous: Token | undefined;
  /** The bracket that the previous token closed. */
  #closed: Bracket | undefined;

  constructor(
    readonly source: string,
    readonly fail: Fail,
  ) {}

  /** Starts a new piece of code after text. */
  enter(pos: number): void {
    this.pos = pos;
    if (this.inStatements() && this.continuedAt === undefined) {
      this.#previous = undefined;
      this.startLine();
    }
  }

  /** Starts a new line of code. */
  startLine(): void {
    this.lineWord = '';
    this.lineStart = true;
  }

  /** Whether a statement is allowed at this position. */
  inStatements(): boolean {
    const top = this.stack.at(-1);
    return top === undefined || top.block;
  }

  next(stop?: Stop): Token {
    const { source } = this;
    for (;;) {
      const start = this.pos;
      if (start >= source.length) return this.#token('eof', start, start);
      if (stop && source.startsWith(stop.token, start) && !(stop.outsideBrackets && this.stack.length > 0)) {
        return this.#token('stop', start, start + stop.token.length);
      }
      const char = source[start] as string;
      if (char === '\n') return this.#token('newline', start, start + 1);
      if (char <= ' ' || (char > '~' && /\s/.test(char))) this.pos++;
      else if (char === '/' && source[start + 1] === '/') this.#lineComment(stop);
      else if (char === '#' && this.#isBottleComment(start)) this.#lineComment(stop);
      else if (char === '/' && source[start + 1] === '*') this.#blockComment();
      else if (char === '\\' && match(CONTINUATION, source, start) >= 0) this.#continuation();
      else return this.#significant(char, start);
    }
  }

  #token(type: Token['type'], start: number, end: number): Token {
    this.pos = end;
    return { type, start, end, text: '', depth: this.stack.length };
  }

  #significant(char: string, start: number): Token {
    const { source } = this;
    const depth = this.stack.length;
    let type: Token['type'] = 'value';
    let text = '';
    let end: number;
    if (char === '"' || char === "'") end = this.#string(char, start);
    else if (char === '`') end = this.#template(start);
    else if (char === '/' && this.#regexMayFollow()) end = this.#regex(start);
    else {
      end = match(NUMBER, source, start);
      if (end < 0) {
        end = match(WORD, source, start);
        type = end < 0 ? 'punct' : 'word';
        if (end < 0) end = match(LONG_PUNCT, source, start);
        if (end < 0) end = start + 1;
        text = source.slice(start, end);
      }
    }
    if (type === 'word' && this.lineWord === '') this.lineWord = text;
    const token: Token = { type, start, end, text, depth };
    this.pos = end;
    this.continuedAt = undefined;
    if (type === 'punct') this.#bracket(token);
    this.#previous = token;
    if (text !== '}') this.lineStart = false;
    return token;
  }

  #bracket(token: Token): void {
    const { text, start } = token;
    const keyword = this.lineWord;
    if (text === '(') {
      const control = this.#previous?.type === 'word' && /^(?:if|elif|while|for|with|await)$/.test(this.#previous.text);
      this.stack.push({ open: '(', offset: start, block: false, keyword, control });
    } else if (text === '[') {
      this.stack.push({ open: '[', offset: start, block: false, keyword });
    } else if (text === '{') {
      this.stack.push({ open: '{', offset: start, block: this.#braceIsBlock(), keyword });
    } else if (text in PAIRS) {
      const top = this.stack.at(-1);
      const fits = top && (top.open === PAIRS[text] || (top.open === ':' && text === '}'));
      if (!top) this.fail(`'${text}' closes nothing: there is no open '${PAIRS[text]}'.`, start, true);
      if (!fits) this.fail(`'${text}' does not close the '${describe(top as Bracket)}' that is open here.`, start, true);
      this.#closed = this.stack.pop();
    }
  }

  #regexMayFollow(): boolean {
    const previous = this.#previous;
    if (!previous) return true;
    if (previous.type === 'word') return BEFORE_REGEX.has(previous.text);
    if (previous.type !== 'punct') return false;
    if (previous.text === ')') return this.#closed?.control === true;
    if (previous.text === '}') return this.#closed?.block === true;
    return previous.text !== ']' && previous.text !== '++' && previous.text !== '--';
  }

  #braceIsBlock(): boolean {
    const previous = this.#previous;
    if (!previous) return this.inStatements();
    if (previous.type === 'word') return BEFORE_BLOCK.has(previous.text) || !BEFORE_OBJECT.has(previous.text);
    // No object can follow a value: `for x of [1, 2] {`, `if name == 'a' {`.
    if (previous.type !== 'punct' || previous.text === ']') return this.inStatements();
    if (previous.text === ':') return this.inStatements() && /^(?:case|default)$/.test(this.lineWord);
    return [')', '=>', ';', '{', '}'].includes(previous.text);
  }

  /** In JavaScript, # only begins the names of private class members. */
  #isBottleComment(start: number): boolean {
    if (this.lineStart) return this.stack.at(-1)?.keyword !== 'class';
    return match(WORD, this.source, start + 1) < 0;
  }

  #lineComment(stop: Stop | undefined): void {
    const start = this.pos;
    let end = this.source.indexOf('\n', start);
    if (end < 0) end = this.source.length;
    this.pos = stop ? this.#stopInComment(stop, start, end) : end;
    this.comments.push([start, this.pos]);
  }

  /** The position of the token that ends the code within a comment, or the end of the comment. */
  #stopInComment({ token, inComments }: Stop, start: number, end: number): number {
    if (inComments === 'never') return end;
    const comment = this.source.slice(start, end).trimEnd();
    const at = inComments === 'anywhere' ? comment.indexOf(token) : comment.length - token.length;
    return at >= 0 && comment.startsWith(token, at) ? start + at : end;
  }

  /** As in Bottle, a backslash at the end of a line of code continues it. JavaScript has no such backslash. */
  #continuation(): void {
    this.continuedAt = this.pos;
    this.comments.push([this.pos, ++this.pos]);
  }

  #blockComment(): void {
    const end = this.source.indexOf('*/', this.pos + 2);
    if (end < 0) this.fail('this comment is never closed: add */.', this.pos);
    this.comments.push([this.pos, end + 2]);
    this.pos = end + 2;
  }

  #string(quote: string, start: number): number {
    for (let i = start + 1; i < this.source.length; i++) {
      const char = this.source[i];
      if (char === '\\') i += this.source[i + 1] === '\r' && this.source[i + 2] === '\n' ? 2 : 1;
      else if (char === quote) return i + 1;
      else if (char === '\n') break;
    }
    return this.fail(`this string is never closed: add ${quote} before the end of the line.`, start);
  }

  #template(start: number): number {
    const { source } = this;
    for (let i = start + 1; i < source.length; i++) {
      const char = source[i];
      if (char === '\\') i++;
      else if (char === '`') return i + 1;
      else if (char === '$' && source[i + 1] === '{') i = this.#substitution(i + 2) - 1;
    }
    return this.fail('this template literal is never closed: add `.', start);
  }

  /** A separate lexer reads the code in `${ }`, up to its closing brace. */
  #substitution(start: number): number {
    const inner = new (this.constructor as typeof Lexer)(this.source, this.fail);
    inner.pos = start;
    inner.lineStart = false;
    for (;;) {
      const token = inner.next({ token: '}', outsideBrackets: true, inComments: 'never' });
      if (token.type === 'eof') return this.fail(`this '$\{' is never closed: add }.`, start - 2);
      if (token.type === 'stop') {
        this.comments.push(...inner.comments);
        return token.end;
      }
    }
  }

  #regex(start: number): number {
    let inClass = false;
    for (let i = start + 1; i < this.source.length; i++) {
      const char = this.source[i];
      if (char === '\n') break;
      if (char === '\\') i++;
      else if (char === '[') inClass = true;
      else if (char === ']') inClass = false;
      else if (char === '/' && !inClass) {
        const flags = match(WORD, this.source, i + 1);
        return flags < 0 ? i + 1 : flags;
      }
    }
    return this.fail('this regular expression is never closed: add / before the end of the line.', start);
  }
}

/** The name of an open bracket or block in messages. */
export function describe(bracket: Bracket): string {
  return bracket.open === ':' ? `${bracket.keyword} … :` : bracket.open;
}

function match(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : -1;
}
