// The suite against Bun and Deno, each with its own server. They are installed apart, in test/runtimes, as they are large:
//
//   npm ci --prefix test/runtimes && node --import tsx test/conformance/runtimes.ts [--only TEXT]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { bundled } from './bundle.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };
const check = (what: string, holds: boolean, found: unknown): void => {
  total[holds ? 'passed' : 'failed'] += 1;
  if (!holds) console.log(`FAIL  ${what}: ${String(found)}`);
};
const { file, remove } = await bundled(
  `import { app } from './app.mjs';
const { url } = await app.run({ port: 0, quiet: true });
console.log(url);
const { port } = new URL(url);
console.log(await app.run({ server: 'fetch', port: Number(port), quiet: true }).then(() => 'It listens twice.', (error) => error.message));
app.get('/which', (_args, { exchange }) => exchange.environ.constructor.name);`,
);
for (const [name, args] of [
  ['bun', [file]],
  ['deno', ['run', '--allow-all', file]],
] as const) {
  const child = spawn(here(`../runtimes/node_modules/.bin/${name}`), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const all = lines[Symbol.asyncIterator]();
  const { value: url } = (await all.next()) as { value?: string };
  if (url === undefined) total.failed += 1;
  else {
    const { value: refused } = (await all.next()) as { value?: string };
    check(
      `${name} says that a port is in use`,
      /^Port \d+ of 127\.0\.0\.1 is in use: stop the program that listens there/.test(refused ?? ''),
      refused,
    );
    // Its own: a request of fetch, not of node:http.
    const found = await (await fetch(`${url}/which`)).text();
    check(`${name} serves by its own server where none is named`, found === 'Request', found);
    const run = spawn(process.execPath, ['--import', 'tsx', here('./run.ts'), url, '--adapter', name, ...process.argv.slice(2)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    run.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(run, 'close');
    console.log(`${name}:\n${output}`);
    const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(output) ?? [0, 0, 1, 0];
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(skipped);
    const peer = new WebSocket(`${url.replace('http', 'ws')}/ws/echo`);
    await once(peer, 'open');
    const closed = once(peer, 'close');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await closed;
    check(`${name} closes WebSockets with 1001 when it stops`, code === 1001, code);
    await exited;
  }
}
remove();
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
