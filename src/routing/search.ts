import { buildTrie, type Edge, type Leaf, type Node, type Ordered, takes } from './trie.js';

/** How many steps a search may take before it begins to remember where it has been. */
const CAREFREE_STEPS = 4096;

/**
 * Finds the first rule (in their order) that matches a path.
 *
 * The search goes depth first through the trie and keeps the smallest order found; it tries the ends of a wildcard in the order
 * in which a backtracking regular expression would, so what it captures is what that would capture. Paths made to have it try
 * everything turn on a memory of the places tried, after which the cost is linear in the path's length.
 */
export class Search<E extends Ordered> {
  /** Start and end of each wildcard of the entry found. Overwritten by the next search. */
  readonly spans: number[] = [];
  /** The wildcards' texts instead, if the entry found was decided by its own regular expression. */
  texts: string[] | null = null;

  readonly #root: Node<E>;
  readonly #trail: number[] = [];
  #path = '';
  #best = Number.POSITIVE_INFINITY;
  #found: E | null = null;
  #steps = 0;
  #number = 0;
  #tried: Map<Edge<E>, Uint8Array> | null = null;

  constructor(entries: Iterable<E>) {
    const { root, wildcards } = buildTrie(entries);
    this.#root = root;
    for (let i = 0; i < wildcards * 2; i++) {
      this.#trail.push(0);
      this.spans.push(0);
    }
  }

  /** The first entry that matches a decoded path; then `spans` or `texts` hold what its wildcards matched. */
  find(path: string): E | null {
    this.#path = path;
    this.#best = Number.POSITIVE_INFINITY;
    this.#found = null;
    this.texts = null;
    this.#steps = 0;
    this.#number++;
    this.#tried = null;
    this.#visit(this.#root, 0);
    return this.#found;
  }

