#!/usr/bin/env node
// `npm create bottlenose [folder]`: makes a folder with a small project in it, and says how to go on.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm create bottlenose [FOLDER]

Makes FOLDER (default: bottlenose-app) and starts a project in it: a controller, an SQLite database, tests, a strict
tsconfig.json. The folder may exist if it is empty; . is the current one.

Options:
  -h, --help   print this
  --version    print the version`;

/** What a folder may hold and still count as empty. */
const IGNORED = new Set(['.git', '.DS_Store', 'Thumbs.db']);

const template = join(import.meta.dirname, 'template');
const { version } = readJSON(join(import.meta.dirname, 'package.json'));

/** What the user has to change: wrong arguments (2), or a folder that will not do (1). */
class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

try {
  run(process.argv.slice(2));
} catch (error) {
  const isArgument = error.code?.startsWith('ERR_PARSE_ARGS');
  // EACCES, ENOSPC and their like say enough; anything else is a mistake of this program.
  if (!(error instanceof Problem || isArgument || /^E[A-Z]+$/.test(error.code))) throw error;
  process.exitCode = isArgument ? 2 : (error.status ?? 1);
  console.error(`create-bottlenose: ${error.message}`);
  if (process.exitCode === 2) console.error(`\n${HELP}`);
}

function run(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
  });
  if (values.help) return console.log(HELP);
  if (values.version) return console.log(version);
  if (positionals.length > 1) throw new Problem(2, `One folder, please, not ${positionals.length}: ${positionals.join(' ')}`);
  const folder = resolve(positionals[0] ?? 'bottlenose-app');
  checkEmpty(folder);
  create(folder);
  console.log(nextSteps(folder));
}

function checkEmpty(folder) {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new Problem(1, `${folder} is a file. Choose another name.`);
  const found = readdirSync(folder).filter((name) => !IGNORED.has(name));
  if (found.length === 0) return;
  const some = found.length > 3 ? [...found.slice(0, 3), '…'] : found;
  throw new Problem(1, `${folder} is not empty (${some.join(', ')}). Nothing was written; choose another folder, or empty it.`);
}

function create(folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(template, folder, { recursive: true });
  // npm leaves files of this name out of packages.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const name = packageName(basename(folder));
  const manifest = readJSON(join(folder, 'package.json'));
  manifest.name = name;
  manifest.dependencies.bottlenose = `^${version}`;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const readme = join(folder, 'README.md');
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(/^# .*/, `# ${name}`));
}

/** A folder's name as npm takes it: lower case, and nothing that would have to be escaped in a URL. */
function packageName(folder) {
  const plain = folder.normalize('NFKD').toLowerCase();
  return plain.replace(/[^a-z0-9._~-]+/g, '-').replace(/^[-._]+|-+$/g, '') || 'bottlenose-app';
}

function nextSteps(folder) {
  const [, manager = 'npm'] = /^(pnpm|yarn|bun)\b/.exec(process.env.npm_config_user_agent ?? '') ?? [];
  const path = relative('.', folder);
  const place = /\s/.test(path) ? `"${path}"` : path;
  const cd = path === '' ? '' : `  cd ${place}\n`;
  return `Your project is in ${folder}. Next:

${cd}  ${manager} install
  ${manager} start         serves it at http://127.0.0.1:8080
  ${manager} run dev       the same, and again whenever a file changes
  ${manager} run test      compiles and tests it`;
}

function readJSON(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
