import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from '@jest/globals';
import { bundled } from './bundle.js';

type Bundle = Awaited<ReturnType<typeof bundled>>;

/** For a test file: a function that starts the app in a process of its own. Its `options` are those of `run`. */
export function childStarter(): (options: object) => Promise<{ url: string; close(): Promise<void> }> {
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await bundled(`import './serve.mjs';`);
  });
  afterAll(() => bundle.remove());
  return (options) => startChild(bundle.file, options);
}

async function startChild(program: string, options: object) {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  // The first line is the URL.
  const [url] = (await Promise.race([once(lines, 'line'), exited.then(() => [])])) as [url?: string];
  if (url === undefined) throw new Error(`The server ended before it listened: ${JSON.stringify(options)}`);
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const [, signal] = await exited;
    clearTimeout(deadline);
    if (signal === 'SIGKILL') throw new Error('The server did not end within two minutes.');
  };
  return { url, close };
}
