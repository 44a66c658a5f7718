import { type Pattern, type Run, UNBOUNDED } from './pattern.js';
import type { Rule } from './rule.js';
import type { Conversion } from './values.js';
import type { CompiledWildcard } from './wildcard.js';

/** Greater than every order. A small integer, since V8 keeps those inside of objects and other numbers outside. */
export const NO_ORDER = 0x3fffffff;

/** What the trie needs of an entry: its rule and its place in the order. */
export interface Ordered {
  readonly rule: Rule;
  readonly order: number;
}

/** A rule's end in the trie. */
export class Leaf<E extends Ordered> {
  readonly entry: E;
  readonly order: number;
  /** Whether the trie knows only that the rule may match, so its own regular expression has to decide. */
  readonly loose: boolean;
  readonly isPlain: boolean;
  readonly conversions: readonly Conversion[];
  /** The next rule that ends at the same node, with a greater order. */
  sibling: Leaf<E> | null = null;

  constructor(entry: E, loose: boolean) {
    this.entry = entry;
    this.order = entry.order;
    this.loose = loose;
    this.isPlain = entry.rule.isPlain;
    this.conversions = entry.rule.conversions;
  }
}

/**
 * A point in the trie, reached after its literal `text`. Literals share prefixes; wildcards of one pattern share an edge. Lists are
 * chains and a lone child is a field, so that a search among thousands of nodes touches little memory.
 */
export class Node<E extends Ordered> {
  text: string;
  length: number;
  /** The smallest order below: a search that has found better need not come here. */
  minOrder = NO_ORDER;
  leaf: Leaf<E> | null = null;
  /** The wildcards that may follow, by their smallest order. */
  edge: Edge<E> | null = null;
  /** Children by the first character of their text: one, or a table from the character `base` on, or a map. */
  base = 0;
  only: Node<E> | null = null;
  table: (Node<E> | null)[] | null = null;
  wide: Map<number, Node<E>> | null = null;

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
  }

  child(code: number): Node<E> | null {
    if (this.only !== null) return code === this.base ? this.only : null;
    if (this.table !== null) {
      const index = code - this.base;
      return index >= 0 && index < this.table.length ? (this.table[index] as Node<E> | null) : null;
    }
    return this.wide === null ? null : (this.wide.get(code) ?? null);
  }
}

/** A wildcard in the trie, and what follows it. */
export class Edge<E extends Ordered> {
  /** How many wildcards stand before it. */
  readonly index: number;
  readonly sign: boolean;
  readonly lazy: boolean;
  readonly min: number;
  readonly max: number;
  readonly ascii: Uint8Array;
  readonly beyond: boolean;
  /** Whether it takes all characters but the slash. */
  readonly isSegment: boolean;
  /** The expression that decides over a whole segment, or `null` if the class of characters says all. */
  readonly test: RegExp | null;
  readonly next = new Node<E>('');
  minOrder = NO_ORDER;
  /** Whether only the end of the run can be followed by anything, so there is nothing to try out. */
  whole = false;
  /** The next wildcard at the same node. */
  sibling: Edge<E> | null = null;

  constructor(index: number, run: Run, test: RegExp | null) {
    this.index = index;
    this.sign = run.sign;
    this.lazy = run.lazy;
    this.min = run.min;
    this.max = run.max;
    this.ascii = run.ascii;
    this.beyond = run.beyond;
    this.isSegment = run.beyond && run.ascii.every((taken, code) => taken === Number(code !== 0x2f));
    this.test = test;
  }
}

// What stands in for an expression whose extent only its own engine can tell: as much as it could match at all.
const every = new Uint8Array(128).fill(1);
const anything: Run = { sign: false, lazy: true, min: 0, max: UNBOUNDED, ascii: every, beyond: true };
const withinSegment: Run = { ...anything, ascii: every.map((_, code) => Number(code !== 0x2f)) };

/** Builds the trie of the dynamic rules of one verb. */
export function buildTrie<E extends Ordered>(entries: Iterable<E>): { root: Node<E>; wildcards: number } {
  const builder = new Builder<E>();
  // Chains are made front to back, so the first rules have to come last.
  for (const entry of [...entries].sort((a, b) => b.order - a.order)) builder.insert(entry);
  builder.finish(builder.root);
  return { root: builder.root, wildcards: builder.wildcards };
}

