// Writes docs/reference/ from the doc comments of what the package exports: a page for each entry point, out of dist/ (build it
// first), or into the folder behind --out. `src` behind that does without a build, and without the types that the compiler infers.
// With --check it writes nothing, and names the exports of src/ that have no doc comment; with --examples it prints those examples
// that are programs of their own, as JSON.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from '@swc/core';
import { Declarations, entryPoints, root } from './declarations.mjs';

/** The rooms of src/ as the reference calls them, in the order of reading. */
const ROOMS = {
  app: 'Apps',
  controllers: 'Controllers and parameters',
  http: 'Requests and responses',
  plugins: 'Plugins',
  routing: 'Rules',
  templates: 'Templates',
  validation: 'Validation',
  servers: 'Servers',
  testing: 'Testing',
  openapi: 'OpenAPI',
};

const TAGS = { param: 'Parameters', returns: 'Returns', throws: 'Throws', see: 'See', typeParam: 'Type parameters' };

const [task, target = 'docs/reference', tree = 'dist'] = process.argv.slice(2);
if (task === '--check') check();
else if (task === '--examples') examples();
else write(resolve(root, target));

function check() {
  const source = new Declarations('src');
  const missing = new Set();
  let count = 0;
  for (const { specifier, file } of entryPoints()) {
    for (const [name, { file: place, declarations }] of source.exportsOf(file)) {
      count += 1;
      if (declarations.length === 0) missing.add(`${specifier}: the declaration of ${name} was not found`);
      else if (!declarations.some(({ doc }) => doc))
        missing.add(`src/${place}.ts: ${name}, which ${specifier} exports, has no doc comment`);
    }
  }
  for (const { name, code } of allExamples()) {
    if (!isCode(code)) missing.add(`an example of ${name} is not code:\n${code}`);
  }
  for (const line of missing) console.error(line);
  console.log(`${count} exports, ${missing.size} mistakes in their doc comments`);
  process.exitCode = missing.size > 0 ? 1 : 0;
}

