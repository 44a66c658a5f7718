// `npm run test:nightly`: the tests of properties, with a hundred times as many generated cases as `npm test` has (or as many times
// as the argument says), and new ones each time. In batches, as a process that has made some thousands of classes gets slower with
// each. A failure can be repeated with the environment variables that are printed before it.
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';

const BATCH = 10;
const times = Number(process.argv[2] ?? 100);
const files = readdirSync('test', { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`)
  .filter((name) => readFileSync(name, 'utf8').includes("/property.js'"));
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--ci'];

for (let done = 0; done < times; done += BATCH) {
  process.env.PROPERTY_TIMES = String(Math.min(BATCH, times - done));
  process.env.PROPERTY_SEED = String(randomInt(2 ** 31));
  console.log(`PROPERTY_TIMES=${process.env.PROPERTY_TIMES} PROPERTY_SEED=${process.env.PROPERTY_SEED}`);
  const { code, output } = await run(process.execPath, [...flags, '--testTimeout=3600000', '--runTestsByPath', ...files], {
    minutes: 60,
  });
  if (code !== 0) {
    console.log(output);
    process.exitCode = 1;
    break;
  }
}
