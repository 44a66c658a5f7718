import { BlockTranslator, copyCode, unclosed } from './block-translator.js';
import { Emitter } from './emitter.js';
import { type Fail, Lexer, type Stop } from './lexer.js';
import { OneLinerEnds } from './one-liner-ends.js';
import type { Syntax } from './syntax.js';
import { errorAt, type TemplateOrigin } from './template-error.js';

/** A printed expression: `(expression)` at `start … end` of the intermediate code. */
interface Inline {
  readonly start: number;
  readonly end: number;
  readonly raw: boolean;
}

/** Text and expressions that are printed together: a block of statements in the intermediate code, `{(a);(b);}`. */
export interface Output {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly (string | Inline)[];
}

/**
 * A template as JavaScript without its outputs. The analysis reads this form. Each expression is a separate statement, so that an
 * invalid one is located exactly.
 */
export interface ParsedTemplate {
  readonly emitter: Emitter;
  readonly outputs: readonly Output[];
}

interface PendingInline {
  readonly from: number;
  readonly to: number;
  readonly raw: boolean;
  readonly lexer: Lexer;
}

const BLANK_LINE = /[ \t]*\r?\n/y;

/**
 * Parses a template.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX` for strings, comments, brackets and blocks that are unclosed, or closed twice.
 */
export function parseTemplate(origin: TemplateOrigin, syntax: Syntax): ParsedTemplate {
  const ends = new OneLinerEnds();
  for (;;) {
    try {
      return new Parser(origin, syntax, ends).parse();
    } catch (error) {
      if (!ends.reconsider()) throw error;
    }
  }
}

class Parser {
  readonly #source: string;
  readonly #syntax: Syntax;
  readonly #fail: Fail;
  readonly #lexer: Lexer;
  readonly #out = new Emitter();
  readonly #blocks: BlockTranslator;
  readonly #outputs: Output[] = [];
  #parts: (string | PendingInline)[] = [];
  #partsStart = 0;