/** Whether an example is a program, members of a class, or what may stand in a function. */
function isCode(code) {
  const places = [code, `class C { ${code} }`, `class C { ${code} m() {} }`, `async function* f() { ${code}\n}`];
  return places.some((text) => {
    try {
      parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Examples that import what they use can be run as they are. */
function examples() {
  console.log(JSON.stringify(allExamples().filter(({ code }) => /^import /m.test(code))));
}

/** Every example in the doc comments of what is exported, once, with the name of the export. */
function allExamples() {
  const source = new Declarations('src');
  const found = new Map();
  for (const { file } of entryPoints()) {
    for (const [name, { declarations }] of source.exportsOf(file)) {
      const docs = declarations.flatMap(({ doc, members }) => [doc, ...members.map((member) => member.doc)]);
      for (const doc of docs) for (const { code } of examplesOf(doc ?? '')) found.set(code, name);
    }
  }
  return [...found].map(([code, name]) => ({ name, code }));
}

/** The examples of a doc comment. What follows the tag on its line is code where nothing follows below, and a title otherwise. */
function examplesOf(doc) {
  return tagsOf(doc)
    .filter((tag) => tag.startsWith('@example'))
    .map((tag) => {
      const [, first = '', rest = ''] = /^@example ?(.*)\n?([\s\S]*)$/.exec(tag);
      return rest.trim() === '' ? { title: '', code: first.trim() } : { title: first.trim(), code: rest.trim() };
    });
}

/** A doc comment's text, and its tags. */
function tagsOf(doc) {
  return `\n${doc}`.split(/^(?=@(?:param|returns|throws|see|example|typeParam|deprecated)\b)/m);
}

function write(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const declarations = new Declarations(tree);
  const entries = entryPoints().map(({ specifier, file }) => ({ specifier, exports: declarations.exportsOf(file) }));
  for (const { specifier, exports } of entries) {
    writeFileSync(join(folder, `${pageName(specifier)}.md`), page(specifier, exports, declarations));
  }
  const lines = entries.map(
    ({ specifier, exports }) => `- [\`${specifier}\`](${pageName(specifier)}.md): ${exports.size} exports`,
  );
  writeFileSync(
    join(folder, 'index.md'),
    `# Reference\n\nWritten from the doc comments of the source by \`npm run docs:reference\`.\n\n${lines.join('\n')}\n`,
  );
  console.log(`${target}: ${entries.map(({ specifier, exports }) => `${specifier} ${exports.size}`).join(', ')}`);
}

function pageName(specifier) {
  return specifier.replace(/^bottlenose\//, '');
}

function page(specifier, exports, declarations) {
  const rooms = Map.groupBy?.([...exports], room) ?? grouped([...exports], room);
  const order = Object.keys(ROOMS);
  const sorted = [...rooms].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const sections = sorted.map(([name, list]) => {
    const title = rooms.size > 1 ? `## ${ROOMS[name] ?? name}\n\n` : '';
    return (
      title +
      list
        .sort(byName)
        .map(([name, { file, declarations: own }]) => {
          const inherited = declarations.inherited(file, own, (base) => exports.has(base));
          return entry(name, own, inherited);
        })
        .join('\n')
    );
  });
  return `---\noutline: [2, 3]\n---\n\n# ${specifier}\n\n\`\`\`ts\nimport { … } from '${specifier}';\n\`\`\`\n\n${sections.join('\n')}`;
}

function room([, { file }]) {
  return file.split('/')[0];
}

function grouped(list, key) {
  const groups = new Map();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function byName([a], [b]) {
  return a.localeCompare(b, 'en');
}

function entry(name, declarations, inherited) {
  const signatures = declarations.map(({ signature }) => signature);
  const doc = declarations.find((declaration) => declaration.doc)?.doc ?? '';
  const members = [...declarations.flatMap((declaration) => declaration.members), ...inherited];
  return `${[`### ${name}`, fence(signatures.join('\n')), prose(doc), memberList(members)].filter(Boolean).join('\n\n')}\n`;
}

function memberList(members) {
  return members
    .map(({ signature, doc }) => {
      const oneLine = signature.replace(/\s*\n\s*/g, ' ');
      const text = doc === undefined ? '' : prose(doc);
      return `- ${inline(oneLine)}${text && `\\\n${text}`.replace(/\n(?=.)/g, '\n  ')}`;
    })
    .join('\n');
}

/** A doc comment as Markdown: its text, then what its tags say. */
function prose(doc) {
  const [text = '', ...tags] = tagsOf(doc);
  const parts = [escapeText(text.trim())];
  let last = '';
  for (const tag of tags) {
    const [, kind, rest = ''] = /^@(\w+) ?([\s\S]*)$/.exec(tag);
    if (kind === 'example') {
      const [{ title, code }] = examplesOf(tag);
      parts.push(`\n${title && `${escapeText(title)}:\n\n`}${fence(code)}`);
    } else {
      const label = kind === last ? '' : `\n**${TAGS[kind] ?? kind}**: `;
      const [, parameter = '', what = ''] = kind === 'param' ? /^(\S+)(?: -)?\s*([\s\S]*)$/.exec(rest.trim()) : [];
      parts.push(`${label || ''}${kind === 'param' ? `${inline(parameter)}: ${escapeText(what)}` : escapeText(rest.trim())}`);
    }
    last = kind;
  }
  return parts
    .filter((part) => part !== '')
    .join('\n')
    .trim();
}

function fence(code) {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function inline(code) {
  return code.includes('`') ? `\`\` ${code} \`\`` : `\`${code}\``;
}

/** What a site would take for a tag or a placeholder, outside of code. */
function escapeText(text) {
  const linked = text.replace(/\{@link ([^}\s]+)[^}]*\}/g, '`$1`');
  return linked
    .split(/(`+[^`]+`+)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/</g, '&lt;').replace(/\{\{/g, '&#123;&#123;')))
    .join('');
}
