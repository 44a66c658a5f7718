/** A range of generated code that is a copy of a range of the template. */
interface Segment {
  readonly generated: number;
  readonly source: number;
}

/**
 * Generated code that consists of copies from a template and text between them. It maps each character to its position in the
 * template.
 */
export class Emitter {
  code = '';
  readonly #segments: Segment[] = [];

  /** Adds code that represents the position `source` of the template. */
  add(code: string, source: number): void {
    this.#segments.push({ generated: this.code.length, source: -1 - source });
    this.code += code;
  }

  /** Adds a copy of the template's text from `source` on. */
  copy(text: string, source: number): void {
    this.#segments.push({ generated: this.code.length, source });
    this.code += text;
  }

  /** The position in the template of an offset in the code. */
  sourceOf(generated: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle] as Segment).generated <= generated) low = middle;
      else high = middle - 1;
    }
    const segment = this.#segments[low];
    if (!segment) return 0;
    return segment.source < 0 ? -1 - segment.source : segment.source + generated - segment.generated;
  }
}
