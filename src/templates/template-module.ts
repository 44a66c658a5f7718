import { readdirSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { COMPILED_FORMAT, MODES } from './compiled-templates.js';
import { compileTemplate, generateCode } from './compiler.js';
import { awaitOffset, includedNames } from './generated-template.js';
import type { CompiledTemplate } from './generator.js';
import { RUNTIME_NAMES } from './runtime-names.js';
import { DEFAULT_SYNTAX, parseSyntax } from './syntax.js';
import { EXTENSIONS, findTemplate, readTemplate } from './template-lookup.js';

/** How the files of a module's templates are read. */
interface ModuleSettings {
  /** As in `TemplateSettings`. */
  readonly syntax?: string | undefined;
  /** As in `TemplateSettings`. */
  readonly encoding?: string | undefined;
}

/**
 * Compiles all templates of some folders to the source of one ES module. The module registers them when it is imported.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX`, and errors of the file system.
 */
export function templateModule(folders: readonly string[], settings: ModuleSettings = {}): { code: string; count: number } {
  const records = folders.flatMap((folder) => templateNames(folder).map((name) => recordOf(folder, name, settings)));
  const code = [
    '// Written by `bottlenose templates`. Do not edit: run the command again when a template changes.',
    '// @ts-nocheck',
    '/* eslint-disable */',
    "import { addCompiledTemplates } from 'bottlenose';",
    '',
    'addCompiledTemplates({',
    `  format: ${COMPILED_FORMAT},`,
    '  templates: [',
    ...records,
    '  ],',
    '});',
    '',
  ].join('\n');
  return { code, count: records.length };
}

/** The templates of a folder and its subfolders, by name. */
function templateNames(folder: string): string[] {
  const isTemplate = (name: string): boolean => EXTENSIONS.some((extension) => name.endsWith(`.${extension}`));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && isTemplate(entry.name))
    .map((entry) => slashed(relative(folder, resolve(entry.parentPath, entry.name))))
    .sort();
}

function recordOf(folder: string, name: string, { syntax, encoding = 'utf-8' }: ModuleSettings): string {
  const file = findTemplate(name, [folder]);
  const source = readTemplate(file, encoding, name);
  const compiled = compileTemplate({ name, file, source }, parseSyntax(syntax ?? DEFAULT_SYNTAX));
  const awaits = awaitOffset(compiled);
  const others = includedNames(compiled);
  const lines = [
    '    {',
    `      folder: ${JSON.stringify(slashed(relative('.', folder)) || '.')},`,
    `      name: ${JSON.stringify(name)},`,
    `      source:${sourceLines(source)},`,
  ];
  if (syntax !== undefined) lines.push(`      syntax: ${JSON.stringify(syntax)},`);
  if (awaits !== undefined) lines.push(`      awaits: ${awaits},`);
  if (others !== undefined) lines.push(`      others: ${JSON.stringify(others)},`);
  lines.push('      functions: {', ...functionsOf(compiled), '      },', '    },');
  return lines.join('\n');
}

/** The functions that the template needs. One that waits for nothing is not async; one that includes others may be both. */
function functionsOf(compiled: CompiledTemplate): string[] {
  const waits = compiled.awaits !== undefined;
  const mayWait = waits || includedNames(compiled)?.length !== 0;
  return MODES.flatMap((mode, flags) => {
    const isAsync = (flags & 2) > 0;
    if (isAsync ? !mayWait : waits) return [];
    const stream = (flags & 1) > 0;
    const { code } = generateCode(compiled, { stream, async: isAsync, checked: true, beforehand: true, shared: !stream });
    const names = RUNTIME_NAMES.filter((name) => new RegExp(`\\$\\$${name}\\b`).test(code)).map((name) => `$$${name}`);
    return [`        ${mode}({ ${names.join(', ')} }) {\n${code}\n        },`];
  });
}

/** A text as one string per line, for readers. */
function sourceLines(source: string): string {
  const lines = source.split(/(?<=\n)/);
  return lines.length === 1
    ? ` ${JSON.stringify(source)}`
    : `\n${lines.map((line) => `        ${JSON.stringify(line)}`).join(' +\n')}`;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
