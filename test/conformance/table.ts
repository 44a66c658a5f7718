// The table of docs/guides/servers.md. To write it after a change of capabilities.ts:
//
//   node --import tsx test/conformance/table.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CAPABILITIES, type Capability, type Lacks, SERVERS } from './capabilities.js';

export const PAGE = fileURLToPath(new URL('../../docs/guides/servers.md', import.meta.url));

const START = '<!-- From test/conformance/capabilities.ts. -->';
const END = '<!-- The end of the table. -->';

/** What each server cannot do, as Markdown. */
export function serversTable(): string {
  return Object.entries(SERVERS as Readonly<Record<string, Lacks>>)
    .map(([server, lacks]) => `### ${server}\n\n${rows(lacks)}`)
    .join('\n\n');
}

function rows(lacks: Lacks): string {
  const all = Object.entries(lacks) as [Capability, Exclude<Lacks[Capability], undefined>][];
  if (all.length === 0) return 'Everything works.';
  const lines = all.map(([capability, lack]) => {
    const [what, why] =
      typeof lack === 'string' ? [CAPABILITIES[capability], lack] : [`sometimes: ${CAPABILITIES[capability]}`, lack.may];
    return `| ${what} | ${why} |`;
  });
  return ['| does not work | reason |', '|---|---|', ...lines].join('\n');
}

/** The table in a text. */
export function tableIn(text: string): string {
  return text.slice(text.indexOf(START) + START.length, text.indexOf(END)).trim();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = readFileSync(PAGE, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(START) + START.length), text.slice(text.indexOf(END))];
  writeFileSync(PAGE, `${before}\n\n${serversTable()}\n\n${after}`);
}
