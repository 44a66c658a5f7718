import { declaration, headerColon, isJavaScript, OPENERS, unwrap } from './block-header.js';
import { endsStatement, isEnd, splitAtEnds, startsStatement } from './code-line.js';
import type { Emitter } from './emitter.js';
import { type Bracket, describe, type Lexer, type Token } from './lexer.js';
import type { OneLinerEnds } from './one-liner-ends.js';

/** The blocks that a keyword may continue. */
const CONTINUES: Record<string, readonly string[]> = {
  else: ['if', 'elif', 'else'],
  elif: ['if', 'elif', 'else'],
  catch: ['try'],
  except: ['try'],
  finally: ['try', 'catch', 'except'],
};

/**
 * Translates lines of code into JavaScript. A line that ends with a colon opens a block, `end` closes it, and other code is
 * copied. One instance reads all lines of a template in order.
 */
export class BlockTranslator {
  #tokens: Token[] = [];
  /** The ranges of source of the current line. There are several when brackets stay open across `%` lines. */
  #ranges: [number, number][] = [];
  /** The keyword of a block that the previous line opened and closed: `if x: y = 1`, which `else:` may continue. */
  #oneLiner = '';
  /** The first word of a one-line block that an `end` may follow, as Bottle demands. */
  #endable: Token | undefined;
  /** Whether the current line starts a piece of code. Other lines of `<% %>` may continue an expression, as in JavaScript. */
  #isFirstLine = false;
  /** Whether the previous line is a statement that the first token of the next line could continue. */
  #isOpenEnded = false;

  constructor(
    readonly lexer: Lexer,
    readonly out: Emitter,
    readonly ends: OneLinerEnds,
  ) {}

  /** Starts a new piece of code after text. */
  enter(): void {
    this.#isFirstLine = this.#tokens.length === 0;
  }

  /** Adds a token to the current line. */
  push(token: Token): void {
    this.#tokens.push(token);
  }

  /** Adds a range of source to the current line. */
  extend(start: number, end: number): void {
    if (end > start) this.#ranges.push([start, end]);
  }

  /** Called after printed text, which ends a one-line block. An `end` may follow empty lines. */
  text(isBlank: boolean): void {
    this.#oneLiner = '';
    this.#isOpenEnded = false;
    if (!isBlank) this.#endable = undefined;
  }

  /** Translates the line if it is complete: no backslash continues it, and no bracket is open that excludes statements. */
  finish(): void {
    if (this.lexer.continuedAt !== undefined || !this.lexer.inStatements()) return;
    const tokens = this.#tokens;
    const ranges = this.#ranges;
    this.#tokens = [];
    this.#ranges = [];
    this.lexer.startLine();
    if (tokens.length > 0) this.#line(tokens, ranges);
  }