class Builder<E extends Ordered> {
  readonly root = new Node<E>('');
  wildcards = 0;
  readonly #children = new Map<Node<E>, Map<number, Node<E>>>();
  readonly #edges = new Map<Node<E>, Map<string, Edge<E>>>();

  insert(entry: E): void {
    const { parts, wildcards } = entry.rule;
    let node = this.root;
    let index = 0;
    let loose = false;
    for (const [place, part] of parts.entries()) {
      if (typeof part === 'string') {
        node = this.#literal(node, part);
        continue;
      }
      const found = this.#edge(node, part, parts[place + 1], index++);
      loose ||= found.loose;
      node = found.edge.next;
    }
    const leaf = new Leaf(entry, loose);
    leaf.sibling = node.leaf;
    node.leaf = leaf;
    this.wildcards = Math.max(this.wildcards, wildcards.length);
  }

  #literal(node: Node<E>, text: string): Node<E> {
    let children = this.#children.get(node);
    if (children === undefined) {
      children = new Map();
      this.#children.set(node, children);
    }
    const code = text.charCodeAt(0);
    const child = children.get(code);
    if (child === undefined) {
      const added = new Node<E>(text);
      children.set(code, added);
      return added;
    }
    let common = 1;
    while (common < text.length && common < child.length && text[common] === child.text[common]) common++;
    let target = child;
    if (common < child.length) {
      target = new Node<E>(text.slice(0, common));
      child.text = child.text.slice(common);
      child.length = child.text.length;
      this.#children.set(target, new Map([[child.text.charCodeAt(0), child]]));
      children.set(code, target);
    }
    return common === text.length ? target : this.#literal(target, text.slice(common));
  }

  #edge(node: Node<E>, wildcard: CompiledWildcard, following: unknown, index: number): { edge: Edge<E>; loose: boolean } {
    const { key, run, test, loose } = classify(wildcard.pattern, following);
    let edges = this.#edges.get(node);
    if (edges === undefined) {
      edges = new Map();
      this.#edges.set(node, edges);
    }
    let edge = edges.get(key);
    if (edge === undefined) {
      edge = new Edge<E>(index, run, test);
      edges.set(key, edge);
    }
    return { edge, loose };
  }

  /** Makes what the search uses out of what inserting used, from the leaves up. */
  finish(node: Node<E>): void {
    const children = this.#children.get(node) ?? new Map<number, Node<E>>();
    const edges = [...(this.#edges.get(node)?.values() ?? [])];
    if (node.leaf !== null) node.minOrder = node.leaf.order;
    for (const child of children.values()) {
      this.finish(child);
      node.minOrder = Math.min(node.minOrder, child.minOrder);
    }
    for (const edge of edges) {
      this.finish(edge.next);
      edge.minOrder = edge.next.minOrder;
      node.minOrder = Math.min(node.minOrder, edge.minOrder);
      const following = [...(this.#children.get(edge.next)?.keys() ?? [])];
      edge.whole = edge.next.edge === null && !following.some((code) => takes(edge, code));
    }
    for (const edge of edges.sort((a, b) => b.minOrder - a.minOrder)) {
      edge.sibling = node.edge;
      node.edge = edge;
    }
    if (children.size > 0) setChildren(node, children);
  }
}

function setChildren<E extends Ordered>(node: Node<E>, children: Map<number, Node<E>>): void {
  const codes = [...children.keys()];
  node.base = Math.min(...codes);
  const span = Math.max(...codes) - node.base + 1;
  if (span === 1) node.only = children.get(node.base) ?? null;
  else if (span > 128) node.wide = children;
  else node.table = Array.from({ length: span }, (_, place) => children.get(place + node.base) ?? null);
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

/** Whether a character belongs to an edge's class. */
export function takes<E extends Ordered>(edge: Edge<E>, code: number): boolean {
  return code < 128 ? edge.ascii[code] === 1 : edge.beyond;
}
