// Checks that a tag fits the release: node scripts/check-release.mjs v1.2.3. Both packages have the version of the tag, and
// CHANGELOG.md has a section for it.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const [tag = ''] = process.argv.slice(2);
const problems = [];
for (const file of ['package.json', 'create-bottlenose/package.json']) {
  const { version } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  if (tag !== `v${version}`) problems.push(`The tag is ${tag || 'missing'}, but ${file} has the version ${version}.`);
}
const headings = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').match(/^## .*$/gm) ?? [];
const heading = `## [${tag.slice(1)}] - `;
if (!headings.some((line) => line.startsWith(heading))) problems.push(`CHANGELOG.md has no section "${heading}YYYY-MM-DD".`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
