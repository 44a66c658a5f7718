import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The app in a process of its own, from the sources. Its first line is the URL. `options` are those of `run`. */
export async function startChild(options: object, env: Record<string, string> = {}) {
  const script = fileURLToPath(new URL('./serve.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [url] = (await Promise.race([once(lines, 'line'), exited.then(([code]) => [undefined, code])])) as [string | undefined];
  if (url === undefined) throw new Error(`The server ended before it listened: ${script} ${JSON.stringify(options)}`);
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    // One that does not end is a failure of the case that wanted it to; no test is to wait for it for ever.
    const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(deadline);
  };
  return { url, child, close };
}
