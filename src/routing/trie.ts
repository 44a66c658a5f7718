import { type Pattern, type CharacterRun, UNBOUNDED } from './pattern.js';
import type { Rule } from './rule.js';
import type { Conversion } from './wildcard-values.js';
import type { CompiledWildcard } from './wildcard.js';

/** Greater than every order. A small integer, which V8 stores inside objects. */
export const NO_ORDER = 0x3fffffff;

/** The part of an entry that the trie uses. */
export interface HasRule {
  readonly rule: Rule;
}

/** The end of a rule in the trie. */
export class Leaf<E extends HasRule> {
  readonly entry: E;
  /** The rule's position in the trie's order. The matching rule with the smallest order wins. */
  readonly order: number;
  /** Whether the trie only knows that the rule may match. The rule's regular expression then decides. */
  readonly needsRegex: boolean;
  /** Whether the values can be cut from a matched path, if decoding does not change the wildcards' texts. */
  readonly isPlain: boolean;
  readonly conversions: readonly Conversion[];
  /** The next rule that ends at the same node, with a greater order. */
  sibling: Leaf<E> | null = null;

  constructor(entry: E, order: number, needsRegex: boolean) {
    this.entry = entry;
    this.order = order;
    this.needsRegex = needsRegex;
    this.isPlain = entry.rule.isPlain && !needsRegex;
    this.conversions = entry.rule.conversions;
  }
}

/** A node of the trie, reached by its literal `text`. Literals share prefixes; wildcards with one pattern share an edge. */
export class Node<E extends HasRule> {
  text: string;
  /** The smallest order below this node. A search that has found a smaller one skips it. */
  minOrder = NO_ORDER;
  leaf: Leaf<E> | null = null;
  /** The children by the first character of their text. */
  readonly children = new Map<number, Node<E>>();
  /** The wildcards that may follow, by the key under which they share an edge. */
  readonly edges = new Map<string, Edge<E>>();

  constructor(text: string) {
    this.text = text;
  }
}

/** A wildcard in the trie, and the node after it. */
export class Edge<E extends HasRule> {
  /** The number of wildcards before it. */
  readonly index: number;
  readonly run: CharacterRun;
  /** The expression that decides about a whole segment, or `null` if the character class is sufficient. */
  readonly test: RegExp | null;
  readonly next = new Node<E>('');
  minOrder = NO_ORDER;
  /** Whether a match can continue only at the end of the run, so that no other end needs to be tried. */
  whole = false;

  constructor(index: number, run: CharacterRun, test: RegExp | null) {
    this.index = index;
    this.run = run;
    this.test = test;
  }
}

// The widest runs, for expressions whose extent only their engine knows.
const allAscii = new Uint8Array(128).fill(1);
const ANY_TEXT: CharacterRun = { sign: false, lazy: true, min: 0, max: UNBOUNDED, ascii: allAscii, beyondAscii: true };
const ANY_IN_SEGMENT: CharacterRun = { ...ANY_TEXT, ascii: allAscii.map((_, code) => Number(code !== 0x2f)) };

/** Builds the trie of rules, given in the order in which they are tried. */
export function buildTrie<E extends HasRule>(entries: readonly E[]): Node<E> {
  const root = new Node<E>('');
  // The leaves of a node form a list. Each one is inserted at its front, so the first rules come last.
  for (let order = entries.length - 1; order >= 0; order--) insert(root, entries[order] as E, order);
  finish(root);
  return root;
}

function insert<E extends HasRule>(root: Node<E>, entry: E, order: number): void {
  const { parts } = entry.rule;
  let node = root;
  let index = 0;
  let needsRegex = false;
  for (const [position, part] of parts.entries()) {
    if (typeof part === 'string') {
      node = insertLiteral(node, part);
      continue;
    }
    const found = edgeFor(node, part, parts[position + 1], index++);
    needsRegex ||= found.needsRegex;
    node = found.edge.next;
  }
  const leaf = new Leaf(entry, order, needsRegex);
  leaf.sibling = node.leaf;
  node.leaf = leaf;
}

function insertLiteral<E extends HasRule>(node: Node<E>, text: string): Node<E> {
  const code = text.charCodeAt(0);
  const child = node.children.get(code);
  if (child === undefined) {
    const added = new Node<E>(text);
    node.children.set(code, added);
    return added;
  }
  let common = 1;
  while (common < text.length && common < child.text.length && text[common] === child.text[common]) common++;
  let target = child;
  if (common < child.text.length) {
    target = new Node<E>(text.slice(0, common));
    child.text = child.text.slice(common);
    target.children.set(child.text.charCodeAt(0), child);
    node.children.set(code, target);
  }
  return common === text.length ? target : insertLiteral(target, text.slice(common));
}

function edgeFor<E extends HasRule>(
  node: Node<E>,
  wildcard: CompiledWildcard,
  following: unknown,
  index: number,
): { edge: Edge<E>; needsRegex: boolean } {
  const { key, run, test, needsRegex } = classify(wildcard.pattern, following);
  let edge = node.edges.get(key);
  if (edge === undefined) {
    edge = new Edge<E>(index, run, test);
    node.edges.set(key, edge);
  }
  return { edge, needsRegex };
}

/** Sets the values that depend on all rules, from the leaves upwards. */
function finish<E extends HasRule>(node: Node<E>): void {
  if (node.leaf !== null) node.minOrder = node.leaf.order;
  for (const child of node.children.values()) {
    finish(child);
    node.minOrder = Math.min(node.minOrder, child.minOrder);
  }
  for (const edge of node.edges.values()) {
    finish(edge.next);
    edge.minOrder = edge.next.minOrder;
    node.minOrder = Math.min(node.minOrder, edge.minOrder);
    const following = [...edge.next.children.keys()];
    edge.whole = edge.next.edges.size === 0 && !following.some((code) => runContains(edge.run, code));
  }
}

/** The key under which wildcards share an edge, and how that edge matches. */
function classify(
  pattern: Pattern,
  following: unknown,
): { key: string; run: CharacterRun; test: RegExp | null; needsRegex: boolean } {
  if (pattern.run !== null) return { key: `run ${pattern.source}`, run: pattern.run, test: null, needsRegex: false };
  const last = following === undefined || (typeof following === 'string' && following.startsWith('/'));
  if (!pattern.matchesSlash && !pattern.usesContext && last) {
    return { key: `segment ${pattern.source}`, run: ANY_IN_SEGMENT, test: pattern.whole, needsRegex: false };
  }
  if (pattern.matchesSlash) return { key: 'anything', run: ANY_TEXT, test: null, needsRegex: true };
  return { key: 'within', run: ANY_IN_SEGMENT, test: null, needsRegex: true };
}

/** Whether a character belongs to a run's class. */
function runContains(run: CharacterRun, code: number): boolean {
  return code < 128 ? run.ascii[code] === 1 : run.beyondAscii;
}
