// The entry point of the thread in which Node 20 runs module hooks, in a supervised process.
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { stateOf } from './file-state.js';

let port: MessagePort | undefined;

export function initialize(data: { port: MessagePort }): void {
  port = data.port;
}

export async function resolve(
  name: string,
  context: object,
  next: (name: string, context: object) => Promise<{ url: string }>,
): Promise<{ url: string }> {
  const found = await next(name, context);
  const { url } = found;
  // This thread reads the state before the file is loaded. The main thread may receive the message much later.
  if (url.startsWith('file:')) {
    const file = fileURLToPath(url.replace(/[?#].*$/, ''));
    port?.postMessage([file, stateOf(file)]);
  }
  return found;
}