  constructor(origin: TemplateOrigin, syntax: Syntax, ends: OneLinerEnds) {
    this.#source = origin.source;
    this.#syntax = syntax;
    ends.start();
    this.#fail = (reason, offset, isUnbalanced = false) => {
      ends.isUnbalanced = isUnbalanced;
      throw errorAt(origin, 'BN_TEMPLATE_SYNTAX', reason, offset);
    };
    this.#lexer = new Lexer(this.#source, this.#fail);
    this.#blocks = new BlockTranslator(this.#lexer, this.#out, ends);
  }

  parse(): ParsedTemplate {
    let pos = 0;
    while (pos < this.#source.length) pos = this.#readLine(pos);
    this.#flush();
    const { continuedAt, stack } = this.#lexer;
    if (continuedAt !== undefined) this.#fail('no line of code follows that this backslash could continue.', continuedAt);
    const open = stack.at(-1);
    if (open) this.#fail(unclosed(open), open.offset);
    return { emitter: this.#out, outputs: this.#outputs };
  }

  #readLine(start: number): number {
    const source = this.#source;
    const { blockStart } = this.#syntax;
    let pos = start;
    while (source[pos] === ' ' || source[pos] === '\t') pos++;
    if (source[pos] === '\\' && this.#codeToken(pos + 1)) return this.#readText(start, false);
    const token = this.#codeToken(pos);
    if (!token) return this.#readText(start, false);
    this.#flush();
    if (token !== blockStart) return this.#readCode(pos + token.length, pos, false);
    return this.#afterBlock(this.#readCode(pos + token.length, pos, true));
  }

  /** The token at `pos` that starts code. If both match, the longer one. */
  #codeToken(pos: number): string | undefined {
    const { blockStart, lineStart } = this.#syntax;
    const [long, short] = blockStart.length >= lineStart.length ? [blockStart, lineStart] : [lineStart, blockStart];
    if (this.#source.startsWith(long, pos)) return long;
    return this.#source.startsWith(short, pos) ? short : undefined;
  }

  /** A block ends its line, unless text follows. More blocks may follow the text. */
  #afterBlock(pos: number): number {
    BLANK_LINE.lastIndex = pos;
    if (BLANK_LINE.test(this.#source)) return BLANK_LINE.lastIndex;
    return this.#readText(pos, true);
  }

  /** Reads text to the end of its line, including expressions. */
  #readText(start: number, withBlocks: boolean): number {
    const source = this.#source;
    const { inlineStart, blockStart } = this.#syntax;
    let last = start;
    let pos = start;
    const first = inlineStart[0];
    while (pos < source.length) {
      if (source[pos] === first && source.startsWith(inlineStart, pos)) {
        this.#text(last, pos);
        last = pos = this.#readInline(pos);
      } else if (withBlocks && source.startsWith(blockStart, pos)) {
        this.#text(last, pos);
        this.#flush();
        return this.#afterBlock(this.#readCode(pos + blockStart.length, pos, true));
      } else if (source[pos] === '\\' && this.#isEscape(pos, start)) {
        this.#text(last, pos);
        last = pos + 1;
        pos = last + (this.#codeToken(last) as string).length;
      } else if (source[pos] === '\n') {
        return this.#endText(last, pos);
      } else pos++;
    }
    this.#text(last, pos);
    return pos;
  }

  /** A backslash escapes code only where code could start: at the start of a line and after white space, not in `50\%`. */
  #isEscape(pos: number, start: number): boolean {
    return (pos === start || /\s/.test(this.#source[pos - 1] as string)) && this.#codeToken(pos + 1) !== undefined;
  }

  /** As in Bottle, two backslashes at the end of a line remove the line end in front of code and at the end of the template. */
  #endText(last: number, newline: number): number {
    const source = this.#source;
    const end = source[newline - 1] === '\r' ? newline - 1 : newline;
    const joins = end - 2 >= last && source.startsWith('\\\\', end - 2) && this.#codeFollows(newline + 1);
    this.#text(last, joins ? end - 2 : newline + 1);
    return newline + 1;
  }

  #codeFollows(lineStart: number): boolean {
    let pos = lineStart;
    while (this.#source[pos] === ' ' || this.#source[pos] === '\t') pos++;
    return lineStart === this.#source.length || this.#codeToken(pos) !== undefined;
  }

  #text(start: number, end: number): void {
    if (end <= start) return;
    if (this.#parts.length === 0) this.#partsStart = start;
    this.#parts.push(this.#source.slice(start, end));
  }

  #readInline(start: number): number {
    const { inlineStart, inlineEnd } = this.#syntax;
    const source = this.#source;
    let from = start + inlineStart.length;
    while (/\s/.test(source[from] ?? '')) from++;
    const raw = source[from] === '!';
    if (raw) from++;
    const lexer = new Lexer(source, this.#fail);
    lexer.enter(from);
    lexer.lineStart = false;
    const stop: Stop = { token: inlineEnd, outsideBrackets: true, inComments: 'anywhere' };
    for (let tokens = 0; ; ) {
      const token = lexer.next(stop);
      if (token.type === 'eof') {
        const remedy = `add ${inlineEnd}, or write ${inlineStart}'${inlineStart}'${inlineEnd} to print it.`;
        return this.#fail(`this ${inlineStart} is never closed: ${remedy}`, start);
      }
      if (token.type === 'stop') {
        if (tokens === 0) this.#fail(`there is nothing to print between ${inlineStart} and ${inlineEnd}.`, start);
        if (this.#parts.length === 0) this.#partsStart = start;
        this.#parts.push({ from, to: token.start, raw, lexer });
        return token.end;
      }
      if (token.type === 'word') this.#checkWord(token.text, token.start);
      if (token.type !== 'newline') tokens++;
    }
  }

  #readCode(start: number, tokenStart: number, block: boolean): number {
    const lexer = this.#lexer;
    const blocks = this.#blocks;
    const { blockClose } = this.#syntax;
    const stop: Stop | undefined = block ? { token: blockClose, outsideBrackets: false, inComments: 'lineEnd' } : undefined;
    lexer.enter(start);
    blocks.enter();
    let from = start;
    for (;;) {
      const token = lexer.next(stop);
      if (token.type === 'word') this.#checkWord(token.text, token.start);
      if (token.type === 'eof' && block) {
        const isInComment = ([from, to]: [number, number]) =>
          from > tokenStart && this.#source.slice(from, to).includes(blockClose);
        const hint = lexer.comments.some(isInComment) ? ` Within a comment it counts only at the end of the line.` : '';
        this.#fail(`this ${this.#syntax.blockStart} is never closed: add ${blockClose}.${hint}`, tokenStart);
      }
      if (token.type === 'stop' || token.type === 'eof' || token.type === 'newline') {
        blocks.extend(from, token.type === 'newline' ? token.end : token.start);
        blocks.finish();
        if (!block || token.type === 'stop') return token.end;
        from = token.end;
      } else blocks.push(token);
    }
  }

  #checkWord(word: string, offset: number): void {
    if (word.startsWith('$$')) this.#fail(`'${word}': names that start with $$ are the engine's own; choose another.`, offset);
  }

  /** Converts the text and expressions since the last code to an output. */
  #flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    const blank = parts.every((part) => typeof part === 'string' && part.trim() === '');
    const { continuedAt } = this.#lexer;
    if (continuedAt !== undefined) {
      if (!blank)
        this.#fail('text follows, but this backslash continues the line of code: continue it or remove it.', continuedAt);
      return;
    }
    const top = this.#lexer.stack.at(-1);
    if (top && !top.block) {
      // An empty line inside a multi-line call is harmless.
      if (!blank) this.#fail(`text inside an open '${top.open}': ${unclosed(top)}`, top.offset);
      return;
    }
    if (blank && top?.keyword === 'switch' && this.#out.code.trimEnd().endsWith('{')) return;
    this.#blocks.text(blank);
    this.#emit(parts);
  }

  #emit(parts: (string | PendingInline)[]): void {
    const out = this.#out;
    const outputParts: (string | Inline)[] = [];
    const start = out.code.length;
    out.add('{', this.#partsStart);
    for (const part of parts) {
      if (typeof part === 'string') {
        if (typeof outputParts.at(-1) === 'string') outputParts[outputParts.length - 1] += part;
        else outputParts.push(part);
        continue;
      }
      const from = out.code.length;
      out.add('(', part.from);
      copyCode(out, part.lexer, part.from, part.to);
      out.add(')', part.to);
      outputParts.push({ start: from, end: out.code.length, raw: part.raw });
      out.add(';', part.to);
    }
    out.add('}\n', this.#partsStart);
    this.#outputs.push({ start, end: out.code.length - 1, parts: outputParts });
  }
}
