// What runs for one warm GET /hello/ada, from the event of node:http to the written answer, in files, functions and lines of the
// source, beside what runs in other frameworks: node bench/request-path.mjs [--list] [--imports] [--check]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

/**
 * What `--check` allows. Lines are those of code: no comments, no blank lines. A function's length counts them all. The check of the
 * Host header takes a file and two functions. The goal for `linesLoaded` is 11,500. The limit is what is reached, because synchronous
 * functions of the main entry need the rest: templates and validators are compiled, with or without generated code, when they are
 * called, as are mapped types and the files of the configuration, and mounting wires routes and reports their problems. Only what the
 * answer to a request needs can be loaded later.
 */
const LIMITS = { files: 15, functions: 47, functionLength: 60, linesLoaded: 16_150 };

const HELP = `node bench/request-path.mjs [options]

  --list      the files and functions, each with its lines
  --imports   what "import 'bottlenose'" loads
  --check     fail where bottlenose is above the limits, and measure no other framework`;

const { values: options } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    imports: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit();
}

const names = { bottlenose: 'bottlenose', hono: 'Hono', koa: 'Koa', fastify: 'Fastify' };
const measured = options.check ? ['bottlenose'] : Object.keys(names);
const column = (text, width) => String(text).padStart(width);
console.log(`${''.padEnd(12)}${column('files', 8)}${column('functions', 11)}${column('live lines', 12)}${column('longest', 9)}`);
const found = {};
for (const name of measured) {
  const counts = await countsOf(name);
  if (counts === undefined) {
    console.log(`${names[name].padEnd(12)}  is not installed: npm ci --prefix bench`);
    continue;
  }
  found[name] = totals(counts);
  const { files, functions, lines, longest } = found[name];
  console.log(names[name].padEnd(12) + column(files, 8) + column(functions, 11) + column(lines, 12) + column(longest, 9));
}
if (options.list) for (const name of Object.keys(found)) list(names[name], found[name]);
const { loaded, ...own } = found.bottlenose;
const linesLoaded = loaded.reduce((sum, { lines }) => sum + lines, 0);
if (options.imports || options.check) {
  console.log(`\nimport 'bottlenose' loads ${linesLoaded} lines of code in ${loaded.length} files.`);
}
if (options.imports) {
  for (const { file, lines } of loaded.toSorted((a, b) => (a.file < b.file ? -1 : 1)))
    console.log(`${column(lines, 6)}  ${file}`);
}
if (options.check) check();

/** Counts in a separate process for each framework. */
async function countsOf(name) {
  const child = fork(new URL('./request-path-child.mjs', import.meta.url), [name], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close');
  let counts;
  child.on('message', (message) => {
    counts = message;
    // The server that it has started would keep it.
    child.kill();
  });
  await ended;
  if (counts !== undefined) return counts;
  if (name !== 'bottlenose' && errors.includes('ERR_MODULE_NOT_FOUND')) return undefined;
  throw new Error(`${names[name]} could not be counted:\n${errors}`);
}

function totals({ files, loaded }) {
  const functions = files.flatMap((file) => file.functions);
  return {
    files: files.length,
    functions: functions.length,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    longest: Math.max(...functions.map(({ length = 0 }) => length)),
    list: files,
    loaded,
  };
}

function list(title, { list: files }) {
  console.log(`\n${title}: live lines of each file; where each function starts, and its length`);
  for (const { file, functions, lines } of files) {
    console.log(`${column(lines, 6)}  ${file}`);
    for (const { name, line, length } of functions)
      console.log(`${' '.repeat(10)}${name}  ${line}${length === undefined ? '' : `, ${length}`}`);
  }
}

function check() {
  const figures = [
    ['files', own.files, LIMITS.files],
    ['functions', own.functions, LIMITS.functions],
    ['lines of the longest function', own.longest, LIMITS.functionLength],
    ['lines loaded', linesLoaded, LIMITS.linesLoaded],
  ];
  const above = figures.filter(([, figure, limit]) => figure > limit);
  for (const [what, figure, limit] of above) console.error(`${figure} ${what}, of at most ${limit}`);
  process.exitCode = above.length > 0 ? 1 : 0;
}
