import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
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
