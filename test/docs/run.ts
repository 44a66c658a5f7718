import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, jest } from '@jest/globals';
import { curl, type Jars, shellWords } from './curl.js';
import { blocksOf, type Command, type Program, programsOf, readPage, root } from './page.js';

/** Under the root, so that 'bottlenose' is found; jest.config.js compiles what is below `plain` without metadata, as tsx would. */
export type Compiler = 'full' | 'plain';

/** For tools that look for one above the files: that of the quick start. */
const TSCONFIG = programsOf(blocksOf(readPage('docs/quick-start.md')))[0]?.files['tsconfig.json'] ?? '{}';

const starts = /^await (\w+)\.run\(\{ port: 8080/m;

/** Writes the files of a program, as they stand, except that it listens on a free port. */
export function writeProgram({ files }: Pick<Program, 'files'>, compiler: Compiler, ...place: string[]): string {
  const folder = join(root, 'build/docs', compiler, ...place);
  for (const [name, text] of Object.entries({ 'tsconfig.json': TSCONFIG, ...files })) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    const program = text.replace(starts, 'export const server = await $1.run({ port: 0, quiet: true');
    // A test that node runs itself stays as it is.
    const isImported = name.endsWith('.ts') && !name.endsWith('.test.ts');
    writeFileSync(
      file,
      isImported
        ? program.replace(/'node:assert\/strict'/, `'${relative(dirname(file), join(root, 'test/docs/assert.js'))}'`)
        : program,
    );
  }
  return folder;
}

/** Runs a program in its folder, and compares what it and its commands print with what the page says. */
export async function runProgram(program: Program, compiler: Compiler, ...place: string[]): Promise<void> {
  const folder = join(root, 'build/docs', compiler, ...place);
  const before = process.cwd();
  const lines: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  process.chdir(folder);
  let server: { url: string; close(): Promise<void> } | undefined;
  try {
    ({ server } = (await import(pathToFileURL(join(folder, program.entry)).href)) as { server?: typeof server });
    if (program.files[program.entry]?.includes('app.run(') && server === undefined)
      throw new Error('write `await app.run({ port: 8080 … })`, which the tests know how to start');
    if (program.prints !== undefined && (compiler === 'full' || !program.needsMetadata))
      check('what it prints', lines.join('\n').trim(), program.prints);
    const jars: Jars = new Map();
    for (const { command, output } of program.commands) {
      // What a process of its own does, does not depend on how this one compiles.
      if (compiler === 'plain' && command.startsWith('npx')) continue;
      check(command, (await execute(command, folder, server?.url, jars)).trim(), output);
    }
  } finally {
    log.mockRestore();
    await server?.close();
    process.chdir(before);
  }
}

async function execute(command: Command['command'], folder: string, url: string | undefined, jars: Jars): Promise<string> {
  const [program, ...words] = shellWords(command);
  if (program === 'curl') {
    if (url === undefined) throw new Error(`nothing runs that could answer: ${command}`);
    return (await curl(words, url, jars)).replaceAll('\r\n', '\n');
  }
  const [tool, ...args] = words;
  if (program === 'npx' && tool === 'bottlenose') return node([join(root, 'dist/cli/main.js'), ...args], folder);
  if (program === 'npx' && tool === 'tsx') return node([join(root, 'node_modules/tsx/dist/cli.mjs'), ...args], folder);
  throw new Error(`the tests do not know how to run: ${command}`);
}

async function node(args: string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const run = promisify(execFile)(process.execPath, args, { cwd, env: { ...env, NO_COLOR: '1' }, timeout: 60_000 });
  const { stdout, stderr } = await run.catch((error: unknown) => error as { stdout: string; stderr: string });
  return stdout + stderr;
}

/** Compares. `…` on the page stands for any text: within a line for some of it, alone on a line for any number of lines. */
function check(what: string, actual: string, stated: string): void {
  if (stated === '…') throw new Error(`${what}: say something of what it prints`);
  if (!stated.includes('…')) return expect({ what, printed: actual }).toEqual({ what, printed: stated });
  const parts = stated
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?(?:.*$)?' : `${line.split('…').map(escaped).join('.*?')}\\n?`));
  if (!new RegExp(`^${parts.join('')}$`).test(actual)) expect({ what, printed: actual }).toEqual({ what, printed: stated });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
