import { nearest } from '../../support/nearest.js';

/** Reports a syntax error: the line, counted from 1, and the problem with its remedy. */
export type ReportError = (line: number, problem: string) => never;

interface Option {
  lines: string[] | null;
  line: number;
}

type Section = Map<string, Option>;

interface Sections {
  defaults: Section;
  named: Map<string, Section>;
}

/** The sections whose keys have no prefix. `ROOT` and `bottle` are those of Bottle. */
const ROOT_SECTIONS: ReadonlySet<string> = new Set(['bottlenose', 'bottle', 'ROOT']);

/** The maximum depth of nested references, as in Python. Deeper references are almost always circular. */
const MAX_REFERENCE_DEPTH = 10;

/**
 * Reads an INI file as Bottle does, with the rules of Python's `configparser` with `allow_no_value` and `ExtendedInterpolation`:
 * sections become prefixes, `[DEFAULT]` contains values for all sections, lines with deeper indentation continue a value, comments
 * are on separate lines, `${key}` and `${section:key}` insert other values (`$$` is a `$`), a key without a value is `null`, and
 * keys are lower-cased. Unlike in Python, a single `$` is literal.
 */
export function parseIni(text: string, fail: ReportError): { key: string; value: string | null; line: number }[] {
  const sections = readSections(text, fail);
  const entries: { key: string; value: string | null; line: number }[] = [];
  for (const [name, section] of sections.named) {
    const prefix = ROOT_SECTIONS.has(name) ? '' : `${name}.`;
    for (const [key, option] of new Map([...sections.defaults, ...section])) {
      const value = interpolate(sections, name, option, 0, fail);
      entries.push({ key: (prefix + key).toLowerCase(), value, line: option.line });
    }
  }
  return entries;
}

function readSections(text: string, fail: ReportError): Sections {
  const defaults: Section = new Map();
  const named = new Map<string, Section>();
  let section: Section | undefined;
  let option: Option | undefined;
  let indent = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (/^[#;]/.test(content)) continue;
    if (content === '') {
      // An empty line is part of a value that continues below it. Otherwise the end of the value is trimmed later.
      option?.lines?.push('');
      continue;
    }
    const depth = raw.search(/\S/);
    if (option && depth > indent) {
      if (!option.lines) fail(line, 'this continues a key without a value. Indent it less, or write "=" after that key.');
      option.lines?.push(content);
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) {
      if (named.has(header)) fail(line, `section [${header}] occurs twice in this file. Merge the two.`);
      section = header === 'DEFAULT' ? defaults : new Map<string, Option>();
      if (section !== defaults) named.set(header, section);
      option = undefined;
      continue;
    }
    option = readOption(content, line, section, fail);
  }
  return { defaults, named };
}

function readOption(content: string, line: number, section: Section | undefined, fail: ReportError): Option {
  if (!section) fail(line, 'this is not in a section. Put a line [bottlenose] above it for keys without a prefix.');
  const delimiter = content.search(/[=:]/);
  const key = (delimiter < 0 ? content : content.slice(0, delimiter)).trim().toLowerCase();
  if (key === '') fail(line, `there is no key before "${content[0]}". Write key = value.`);
  if (section!.has(key)) fail(line, `"${key}" occurs twice in this section. Remove one.`);
  const option: Option = { lines: delimiter < 0 ? null : [content.slice(delimiter + 1).trim()], line };
  section!.set(key, option);
  return option;
}

/** The value of an option with its references replaced. */
function interpolate(sections: Sections, name: string, option: Option, depth: number, fail: ReportError): string | null {
  if (!option.lines) return null;
  return option.lines
    .join('\n')
    .trimEnd()
    .replace(/\$\$|\$\{([^}]*)\}?/g, (found, reference: string | undefined) => {
      if (reference === undefined) return '$';
      if (!found.endsWith('}')) fail(option.line, `"${found}" is never closed. Write a closing brace, or $$ for a plain $.`);
      if (depth >= MAX_REFERENCE_DEPTH) fail(option.line, `${found} refers back to itself. Remove the circular reference.`);
      const parts = reference.split(':');
      const [where, key] = parts.length > 1 ? [parts[0]!, parts.slice(1).join(':')] : [name, reference];
      const target = findOption(sections, where, key.toLowerCase());
      if (target) return interpolate(sections, where, target, depth + 1, fail) ?? '';
      const known = new Set([...(sections.named.get(where)?.keys() ?? []), ...sections.defaults.keys()]);
      const near = nearest(key, known);
      const remedy = near ? `Did you mean "${near}"?` : 'Correct the reference, or write $$ for a plain $.';
      return fail(option.line, `${found} refers to a key that section [${where}] does not have. ${remedy}`);
    });
}

/** The option of a reference. A missing section does not have the defaults either, as in Python. */
function findOption(sections: Sections, section: string, key: string): Option | undefined {
  const named = section === 'DEFAULT' ? sections.defaults : sections.named.get(section);
  return named && (named.get(key) ?? sections.defaults.get(key));
}
