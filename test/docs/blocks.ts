import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

/** A program of a page, with the commands that follow it and what they are said to print. */
export interface Example {
  heading: string;
  code: string;
  commands: { command: string; output: string }[];
}

/** The programs of a Markdown page: every `ts` block, with the `console` block right after it. */
export function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8');
  const examples: Example[] = [];
  let heading = '';
  for (const match of text.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const [, title, language, block] = match;
    if (title !== undefined) heading = title;
    else if (language === 'ts') examples.push({ heading, code: block as string, commands: [] });
    else if (language === 'console' && examples.at(-1)?.heading === heading)
      examples.at(-1)?.commands.push(...commandsOf(block as string));
  }
  return examples;
}

function commandsOf(block: string): Example['commands'] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { command, output: output.join('\n').trim() };
    });
}

/** Writes a page's programs to files of their own, and compiles them as a user would. Gives what the compiler says. */
export function compileExamples(page: string): string {
  const folder = join(root, 'build/types', page.replace(/\W/g, '-'));
  mkdirSync(folder, { recursive: true });
  examplesOf(page).forEach(({ code }, i) => {
    writeFileSync(join(folder, `${i}.ts`), code);
  });
  const compilerOptions = { rootDir: root, noUnusedLocals: false };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  );
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return (stdout + stderr).trim();
}

/** Runs a program as it stands, except that it listens on a free port, and compares what its commands print. */
export async function runExample(page: string, number: number, { code, commands }: Example): Promise<void> {
  const folder = join(root, 'build/docs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${page.replace(/\W/g, '-')}-${number}.ts`);
  const program = code.replace(/await (\w+)\.run\(\{ port: 8080/g, 'export const server = await $1.run({ port: 0, quiet: true');
  writeFileSync(file, program);
  const { server } = (await import(pathToFileURL(file).href)) as { server?: { url: string; close(): Promise<void> } };
  try {
    for (const { command, output } of commands) {
      expect({ command, output: (await curl(command, server?.url as string)).trim() }).toEqual({ command, output });
    }
  } finally {
    await server?.close();
  }
}

/** What a `curl` command line says, done with `fetch`: `-X verb`, `-H name:value`, `-d body`. */
async function curl(command: string, base: string): Promise<string> {
  const [program, ...words] = command.split(/ +/);
  expect(program).toBe('curl');
  const init: { method?: string; body?: string; headers: [string, string][] } = { headers: [] };
  let url = '';
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '-X') init.method = words[++i];
    else if (word === '-d') init.body = words[++i];
    else if (word === '-H') init.headers.push((words[++i] as string).split(/:(.*)/).slice(0, 2) as [string, string]);
    else url = word;
  }
  const method = init.method ?? (init.body === undefined ? 'GET' : 'POST');
  const response = await fetch(url.replace('http://127.0.0.1:8080', base), { ...init, method });
  return response.text();
}
