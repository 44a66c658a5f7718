import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

/** A fenced block of a page. */
export interface Block {
  heading: string;
  line: number;
  language: string;
  /** What stands behind the language: a file's name, or one of the words `fragment`, `not-run`, `other`, `with-metadata`. */
  label: string;
  text: string;
}

/** A command with what it is said to print. */
export interface Command {
  command: string;
  output: string;
}

/** A program: its files, the entry that is imported, what that prints, and the commands that follow. */
export interface Program {
  heading: string;
  files: Record<string, string>;
  entry: string;
  prints?: string;
  /** Whether it prints that only where the compiler emits metadata (`text with-metadata`): messages then know more types. */
  needsMetadata?: boolean;
  commands: Command[];
}

/** The pages that people write, relative to the root. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const isPage = (name: string): boolean => name.endsWith('.md') && !/node_modules|\.vitepress|^reference\b/.test(name);
  return ['README.md', ...docs.filter(isPage).map((name) => `docs/${name}`)].sort();
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const match of text.matchAll(/^#+ (.+)$|^(`{3,})(\w*) *(.*)\n([\s\S]*?)^\2$/gm)) {
    const [, title, , language = '', label = '', block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    if (title !== undefined) heading = title;
    else blocks.push({ heading, line, language, label: label.trim(), text: block });
  }
  return blocks;
}

/**
 * The programs of a page. A `ts` block is one; with a file's name it adds this file to the page's project, or replaces it there,
 * and all files that follow each other are one program, started by the last of them other than a test. A `text` block
 * after it says what it prints, `console` blocks what commands do.
 */
export function programsOf(blocks: readonly Block[]): Program[] {
  const programs: Program[] = [];
  const project: Record<string, string> = {};
  let entry = '';
  let growing: Program | undefined;
  for (const { heading, language, label, text } of blocks) {
    const last = programs.at(-1);
    if (label === 'fragment' || label === 'not-run' || label === 'other') continue;
    if (language === 'text' && !isFileName(label) && last !== undefined) {
      last.prints = text.trim();
      last.needsMetadata = label === 'with-metadata';
    }
    if (language === 'console') last?.commands.push(...commandsOf(text));
    else if (isFileName(label)) {
      project[label] = text;
      if (language === 'ts' && (entry === '' || !/\.test\.ts$/.test(label)))
        entry = text.includes('.run(') ? label : entry || label;
      if (growing === undefined || growing !== last || growing.commands.length > 0 || growing.prints !== undefined) {
        growing = { heading, files: {}, entry, commands: [] };
        programs.push(growing);
      }
      Object.assign(growing, { files: { ...project }, entry });
      continue;
    } else if (language === 'ts')
      programs.push({ heading, files: { ...project, 'main.ts': text }, entry: 'main.ts', commands: [] });
    if (language === 'ts') growing = undefined;
  }
  return programs.filter((program) => program.entry !== '');
}

/** Blocks that are only compiled: each stands in the project of its page as a file of its own. */
export function fragmentsOf(blocks: readonly Block[]): string[] {
  return blocks.filter(({ language, label }) => language === 'ts' && label === 'fragment').map(({ text }) => text);
}

export function isFileName(label: string): boolean {
  return /^[\w./-]+\.\w+$/.test(label);
}

function commandsOf(block: string): Command[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const lines = part.split('\n');
      let command = lines.shift() ?? '';
      while (command.endsWith('\\')) command = command.slice(0, -1) + (lines.shift() ?? '').trim();
      return { command, output: lines.join('\n').trim() };
    });
}
