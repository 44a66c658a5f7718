import type { Emitter } from './emitter.js';
import { type Bracket, describe, type Lexer, type Token } from './lexer.js';

const OPENERS = new Set('if elif else for while switch try catch except finally function def async'.split(' '));

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

  constructor(
    readonly lexer: Lexer,
    readonly out: Emitter,
  ) {}

  /** Adds a token to the current line. */
  push(token: Token): void {
    this.#tokens.push(token);
  }

  /** Adds a range of source to the current line. */
  extend(start: number, end: number): void {
    if (end > start) this.#ranges.push([start, end]);
  }

  /** Called after printed text, which ends a one-line block. */
  text(): void {
    this.#oneLiner = '';
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
    const first = tokens[0] as Token;
    const startsWithBrace = first.text === '}' && tokens.length > 1;
    const head = startsWithBrace ? (tokens[1] as Token) : first;
    const rest = tokens.slice(startsWithBrace ? 2 : 1);
    if (isEnd(head, rest)) return this.#end(head);
    const oneLiner = this.#oneLiner;
    this.#oneLiner = '';
    const colon = OPENERS.has(head.text) ? headerColon(head, rest) : undefined;
    if (!colon) {
      if (this.#openBrace(head, rest, startsWithBrace, ranges)) return;
      for (const [start, end] of ranges) this.#copy(start, end);
      this.out.add('\n', (ranges.at(-1) as [number, number])[1]);
      return;
    }
    this.#open(head, rest, colon, ranges, startsWithBrace ? 'closed' : oneLiner);
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

  #end(token: Token): void {
    const top = this.lexer.stack.pop();
    if (!top) this.lexer.fail("'end' without an open block: does the line that should open it end in ':' or '{'?", token.start);
    this.out.add('}\n', token.start);
    this.#oneLiner = '';
  }

  #open(head: Token, rest: Token[], colon: Token, ranges: [number, number][], before: string): void {
    const { lexer, out } = this;
    const { stack } = lexer;
    let word = head.text;
    let header = rest.slice(0, rest.indexOf(colon));
    if (word === 'else' && header[0]?.text === 'if') {
      word = 'elif';
      header = header.slice(1);
    }
    const body = rest.slice(rest.indexOf(colon) + 1);
    if (stack.length !== colon.depth) {
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
    this.#copyRanges((body[0] as Token).start, (body.at(-1) as Token).end, ranges);
    out.add('\n}\n', colon.start);
    this.#oneLiner = word;
  }

  /** Closes the block that `else:`, `catch:` and similar keywords continue. */
  #closePrevious(word: string, continued: readonly string[], head: Token): void {
    const top = this.lexer.stack.at(-1);
    if (!top || !continued.includes(top.keyword)) {
      const found = top ? ` Open here is '${describe(top)}'.` : '';
      this.lexer.fail(`'${word}' without an open '${continued[0]}'.${found}`, head.start);
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

function isEnd(head: Token, rest: Token[]): boolean {
  return head.type === 'word' && head.text === 'end' && rest.every((token) => token.text === ';' || token.type === 'newline');
}

/**
 * The colon that ends a header: the first one outside of brackets without a preceding `?`. Plain JavaScript has none. The label
 * of an object's property has none either, because a header needs a condition.
 */
function headerColon(head: Token, rest: Token[]): Token | undefined {
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
function isJavaScript(head: string, word: string, header: Token[]): boolean {
  if (/^(?:elif|except|def)$/.test(head)) return false;
  if (head === 'async') return header[0]?.text !== 'def';
  if (!/^(?:if|elif|while|switch|for|catch)$/.test(word)) return true;
  const first = header[0]?.text === 'await' ? header[1] : header[0];
  return first === undefined || first.text === '(';
}

/** Removes parentheses around a whole header. */
function unwrap(header: Token[]): Token[] {
  const [first] = header;
  if (first?.text !== '(') return header;
  const close = header.findIndex((token, i) => i > 0 && token.text === ')' && token.depth === first.depth + 1);
  return close === header.length - 1 ? header.slice(1, -1) : header;
}

/** `for x of xs` declares its variable. `for let i = 0; …` already does. */
function declaration(loop: Token[]): string {
  const [first] = loop;
  if (!first || /^(?:const|let|var)$/.test(first.text)) return '';
  const isIteration = loop.some((token) => token.depth === first.depth && (token.text === 'of' || token.text === 'in'));
  return isIteration ? 'let ' : '';
}
