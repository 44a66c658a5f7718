import { ChildCell, EdgeCell, Flag, type Layout, layOut, NodeCell, Offset, Taken } from './trie-layout.js';
import { UNBOUNDED } from './pattern.js';
import { buildTrie, type Leaf, NO_ORDER, type Ruled } from './trie.js';
import type { Conversion } from './wildcard-values.js';

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
  /** The spans of the best entry found, while the search continues in `spans`. */
  readonly #kept: Int32Array;
  /** What is still to be tried, the next at the end: an edge, where its wildcard starts, and the end that was tried last. */
  readonly #left: number[] = [];
  #steps = 0;
  /** Where the search stands: a node, and a place in the path. */
  #node: number = Offset.Root;
  #position = 0;
  /** The wildcard to be tried next, where it starts, and the end that was tried last. */
  #edge = 0;
  #start = 0;
  #end: number = End.None;
  /** How much of `#left` is in use. */
  #waiting = 0;
  /** The best entry found so far, and its order. */
  #found: Leaf<E> | null = null;
  #best = NO_ORDER;
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
    this.#found = null;
    this.#best = NO_ORDER;
    this.#waiting = 0;
    this.#node = Offset.Root;
    this.#position = 0;
    do {
      if (this.#descend(path, length)) return this.#found;
    } while (this.#branch(path, length));
    const found = this.#found as Leaf<E> | null;
    if (found === null) this.readTo = this.#layout.isPlain && !this.sawEncoded ? this.#position : 0;
    else copy(this.#kept, this.spans);
    return found;
  }

  /**
   * Follows the literal texts from the current node as far as the path has them, and leaves the wildcards that it passes to be tried
   * later. Ends at a node whose own wildcards come next.
   *
   * @returns whether a leaf was reached than which nothing better is left.
   */
  #descend(path: string, length: number): boolean {
    const cells = this.#cells;
    let node = this.#node;
    let position = this.#position;
    for (;;) {
      const edge = cells[node + NodeCell.Edge] as number;
      if (position === length) {
        this.#edge = edge;
        this.#start = position;
        this.#end = End.None;
        this.#position = position;
        return cells[node + NodeCell.Leaf] !== 0 && this.#accept(cells[node + NodeCell.Leaf] as number, path, length);
      }
      const code = path.charCodeAt(position);
      const place = code - (cells[node + NodeCell.Base] as number);
      const span = cells[node + NodeCell.Span] as number;
      let child: number = Offset.None;
      if (place >= 0 && place < span) child = cells[node + NodeCell.Table + place] as number;
      else if (span < 0) child = this.#wideChild(node, code);
      const rest = child === 0 ? -1 : (cells[child + ChildCell.Rest] as number);
      const next = position + 1 + rest;
      const text = child + ChildCell.Text;
      let i = 0;
      if (next > length || (this.#found !== null && (cells[child + ChildCell.MinOrder] as number) >= this.#best)) i = rest + 1;
      while (i < rest && path.charCodeAt(position + 1 + i) === cells[text + i]) i++;
      if (i !== rest) {
        this.#edge = edge;
        this.#start = position;
        this.#end = End.None;
        this.#position = position;
        return false;
      }
      if (edge !== 0) this.#postpone(edge, position, End.None);
      node = text + rest;
      position = next;
    }
  }

  /** Takes the first leaf at a node that the path matches, if it is better than what was found. @returns whether nothing better is left */
  #accept(index: number, path: string, length: number): boolean {
    let leaf = this.#leaves[index - 1] as Leaf<E> | null;
    while (leaf !== null && leaf.order < this.#best && leaf.loose && !this.#decides(leaf, path, length)) leaf = leaf.sibling;
    if (leaf === null || leaf.order >= this.#best) return false;
    if (!leaf.loose) this.texts = null;
    const cells = this.#cells;
    const left = this.#left;
    let waiting = this.#waiting;
    while (waiting > 0 && (cells[(left[waiting - 3] as number) + EdgeCell.MinOrder] as number) >= leaf.order) waiting -= 3;
    this.#waiting = waiting;
    this.#best = leaf.order;
    this.#found = leaf;
    if (waiting === 0 && this.#edge === 0) return true;
    copy(this.spans, this.#kept);
    return false;
  }

  /** Whether the path matches the own regular expression of a leaf, which then gives the texts of the wildcards. */
  #decides(leaf: Leaf<E>, path: string, length: number): boolean {
    if (this.#refused?.has(leaf)) return false;
    const texts = leaf.entry.rule.matches(path.slice(0, length));
    if (texts !== null) {
      this.texts = texts;
      return true;
    }
    this.#refused ??= new Set();
    this.#refused.add(leaf);
    return false;
  }

  /**
   * Takes the next wildcard that could lead to something better, and the next end of it.
   *
   * @returns whether there was one: the search continues behind it.
   */
  #branch(path: string, length: number): boolean {
    const cells = this.#cells;
    let edge = this.#edge;
    for (;;) {
      if (edge === 0 || (cells[edge + EdgeCell.MinOrder] as number) >= this.#best) {
        if (this.#waiting === 0) return false;
        this.#waiting -= 3;
        edge = this.#left[this.#waiting] as number;
        this.#start = this.#left[this.#waiting + 1] as number;
        this.#end = this.#left[this.#waiting + 2] as number;
        continue;
      }
      const sibling = cells[edge + EdgeCell.Sibling] as number;
      const flags = cells[edge + EdgeCell.Flags] as number;
      const isSimple = (flags & Flag.Simple) !== 0 && this.#steps <= Limit.Carefree;
      const start = this.#start;
      let end: number;
      if (isSimple) {
        // Its one end is that of a whole run of characters.
        const first = (flags & Flag.Sign) !== 0 && path.charCodeAt(start) === 0x2d ? start + 1 : start;
        end = this.#runEnd(cells[edge + EdgeCell.Class] as number, first, path, length);
        this.#steps += end - first;
        if (end === first) end = End.None;
      } else end = this.#nextEnd(edge, start, this.#end, path, length);
      if (end === End.None) {
        edge = sibling;
        this.#end = End.None;
        continue;
      }
      if (!isSimple) this.#postpone(edge, start, end);
      else if (sibling !== 0) this.#postpone(sibling, start, End.None);
      const place = cells[edge + EdgeCell.Place] as number;
      this.spans[place] = start;
      this.spans[place + 1] = end;
      this.#node = edge + EdgeCell.Next;
      this.#position = end;
      return true;
    }
  }

  /** Leaves a wildcard to be tried later. */
  #postpone(edge: number, start: number, end: number): void {
    const left = this.#left;
    const waiting = this.#waiting;
    left[waiting] = edge;
    left[waiting + 1] = start;
    left[waiting + 2] = end;
    this.#waiting = waiting + 3;
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

/** The longest run of digits, with a sign, that is certainly a safe integer. */
const SAFE_LENGTH = 15;

/**
 * The wildcards' values, cut out of a path by start and end, or `null` if that is not all there is to do.
 *
 * Lists as long as they are to be from the start: one that is pushed to is given room for seventeen.
 */
export function simpleValues(conversions: readonly Conversion[], path: string, spans: Int32Array): unknown[] | null {
  const { length } = conversions;
  const first = length > 0 ? simpleValue(conversions, 0, path, spans) : null;
  if (first === undefined) return null;
  if (length < 2) return length === 0 ? [] : [first];
  const second = simpleValue(conversions, 1, path, spans);
  if (second === undefined) return null;
  if (length === 2) return [first, second];
  const third = simpleValue(conversions, 2, path, spans);
  if (third === undefined) return null;
  const values = [first, second, third];
  for (let i = 3; i < length; i++) {
    const value = simpleValue(conversions, i, path, spans);
    if (value === undefined) return null;
    values.push(value);
  }
  return values;
}

/** `undefined` for a value that its filter has to make. */
function simpleValue(
  conversions: readonly Conversion[],
  i: number,
  path: string,
  spans: Int32Array,
): string | number | undefined {
  const start = spans[i * 2] as number;
  const end = spans[i * 2 + 1] as number;
  const conversion = conversions[i];
  if (conversion === 'text') return path.slice(start, end);
  return conversion === 'integer' && end - start <= SAFE_LENGTH ? integerAt(path, start, end) : undefined;
}

function integerAt(path: string, start: number, end: number): number {
  const negative = path.charCodeAt(start) === 0x2d;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) value = value * 10 + path.charCodeAt(i) - 0x30;
  return negative && value !== 0 ? -value : value;
}
