// `npm run test:nightly`: the tests that compare us with others over generated cases, with 100,000 of those (or as many as the
// argument says). In batches, as a process that has made some thousands of classes gets slower with each. A failure prints the
// seed with which it can be repeated.
import { run } from './run.mjs';

const BATCH = 5000;
const cases = Number(process.argv[2] ?? 100_000);
const files = ['test/validation/compiler/differential.test.ts', 'test/validation/parser.differential.test.ts'];
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

for (let done = 0; done < cases; done += BATCH) {
  process.env.DIFFERENTIAL_RUNS = String(Math.min(BATCH, cases - done));
  const { code, output } = await run(process.execPath, [...flags, ...files], { minutes: 10 });
  if (code !== 0) {
    console.log(output);
    process.exitCode = 1;
    break;
  }
  console.log(`${done + Number(process.env.DIFFERENTIAL_RUNS)} of ${cases} cases agree`);
}
