// All measurements: npm run bench [-- options]. Prints tables, writes bench/RESULTS.md and
// bench/results.json, and fills the tables of docs/performance.md.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { join, resolve } from 'node:path';
import { run } from '../scripts/run.mjs';

const HELP = `npm run bench [-- options]

  --only NAMES    groups or tables to measure, separated by commas; the results of the others stay as they are
  --quick         fewer and shorter rounds: about eight minutes instead of twenty-five
  --rounds N      rounds of each contest
  --seconds N     seconds of each round, where a round is measured in seconds
  --requests N    requests of the long run that memory is looked at in (default 200,000; the full run is 10,000,000)
  --no-write      only print
  --list          the names of all groups and scenarios`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    requests: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** In the order of the page. */
const GROUPS = [
  {
    id: 'http',
    title: 'Whole servers',
    intro:
      'The server is pinned to one core and the load generator to another; contestants take turns in rounds. The figure is the CPU ' +
      'time of the server process (and its children) per request by the account of the operating system, as the median of the ' +
      'rounds; the ratio is the median of the ratios within each round. All were first seen to give the same answer.',
  },
  {
    id: 'in-process',
    title: 'Without the kernel',
    intro:
      "The same servers, each in a process of its own, with requests that reach node's HTTP server through memory: what JavaScript " +
      'and the HTTP parser take, without sockets. CPU time in user space per request, the minimum of rounds that take turns.',
  },
  {
    id: 'costs',
    title: 'What costs what',
    intro:
      'Measured like the table before, in bottlenose alone: each line adds one thing to the route of the first, or, where it says ' +
      'so, to another line.',
  },
  {
    id: 'router',
    title: 'The router',
    intro:
      'Nanoseconds of CPU per match, over a hundred paths evenly spread over the rules; the minimum of rounds that take turns. ' +
      "Ours runs on what it gives to a request: the route and the wildcards' values.",
  },
  { id: 'validation', title: 'Validation', intro: 'Nanoseconds of CPU per object, the minimum of rounds that take turns.' },
  { id: 'templates', title: 'Templates', intro: 'Microseconds of CPU per page, the minimum of rounds that take turns.' },
  { id: 'parsing', title: 'Queries and cookies', intro: 'Nanoseconds of CPU per call, the minimum of rounds that take turns.' },
  { id: 'startup', title: 'Start-up', intro: 'From the start of the process to its first answer, alternating, as medians.' },
  { id: 'size', title: 'Installation', intro: 'What `npm install` of the package alone brings along, without optional peers.' },
  { id: 'memory', title: 'Memory', intro: 'Resident memory of the server process.' },
];

if (options.help) {
  console.log(HELP);
  process.exit();
}
const bench = import.meta.dirname;
if (!existsSync(join(bench, 'node_modules'))) await must('npm', ['ci', '--prefix', bench, '--no-audit', '--no-fund']);
await must(process.execPath, [join(resolve(bench, '..'), 'scripts/build.mjs')]);

const { asText, environment, readResults, writeResults } = await import('./report.mjs');
const { fillPage } = await import('./docs.mjs');
const only = options.only?.split(',');
const number = (text) => (text === undefined ? undefined : Number(text));
const given = Object.fromEntries(
  Object.entries({
    quick: options.quick,
    rounds: number(options.rounds),
    seconds: number(options.seconds),
    requests: number(options.requests),
  }).filter(([, value]) => value !== undefined),
);
const before = readResults();
const groups = {};
const began = performance.now();
let measured = 0;
for (const { id, ...about } of GROUPS) {
  const { tables } = await import(`./groups/${id}.mjs`);
  const kept = before.groups[id]?.tables ?? {};
  const now = {};
  for (const table of tables) {
    const isWanted = only === undefined || only.includes(id) || only.includes(table.id);
    if (options.list) console.log(`${id.padEnd(12)} ${table.id.padEnd(16)} ${table.title}`);
    else if (isWanted) {
      const { title, measure } = table;
      const result = { title, date: environment().date, ...(await measure(given)) };
      console.log(asText(result));
      now[table.id] = result;
      measured++;
    } else if (kept[table.id] !== undefined) now[table.id] = kept[table.id];
  }
  if (Object.keys(now).length > 0) groups[id] = { ...about, tables: now };
}
if (options.list) process.exit();
if (measured === 0) throw new Error(`Nothing is called ${options.only}: see --list.`);
if (!options['no-write']) {
  writeResults({ environment: environment(), groups });
  fillPage();
}
console.log(`\n${measured} tables in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
process.exit();

async function must(command, args) {
  const { code, output } = await run(command, args, { minutes: 10 });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${output}`);
}
