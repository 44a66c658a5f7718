import { ChildCell, EdgeCell, Flag, type Layout, layOut, NodeCell, Offset, Taken } from './layout.js';
import { UNBOUNDED } from './pattern.js';
import { buildTrie, type Leaf, NO_ORDER, type Ruled } from './trie.js';

enum Limit {
  /** How many steps a search may take before it begins to remember where it has been. */
  Carefree = 4096,
}

/** In place of the end of a wildcard. */
enum End {
  /** None has been tried yet, or none is left. */
  None = -1,
}

/**
 * Finds the first rule (in their order) that matches a path.
 *
 * The search goes depth first through the trie and keeps the smallest order found; it tries the ends of a wildcard in the order
 * in which a backtracking regular expression would, so what it captures is what that would capture. Paths made to have it try
 * everything turn on a memory of the places tried, after which the cost is linear in the path's length.
 */
export class Search<E extends Ruled> {
  /** Start and end of each wildcard of the entry found. Overwritten by the next search. */
  readonly spans: Int32Array;
  /** The wildcards' texts instead, if the entry found was decided by its own regular expression. */
  texts: string[] | null = null;
  /** Whether a wildcard tried took a character that decoding would change. */
  sawEncoded = false;
  /** After a search in vain: how far the path has been read, and has nothing that decoding would change. */
  readTo = 0;

  readonly #layout: Layout<E>;
  readonly #cells: Int32Array;
  readonly #classes: Uint8Array;
  readonly #leaves: readonly Leaf<E>[];
  /** The spans of the best entry found, while the search goes on in `spans`. */
  readonly #kept: Int32Array;
  /** What is still to be tried, the next at the end: an edge, where its wildcard starts, and the end that was tried last. */
  readonly #left: number[] = [];
  #steps = 0;
  /** The leaves whose own regular expression has refused the path: asking once is enough. */
  #refused: Set<Leaf<E>> | null = null;
  #tried: Map<number, Uint8Array> | null = null;

  /** @param entries in the order in which they are to be tried. */
  constructor(entries: readonly E[]) {
    const layout = layOut(buildTrie(entries));
    this.#layout = layout;
    this.#cells = layout.cells;
    this.#classes = layout.classes;
    this.#leaves = layout.leaves;
    this.spans = new Int32Array(layout.wildcards * 2);
    this.#kept = new Int32Array(layout.wildcards * 2);
  }

