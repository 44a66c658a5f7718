// Runs all cases against a server that is there already, and says `N passed, N failed, N skipped`:
//
//   node --import tsx test/conformance/run.ts URL [--adapter NAME] [--only TEXT] [--limit MILLISECONDS] [--http2]
//
// NAME is a line of the table in capabilities.ts (default: node), URL `http://…`, `https://…` or `unix:/path`. Under node, since
// it is the server that may be another. `--http2` asks by HTTP/2 what is not about HTTP/1.1 itself.
import { parseArgs } from 'node:util';
import { lacksOf } from './capabilities.js';
import { groups } from './cases/index.js';
import { http1Target } from './client.js';
import { http2Target } from './http2-client.js';
import { isPossible, lacking, prove, type Subject } from './suite.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    adapter: { type: 'string', default: 'node' },
    only: { type: 'string', default: '' },
    http2: { type: 'boolean', default: false },
    limit: { type: 'string' },
  },
});
const [url] = positionals;
if (url === undefined) {
  console.error('Usage: node --import tsx test/conformance/run.ts URL [--adapter NAME] [--only TEXT] [--limit MILLISECONDS]');
  process.exit(2);
}

const subject: Subject = {
  target: (values.http2 ? http2Target : http1Target)(url.replace(/\/$/, '')),
  lacks: lacksOf(values.adapter),
};
if (values.limit !== undefined) subject.limit = Number(values.limit);
const count = { passed: 0, failed: 0, skipped: 0 };
for (const group of groups) {
  for (const one of group.cases) {
    const name = `${group.subject}: ${one.name}`;
    if (!name.includes(values.only)) continue;
    if (!isPossible(one, subject)) {
      count.skipped++;
      continue;
    }
    try {
      await prove(one, subject);
      count.passed++;
    } catch (error) {
      count.failed++;
      const missing = lacking(one, subject.lacks);
      console.log(`FAIL  ${name}${missing.length > 0 ? ` (lacks ${missing.join(', ')})` : ''}`);
      console.log(`      ${String(error instanceof Error ? error.message : error).replaceAll('\n', '\n      ')}`);
    }
  }
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 ? 1 : 0);
