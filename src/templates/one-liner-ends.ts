/**
 * Decides which block an `end` closes that follows a one-line block (`if x: y = 1`). Bottle demands an `end` for such a block. Here
 * it may have none, so that the `end` may also belong to the enclosing block. The column of the `end` decides. If a later `end`
 * then closes nothing, the template is parsed again with the other decision.
 */
export class OneLinerEnds {
  /** Whether the last attempt found an `end`, an `else` or a bracket that closes nothing. */
  isUnbalanced = false;
  /** The offsets of the `end`s that close a one-line block because the template is not balanced otherwise. */
  readonly #own = new Set<number>();
  /** The offsets of the `end`s that this attempt gave to the enclosing block. */
  #outer: number[] = [];

  /** Starts another attempt. */
  start(): void {
    this.isUnbalanced = false;
    this.#outer = [];
  }

  /**
   * Whether an `end` closes the one-line block before it, and not the enclosing block.
   *
   * @param looksOwn whether its column suggests this.
   */
  closesOneLiner(offset: number, looksOwn: boolean): boolean {
    if (looksOwn || this.#own.has(offset)) return true;
    this.#outer.push(offset);
    return false;
  }

  /** Changes the last decision that may have unbalanced the template. Returns false if there is none. */
  reconsider(): boolean {
    const offset = this.isUnbalanced ? this.#outer.pop() : undefined;
    if (offset === undefined) return false;
    this.#own.add(offset);
    return true;
  }
}
