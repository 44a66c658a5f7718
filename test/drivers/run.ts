// The suite of the SQLite drivers in every runtime that has one: better-sqlite3 13 and node:sqlite in a newer Node, node:sqlite in
// Deno, bun:sqlite and node:sqlite in Bun. They are installed apart, as they are large:
//
//   npm ci --prefix test/drivers && npm ci --prefix test/runtimes && node --import tsx test/drivers/run.ts
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled } from '../conformance/bundle.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

const node = here('node_modules/.bin/node');
const bun = here('../runtimes/node_modules/.bin/bun');
const deno = here('../runtimes/node_modules/.bin/deno');
const runs = [
  { driver: 'better-sqlite3', command: node, args: [] },
  { driver: 'node', command: node, args: [] },
  { driver: 'node', command: deno, args: ['run', '--allow-all'] },
  { driver: 'bun', command: bun, args: [] },
  { driver: 'node', command: bun, args: [] },
];

const { file, remove } = await bundled(`import { driverCases, reasonToSkip } from '../sqlite/driver-cases.ts';
const driver = process.env.DRIVER;
const total = { passed: 0, failed: 0, skipped: 0 };
const reason = reasonToSkip(driver);
if (reason !== undefined) {
  total.skipped = driverCases.length;
  console.log('skipped: ' + reason);
}
for (const { name, run } of reason === undefined ? driverCases : []) {
  try {
    await run(driver);
    total.passed++;
  } catch (error) {
    total.failed++;
    console.log('FAIL  ' + name + '\\n', error);
  }
}
console.log(JSON.stringify(total));
process.exit();`);
for (const { driver, command, args } of runs) {
  const runtime = command.slice(command.lastIndexOf('/') + 1);
  if (!existsSync(command)) {
    console.log(
      `${driver} in ${runtime}: skipped, ${runtime} is not installed (npm ci --prefix ${command.split('/node_modules')[0]})`,
    );
    total.skipped += 1;
    continue;
  }
  // The working directory is where better-sqlite3 is looked for first.
  const { stdout, stderr } = spawnSync(command, [...args, file], {
    cwd: here('.'),
    env: { ...process.env, DRIVER: driver },
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  const counts = /^\{.*\}$/.test(lines.at(-1) ?? '') ? (JSON.parse(lines.pop() as string) as typeof total) : undefined;
  if (counts === undefined) lines.push(stderr);
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 1, skipped: 0 };
  console.log([`${driver} in ${runtime}: ${passed} passed, ${failed} failed, ${skipped} skipped`, ...lines].join('\n'));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
remove();
if (existsSync(node)) {
  // All tests of SQLite with better-sqlite3 13. Found from the working directory, as the sources do.
  const jest = ['--experimental-vm-modules', '../../node_modules/jest/bin/jest.js', '--ci'];
  const { stderr } = spawnSync(node, jest, { cwd: here('.'), encoding: 'utf8' });
  const counted = (what: string): number => Number(new RegExp(`^Tests:.*?(\\d+) ${what}`, 'm').exec(stderr)?.[1] ?? 0);
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(counted) as [number, number, number];
  console.log(`all tests with better-sqlite3 13: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0 || passed === 0) console.log(stderr);
  total.passed += passed;
  total.failed += passed === 0 ? 1 : failed;
  total.skipped += skipped;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
