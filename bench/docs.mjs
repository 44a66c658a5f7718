// Puts tables of bench/results.json between the markers of docs/performance.md: node bench/docs.mjs. With --check it changes
// nothing, and fails if something else stands there.
import { readFileSync, writeFileSync } from 'node:fs';
import { asMarkdown, readResults } from './report.mjs';

const page = new URL('../docs/performance.md', import.meta.url);

/** The text of a page with the tables that its markers name. */
export function filled(text, { environment, groups }) {
  const tables = Object.assign({}, ...Object.values(groups).map((group) => group.tables));
  return text.replace(/<!-- bench: ([\w-]+) -->\n[\s\S]*?<!-- \/bench -->/g, (_all, id) => {
    const table = tables[id];
    const shown = table === undefined ? '*Not measured yet.*' : `**${table.title}**\n\n${asMarkdown(table)}`;
    const when = table === undefined ? '' : `\n\n<small>${table.date}, ${environment.machine}, Node ${environment.node}</small>`;
    return `<!-- bench: ${id} -->\n\n${shown}${when}\n\n<!-- /bench -->`;
  });
}

export function fillPage({ check = false } = {}) {
  const before = readFileSync(page, 'utf8');
  const after = filled(before, readResults());
  if (!check) writeFileSync(page, after);
  return before === after;
}

if (import.meta.filename === process.argv[1]) {
  const check = process.argv.includes('--check');
  const isSame = fillPage({ check });
  if (check && !isSame) {
    console.error('docs/performance.md shows other figures than bench/results.json holds: node bench/docs.mjs');
    process.exitCode = 1;
  }
}
