// Runs all cases against a server that is there already, and says `N passed, N failed, N skipped`:
//
//   node --import tsx test/conformance/run.ts URL [--adapter NAME] [--only TEXT] [--http2] [--lanes N] [--why]
//
// NAME is a line of the table in capabilities.ts (default: node), URL `http://…`, `https://…` or `unix:/path`. Under node, since
// it is the server that may be another. `--http2` asks by HTTP/2 what is not about HTTP/1.1 itself. `--lanes` says how many
// cases run at a time (default: those that wait all at once, then the others one after another). `--why` tells how the cases failed
// that had to.
import { parseArgs } from 'node:util';
import { lacksOf } from './capabilities.js';
import type { Case } from './case.js';
import { groups } from './cases/index.js';
import { http1Target } from './client.js';
import { http2Target } from './http2-client.js';
import { isPossible, lacking, prove, type Subject, uncertainty, waits } from './suite.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    adapter: { type: 'string', default: 'node' },
    only: { type: 'string', default: '' },
    http2: { type: 'boolean', default: false },
    lanes: { type: 'string' },
    why: { type: 'boolean', default: false },
  },
});
const [url] = positionals;
if (url === undefined) {
  console.error(
    'Usage: node --import tsx test/conformance/run.ts URL [--adapter NAME] [--only TEXT] [--http2] [--lanes N] [--why]',
  );
  process.exit(2);
}

const subject: Subject = {
  target: (values.http2 ? http2Target : http1Target)(url.replace(/\/$/, '')),
  lacks: lacksOf(values.adapter),
};
const count = { passed: 0, failed: 0, skipped: 0 };
type Named = readonly [name: string, one: Case];
const all = groups
  .flatMap(({ subject: about, cases }) => cases.map((one): Named => [`${about}: ${one.name}`, one]))
  .filter(([name]) => name.includes(values.only));
const possible = all.filter(([name, one]) => {
  const reason = uncertainty(one, subject.lacks);
  if (reason !== undefined) console.log(`skipped: ${name} (${reason})`);
  return reason === undefined && isPossible(one, subject);
});
count.skipped = all.length - possible.length;
if (values.lanes !== undefined) await run(possible, Number(values.lanes));
else {
  const isWaiting = ([, one]: Named) => waits(one, subject.lacks);
  await run(possible.filter(isWaiting), possible.length);
  await run(
    possible.filter((named) => !isWaiting(named)),
    1,
  );
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 ? 1 : 0);

async function run(cases: readonly Named[], lanes: number): Promise<void> {
  const left = [...cases];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await report(...next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function report(name: string, one: Case): Promise<void> {
  const missing = lacking(one, subject.lacks);
  const title = `${name}${missing.length > 0 ? ` (lacks ${missing.join(', ')})` : ''}`;
  try {
    const error = await prove(one, subject);
    count.passed++;
    if (values.why && error !== undefined) tell(`fails ${title}`, error);
  } catch (error) {
    count.failed++;
    tell(`FAIL  ${title}`, error);
  }
}

function tell(line: string, error: unknown): void {
  console.log(`${line}\n      ${String(error instanceof Error ? error.message : error).replaceAll('\n', '\n      ')}`);
}
