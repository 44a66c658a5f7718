import type { AstNode } from './analysis.js';
import type { ParsedTemplate } from './parser.js';

/** Most of what templates print: a name, or members of one. */
const PATH = /^\(\s*([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*)*)\s*\)$/;

/** What no name may be in strict code (ECMA-262, ReservedWord). */
export const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Stands where outputs were taken out: only in a list of statements, so that an output that stands elsewhere stays an error. */
const PLACEHOLDER = '!0;';

/** Code for the parser, without what needs none. */
export interface Shortened {
  /** As long as the whole code, so that all places stay the same. */
  readonly code: string;
  /** The statements that were taken out, by the start of the one that stands for them. */
  readonly planted: ReadonlyMap<number, readonly AstNode[]>;
}

/**
 * Takes printed names and members out of a template's code, and makes their nodes by hand: a parser that has just been loaded, and
 * is not optimized yet, spends most of the time on these.
 */
export function shorten({ emitter: { code }, outputs }: ParsedTemplate): Shortened {
  const planted = new Map<number, AstNode[]>();
  let short = '';
  let copied = 0;
  for (const { parts } of outputs) {
    let nodes: AstNode[] | undefined;
    for (const part of parts) {
      if (typeof part === 'string') continue;
      const { start, end } = part;
      const node = pathStatement(code.slice(start, end), start);
      if (node === undefined) continue;
      short += code.slice(copied, start);
      copied = end + 1;
      const length = copied - start;
      if (nodes === undefined) {
        nodes = [];
        planted.set(start, nodes);
        short += PLACEHOLDER.padEnd(length);
      } else short += ' '.repeat(length);
      nodes.push(node);
    }
  }
  return { code: short + code.slice(copied), planted };
}

/** The statement that `(name.member)` and the semicolon after it are, or undefined if it is something else. */
function pathStatement(text: string, start: number): AstNode | undefined {
  const [all, first = '', members = ''] = PATH.exec(text) ?? [];
  if (all === undefined || RESERVED.has(first)) return undefined;
  let at = start + text.indexOf(first, 1);
  const begin = at;
  let expression: AstNode = { type: 'Identifier', start: at, end: at + first.length, name: first };
  at = expression.end;
  for (const name of members === '' ? [] : members.slice(1).split('.')) {
    const end = at + 1 + name.length;
    const property: AstNode = { type: 'Identifier', start: at + 1, end, name };
    expression = { type: 'MemberExpression', start: begin, end, object: expression, property, computed: false, optional: false };
    at = end;
  }
  return { type: 'ExpressionStatement', start, end: start + text.length + 1, expression };
}