  #line(tokens: Token[], ranges: [number, number][]): void {
    const depth = this.lexer.stack.length;
    let isSameLine = false;
    for (const part of splitAtEnds(tokens)) {
      if (Array.isArray(part)) this.#statements(part, ranges, depth - this.lexer.stack.length);
      else this.#end(part, isSameLine);
      isSameLine = true;
    }
    this.#isFirstLine = false;
  }

  /** @param closed how many blocks this line has closed. */
  #statements(tokens: Token[], ranges: [number, number][], closed: number): void {
    const first = tokens[0] as Token;
    const last = tokens.at(-1) as Token;
    const startsWithBrace = first.text === '}' && tokens.length > 1;
    const head = startsWithBrace ? (tokens[1] as Token) : first;
    const rest = tokens.slice(startsWithBrace ? 2 : 1);
    const oneLiner = this.#oneLiner;
    const isOpenEnded = this.#isOpenEnded;
    this.#oneLiner = '';
    this.#endable = undefined;
    this.#isOpenEnded = false;
    const colon = OPENERS.has(head.text) ? headerColon(head, rest) : undefined;
    if (colon) return this.#open(head, rest, colon, ranges, startsWithBrace ? 'closed' : oneLiner, closed);
    if (this.#openBrace(head, rest, startsWithBrace, ranges)) return;
    if (isOpenEnded && startsStatement(this.lexer.source, first, this.#isFirstLine)) this.out.add(';', first.start);
    this.#copyRanges(first.start, last.end, ranges);
    this.out.add('\n', last.end);
    this.#isOpenEnded = endsStatement(tokens);
  }

  /** Opens a block that ends with `{` as in JavaScript, but has the header of a colon block: `for x of values {`. */
  #openBrace(head: Token, rest: Token[], startsWithBrace: boolean, ranges: [number, number][]): boolean {
    const brace = rest.at(-1);
    if (!OPENERS.has(head.text) || brace?.text !== '{' || brace.depth !== head.depth || !this.lexer.inStatements()) return false;
    const elseIf = head.text === 'else' && rest[0]?.text === 'if';
    const word = elseIf ? 'elif' : head.text;
    const header = rest.slice(elseIf ? 1 : 0, -1);
    if (isJavaScript(head.text, word, header)) return false;
    if (startsWithBrace) this.out.add('} ', head.start);
    this.#header(word, header, head, ranges);
    this.out.add('\n', brace.start);
    return true;
  }

  /** @param isSameLine whether other code of its line precedes it. */
  #end(token: Token, isSameLine: boolean): void {
    const oneLiner = this.#endable;
    const top = this.lexer.stack.at(-1);
    this.#oneLiner = '';
    this.#endable = undefined;
    this.#isOpenEnded = false;
    if (oneLiner && (isSameLine || !top || this.#closesOneLiner(token, oneLiner, top))) return;
    if (!top) {
      const hint = "'end' without an open block: does the line that should open it end in ':' or '{'?";
      this.lexer.fail(hint, token.start, true);
    }
    this.lexer.stack.pop();
    this.out.add('}\n', token.start);
  }

  #closesOneLiner(end: Token, oneLiner: Token, top: Bracket): boolean {
    const column = this.#column(end.start);
    const looksOwn = column === this.#column(oneLiner.start) && column !== this.#column(top.offset);
    return this.ends.closesOneLiner(end.start, looksOwn);
  }

  #column(offset: number): number {
    return offset - this.lexer.source.lastIndexOf('\n', offset - 1);
  }

  #open(head: Token, rest: Token[], colon: Token, ranges: [number, number][], before: string, closed: number): void {
    const { lexer, out } = this;
    const { stack } = lexer;
    let word = head.text;
    let header = rest.slice(0, rest.indexOf(colon));
    if (word === 'else' && header[0]?.text === 'if') {
      word = 'elif';
      header = header.slice(1);
    }
    const body = rest.slice(rest.indexOf(colon) + 1);
    if (stack.length + closed !== colon.depth) {
      lexer.fail(`a block that is opened on the line of '${word} … :' must be closed on it: write the body below.`, colon.end);
    }
    const continued = CONTINUES[head.text] ?? CONTINUES[word];
    if (before === 'closed') out.add('} ', head.start);
    else if (continued && !continued.includes(before)) this.#closePrevious(word, continued, head);
    this.#header(word, header, head, ranges);
    if (body.length === 0) {
      stack.push({ open: ':', offset: head.start, block: true, keyword: word === 'async' ? 'function' : word });
      out.add('\n', colon.start);
      return;
    }
    // `if x: end` is an empty block.
    const isEmpty = isEnd(body);
    if (!isEmpty) this.#copyRanges((body[0] as Token).start, (body.at(-1) as Token).end, ranges);
    out.add('\n}\n', colon.start);
    this.#oneLiner = isEmpty ? '' : word;
    this.#endable = isEmpty ? undefined : head;
  }

  /** Closes the block that `else:`, `catch:` and similar keywords continue. */
  #closePrevious(word: string, continued: readonly string[], head: Token): void {
    const top = this.lexer.stack.at(-1);
    if (!top || !continued.includes(top.keyword)) {
      const found = top ? ` Open here is '${describe(top)}'.` : '';
      this.lexer.fail(`'${word}' without an open '${continued[0]}'.${found}`, head.start, true);
    }
    this.lexer.stack.pop();
    this.out.add('} ', head.start);
  }

  #header(word: string, header: Token[], head: Token, ranges: [number, number][]): void {
    const { out } = this;
    const at = head.start;
    const copy = (tokens: Token[]) => {
      if (tokens.length > 0) this.#copyRanges((tokens[0] as Token).start, (tokens.at(-1) as Token).end, ranges);
    };
    const need = (what: string) => header.length > 0 || this.lexer.fail(`'${head.text}' needs ${what} before its ':'.`, at);
    const wrap = (before: string, tokens: Token[], after: string) => {
      out.add(before, at);
      copy(tokens);
      out.add(after, at);
    };
    switch (word) {
      case 'if':
      case 'while':
      case 'switch':
        need('a condition');
        return wrap(`${word} (`, header, ') {');
      case 'elif':
        need('a condition');
        return wrap('else if (', header, ') {');
      case 'for': {
        need("'name of values'");
        const wait = header[0]?.text === 'await';
        const loop = unwrap(wait ? header.slice(1) : header);
        return wrap(`for ${wait ? 'await ' : ''}(${declaration(loop)}`, loop, ') {');
      }
      case 'catch':
      case 'except':
        return header.length > 0 ? wrap('catch (', unwrap(header), ') {') : out.add('catch {', at);
      case 'def':
        return wrap('function ', header, ' {');
      case 'async':
        return wrap('async function ', header.slice(1), ' {');
      case 'function':
        return wrap('function ', header, ' {');
      default:
        if (header.length > 0) this.lexer.fail(`'${word}' takes nothing before its ':'.`, (header[0] as Token).start);
        return out.add(`${word} {`, at);
    }
  }

  #copyRanges(from: number, to: number, ranges: [number, number][]): void {
    for (const [start, end] of ranges) {
      if (end > from && start < to) this.#copy(Math.max(start, from), Math.min(end, to));
    }
  }

  #copy(start: number, end: number): void {
    copyCode(this.out, this.lexer, start, end);
    this.out.add(' ', end);
  }
}

/** Copies code from the template. Comments are blanked, so that they cannot hide code that is inserted after them. */
export function copyCode(out: Emitter, lexer: Lexer, start: number, end: number): void {
  let code = lexer.source.slice(start, end);
  for (const [from, to] of lexer.comments) {
    if (to <= start || from >= end) continue;
    const a = Math.max(from, start) - start;
    const b = Math.min(to, end) - start;
    code = code.slice(0, a) + code.slice(a, b).replace(/[^\n]/g, ' ') + code.slice(b);
  }
  out.copy(code, start);
}

/** The error text for the innermost open bracket or block of an unfinished template. */
export function unclosed(bracket: Bracket): string {
  if (bracket.open === ':') return `'${bracket.keyword}' is never closed: add a line with '% end'.`;
  const remedy = bracket.open === '{' ? '}' : bracket.open === '(' ? ')' : ']';
  return `'${bracket.open}' is never closed: add '${remedy}'.`;
}
