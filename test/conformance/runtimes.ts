// The suite against Bun and Deno, each with its own server. They are installed apart, in test/runtimes, as they are large:
//
//   npm ci --prefix test/runtimes && node --import tsx test/conformance/runtimes.ts [--only TEXT]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundle.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };
const { file, remove } = await bundled(
  `import { app } from './app.mjs'; console.log((await app.run({ server: 'auto', port: 0, quiet: true })).url);`,
);
for (const [name, args] of [
  ['bun', [file]],
  ['deno', ['run', '--allow-all', file]],
] as const) {
  const child = spawn(here(`../runtimes/node_modules/.bin/${name}`), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [url] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [])])) as [string?];
  if (url === undefined) total.failed += 1;
  else {
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
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
remove();
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
