import { nearestName } from '../../support/nearest.js';

/** How a parser reports what it cannot read: the line, counted from 1, and what is wrong and what to do about it. */
export type Complain = (line: number, problem: string) => never;

interface Option {
  lines: string[] | null;
  line: number;
}

type Section = Map<string, Option>;

interface Sections {
  defaults: Section;
  named: Map<string, Section>;
}

/** The sections whose keys have no prefix; `ROOT` and `bottle` are Bottle's. */
const rootSections: ReadonlySet<string> = new Set(['bottlenose', 'bottle', 'ROOT']);

/** Python refuses what is nested deeper, too: it can only be a circle. */
const deepestReference = 10;

/**
 * Reads an INI file as Bottle does, that is as Python's `configparser` with `allow_no_value` and `ExtendedInterpolation`:
 * sections become prefixes, `[DEFAULT]` holds values for all sections, lines indented deeper continue a value, comments stand on
 * lines of their own, `${key}` and `${section:key}` insert other values (`$$` is a `$`), a key alone is `null`, and keys are
 * lower-cased. Unlike there, a lone `$` stands for itself.
 */
export function parseIni(text: string, complain: Complain): { key: string; value: string | null; line: number }[] {
  const sections = readSections(text, complain);
  const entries: { key: string; value: string | null; line: number }[] = [];
  for (const [name, section] of sections.named) {
    const prefix = rootSections.has(name) ? '' : `${name}.`;
    for (const [key, option] of new Map([...sections.defaults, ...section])) {
      const value = insert(sections, name, option, 0, complain);
      entries.push({ key: (prefix + key).toLowerCase(), value, line: option.line });
    }
  }
  return entries;
}

function readSections(text: string, complain: Complain): Sections {
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
      // An empty line belongs to a value that goes on below it; where none does, the value's end is trimmed.
      option?.lines?.push('');
      continue;
    }
    const depth = raw.search(/\S/);
    if (option && depth > indent) {
      if (!option.lines) complain(line, 'this continues a key without a value. Indent it less, or write "=" after that key.');
      option.lines?.push(content);
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) {
      if (named.has(header)) complain(line, `section [${header}] stands in this file twice. Merge the two.`);
      section = header === 'DEFAULT' ? defaults : new Map<string, Option>();
      if (section !== defaults) named.set(header, section);
      option = undefined;
      continue;
    }
    option = readOption(content, line, section, complain);
  }
  return { defaults, named };
}

function readOption(content: string, line: number, section: Section | undefined, complain: Complain): Option {
  if (!section) complain(line, 'this stands in no section. Put a line [bottlenose] above it for keys without a prefix.');
  const delimiter = content.search(/[=:]/);
  const key = (delimiter < 0 ? content : content.slice(0, delimiter)).trim().toLowerCase();
  if (key === '') complain(line, `there is no key before "${content[0]}". Write key = value.`);
  if (section!.has(key)) complain(line, `"${key}" stands in this section twice. Remove one.`);
  const option: Option = { lines: delimiter < 0 ? null : [content.slice(delimiter + 1).trim()], line };
  section!.set(key, option);
  return option;
}

/** The value of an option with its references replaced. */
function insert(sections: Sections, name: string, option: Option, depth: number, complain: Complain): string | null {
  if (!option.lines) return null;
  return option.lines
    .join('\n')
    .trimEnd()
    .replace(/\$\$|\$\{([^}]*)\}?/g, (found, reference: string | undefined) => {
      if (reference === undefined) return '$';
      if (!found.endsWith('}')) complain(option.line, `"${found}" is never closed. Write a closing brace, or $$ for a plain $.`);
      if (depth >= deepestReference) complain(option.line, `${found} refers back to itself. Break the circle.`);
      const parts = reference.split(':');
      const [where, key] = parts.length > 1 ? [parts[0]!, parts.slice(1).join(':')] : [name, reference];
      const target = lookUp(sections, where, key.toLowerCase());
      if (target) return insert(sections, where, target, depth + 1, complain) ?? '';
      const known = new Set([...(sections.named.get(where)?.keys() ?? []), ...sections.defaults.keys()]);
      const near = nearestName(key, known);
      const remedy = near ? `Did you mean "${near}"?` : 'Correct the reference, or write $$ for a plain $.';
      return complain(option.line, `${found} refers to a key that section [${where}] does not have. ${remedy}`);
    });
}

/** The option that a reference means. A section that does not exist has not even the defaults, as in Python. */
function lookUp(sections: Sections, section: string, key: string): Option | undefined {
  const named = section === 'DEFAULT' ? sections.defaults : sections.named.get(section);
  return named && (named.get(key) ?? sections.defaults.get(key));
}
