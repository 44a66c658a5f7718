// `npm test`: every check there is, with a line for each, and a last line `N passed, N failed` that counts the checks and the
// single tests together. The static checks run side by side; Jest runs after them, because it uses all processors.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };
const work = mkdtempSync(join(tmpdir(), 'test-'));
const jestProgram = 'node_modules/jest/bin/jest.js';
const waiting = [
  ['types', () => run('tsc', ['--noEmit', '--pretty', 'false'])],
  ['lint', () => script('check-lint')],
  ['text', () => script('check-text')],
  ['lock', () => script('check-lock')],
  ['imports', () => script('check-imports')],
  ['path', () => run(process.execPath, ['bench/request-path.mjs', '--check'])],
  ['package', () => script('build').then((built) => (built.code === 0 ? script('check-package') : built))],
];

try {
  await Promise.all([lane(), lane()]);
  await jest();
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(
  'left out here, and done by .ci/run: the servers cgi, bun and deno in the conformance suite (the runtimes are large)',
);
console.log(
  'left out here, and done by .ci/run: the app behind nginx, Apache, lighttpd and HAProxy (Debian packages; npm run test:fronts)',
);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** Takes the next waiting check until none is left. Two of these use both cores of a small machine. */
async function lane() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, action] = next;
    const start = performance.now();
    const { code, output } = await action();
    total[code === 0 ? 'passed' : 'failed'] += 1;
    const text = output.trim();
    report(code === 0, name, start, code === 0 ? text.slice(text.lastIndexOf('\n') + 1) : `\n${text}\n`);
  }
}

/** All tests, their output shown as it comes. */
async function jest() {
  const start = performance.now();
  const file = join(work, 'jest.json');
  const flags = ['--ci', '--json', `--outputFile=${file}`, ...process.argv.slice(2)];
  const { code } = await run(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jestProgram, ...flags],
    { minutes: 20, echo: true },
  );
  const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, numRuntimeErrorTestSuites = 0 } = counts;
  // Jest may also fail without a failing test: none found, a file that does not load, an open handle until the time is over.
  const failed = numFailedTests + numRuntimeErrorTestSuites || (code === 0 ? 0 : 1);
  total.passed += numPassedTests;
  total.failed += failed;
  total.skipped += numPendingTests + numTodoTests;
  report(failed === 0, 'jest', start, `${numPassedTests} passed, ${failed} failed`);
}

function script(name) {
  return run(process.execPath, [`scripts/${name}.mjs`]);
}

function report(ok, name, start, text) {
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(8)} ${seconds.padStart(5)} s  ${text}`.trimEnd());
}
