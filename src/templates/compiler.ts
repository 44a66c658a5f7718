import { createRequire } from 'node:module';
import type * as acorn from 'acorn';
import type { AstNode } from './analysis.js';
import { errorAt, type TemplateOrigin } from './template-error.js';
import { type CompiledTemplate, type Edit, generate, type Variant } from './generator.js';
import { HELPERS } from './runtime-names.js';
import { parseTemplate } from './parser.js';
import { analyse } from './scope-analysis.js';
import { RESERVED, shorten } from './shortcut.js';
import type { Syntax } from './syntax.js';

/** Generated code, and a mapping from its positions to the template. */
interface GeneratedCode {
  readonly code: string;
  /** The offset in the template for a line and column of the running function, both from 1. */
  locate(line: number, column: number): number;
}

const CONSTANTS = new Set(['undefined', 'NaN', 'Infinity']);

let parse: typeof acorn.parse | undefined;

/** acorn loads with the first template, so that applications without templates do not load it. */
function acornParse(): typeof acorn.parse {
  if (!parse) ({ parse } = createRequire(import.meta.url)('acorn') as typeof acorn);
  return parse;
}

/**
 * Parses and analyses a template.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX`, with the position in the template.
 */
export function compileTemplate(origin: TemplateOrigin, syntax: Syntax): CompiledTemplate {
  const parsed = parseTemplate(origin, syntax);
  const { emitter } = parsed;
  const fail = (reason: string, offset: number): never => {
    throw errorAt(origin, 'BN_TEMPLATE_SYNTAX', reason, emitter.sourceOf(offset));
  };
  const { code, extracted } = shorten(parsed);
  const analysis = analyse(readProgram(code, emitter.code, fail), extracted, fail);
  const names = new Set<string>();
  for (const { name, start } of analysis.references) {
    if (name === 'eval' || name === 'arguments') fail(`'${name}' is not for templates.`, start);
    if (!HELPERS.has(name) && !CONSTANTS.has(name)) names.add(name);
  }
  return { origin, parsed, analysis, names: [...names], awaits: analysis.awaits };
}

/** @param whole the complete code, for messages. */
function readProgram(code: string, whole: string, fail: (reason: string, offset: number) => never): AstNode {
  try {
    return acornParse()(code, {
      ecmaVersion: 'latest',
      // Strict mode, without HTML comments.
      sourceType: 'module',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    }) as unknown as AstNode;
  } catch (error) {
    const { message, pos } = error as { message: string; pos?: number };
    if (pos === undefined) throw error;
    const reason = message.replace(/ \(\d+:\d+\)$/, '');
    const word = reservedName(whole, pos);
    if (word) return fail(`'${word.text}' is a reserved word of JavaScript: give the variable another name.`, word.at);
    return fail(reason === 'Unexpected token' ? unexpected(whole, pos) : `${reason}.`, pos);
  }
}

/** A reserved word that is printed like a variable, `{{class}}`, at or before the position of the parser's error. */
function reservedName(code: string, pos: number): { text: string; at: number } | undefined {
  const from = code.lastIndexOf('(', pos);
  const [all = '', before = '', text = ''] = /^(\(\s*)([a-z]+)\s*[.)]/.exec(code.slice(from, pos + 40)) ?? [];
  // `new.target` is not a variable.
  if (!RESERVED.has(text) || text === 'new' || pos >= from + all.length) return undefined;
  return { text, at: from + before.length };
}

function unexpected(code: string, pos: number): string {
  const token = /^[\p{ID_Continue}$]+|^\S/u.exec(code.slice(pos, pos + 40))?.[0];
  return token ? `unexpected '${token}': this is not JavaScript.` : 'the code ends too early.';
}

/** Generates one variant of a template as the source of a function. */
export function generateCode(compiled: CompiledTemplate, variant: Variant): GeneratedCode {
  const { emitter } = compiled.parsed;
  const { before, edits, after } = generate(compiled, variant);
  const { code, segments } = applyEdits(emitter.code, edits, before.length);
  const whole = `${before}${code}${after}`;
  const lineStarts = [0];
  for (let i = whole.indexOf('\n'); i >= 0; i = whole.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  const locate = (line: number, column: number): number => {
    const offset = (lineStarts[line - 1] ?? 0) + column - 1;
    let segment = segments[0];
    for (const one of segments) if (one.final <= offset) segment = one;
    if (!segment) return 0;
    return emitter.sourceOf(segment.inserted ? segment.original : segment.original + offset - segment.final);
  };
  return { code: whole, locate };
}

interface CodeSegment {
  readonly final: number;
  readonly original: number;
  readonly inserted: boolean;
}

function applyEdits(code: string, edits: Edit[], offset: number): { code: string; segments: CodeSegment[] } {
  // A stable sort: edits at the same position keep their order.
  edits.sort((a, b) => a.start - b.start);
  const segments: CodeSegment[] = [];
  let out = '';
  let pos = 0;
  for (const { start, end, text } of edits) {
    segments.push({ final: offset + out.length, original: pos, inserted: false });
    out += code.slice(pos, start);
    segments.push({ final: offset + out.length, original: start, inserted: true });
    out += text;
    pos = end;
  }
  segments.push({ final: offset + out.length, original: pos, inserted: false });
  return { code: out + code.slice(pos), segments };
}
