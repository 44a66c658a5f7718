import type { AstNode } from './analysis.js';
import type { ParsedTemplate } from './parser.js';

/** The most common printed expression: a name, or members of one. */
const MEMBER_PATH = /^\(\s*([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*)*)\s*\)$/;

/** Words that cannot be names in strict code (ECMA-262, ReservedWord). */
export const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Replaces removed outputs. It is only valid in a list of statements, so that an output elsewhere stays an error. */
const PLACEHOLDER = '!0;';

/** The code for the parser, without the parts that need no parsing. */
interface Shortened {
  /** As long as the original code, so that all positions stay the same. */
  readonly code: string;
  /** The removed statements, by the start of their placeholder. */
  readonly extracted: ReadonlyMap<number, readonly AstNode[]>;
}

/**
 * Removes printed names and members from a template's code and creates their nodes directly. A freshly loaded parser is not
 * optimized yet and would spend most of its time on them (benchmark: `bench/templates.ts`).
 */
export function shorten({ emitter: { code }, outputs }: ParsedTemplate): Shortened {
  const extracted = new Map<number, AstNode[]>();
  let shortened = '';
  let copied = 0;
  for (const { parts } of outputs) {
    let nodes: AstNode[] | undefined;
    for (const part of parts) {
      if (typeof part === 'string') continue;
      const { start, end } = part;
      const node = pathStatement(code.slice(start, end), start);
      if (node === undefined) continue;
      shortened += code.slice(copied, start);
      copied = end + 1;
      const length = copied - start;
      if (nodes === undefined) {
        nodes = [];
        extracted.set(start, nodes);
        shortened += PLACEHOLDER.padEnd(length);
      } else shortened += ' '.repeat(length);
      nodes.push(node);
    }
  }
  return { code: shortened + code.slice(copied), extracted };
}

/** The statement for `(name.member)` and the semicolon after it, or undefined for other code. */
function pathStatement(text: string, start: number): AstNode | undefined {
  const [all, first = '', members = ''] = MEMBER_PATH.exec(text) ?? [];
  if (all === undefined || RESERVED.has(first)) return undefined;
  let offset = start + text.indexOf(first, 1);
  const begin = offset;
  let expression: AstNode = { type: 'Identifier', start: offset, end: offset + first.length, name: first };
  offset = expression.end;
  for (const name of members === '' ? [] : members.slice(1).split('.')) {
    const end = offset + 1 + name.length;
    const property: AstNode = { type: 'Identifier', start: offset + 1, end, name };
    expression = { type: 'MemberExpression', start: begin, end, object: expression, property, computed: false, optional: false };
    offset = end;
  }
  return { type: 'ExpressionStatement', start, end: start + text.length + 1, expression };
}
