import { ChildCell, EdgeCell, Flag, type Layout, buildLayout, NodeCell, Offset, CharClass } from './trie-layout.js';
import { UNBOUNDED } from './pattern.js';
import { buildTrie, type Leaf, NO_ORDER, type HasRule } from './trie.js';
import type { Conversion } from './wildcard-values.js';

enum Limit {
  /** The number of steps after which a search begins to record the positions it has tried. */
  Unrecorded = 4096,
}

/** Used instead of the end of a wildcard. */
enum End {
  /** None has been tried yet, or none is left. */
  None = -1,
}

/**
 * Finds the first rule, in their order, that matches a path.
 *
 * The search descends the trie depth first and keeps the smallest order. It tries the ends of a wildcard in the order of a
 * backtracking regular expression, so it captures the same texts. Paths that are constructed to try everything activate a record
 * of the tried positions. From then on, the cost is linear in the length of the path.
 */
export class TrieSearch<E extends HasRule> {
  /** Start and end of each wildcard of the result. The next search overwrites them. */
  readonly spans: Int32Array;
  /** The texts of the wildcards instead, if the rule's regular expression decided the result. */
  texts: string[] | null = null;
  /** Whether a tried wildcard contained a character that decoding would change. */
  sawEncoded = false;
  /** After a search without result: the length of the prefix that was read and that decoding would not change. */
  readTo = 0;

  readonly #layout: Layout<E>;
  readonly #cells: Int32Array;
  readonly #classes: Uint8Array;
  readonly #leaves: readonly Leaf<E>[];
  /** The spans of the best result. The search continues in `spans`. */
  readonly #bestSpans: Int32Array;
  /** A stack of the alternatives to try: an edge, the start of its wildcard, and the end that was tried last. */
  readonly #stack: number[] = [];
  #steps = 0;
  /** The current node, and the current position in the path. */
  #node: number = Offset.Root;
  #position = 0;
  /** The wildcard to try next, its start, and the end that was tried last. */
  #edge = 0;
  #start = 0;
  #end: number = End.None;
  /** The used length of `#stack`. */
  #stackSize = 0;
  /** The best result so far, and its order. */
  #found: Leaf<E> | null = null;
  #best = NO_ORDER;
  /** Leaves whose regular expression did not match the path. Each one is tested once. */
  #rejected: Set<Leaf<E>> | null = null;
  #tried: Map<number, Uint8Array> | null = null;

  /** @param entries in the order in which they are tried. */
  constructor(entries: readonly E[]) {
    const layout = buildLayout(buildTrie(entries));
    this.#layout = layout;
    this.#cells = layout.cells;
    this.#classes = layout.classes;
    this.#leaves = layout.leaves;
    this.spans = new Int32Array(layout.wildcards * 2);
    this.#bestSpans = new Int32Array(layout.wildcards * 2);
  }

