import { isPlain } from './path.js';
import { type Run, UNBOUNDED } from './pattern.js';
import type { Edge, Leaf, Node, Ruled } from './trie.js';

/**
 * A trie as a search reads it: its numbers one behind the other, so that a search among thousands of rules touches little memory.
 * Nodes, children and edges are known by the offset of their first number ({@link Offset}).
 */
export interface Layout<E extends Ruled> {
  readonly cells: Int32Array;
  /** What a node's leaf, less one, is the index of. */
  readonly leaves: readonly Leaf<E>[];
  /** {@link Taken.Codes} numbers for each class of characters: what taking that character means. The last is for all beyond. */
  readonly classes: Uint8Array;
  /** The expressions of edges that are {@link Flag.Tested}. */
  readonly tests: readonly RegExp[];
  /** The most wildcards that a rule has. */
  readonly wildcards: number;
  /** Whether percent-decoding cannot change anything in its literal texts. */
  readonly isPlain: boolean;
}

// Enumerations, as the compiler writes their values where they are named, also from one file to another: a constant is a variable
// of a module, which a search of 60 ns would look up twenty times (it took 75).

/** Where a node's numbers are. */
export enum NodeCell {
  /** Its first leaf. */
  Leaf,
  /** Its first edge. */
  Edge,
  /** The first character in the table of its children, which goes by the first characters of their texts. */
  Base,
  /** How long the table is. Less than zero where the characters are too far apart: so many of them in order, then as many children. */
  Span,
  Table,
}

/** Where a child's numbers are: the text that leads to a node, and that node behind it. */
export enum ChildCell {
  /** The smallest order below: a search that has found better need not come here. */
  MinOrder,
  /** How many characters follow the first of its text. */
  Rest,
  Text,
}

/** Where an edge's numbers are: a wildcard, and the node that follows it. */
export enum EdgeCell {
  MinOrder,
  /** The next wildcard at the same node, with a greater smallest order. */
  Sibling,
  /** Where among the spans of a search its start is; its end is behind that. */
  Place,
  Flags,
  /** The fewest and the most characters it takes, a sign not counted. */
  Least,
  Most,
  /** Where its class of characters begins. */
  Class,
  /** Which expression decides over the run, if it is `Tested`. */
  Test,
  Next,
}

export enum Flag {
  /** It may begin with a minus. */
  Sign = 1,
  Lazy = 2,
  /** An expression decides over the whole run. */
  Tested = 4,
  /** What most rules are made of: one character or more, and it can only end where the run does. */
  Simple = 8,
}

/** What a class says of a character. */
export enum Taken {
  No = 0,
  Yes = 1,
  /** Besides: decoding would change it. */
  Encoded = 2,
  /** So many codes a class has; the last stands for all beyond. */
  Codes = 256,
}

/** Where the root is. */
export enum Offset {
  None = 0,
  Root = 1,
}

/** The widest table of children. */
const WIDEST = 128;

export function layOut<E extends Ruled>(root: Node<E>): Layout<E> {
  const cells: number[] = [0];
  const leaves: Leaf<E>[] = [];
  const tests: RegExp[] = [];
  const classes = new Map<Run, number>();
  let wildcards = 0;
  let allPlain = true;

  function layNode(node: Node<E>): number {
    const at = cells.length;
    const codes = [...node.children.keys()].sort((a, b) => a - b);
    const [base = 0] = codes;
    const span = codes.length === 0 ? 0 : (codes[codes.length - 1] as number) - base + 1;
    const isWide = span > WIDEST;
    cells.push(node.leaf === null ? 0 : leaves.push(node.leaf), 0, base, isWide ? -codes.length : span);
    if (isWide) cells.push(...codes);
    const table = cells.length;
    for (let i = 0; i < (isWide ? codes.length : span); i++) cells.push(0);
    for (const [i, code] of codes.entries())
      cells[table + (isWide ? i : code - base)] = layChild(node.children.get(code) as Node<E>);
    let link = at + NodeCell.Edge;
    for (const edge of [...node.edges.values()].sort((a, b) => a.minOrder - b.minOrder)) {
      cells[link] = cells.length;
      link = layEdge(edge) + EdgeCell.Sibling;
    }
    return at;
  }

  function layChild(node: Node<E>): number {
    const at = cells.length;
    cells.push(node.minOrder, node.text.length - 1);
    for (let i = 1; i < node.text.length; i++) cells.push(node.text.charCodeAt(i));
    allPlain &&= isPlain(node.text, 0, node.text.length);
    layNode(node);
    return at;
  }

  function layEdge({ minOrder, index, run, test, whole, next }: Edge<E>): number {
    const at = cells.length;
    const isSimple = whole && test === null && run.min === 1 && run.max === UNBOUNDED;
    const flags =
      (run.sign ? Flag.Sign : 0) | (run.lazy ? Flag.Lazy : 0) | (test === null ? 0 : Flag.Tested) | (isSimple ? Flag.Simple : 0);
    cells.push(minOrder, 0, index * 2, flags, run.min, run.max, classOf(run), test === null ? 0 : tests.push(test) - 1);
    wildcards = Math.max(wildcards, index + 1);
    layNode(next);
    return at;
  }

  /** Wildcards of one pattern share their run, and so its class. */
  function classOf(run: Run): number {
    const known = classes.get(run) ?? classes.size * Taken.Codes;
    classes.set(run, known);
    return known;
  }

  layNode(root);
  const taken = new Uint8Array(classes.size * Taken.Codes);
  for (const [run, offset] of classes) taken.set(classTable(run), offset);
  return { cells: Int32Array.from(cells), leaves, classes: taken, tests, wildcards, isPlain: allPlain };
}

function classTable({ ascii, beyond }: Run): Uint8Array {
  return Uint8Array.from({ length: Taken.Codes }, (_, code) => {
    if (code < 0x80 ? ascii[code] === 0 : !beyond) return Taken.No;
    return code === 0x25 || code >= 0x80 ? Taken.Yes | Taken.Encoded : Taken.Yes;
  });
}
