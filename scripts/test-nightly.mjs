// `npm run test:nightly`: the tests that compare us with others over generated cases, with so many of those that it takes minutes.
// DIFFERENTIAL_RUNS says how many; a failure prints the seed with which it can be repeated.
import { run } from './run.mjs';

process.env.DIFFERENTIAL_RUNS ??= '100000';
const files = ['test/validation/compiler/differential.test.ts', 'test/validation/parser.differential.test.ts'];
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const { code } = await run(process.execPath, [...flags, ...files], { minutes: 120, echo: true });
process.exitCode = code;
