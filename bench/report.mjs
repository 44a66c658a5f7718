// Tables on the console, in bench/results.json, and in bench/RESULTS.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { versionOf } from './scenarios.mjs';

const RESULTS = new URL('./results.json', import.meta.url);
const PAGE = new URL('./RESULTS.md', import.meta.url);
const manifest = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** What was measured before, by group and table. */
export function readResults() {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : { groups: {} };
}

export function writeResults(results) {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, page(results));
}

/** Where and with what the figures were measured. */
export function environment() {
  const git = (...args) => {
    try {
      return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  const [{ model }] = cpus();
  const { dependencies } = manifest('./package.json');
  const versions = [...Object.keys(dependencies), 'better-sqlite3', 'uWebSockets.js'].map((name) => [name, versionOf(name)]);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`,
    node: process.version,
    bottlenose: `${manifest('../package.json').version} ${git('rev-parse', '--short', 'HEAD')}`.trim(),
    versions: Object.fromEntries(versions.sort(([a], [b]) => a.localeCompare(b))),
  };
}

/** A table for the console: the first column to the left, numbers to the right. */
export function asText({ title, columns, rows, note }) {
  const lines = [['', ...columns], ...rows];
  const widths = lines[0].map((_, at) => Math.max(...lines.map((line) => String(line[at] ?? '').length)));
  const text = lines.map((line) =>
    line.map((cell, at) => (at === 0 ? String(cell).padEnd(widths[at]) : String(cell ?? '').padStart(widths[at]))).join('  '),
  );
  return `\n${title}\n  ${text.join('\n  ')}${note ? `\n  (${note})` : ''}`;
}

/** The same in Markdown, without its title. */
export function asMarkdown({ columns, rows, note }) {
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(['', ...columns]), line(['---', ...columns.map(() => '---:')]), ...rows.map(line)].join('\n');
  return note ? `${table}\n\n${note}` : table;
}

function page({ environment: where, groups }) {
  const parts = [
    '# Results',
    'Written by `npm run bench`; not edited by hand. Each table compares what took turns in one run: its ratios hold, its absolute ' +
      'figures are of one machine on one day.',
    `Measured on ${where.date}: ${where.machine}; Node ${where.node}; bottlenose ${where.bottlenose}.`,
  ];
  for (const { title, intro, tables } of Object.values(groups)) {
    parts.push(`## ${title}`, intro);
    for (const table of Object.values(tables)) {
      parts.push(`### ${table.title}`, asMarkdown(table));
      if (table.date !== where.date) parts.push(`Measured on ${table.date}.`);
    }
  }
  const versions = Object.entries(where.versions).map(([name, version]) => `${name} ${version}`);
  parts.push('## Versions', `${versions.join(', ')}.`);
  return `${parts.join('\n\n')}\n`;
}
