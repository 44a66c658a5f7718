import { EventEmitter, on } from 'node:events';

/** What somebody has said. */
export interface Line {
  id: number;
  name: string;
  text: string;
}

/** How many lines a room remembers, for those who come late or come back. */
const MEMORY = 100;

/** A room: remembers the last lines, and tells everybody who listens of new ones. */
export class Room {
  readonly #bus = new EventEmitter().setMaxListeners(0);
  readonly #lines: Line[] = [];
  #count = 0;

  /** How many listen. */
  get size(): number {
    return this.#bus.listenerCount('line');
  }

  say(name: string, text: string): Line {
    const line = { id: ++this.#count, name, text };
    this.#lines.push(line);
    if (this.#lines.length > MEMORY) this.#lines.shift();
    this.#bus.emit('line', line);
    return line;
  }

  /** Calls `listener` with the lines after `id`, and then with every new one. Gives what stops it. */
  listen(id: number, listener: (line: Line) => void): () => void {
    for (const line of this.#after(id)) listener(line);
    this.#bus.on('line', listener);
    return () => this.#bus.off('line', listener);
  }

  /** The same as an iterable, until the signal aborts. */
  async *follow(id: number, signal: AbortSignal): AsyncGenerator<Line> {
    const news = on(this.#bus, 'line', { signal });
    yield* this.#after(id);
    for await (const [line] of news) yield line as Line;
  }

  #after(id: number): Line[] {
    return this.#lines.filter((line) => line.id > id);
  }
}

/** The rooms that there are: each begins when somebody enters it first. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  get(name: string): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new Room();
      this.#rooms.set(name, room);
    }
    return room;
  }
}
