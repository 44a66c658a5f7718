import { type Pattern, type Run, UNBOUNDED } from './pattern.js';
import type { Rule } from './rule.js';
import type { Conversion } from './wildcard-values.js';
import type { CompiledWildcard } from './wildcard.js';

/** Greater than every order. A small integer, since V8 keeps those inside of objects and other numbers outside. */
export const NO_ORDER = 0x3fffffff;

/** What the trie needs of an entry. */
export interface Ruled {
  readonly rule: Rule;
}

/** A rule's end in the trie. */
export class Leaf<E extends Ruled> {
  readonly entry: E;
  /** The rule's place among those of the trie: the smallest that matches wins. */
  readonly order: number;
  /** Whether the trie knows only that the rule may match, so its own regular expression has to decide. */
  readonly loose: boolean;
  /** Whether nothing but cutting is to be done for a path that matched, if decoding cannot change what its wildcards took. */
  readonly isPlain: boolean;
  readonly conversions: readonly Conversion[];
  /** The next rule that ends at the same node, with a greater order. */
  sibling: Leaf<E> | null = null;

  constructor(entry: E, order: number, loose: boolean) {
    this.entry = entry;
    this.order = order;
    this.loose = loose;
    this.isPlain = entry.rule.isPlain && !loose;
    this.conversions = entry.rule.conversions;
  }
}

/** A point in the trie, reached after its literal `text`. Literals share prefixes; wildcards of one pattern share an edge. */
export class Node<E extends Ruled> {
  text: string;
  /** The smallest order below: a search that has found better need not come here. */
  minOrder = NO_ORDER;
  leaf: Leaf<E> | null = null;
  /** By the first character of their text. */
  readonly children = new Map<number, Node<E>>();
  /** The wildcards that may follow, by the key under which they share an edge. */
  readonly edges = new Map<string, Edge<E>>();

  constructor(text: string) {
    this.text = text;
  }
}

/** A wildcard in the trie, and what follows it. */
export class Edge<E extends Ruled> {
  /** How many wildcards stand before it. */
  readonly index: number;
  readonly run: Run;
  /** The expression that decides over a whole segment, or `null` if the class of characters says all. */
  readonly test: RegExp | null;
  readonly next = new Node<E>('');
  minOrder = NO_ORDER;
  /** Whether only the end of the run can be followed by anything, so there is nothing to try out. */
  whole = false;

  constructor(index: number, run: Run, test: RegExp | null) {
    this.index = index;
    this.run = run;
    this.test = test;
  }
}

// What stands in for an expression whose extent only its own engine can tell: as much as it could match at all.
const every = new Uint8Array(128).fill(1);
const anything: Run = { sign: false, lazy: true, min: 0, max: UNBOUNDED, ascii: every, beyond: true };
const withinSegment: Run = { ...anything, ascii: every.map((_, code) => Number(code !== 0x2f)) };

/** Builds the trie of rules, given in the order in which they are to be tried. */
export function buildTrie<E extends Ruled>(entries: readonly E[]): Node<E> {
  const root = new Node<E>('');
  // Leaves at one node are chained front to back, so the first rules have to come last.
  for (let order = entries.length - 1; order >= 0; order--) insert(root, entries[order] as E, order);
  finish(root);
  return root;
}

function insert<E extends Ruled>(root: Node<E>, entry: E, order: number): void {
  const { parts } = entry.rule;
  let node = root;
  let index = 0;
  let loose = false;
  for (const [place, part] of parts.entries()) {
    if (typeof part === 'string') {
      node = literal(node, part);
      continue;
    }
    const found = edgeFor(node, part, parts[place + 1], index++);
    loose ||= found.loose;
    node = found.edge.next;
  }
  const leaf = new Leaf(entry, order, loose);
  leaf.sibling = node.leaf;
  node.leaf = leaf;
}

function literal<E extends Ruled>(node: Node<E>, text: string): Node<E> {
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
  return common === text.length ? target : literal(target, text.slice(common));
}

function edgeFor<E extends Ruled>(
  node: Node<E>,
  wildcard: CompiledWildcard,
  following: unknown,
  index: number,
): { edge: Edge<E>; loose: boolean } {
  const { key, run, test, loose } = classify(wildcard.pattern, following);
  let edge = node.edges.get(key);
  if (edge === undefined) {
    edge = new Edge<E>(index, run, test);
    node.edges.set(key, edge);
  }
  return { edge, loose };
}

/** Sets what can only be known when all rules are in, from the leaves up. */
function finish<E extends Ruled>(node: Node<E>): void {
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
    edge.whole = edge.next.edges.size === 0 && !following.some((code) => takes(edge.run, code));
  }
}

/** The key under which wildcards share an edge, and how that edge matches. */
function classify(pattern: Pattern, following: unknown): { key: string; run: Run; test: RegExp | null; loose: boolean } {
  if (pattern.run !== null) return { key: `run ${pattern.source}`, run: pattern.run, test: null, loose: false };
  const last = following === undefined || (typeof following === 'string' && following.startsWith('/'));
  if (!pattern.crosses && !pattern.looksAround && last) {
    return { key: `segment ${pattern.source}`, run: withinSegment, test: pattern.whole, loose: false };
  }
  if (pattern.crosses) return { key: 'anything', run: anything, test: null, loose: true };
  return { key: 'within', run: withinSegment, test: null, loose: true };
}

/** Whether a character belongs to a run's class. */
export function takes(run: Run, code: number): boolean {
  return code < 128 ? run.ascii[code] === 1 : run.beyond;
}