  /** Explores what can follow at `node` from `position` on. */
  #visit(start: Node<E>, startPosition: number): void {
    const path = this.#path;
    let node = start;
    let position = startPosition;
    for (;;) {
      let following: Node<E> | null = null;
      if (position < path.length) {
        following = node.child(path.charCodeAt(position));
        if (following !== null && (following.minOrder >= this.#best || !hasAt(path, following.text, position))) following = null;
      } else if (node.leaves.length > 0) this.#arrive(node.leaves);

      const edges = node.edges;
      if (edges.length > 0) {
        if (following !== null) this.#visit(following, position + following.text.length);
        for (let i = 0; i < edges.length; i++) {
          const edge = edges[i] as Edge<E>;
          if (edge.minOrder >= this.#best) return;
          this.#follow(edge, position);
        }
        return;
      }
      if (following === null) return;
      position += following.text.length;
      node = following;
    }
  }

  #arrive(leaves: Leaf<E>[]): void {
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i] as Leaf<E>;
      if (leaf.order >= this.#best) return;
      if (leaf.loose) {
        if (leaf.asked === this.#number) continue;
        leaf.asked = this.#number;
        const texts = leaf.entry.rule.matches(this.#path);
        if (texts === null) continue;
        this.texts = texts;
      } else {
        this.texts = null;
        const length = leaf.entry.rule.wildcards.length * 2;
        for (let j = 0; j < length; j++) this.spans[j] = this.#trail[j] as number;
      }
      this.#best = leaf.order;
      this.#found = leaf.entry;
      return;
    }
  }

  /** Tries the places where a wildcard that starts at `start` may end. */
  #follow(edge: Edge<E>, start: number): void {
    const first = edge.sign && this.#path.charCodeAt(start) === 0x2d ? start + 1 : start;
    this.#trail[edge.index * 2] = start;
    if (this.#steps > CAREFREE_STEPS) return this.#followWithMemory(edge, first);
    if (edge.lazy && !edge.whole) return this.#shortestFirst(edge, first, null);
    const end = this.#runEnd(edge, first);
    this.#steps += end - first;
    if (!edge.whole) this.#longestFirst(edge, first + edge.least, end);
    else if (end >= first + edge.least) this.#leave(edge, end);
  }

  /**
   * The same, but no end of a wildcard is tried twice. What follows from there is known by then to hold nothing better, and so is
   * what follows from the later ends in the same run.
   */
  #followWithMemory(edge: Edge<E>, first: number): void {
    const tried = this.#memory(edge);
    if (edge.lazy && edge.test === null) return this.#shortestFirst(edge, first, tried);
    const least = first + edge.least;
    if (edge.test !== null) {
      const end = this.#runEnd(edge, first);
      if (tried[end] === 0) this.#leave(edge, end);
      return;
    }
    let end = first;
    for (; end <= this.#path.length; end++) {
      if (end >= least) {
        if (tried[end] === 1) break;
        tried[end] = 1;
      }
      if (end === this.#path.length || !takes(edge, this.#path.charCodeAt(end))) return this.#longestFirst(edge, least, end);
    }
    this.#longestFirst(edge, least, end - 1);
  }

  /** Goes on behind a wildcard whose only possible end is `end`. */
  #leave(edge: Edge<E>, end: number): void {
    if (edge.test !== null && !edge.test.test(this.#path.slice(this.#trail[edge.index * 2], end))) return;
    const tried = this.#tried?.get(edge);
    if (tried !== undefined) tried[end] = 1;
    this.#trail[edge.index * 2 + 1] = end;
    this.#visit(edge.next, end);
  }

  #longestFirst(edge: Edge<E>, least: number, last: number): void {
    for (let end = last; end >= least && edge.minOrder < this.#best; end--) this.#tryEnd(edge, end);
  }

  #shortestFirst(edge: Edge<E>, first: number, tried: Uint8Array | null): void {
    const path = this.#path;
    const least = first + edge.least;
    for (let end = first; end <= path.length && edge.minOrder < this.#best; end++) {
      if (end >= least) {
        if (tried !== null) {
          if (tried[end] === 1) return;
          tried[end] = 1;
        }
        this.#steps++;
        this.#tryEnd(edge, end);
      }
      if (end === path.length || !takes(edge, path.charCodeAt(end))) return;
    }
  }

  #tryEnd(edge: Edge<E>, end: number): void {
    const { next } = edge;
    if (end < this.#path.length) {
      if (next.edges.length === 0) {
        if (next.child(this.#path.charCodeAt(end)) === null) return;
      } else if (splitsCharacter(this.#path, end)) return;
    }
    this.#trail[edge.index * 2 + 1] = end;
    this.#visit(next, end);
  }

  #runEnd(edge: Edge<E>, first: number): number {
    const path = this.#path;
    const length = path.length;
    const stop = edge.stop;
    let end = first;
    if (stop === 0x2f) {
      while (end < length && path.charCodeAt(end) !== 0x2f) end++;
    } else if (stop >= -1) {
      end = stop === -1 ? -1 : path.indexOf(String.fromCharCode(stop), first);
      if (end === -1) end = length;
    } else {
      while (end < length && takes(edge, path.charCodeAt(end))) end++;
    }
    return end;
  }

  #memory(edge: Edge<E>): Uint8Array {
    this.#tried ??= new Map();
    let tried = this.#tried.get(edge);
    if (tried === undefined) this.#tried.set(edge, (tried = new Uint8Array(this.#path.length + 1)));
    return tried;
  }
}

/** Whether a position is between the two halves of a surrogate pair, where no regular expression in Unicode mode stops. */
function splitsCharacter(path: string, position: number): boolean {
  if (position === 0 || (path.charCodeAt(position) & 0xfc00) !== 0xdc00) return false;
  return (path.charCodeAt(position - 1) & 0xfc00) === 0xd800;
}

/** Whether `text` stands in `path` at `position`; that its first character does is known. */
function hasAt(path: string, text: string, position: number): boolean {
  if (position + text.length > path.length) return false;
  for (let i = 1; i < text.length; i++) {
    if (path.charCodeAt(position + i) !== text.charCodeAt(i)) return false;
  }
  return true;
}
