import type { Pattern, Run } from './pattern.js';
import type { CompiledWildcard, Rule } from './rule.js';

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
  /** The search in which the regular expression was last asked: once is enough. */
  asked = 0;

  constructor(entry: E, loose: boolean) {
    this.entry = entry;
    this.order = entry.order;
    this.loose = loose;
  }
}

/** A point in the trie, reached after its literal `text`. Literals share prefixes; wildcards of one pattern share an edge. */
export class Node<E extends Ordered> {
  text: string;
  /** The smallest order below: a search that has found better need not come here. */
  minOrder = Number.POSITIVE_INFINITY;
  leaves: Leaf<E>[] = [];
  edges: Edge<E>[] = [];
  /** Children by the first character of their text, less `base`; `wide` holds them if that would be a long array. */
  base = 0;
  table: (Node<E> | null)[] = [];
  wide: Map<number, Node<E>> | null = null;

  constructor(text: string) {
    this.text = text;
  }

  child(code: number): Node<E> | null {
    if (this.wide !== null) return this.wide.get(code) ?? null;
    const index = code - this.base;
    return index >= 0 && index < this.table.length ? (this.table[index] as Node<E> | null) : null;
  }
}

/** A wildcard in the trie, and what follows it. */
export class Edge<E extends Ordered> {
  /** The expression that decides over a whole segment, or `null` if the class of characters says all. */
  readonly test: RegExp | null;
  /** How many wildcards stand before it. */
  readonly index: number;
  readonly sign: boolean;
  readonly lazy: boolean;
  /** The fewest characters it takes: 0 or 1. */
  readonly least: number;
  readonly ascii: Uint8Array;
  readonly beyond: boolean;
  /** The only character that ends the run, -1 if none does, -2 if many do. */
  readonly stop: number;
  readonly next = new Node<E>('');
  minOrder = Number.POSITIVE_INFINITY;
  /** Whether only the end of the run can be followed by anything, so there is nothing to try out. */
  whole = false;

  constructor(index: number, run: Run, least: number, test: RegExp | null) {
    this.test = test;
    this.index = index;
    this.sign = run.sign;
    this.lazy = run.lazy;
    this.least = least;
    this.ascii = run.ascii;
    this.beyond = run.beyond;
    this.stop = soleStop(run);
  }
}

// What stands in for an expression whose extent only its own engine can tell: as much as it could match at all.
const withinSegment: Run = { sign: false, lazy: true, ascii: Uint8Array.from({ length: 128 }, (_, i) => Number(i !== 0x2f)), beyond: true };
const anything: Run = { sign: false, lazy: true, ascii: new Uint8Array(128).fill(1), beyond: true };

/** Builds the trie of the dynamic rules of one verb. */
export function buildTrie<E extends Ordered>(entries: Iterable<E>): { root: Node<E>; wildcards: number } {
  const builder = new Builder<E>();
  for (const entry of entries) builder.insert(entry);
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
    parts.forEach((part, place) => {
      if (typeof part === 'string') {
        node = this.#literal(node, part);
        return;
      }
      const edge = this.#edge(node, part, parts[place + 1], index++);
      if (edge.loose) loose = true;
      node = edge.edge.next;
    });
    node.leaves.push(new Leaf(entry, loose));
    this.wildcards = Math.max(this.wildcards, wildcards.length);
  }

  #literal(node: Node<E>, text: string): Node<E> {
    let children = this.#children.get(node);
    if (children === undefined) this.#children.set(node, (children = new Map()));
    const code = text.charCodeAt(0);
    const child = children.get(code);
    if (child === undefined) {
      const added = new Node<E>(text);
      children.set(code, added);
      return added;
    }
    let common = 1;
    while (common < text.length && common < child.text.length && text[common] === child.text[common]) common++;
    let target = child;
    if (common < child.text.length) {
      target = new Node<E>(text.slice(0, common));
      child.text = child.text.slice(common);
      this.#children.set(target, new Map([[child.text.charCodeAt(0), child]]));
      children.set(code, target);
    }
    return common === text.length ? target : this.#literal(target, text.slice(common));
  }

  #edge(node: Node<E>, wildcard: CompiledWildcard, following: unknown, index: number): { edge: Edge<E>; loose: boolean } {
    const { key, run, test, loose } = classify(wildcard.pattern, following);
    let edges = this.#edges.get(node);
    if (edges === undefined) this.#edges.set(node, (edges = new Map()));
    let edge = edges.get(key);
    if (edge === undefined) {
      edges.set(key, (edge = new Edge<E>(index, run, run === wildcard.pattern.run ? 1 : 0, test)));
      node.edges.push(edge);
    }
    return { edge, loose };
  }

  finish(node: Node<E>): void {
    const children = this.#children.get(node) ?? new Map<number, Node<E>>();
    for (const child of children.values()) this.finish(child);
    for (const edge of node.edges) {
      this.finish(edge.next);
      edge.minOrder = edge.next.minOrder;
      edge.whole = edge.next.edges.length === 0 && ![...(this.#children.get(edge.next)?.keys() ?? [])].some(code => takes(edge, code));
    }
    node.leaves.sort((a, b) => a.order - b.order);
    node.edges.sort((a, b) => a.minOrder - b.minOrder);
    const below = [...children.values()].map(child => child.minOrder);
    for (const order of [node.leaves[0]?.order, node.edges[0]?.minOrder, ...below]) {
      if (order !== undefined && order < node.minOrder) node.minOrder = order;
    }
    const codes = [...children.keys()];
    node.base = codes.length > 0 ? Math.min(...codes) : 0;
    const span = codes.length > 0 ? Math.max(...codes) - node.base + 1 : 0;
    if (span > 128) node.wide = children;
    else node.table = Array.from({ length: span }, (_, place) => children.get(place + node.base) ?? null);
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

/** Whether a character belongs to an edge's class. */
export function takes<E extends Ordered>(edge: Edge<E>, code: number): boolean {
  return code < 128 ? edge.ascii[code] === 1 : edge.beyond;
}

function soleStop(run: Run): number {
  if (!run.beyond) return -2;
  const stops = [...run.ascii.keys()].filter(code => run.ascii[code] === 0);
  return stops.length > 1 ? -2 : (stops[0] ?? -1);
}
