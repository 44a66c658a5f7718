/** A stretch of generated code that is a copy of a stretch of the template. */
interface Segment {
  readonly generated: number;
  readonly source: number;
}

/** Code made of copies from a template and of glue between them, that knows where each of its characters came from. */
export class Emitter {
  code = '';
  readonly #segments: Segment[] = [];

  /** Adds code that stands for the place `source` of the template. */
  add(code: string, source: number): void {
    this.#segments.push({ generated: this.code.length, source: -1 - source });
    this.code += code;
  }

  /** Adds a copy of the template's text from `source` on. */
  copy(text: string, source: number): void {
    this.#segments.push({ generated: this.code.length, source });
    this.code += text;
  }

  /** The place in the template that an offset of the code came from. */
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
