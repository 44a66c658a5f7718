// The entry point of the thread in which Node 20 runs module hooks, in a supervised process.
import type { MessagePort } from 'node:worker_threads';

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
  port?.postMessage(found.url);
  return found;
}
