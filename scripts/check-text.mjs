// Checks how texts read. Rejects the phrases of text-rules.mjs in comments, messages, test titles and pages, and commit subjects other
// than imperatives of at most 72 characters. First proves that each rule catches its offences and lets correct text through.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { phrases, subjectFault, subjects } from './text-rules.mjs';

/** The last commit before subjects were checked. */
const CHECKED_AFTER = '4a995ef1a6d876fea05d3829cee150e5d1c0cba1';
/** Generated files, and those whose text has to stay as it is. */
const exempt = /(?:^|\/)(?:package-lock\.json|LICENSE|results\.json|RESULTS\.md)$|^scripts\/text-rules\.mjs$|^docs\/reference\//;
const ignored = new Set(['node_modules', 'dist', 'build', 'coverage', '.git', 'cache']);
const readable =
  /(?:\.(?:ts|mts|tsx|js|mjs|md|html|css|tpl|conf|ya?ml|json|lua|ini|service|socket|path|sql|sh)|\/run|gitignore|Dockerfile)$/;

const root = resolve(import.meta.dirname, '..');

/** Makes each space of a pattern match a line break in a comment, too, and one between joined strings. */
function widen({ source, flags }) {
  const gap = '(?:[ \\t]+|[ \\t]*\\n[ \\t]*(?:\\/\\/|\\*|#|--|>)?[ \\t]*|[ \\t]*[\'"`] \\+\\n[ \\t]*[\'"`])';
  return new RegExp(source.replace(/ /g, gap), `${flags}g`);
}

const rules = phrases.map((rule) => ({ ...rule, pattern: widen(rule.pattern) }));

function selfTest() {
  const faults = [];
  for (const { pattern, wrong, right } of rules) {
    for (const text of wrong) if (text.search(pattern) < 0) faults.push(`${pattern} no longer rejects: ${text}`);
    for (const text of right) if (text.search(pattern) >= 0) faults.push(`${pattern} rejects correct text: ${text}`);
  }
  for (const subject of subjects.wrong) if (!subjectFault(subject)) faults.push(`this subject is no longer rejected: ${subject}`);
  for (const subject of subjects.right) if (subjectFault(subject)) faults.push(`this correct subject is rejected: ${subject}`);
  if (faults.length > 0) throw new Error(`text-rules.mjs is wrong:\n${faults.join('\n')}`);
}

function* filesOf(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = relative(root, path).replaceAll('\\', '/');
    if (ignored.has(entry.name) || exempt.test(name)) continue;
    if (entry.isDirectory()) yield* filesOf(path);
    else if (entry.isFile() && readable.test(`/${name}`)) yield name;
  }
}

function* findPhrases(name) {
  const text = readFileSync(join(root, name), 'utf8');
  for (const { pattern, advice } of rules) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const line = text.slice(0, index + found.search(/\S/)).split('\n').length;
      yield `${name}:${line}: "${found.trim().replace(/\s*\n[\s/*#]*/g, ' ')}": ${advice}`;
    }
  }
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

/** The new commits as `hash subject`. A shallow clone may lack CHECKED_AFTER; all its commits are newer then. */
function newCommits() {
  const isShallow = git('rev-parse', '--is-shallow-repository') === 'true';
  const isKnown = git('rev-list', '--ignore-missing', '-1', CHECKED_AFTER) !== '';
  if (!isShallow && !isKnown)
    throw new Error(`the commit ${CHECKED_AFTER} is missing: set CHECKED_AFTER in scripts/check-text.mjs`);
  const range = isKnown ? `${CHECKED_AFTER}..HEAD` : 'HEAD';
  return git('log', '--no-merges', '--format=%h %s', range).split('\n').filter(Boolean);
}

selfTest();
const problems = [];
let files = 0;
for (const name of filesOf(root)) {
  files++;
  problems.push(...findPhrases(name));
}
let commits = 'subjects of commits not checked: this tree has no .git';
if (existsSync(join(root, '.git'))) {
  const list = newCommits();
  for (const line of list) {
    const [hash, subject] = line.split(/ (.*)/s);
    const fault = subjectFault(subject);
    if (fault) problems.push(`commit ${hash}: the subject ${fault}: ${subject}`);
  }
  commits = `${list.length} subjects of commits`;
}
for (const problem of problems) console.error(problem);
console.log(`${files} files, ${commits}, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
