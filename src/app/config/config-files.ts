import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJsonMistake } from '../../http/body/json-error.js';
import { type ReportError, parseIni } from './config-ini.js';
import { noteFileRead } from '../../support/loaded-files.js';

/** An invalid configuration: an invalid key or value, or a missing or broken file. Code `BN_CONFIG`. */
export class ConfigError extends Error {
  readonly code = 'BN_CONFIG';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

/** The formats that `ConfigDict.loadFile` reads. */
export type ConfigFormat = 'json' | 'ini' | 'env';

/** One value of a file, before its key is checked. */
interface FileEntry {
  key: string;
  value: unknown;
  /** Its place, as a prefix of messages: `app.ini:3`. */
  place: string;
}

/** The content of a file: for JSON the (nested) object, for other formats the values in order. */
type FileContent = { nested: object; place: string } | { entries: FileEntry[] };

const FORMATS: Readonly<Record<string, ConfigFormat>> = { '.json': 'json', '.ini': 'ini', '.cfg': 'ini', '.conf': 'ini' };

/**
 * Reads a configuration file.
 *
 * @param path Relative to the working directory, or a `file:` URL.
 * @throws ConfigError naming file, line and cure, if the file is missing, unreadable, not UTF-8, broken, or of unknown format.
 */
export function readConfigFile(path: string | URL, format?: ConfigFormat): FileContent {
  const name = typeof path === 'string' ? path : fileURLToPath(path);
  const chosen = format ?? formatOf(name);
  noteFileRead(name);
  const text = readText(name);
  const fail: ReportError = (line, problem) => {
    throw new ConfigError(`${name}:${line}: ${problem}`);
  };
  if (chosen === 'json') return { nested: parseJson(text, fail), place: name };
  if (chosen !== 'ini' && chosen !== 'env') {
    throw new ConfigError(`${name}: there is no format ${JSON.stringify(chosen)}; use 'json', 'ini' or 'env'.`);
  }
  const parsed = chosen === 'ini' ? parseIni(text, fail) : parseEnvironment(text, fail);
  return { entries: parsed.map(({ key, value, line }) => ({ key, value, place: `${name}:${line}` })) };
}

function formatOf(name: string): ConfigFormat {
  const file = basename(name).toLowerCase();
  if (/^\.env(?:\.|$)|\.env$/.test(file)) return 'env';
  const format = FORMATS[extname(file)];
  if (format) return format;
  throw new ConfigError(
    `${name}: the extension does not determine the format. Name the file .json, .ini or .env, or call loadFile(path, { format: 'ini' }).`,
  );
}

function readText(name: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(name);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const full = resolve(name);
    const problem =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no such file${full === name ? '' : ` (looked for ${full})`}. Create it, or correct the path.`
        : code === 'EISDIR'
          ? 'this is a directory. Name a file in it.'
          : code === 'EACCES' || code === 'EPERM'
            ? 'this process may not read it. Correct its permissions or its owner.'
            : `it cannot be read: ${message}.`;
    throw new ConfigError(`Configuration file ${name}: ${problem}`, { cause });
  }
  try {
    // This also removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch (cause) {
    throw new ConfigError(`Configuration file ${name}: it is not UTF-8. Save it in that encoding.`, { cause });
  }
}

/** The line number of an offset, counted from 1. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function parseJson(text: string, fail: ReportError): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The messages of the engines differ, and some do not contain the position.
    const at = findJsonMistake(text)?.at ?? 0;
    const rest = text.slice(at);
    const seen =
      rest === '' ? 'the file ends too early' : `${JSON.stringify(/^(?:\w+|[^\n])/.exec(rest)?.[0] ?? '\n')} is unexpected`;
    fail(lineAt(text, at), `this is not valid JSON: ${seen}. ${jsonRemedy(text.slice(0, at), rest)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return fail(1, 'the file must contain one JSON object: { "key": value, … }.');
}

function jsonRemedy(before: string, rest: string): string {
  if (/^(?:\/[/*]|#)/.test(rest)) return 'JSON has no comments: remove it.';
  if (/^[}\]]/.test(rest) && /,\s*$/.test(before)) return 'JSON allows no comma after the last entry: remove it.';
  if (/^(?:'|[\p{L}_$])/u.test(rest) && !/^(?:True|False|None|NaN|undefined|Infinity)\b/.test(rest)) {
    return 'Write names and texts in double quotes.';
  }
  if (rest === '') return 'Close what was opened.';
  return 'Correct it there.';
}

/**
 * Reads a `.env` file as Node does (`node --env-file`, `util.parseEnv`), but reports mistakes that Node ignores or misreads: a line
 * without `=`, and an unclosed quote.
 */
function parseEnvironment(text: string, fail: ReportError): { key: string; value: string; line: number }[] {
  const blank = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
  const start = /[^\S\n]*(?:export[^\S\n]+)?([^\s=#'"`]+)[^\S\n]*=[^\S\n]*/y;
  const quoted = /(["'`])([\s\S]*?)\1[^\n]*(?:\n|$)/y;
  const bare = /([^\n#]*)[^\n]*(?:\n|$)/y;
  const entries: { key: string; value: string; line: number }[] = [];
  const match = (pattern: RegExp, at: number): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (let at = 0; at < text.length; ) {
    const skipped = match(blank, at);
    if (skipped) {
      at = blank.lastIndex;
      continue;
    }
    const line = lineAt(text, at);
    const named = match(start, at);
    if (!named) fail(line, 'this is neither NAME=value nor a comment. Write one of them, a comment with # before it.');
    const inQuotes = match(quoted, start.lastIndex);
    if (!inQuotes && /["'`]/.test(text[start.lastIndex] ?? '')) {
      fail(line, `the quote ${text[start.lastIndex]} is never closed. Close it, or put the value in another kind of quotes.`);
    }
    const value = inQuotes ? inQuotes[2]! : match(bare, start.lastIndex)![1]!.trim();
    at = inQuotes ? quoted.lastIndex : bare.lastIndex;
    entries.push({ key: dottedName(named![1]!), value: inQuotes?.[1] === '"' ? value.replaceAll('\\n', '\n') : value, line });
  }
  return entries;
}

/** Converts `SQLITE__FILE` to `sqlite.file`, because a shell cannot export names with dots. Other names are unchanged. */
function dottedName(name: string): string {
  const parts = name.split(/(?<=[^_])__(?=[^_])/);
  return parts.length > 1 ? parts.join('.').toLowerCase() : name;
}
