import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Target } from '../case.js';

/** A name under which the app's handlers leave what they notice. */
export function newId(): string {
  return randomUUID();
}

/** What the handlers have noticed. */
export async function marks(target: Target, id: string): Promise<string[]> {
  return (await target.ask('GET', `/marks/${id}`)).json;
}

/** Asks until it is so; the case's own limit ends it. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await wait(20);
}

export async function untilMarked(target: Target, id: string, text: string): Promise<void> {
  await until(async () => (await marks(target, id)).includes(text));
}

/** Tells the handler that waits under this name to go on. */
export async function tellToGo(target: Target, id: string): Promise<void> {
  await target.ask('POST', `/go/${id}`);
}

/**
 * Waits until a count has reached `all`, or stands still: for half a second, and while the server answers other requests. A busy
 * machine slows both down alike.
 */
export async function standstill(target: Target, count: () => Promise<number> | number, all: number): Promise<number> {
  let last = -1;
  for (let rounds = 0, since = Date.now(); ; rounds++) {
    const now = await count();
    if (now >= all) return now;
    if (now !== last) {
      last = now;
      rounds = 0;
      since = Date.now();
    } else if (rounds >= 20 && Date.now() - since >= 500) return now;
    await target.ask('GET', '/');
    await wait(20);
  }
}

/** Reads a body as text, in whatever pieces it comes. What comes while nobody reads is kept. */
export class TextReader {
  readonly #chunks: AsyncIterator<string>;
  text = '';

  constructor(body: Readable) {
    this.#chunks = body.setEncoding('utf8')[Symbol.asyncIterator]();
  }

  /** Reads until the text is as wanted. Throws if the body ends before. */
  async until(isWanted: (text: string) => boolean): Promise<void> {
    while (!isWanted(this.text)) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error(`The body ended after ${JSON.stringify(this.text)}.`);
      this.text += value;
    }
  }

  /** Reads to the end, and gives the whole text. Throws if the body breaks off. */
  async all(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) return this.text;
      this.text += value;
    }
  }
}

/** Takes what `/flood/<id>` sends, and compares each byte. */
export class FloodReader {
  readonly #piece = pattern(64 * 1024);
  length = 0;
  /** After how many bytes something else came than was sent. */
  wrongAfter: number | undefined;

  take(bytes: Buffer): void {
    for (let at = 0, end = 0; at < bytes.length; at = end) {
      const start = this.length % this.#piece.length;
      end = Math.min(bytes.length, at + this.#piece.length - start);
      if (!bytes.subarray(at, end).equals(this.#piece.subarray(start, start + end - at))) this.wrongAfter ??= this.length;
      this.length += end - at;
    }
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The bytes that the app makes for `/bytes/<length>`. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 8) * 13) & 255;
  return bytes;
}

export { assert };
