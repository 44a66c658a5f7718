import { UNBOUNDED } from './pattern.js';
import { buildTrie, type Edge, type Leaf, NO_ORDER, type Node, type Ordered, takes } from './trie.js';

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
  /** Whether a wildcard tried took a character that decoding would change. */
  sawEncoded = false;

  readonly #root: Node<E>;
  readonly #trail: number[] = [];
  #path = '';
  #best = NO_ORDER;
  #found: Leaf<E> | null = null;
  #steps = 0;
  /** The leaves whose own regular expression has refused the path: asking once is enough. */
  #refused: Set<Leaf<E>> | null = null;
  #tried: Map<Edge<E>, Uint8Array> | null = null;

  constructor(entries: Iterable<E>) {
    const { root, wildcards } = buildTrie(entries);
    this.#root = root;
    for (let i = 0; i < wildcards * 2; i++) {
      this.#trail.push(0);
      this.spans.push(0);
    }
  }

  /** The first rule that matches a path, literally; then `spans` or `texts` hold what its wildcards matched. */
  find(path: string): Leaf<E> | null {
    this.#path = path;
    this.#best = NO_ORDER;
    this.#found = null;
    this.texts = null;
    this.sawEncoded = false;
    this.#steps = 0;
    this.#refused = null;
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
        if (following !== null && (following.minOrder >= this.#best || !hasTail(path, following, position))) following = null;
      } else if (node.leaf !== null) this.#arrive(node.leaf);

      let edge = node.edge;
      if (edge !== null) {
        if (following !== null) this.#visit(following, position + following.length);
        for (; edge.sibling !== null; edge = edge.sibling) this.#follow(edge, position);
        if (!edge.whole || edge.test !== null || this.#steps > CAREFREE_STEPS) return this.#follow(edge, position);
        // What most rules are made of, without the calls: a wildcard that can only end in one place.
        if (edge.minOrder >= this.#best) return;
        const first = edge.sign && path.charCodeAt(position) === 0x2d ? position + 1 : position;
        const end = this.#runEnd(edge, first);
        if (end < first + edge.min || end > first + edge.max) return;
        this.#steps += end - first;
        this.#trail[edge.index * 2] = position;
        this.#trail[edge.index * 2 + 1] = end;
        node = edge.next;
        position = end;
        continue;
      }
      if (following === null) return;
      position += following.length;
      node = following;
    }
  }

  #arrive(first: Leaf<E>): void {
    for (let leaf: Leaf<E> | null = first; leaf !== null && leaf.order < this.#best; leaf = leaf.sibling) {
      if (leaf.loose) {
        if (this.#refused?.has(leaf)) continue;
        const texts = leaf.entry.rule.matches(this.#path);
        if (texts === null) {
          this.#refused ??= new Set();
          this.#refused.add(leaf);
          continue;
        }
        this.texts = texts;
      } else {
        this.texts = null;
        const length = leaf.conversions.length * 2;
        for (let i = 0; i < length; i++) this.spans[i] = this.#trail[i] as number;
      }
      this.#best = leaf.order;
      this.#found = leaf;
      return;
    }
  }

  /** Tries the places where a wildcard that starts at `start` may end. */
  #follow(edge: Edge<E>, start: number): void {
    if (edge.minOrder >= this.#best) return;
    const first = edge.sign && this.#path.charCodeAt(start) === 0x2d ? start + 1 : start;
    this.#trail[edge.index * 2] = start;
    if (this.#steps > CAREFREE_STEPS) return this.#followWithMemory(edge, first);
    if (edge.lazy && !edge.whole) return this.#shortestFirst(edge, first, null);
    const end = this.#runEnd(edge, first);
    this.#steps += end - first;
    if (!edge.whole) this.#longestFirst(edge, first + edge.min, Math.min(end, first + edge.max));
    else if (end >= first + edge.min && end <= first + edge.max) this.#leave(edge, end);
  }

  /**
   * The same, but no end of a wildcard is tried twice: what follows from there is known by then to hold nothing better. Where the
   * wildcard may be as long as it likes, that holds for the later ends in the same run too.
   */
  #followWithMemory(edge: Edge<E>, first: number): void {
    const tried = this.#memory(edge);
    this.sawEncoded = true; // not looked for here
    if (edge.test !== null) {
      const end = this.#runEnd(edge, first);
      if (tried[end] === 0) this.#leave(edge, end);
      return;
    }
    if (edge.lazy) return this.#shortestFirst(edge, first, tried);
    const least = first + edge.min;
    const most = Math.min(this.#path.length, first + edge.max);
    let end = first;
    while (end < most && takes(edge, this.#path.charCodeAt(end))) {
      if (edge.max === UNBOUNDED && end >= least && tried[end] === 1) break;
      end++;
    }
    for (; end >= least && edge.minOrder < this.#best; end--) {
      if (tried[end] === 1) continue;
      tried[end] = 1;
      this.#tryEnd(edge, end);
    }
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
    const least = first + edge.min;
    const most = Math.min(path.length, first + edge.max);
    for (let end = first; end <= most && edge.minOrder < this.#best; end++) {
      if (end >= least) {
        if (tried === null || tried[end] === 0) {
          if (tried !== null) tried[end] = 1;
          this.#steps++;
          this.#tryEnd(edge, end);
        } else if (edge.max === UNBOUNDED) return;
      }
      if (end === most) return;
      const code = path.charCodeAt(end);
      if (!takes(edge, code)) return;
      if (code === 0x25 || code >= 0x80) this.sawEncoded = true;
    }
  }

  #tryEnd(edge: Edge<E>, end: number): void {
    const { next } = edge;
    if (end < this.#path.length) {
      if (next.edge === null) {
        if (next.child(this.#path.charCodeAt(end)) === null) return;
      } else if (splitsCharacter(this.#path, end)) return;
    }
    this.#trail[edge.index * 2 + 1] = end;
    this.#visit(next, end);
  }

  #runEnd(edge: Edge<E>, first: number): number {
    const path = this.#path;
    const length = path.length;
    let end = first;
    if (edge.isSegment) {
      for (; end < length; end++) {
        const code = path.charCodeAt(end);
        if (code === 0x2f) break;
        if (code === 0x25 || code >= 0x80) this.sawEncoded = true;
      }
      return end;
    }
    for (; end < length; end++) {
      const code = path.charCodeAt(end);
      if (!takes(edge, code)) break;
      if (code === 0x25 || code >= 0x80) this.sawEncoded = true;
    }
    return end;
  }

  #memory(edge: Edge<E>): Uint8Array {
    this.#tried ??= new Map();
    let tried = this.#tried.get(edge);
    if (tried === undefined) {
      tried = new Uint8Array(this.#path.length + 1);
      this.#tried.set(edge, tried);
    }
    return tried;
  }
}

/** Whether a position is between the two halves of a surrogate pair, where no regular expression in Unicode mode stops. */
function splitsCharacter(path: string, position: number): boolean {
  if (position === 0 || (path.charCodeAt(position) & 0xfc00) !== 0xdc00) return false;
  return (path.charCodeAt(position - 1) & 0xfc00) === 0xd800;
}

/** Whether a node's text stands in `path` at `position`, where its first character does. */
function hasTail<E extends Ordered>(path: string, node: Node<E>, position: number): boolean {
  const { length } = node;
  if (length === 1) return true;
  if (position + length > path.length) return false;
  const { text } = node;
  for (let i = 1; i < length; i++) {
    if (path.charCodeAt(position + i) !== text.charCodeAt(i)) return false;
  }
  return true;
}
