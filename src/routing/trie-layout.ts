import { isPlain } from './path.js';
import { type CharacterRun, UNBOUNDED } from './pattern.js';
import type { Edge, Leaf, Node, HasRule } from './trie.js';

/**
 * The trie in the form that a search reads: all numbers in one array, so that a search in thousands of rules accesses little
 * memory. Nodes, children and edges are identified by the offset of their first number ({@link Offset}).
 */
export interface Layout<E extends HasRule> {
  readonly cells: Int32Array;
  /** Route entries. A trie node stores index + 1, so that 0 means "no route". */
  readonly leaves: readonly Leaf<E>[];
  /**
   * {@link CharClass.Codes} numbers per character class: whether the class contains each character. The last number stands for
   * all further characters.
   */
  readonly classes: Uint8Array;
  /** The expressions of edges with {@link Flag.Tested}. */
  readonly tests: readonly RegExp[];
  /** The largest number of wildcards in a rule. */
  readonly wildcards: number;
  /** Whether percent-decoding does not change the literal texts of the rules. */
  readonly isPlain: boolean;
}

// Enumerations, because the compiler inlines their values, even across files. A constant is a module variable, which is slower to
// read in a search (benchmark: `bench/router.ts`).

/** The offsets of a node's numbers. */
export enum NodeCell {
  /** Index + 1 of its first leaf. */
  Leaf,
  /** Its first edge. */
  Edge,
  /** The first character of its child table, which is indexed by the first character of the children's texts. */
  Base,
  /**
   * The length of the table. If negative, the characters are far apart: the table contains that many characters in order, then as
   * many children.
   */
  Span,
  Table,
}

/** The offsets of a child's numbers: the text that leads to a node. The node follows it. */
export enum ChildCell {
  /** The smallest order below this child. A search that has found a smaller one skips it. */
  MinOrder,
  /** The number of characters after the first of its text. */
  Rest,
  Text,
}

/** The offsets of an edge's numbers: a wildcard. The node after it follows. */
export enum EdgeCell {
  MinOrder,
  /** The next wildcard at the same node, which has a greater smallest order. */
  Sibling,
  /** The index of its start among the spans of a search. Its end follows. */
  SpanIndex,
  Flags,
  /** The minimum and maximum number of characters, without a sign. */
  Min,
  Max,
  /** The start of its character class. */
  Class,
  /** The index of the expression that decides about the run, if it is `Tested`. */
  Test,
  Next,
}

export enum Flag {
  /** The run may begin with a minus sign. */
  Sign = 1,
  Lazy = 2,
  /** An expression decides about the whole run. */
  Tested = 4,
  /** The wildcard of most rules: one or more characters, and it can only end where the run ends. */
  Simple = 8,
}

/** Whether a class contains a character. */
export enum CharClass {
  No = 0,
  Yes = 1,
  /** Added if decoding would change the character. */
  Encoded = 2,
  /** The number of codes per class. The last one stands for all further characters. */
  Codes = 256,
}

/** The offset of the root. */
export enum Offset {
  None = 0,
  Root = 1,
}

/** The longest table of children. */
const MAX_TABLE = 128;

export function buildLayout<E extends HasRule>(root: Node<E>): Layout<E> {
  const cells: number[] = [0];
  const leaves: Leaf<E>[] = [];
  const tests: RegExp[] = [];
  const classes = new Map<CharacterRun, number>();
  let wildcards = 0;
  let allPlain = true;

  function writeNode(node: Node<E>): number {
    const offset = cells.length;
    const codes = [...node.children.keys()].sort((a, b) => a - b);
    const [base = 0] = codes;
    const span = codes.length === 0 ? 0 : (codes[codes.length - 1] as number) - base + 1;
    const isWide = span > MAX_TABLE;
    cells.push(node.leaf === null ? 0 : leaves.push(node.leaf), 0, base, isWide ? -codes.length : span);
    if (isWide) cells.push(...codes);
    const table = cells.length;
    for (let i = 0; i < (isWide ? codes.length : span); i++) cells.push(0);
    for (const [i, code] of codes.entries())
      cells[table + (isWide ? i : code - base)] = writeChild(node.children.get(code) as Node<E>);
    let linkOffset = offset + NodeCell.Edge;
    for (const edge of [...node.edges.values()].sort((a, b) => a.minOrder - b.minOrder)) {
      cells[linkOffset] = cells.length;
      linkOffset = writeEdge(edge) + EdgeCell.Sibling;
    }
    return offset;
  }

  function writeChild(node: Node<E>): number {
    const offset = cells.length;
    cells.push(node.minOrder, node.text.length - 1);
    for (let i = 1; i < node.text.length; i++) cells.push(node.text.charCodeAt(i));
    allPlain &&= isPlain(node.text, 0, node.text.length);
    writeNode(node);
    return offset;
  }

  function writeEdge({ minOrder, index, run, test, whole, next }: Edge<E>): number {
    const offset = cells.length;
    const isSimple = whole && test === null && run.min === 1 && run.max === UNBOUNDED;
    const flags =
      (run.sign ? Flag.Sign : 0) | (run.lazy ? Flag.Lazy : 0) | (test === null ? 0 : Flag.Tested) | (isSimple ? Flag.Simple : 0);
    cells.push(minOrder, 0, index * 2, flags, run.min, run.max, classOf(run), test === null ? 0 : tests.push(test) - 1);
    wildcards = Math.max(wildcards, index + 1);
    writeNode(next);
    return offset;
  }

  /** Wildcards with one pattern share their run, and therefore its class. */
  function classOf(run: CharacterRun): number {
    const known = classes.get(run) ?? classes.size * CharClass.Codes;
    classes.set(run, known);
    return known;
  }

  writeNode(root);
  const classCodes = new Uint8Array(classes.size * CharClass.Codes);
  for (const [run, offset] of classes) classCodes.set(classTable(run), offset);
  return { cells: Int32Array.from(cells), leaves, classes: classCodes, tests, wildcards, isPlain: allPlain };
}

function classTable({ ascii, beyondAscii }: CharacterRun): Uint8Array {
  return Uint8Array.from({ length: CharClass.Codes }, (_, code) => {
    if (code < 0x80 ? ascii[code] === 0 : !beyondAscii) return CharClass.No;
    return code === 0x25 || code >= 0x80 ? CharClass.Yes | CharClass.Encoded : CharClass.Yes;
  });
}