  /**
   * The first rule that matches a path, compared without decoding. `spans` or `texts` then contain the texts of its wildcards.
   *
   * @param length the length of the path. Later characters are ignored.
   */
  find(path: string, length: number): Leaf<E> | null {
    this.texts = null;
    this.sawEncoded = false;
    this.#steps = 0;
    this.#rejected = null;
    this.#tried = null;
    this.#found = null;
    this.#best = NO_ORDER;
    this.#stackSize = 0;
    this.#node = Offset.Root;
    this.#position = 0;
    do {
      if (this.#descend(path, length)) return this.#found;
    } while (this.#branch(path, length));
    const found = this.#found as Leaf<E> | null;
    if (found === null) this.readTo = this.#layout.isPlain && !this.sawEncoded ? this.#position : 0;
    else copy(this.#bestSpans, this.spans);
    return found;
  }

  /**
   * Follows the literal texts from the current node as far as the path matches, and pushes the passed wildcards on the stack.
   * Stops at a node whose own wildcards come next.
   *
   * @returns whether a leaf was reached and no better one is possible.
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
      const index = code - (cells[node + NodeCell.Base] as number);
      const span = cells[node + NodeCell.Span] as number;
      let child: number = Offset.None;
      if (index >= 0 && index < span) child = cells[node + NodeCell.Table + index] as number;
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
      if (edge !== 0) this.#push(edge, position, End.None);
      node = text + rest;
      position = next;
    }
  }

  /**
   * Accepts the first leaf of a node that matches the path, if it is better than the result so far.
   *
   * @returns whether no better one is possible
   */
  #accept(index: number, path: string, length: number): boolean {
    let leaf = this.#leaves[index - 1] as Leaf<E> | null;
    while (leaf !== null && leaf.order < this.#best && leaf.needsRegex && !this.#testLeaf(leaf, path, length))
      leaf = leaf.sibling;
    if (leaf === null || leaf.order >= this.#best) return false;
    if (!leaf.needsRegex) this.texts = null;
    const cells = this.#cells;
    const stack = this.#stack;
    let stackSize = this.#stackSize;
    while (stackSize > 0 && (cells[(stack[stackSize - 3] as number) + EdgeCell.MinOrder] as number) >= leaf.order) stackSize -= 3;
    this.#stackSize = stackSize;
    this.#best = leaf.order;
    this.#found = leaf;
    if (stackSize === 0 && this.#edge === 0) return true;
    copy(this.spans, this.#bestSpans);
    return false;
  }

  /** Whether the regular expression of a leaf matches the path. It then provides the texts of the wildcards. */
  #testLeaf(leaf: Leaf<E>, path: string, length: number): boolean {
    if (this.#rejected?.has(leaf)) return false;
    const texts = leaf.entry.rule.matches(path.slice(0, length));
    if (texts !== null) {
      this.texts = texts;
      return true;
    }
    this.#rejected ??= new Set();
    this.#rejected.add(leaf);
    return false;
  }

  /**
   * Selects the next wildcard that may lead to a better result, and its next end.
   *
   * @returns whether there was one. The search continues after it.
   */
  #branch(path: string, length: number): boolean {
    const cells = this.#cells;
    let edge = this.#edge;
    for (;;) {
      if (edge === 0 || (cells[edge + EdgeCell.MinOrder] as number) >= this.#best) {
        if (this.#stackSize === 0) return false;
        this.#stackSize -= 3;
        edge = this.#stack[this.#stackSize] as number;
        this.#start = this.#stack[this.#stackSize + 1] as number;
        this.#end = this.#stack[this.#stackSize + 2] as number;
        continue;
      }
      const sibling = cells[edge + EdgeCell.Sibling] as number;
      const flags = cells[edge + EdgeCell.Flags] as number;
      const isSimple = (flags & Flag.Simple) !== 0 && this.#steps <= Limit.Unrecorded;
      const start = this.#start;
      let end: number;
      if (isSimple) {
        // Its only end is the end of the run.
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
      if (!isSimple) this.#push(edge, start, end);
      else if (sibling !== 0) this.#push(sibling, start, End.None);
      const index = cells[edge + EdgeCell.SpanIndex] as number;
      this.spans[index] = start;
      this.spans[index + 1] = end;
      this.#node = edge + EdgeCell.Next;
      this.#position = end;
      return true;
    }
  }

  /** Pushes a wildcard on the stack. */
  #push(edge: number, start: number, end: number): void {
    const stack = this.#stack;
    const stackSize = this.#stackSize;
    stack[stackSize] = edge;
    stack[stackSize + 1] = start;
    stack[stackSize + 2] = end;
    this.#stackSize = stackSize + 3;
  }

  /**
   * The next possible end of a wildcard, or `End.None`.
   *
   * With a record of tried positions, no end is tried twice, because the search behind it found nothing better. For a wildcard of
   * unlimited length, this also applies to the later ends in the same run.
   */
  #nextEnd(edge: number, start: number, last: number, path: string, length: number): number {
    const cells = this.#cells;
    const flags = cells[edge + EdgeCell.Flags] as number;
    const kind = cells[edge + EdgeCell.Class] as number;
    const first = (flags & Flag.Sign) !== 0 && path.charCodeAt(start) === 0x2d ? start + 1 : start;
    const min = first + (cells[edge + EdgeCell.Min] as number);
    const isUnbounded = cells[edge + EdgeCell.Max] === UNBOUNDED;
    const max = Math.min(length, first + (cells[edge + EdgeCell.Max] as number));
    const tried = this.#steps > Limit.Unrecorded ? this.#triedEnds(edge, length) : null;
    if ((flags & Flag.Tested) !== 0) return last === End.None ? this.#testedEnd(edge, start, path, length, tried) : End.None;
    if ((flags & Flag.Lazy) !== 0) {
      for (let end = last === End.None ? first : last; ; end++) {
        if (end >= min && end !== last) {
          if (tried === null || tried[end] === 0) {
            if (tried !== null) tried[end] = 1;
            this.#steps++;
            if (this.#canContinue(edge + EdgeCell.Next, end, path, length)) return end;
          } else if (isUnbounded) return End.None;
        }
        if (end >= max || !this.#contains(kind, path.charCodeAt(end))) return End.None;
      }
    }
    let end = last - 1;
    if (last === End.None) {
      for (end = first; end < max && this.#contains(kind, path.charCodeAt(end)); end++) {
        if (tried !== null && isUnbounded && end >= min && tried[end] === 1) break;
      }
      this.#steps += end - first;
    }
    for (; end >= min; end--) {
      if (tried !== null) {
        if (tried[end] === 1) continue;
        tried[end] = 1;
      }
      if (this.#canContinue(edge + EdgeCell.Next, end, path, length)) return end;
    }
    return End.None;
  }

  /** The end of a wildcard whose own expression decides about its whole text. */
  #testedEnd(edge: number, start: number, path: string, length: number, tried: Uint8Array | null): number {
    const end = this.#runEnd(this.#cells[edge + EdgeCell.Class] as number, start, path, length);
    this.#steps += end - start;
    if (tried !== null && tried[end] === 1) return End.None;
    if (!this.#layout.tests[this.#cells[edge + EdgeCell.Test] as number]?.test(path.slice(start, end))) return End.None;
    if (tried !== null) tried[end] = 1;
    return end;
  }

  /** Whether a match can continue at a node. */
  #canContinue(node: number, position: number, path: string, length: number): boolean {
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
    const index = code - (this.#cells[node + NodeCell.Base] as number);
    return index >= 0 && index < span ? (this.#cells[node + NodeCell.Table + index] as number) : Offset.None;
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
    let codes = 0;
    for (; end < length; end++) {
      const code = path.charCodeAt(end);
      const charClass = classes[kind + (code < CharClass.Codes ? code : CharClass.Codes - 1)] as number;
      if (charClass === 0) break;
      codes |= charClass;
    }
    if (codes >= CharClass.Encoded) this.sawEncoded = true;
    return end;
  }

  #contains(kind: number, code: number): boolean {
    const charClass = this.#classes[kind + (code < CharClass.Codes ? code : CharClass.Codes - 1)] as number;
    if (charClass >= CharClass.Encoded) this.sawEncoded = true;
    return charClass !== 0;
  }

  #triedEnds(edge: number, length: number): Uint8Array {
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

/** For a few numbers this is faster than `set` (benchmark: `bench/router.ts`). */
function copy(from: Int32Array, to: Int32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i] as number;
}

/** Whether a position is between the two halves of a surrogate pair. A regular expression in Unicode mode never stops there. */
function splitsCharacter(path: string, position: number): boolean {
  if (position === 0 || (path.charCodeAt(position) & 0xfc00) !== 0xdc00) return false;
  return (path.charCodeAt(position - 1) & 0xfc00) === 0xd800;
}

/** The longest run of digits, including a sign, that is certainly a safe integer. */
const SAFE_LENGTH = 15;

/**
 * The values of the wildcards, cut out of a path by start and end, or `null` if a filter must convert one of them.
 *
 * The lists are created with their final length, because V8 reserves room for further elements when an element is pushed.
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

/** `undefined` for a value that its filter must convert. */
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