  /**
   * The first rule that matches a path, literally; then `spans` or `texts` hold what its wildcards matched.
   *
   * @param length where the path ends; what may follow it is not looked at.
   */
  find(path: string, length: number): Leaf<E> | null {
    this.texts = null;
    this.sawEncoded = false;
    this.#steps = 0;
    this.#refused = null;
    this.#tried = null;
    const cells = this.#cells;
    const classes = this.#classes;
    const { spans } = this;
    const left = this.#left;
    let found: Leaf<E> | null = null;
    let best = NO_ORDER;
    let waiting = 0;
    let steps = 0;
    let node: number = Offset.Root;
    let position = 0;
    for (;;) {
      let edge = cells[node + NodeCell.Edge] as number;
      let child: number = Offset.None;
      if (position < length) {
        const code = path.charCodeAt(position);
        const place = code - (cells[node + NodeCell.Base] as number);
        const span = cells[node + NodeCell.Span] as number;
        if (place >= 0 && place < span) child = cells[node + NodeCell.Table + place] as number;
        else if (span < 0) child = this.#wideChild(node, code);
        if (child !== 0) {
          const rest = cells[child + ChildCell.Rest] as number;
          const next = position + 1 + rest;
          const text = child + ChildCell.Text;
          let i = 0;
          if (next > length || (found !== null && (cells[child + ChildCell.MinOrder] as number) >= best)) i = rest + 1;
          while (i < rest && path.charCodeAt(position + 1 + i) === cells[text + i]) i++;
          if (i === rest) {
            if (edge !== 0) {
              left[waiting] = edge;
              left[waiting + 1] = position;
              left[waiting + 2] = End.None;
              waiting += 3;
            }
            node = text + rest;
            position = next;
            continue;
          }
        }
      } else if (cells[node + NodeCell.Leaf] !== 0) {
        const leaf = this.#arrive(this.#leaves[(cells[node + NodeCell.Leaf] as number) - 1] as Leaf<E>, best, path, length);
        if (leaf !== null) {
          best = leaf.order;
          while (waiting > 0 && (cells[(left[waiting - 3] as number) + EdgeCell.MinOrder] as number) >= best) waiting -= 3;
          if (waiting === 0 && edge === 0) return leaf;
          found = leaf;
          copy(spans, this.#kept);
        }
      }

      let start = position;
      let end: number = End.None;
      for (;;) {
        if (edge === 0 || (cells[edge + EdgeCell.MinOrder] as number) >= best) {
          if (waiting === 0) return this.#end(found, position);
          waiting -= 3;
          edge = left[waiting] as number;
          start = left[waiting + 1] as number;
          end = left[waiting + 2] as number;
          continue;
        }
        const flags = cells[edge + EdgeCell.Flags] as number;
        const sibling = cells[edge + EdgeCell.Sibling] as number;
        if ((flags & Flag.Simple) !== 0 && steps <= Limit.Carefree) {
          const first = (flags & Flag.Sign) !== 0 && path.charCodeAt(start) === 0x2d ? start + 1 : start;
          const kind = cells[edge + EdgeCell.Class] as number;
          let seen = 0;
          for (end = first; end < length; end++) {
            const code = path.charCodeAt(end);
            const taken = classes[kind + (code < Taken.Codes ? code : Taken.Codes - 1)] as number;
            if (taken === 0) break;
            seen |= taken;
          }
          if (end === first) {
            edge = sibling;
            end = End.None;
            continue;
          }
          if (seen >= Taken.Encoded) this.sawEncoded = true;
          steps += end - first;
          if (sibling !== 0) {
            left[waiting] = sibling;
            left[waiting + 1] = start;
            left[waiting + 2] = End.None;
            waiting += 3;
          }
        } else {
          this.#steps = steps;
          end = this.#nextEnd(edge, start, end, path, length);
          steps = this.#steps;
          if (end === End.None) {
            edge = sibling;
            continue;
          }
          left[waiting] = edge;
          left[waiting + 1] = start;
          left[waiting + 2] = end;
          waiting += 3;
        }
        const place = cells[edge + EdgeCell.Place] as number;
        spans[place] = start;
        spans[place + 1] = end;
        node = edge + EdgeCell.Next;
        position = end;
        break;
      }
    }
  }

  #end(found: Leaf<E> | null, position: number): Leaf<E> | null {
    if (found === null) this.readTo = this.#layout.isPlain && !this.sawEncoded ? position : 0;
    else copy(this.#kept, this.spans);
    return found;
  }

  /** The first of the leaves at one node that the path matches, if it is better than `best`. */
  #arrive(first: Leaf<E>, best: number, path: string, length: number): Leaf<E> | null {
    for (let leaf: Leaf<E> | null = first; leaf !== null && leaf.order < best; leaf = leaf.sibling) {
      if (!leaf.loose) {
        this.texts = null;
        return leaf;
      }
      if (this.#refused?.has(leaf)) continue;
      const texts = leaf.entry.rule.matches(path.slice(0, length));
      if (texts !== null) {
        this.texts = texts;
        return leaf;
      }
      this.#refused ??= new Set();
      this.#refused.add(leaf);
    }
    return null;
  }

  /**
   * The place to try next of those where a wildcard may end, or `End.None`.
   *
   * Where there is a memory, no end is tried twice: what follows from there is known by then to hold nothing better. Where the
   * wildcard may be as long as it likes, that holds for the later ends in the same run too.
   */
  #nextEnd(edge: number, start: number, last: number, path: string, length: number): number {
    const cells = this.#cells;
    const flags = cells[edge + EdgeCell.Flags] as number;
    const kind = cells[edge + EdgeCell.Class] as number;
    const first = (flags & Flag.Sign) !== 0 && path.charCodeAt(start) === 0x2d ? start + 1 : start;
    const least = first + (cells[edge + EdgeCell.Least] as number);
    const isUnbounded = cells[edge + EdgeCell.Most] === UNBOUNDED;
    const most = Math.min(length, first + (cells[edge + EdgeCell.Most] as number));
    const tried = this.#steps > Limit.Carefree ? this.#memory(edge, length) : null;
    if ((flags & Flag.Tested) !== 0) return last === End.None ? this.#testedEnd(edge, start, path, length, tried) : End.None;
    if ((flags & Flag.Lazy) !== 0) {
      for (let end = last === End.None ? first : last; ; end++) {
        if (end >= least && end !== last) {
          if (tried === null || tried[end] === 0) {
            if (tried !== null) tried[end] = 1;
            this.#steps++;
            if (this.#canLeave(edge + EdgeCell.Next, end, path, length)) return end;
          } else if (isUnbounded) return End.None;
        }
        if (end >= most || !this.#takes(kind, path.charCodeAt(end))) return End.None;
      }
    }
    let end = last - 1;
    if (last === End.None) {
      for (end = first; end < most && this.#takes(kind, path.charCodeAt(end)); end++) {
        if (tried !== null && isUnbounded && end >= least && tried[end] === 1) break;
      }
      this.#steps += end - first;
    }
    for (; end >= least; end--) {
      if (tried !== null) {
        if (tried[end] === 1) continue;
        tried[end] = 1;
      }
      if (this.#canLeave(edge + EdgeCell.Next, end, path, length)) return end;
    }
    return End.None;
  }

  /** Where a wildcard ends over whose whole text its own expression decides. */
  #testedEnd(edge: number, start: number, path: string, length: number, tried: Uint8Array | null): number {
    const end = this.#runEnd(this.#cells[edge + EdgeCell.Class] as number, start, path, length);
    this.#steps += end - start;
    if (tried !== null && tried[end] === 1) return End.None;
    if (!this.#layout.tests[this.#cells[edge + EdgeCell.Test] as number]?.test(path.slice(start, end))) return End.None;
    if (tried !== null) tried[end] = 1;
    return end;
  }

  /** Whether anything could follow at a node. */
  #canLeave(node: number, position: number, path: string, length: number): boolean {
    if (position === length) return true;
    const cells = this.#cells;
    if (cells[node + NodeCell.Edge] !== 0) return !splitsCharacter(path, position);
    const child = this.#child(node, path.charCodeAt(position));
    if (child === 0) return false;
    const end = position + 1 + (cells[child + ChildCell.Rest] as number);
    if (end > length) return false;
    for (let at = position + 1, text = child + ChildCell.Text; at < end; at++, text++) {
      if (path.charCodeAt(at) !== cells[text]) return false;
    }
    return true;
  }

  #child(node: number, code: number): number {
    const span = this.#cells[node + NodeCell.Span] as number;
    if (span < 0) return this.#wideChild(node, code);
    const place = code - (this.#cells[node + NodeCell.Base] as number);
    return place >= 0 && place < span ? (this.#cells[node + NodeCell.Table + place] as number) : Offset.None;
  }

  #wideChild(node: number, code: number): number {
    const cells = this.#cells;
    const count = -(cells[node + NodeCell.Span] as number);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cells[node + NodeCell.Table + middle] as number) < code) low = middle + 1;
      else high = middle;
    }
    return low < count && cells[node + NodeCell.Table + low] === code
      ? (cells[node + NodeCell.Table + count + low] as number)
      : 0;
  }

  /** The end of a run of characters of one class. */
  #runEnd(kind: number, first: number, path: string, length: number): number {
    const classes = this.#classes;
    let end = first;
    let seen = 0;
    for (; end < length; end++) {
      const code = path.charCodeAt(end);
      const taken = classes[kind + (code < Taken.Codes ? code : Taken.Codes - 1)] as number;
      if (taken === 0) break;
      seen |= taken;
    }
    if (seen >= Taken.Encoded) this.sawEncoded = true;
    return end;
  }

  #takes(kind: number, code: number): boolean {
    const taken = this.#classes[kind + (code < Taken.Codes ? code : Taken.Codes - 1)] as number;
    if (taken >= Taken.Encoded) this.sawEncoded = true;
    return taken !== 0;
  }

  #memory(edge: number, length: number): Uint8Array {
    this.sawEncoded = true; // what is remembered is not looked at again
    this.#tried ??= new Map();
    let tried = this.#tried.get(edge);
    if (tried === undefined) {
      tried = new Uint8Array(length + 1);
      this.#tried.set(edge, tried);
    }
    return tried;
  }
}

/** For a few numbers this takes less than `set`. */
function copy(from: Int32Array, to: Int32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i] as number;
}

/** Whether a position is between the two halves of a surrogate pair, where no regular expression in Unicode mode stops. */
function splitsCharacter(path: string, position: number): boolean {
  if (position === 0 || (path.charCodeAt(position) & 0xfc00) !== 0xdc00) return false;
  return (path.charCodeAt(position - 1) & 0xfc00) === 0xd800;
}
