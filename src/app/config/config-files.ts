import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJsonMistake } from '../../http/body/json-error.js';
import { type Complain, parseIni } from './config-ini.js';
import { noteFileRead } from '../../support/loaded-files.js';

/** A configuration that cannot be taken: an impossible key, a refused value, a missing or broken file. Code `BN_CONFIG`. */
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
export interface FileEntry {
  key: string;
  value: unknown;
  /** Where it stands, to begin a message with: `app.ini:3`. */
  place: string;
}

/** What a file holds: of JSON the (nested) object, of the others their values in order. */
export type FileContent = { nested: object; place: string } | { entries: FileEntry[] };

const extensions: Readonly<Record<string, ConfigFormat>> = { '.json': 'json', '.ini': 'ini', '.cfg': 'ini', '.conf': 'ini' };

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
  const complain: Complain = (line, problem) => {
    throw new ConfigError(`${name}:${line}: ${problem}`);
  };
  if (chosen === 'json') return { nested: parseJson(text, complain), place: name };
  if (chosen !== 'ini' && chosen !== 'env') {
    throw new ConfigError(`${name}: there is no format ${JSON.stringify(chosen)}; use 'json', 'ini' or 'env'.`);
  }
  const parsed = chosen === 'ini' ? parseIni(text, complain) : parseEnvironment(text, complain);
  return { entries: parsed.map(({ key, value, line }) => ({ key, value, place: `${name}:${line}` })) };
}

function formatOf(name: string): ConfigFormat {
  const file = basename(name).toLowerCase();
  if (/^\.env(?:\.|$)|\.env$/.test(file)) return 'env';
  const format = extensions[extname(file)];
  if (format) return format;
  throw new ConfigError(
    `${name}: this name does not tell the format. Call it .json, .ini or .env, or say loadFile(path, { format: 'ini' }).`,
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
    // Takes a byte order mark away as well.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch (cause) {
    throw new ConfigError(`Configuration file ${name}: it is not UTF-8. Save it in that encoding.`, { cause });
  }
}

/** The number of the line, counted from 1, on which an offset lies. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function parseJson(text: string, complain: Complain): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engines' own messages differ, and not all of them tell the place.
    const at = findJsonMistake(text)?.at ?? 0;
    const rest = text.slice(at);
    const seen =
      rest === '' ? 'the file ends too early' : `${JSON.stringify(/^(?:\w+|[^\n])/.exec(rest)?.[0] ?? '\n')} is unexpected`;
    complain(lineAt(text, at), `this is no JSON, ${seen}. ${cureOfJson(text.slice(0, at), rest)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return complain(1, 'the file must hold one JSON object: { "key": value, … }.');
}

function cureOfJson(before: string, rest: string): string {
  if (/^(?:\/[/*]|#)/.test(rest)) return 'JSON has no comments: remove it.';
  if (/^[}\]]/.test(rest) && /,\s*$/.test(before)) return 'JSON allows no comma after the last entry: remove it.';
  if (/^(?:'|[\p{L}_$])/u.test(rest) && !/^(?:True|False|None|NaN|undefined|Infinity)\b/.test(rest)) {
    return 'Names and texts stand in double quotes.';
  }
  if (rest === '') return 'Close what was opened.';
  return 'Correct it there.';
}

/**
 * Reads a `.env` file as Node does (`node --env-file`, `util.parseEnv`), but refuses what Node passes over or takes for something
 * else: a line without `=`, a quote that is never closed.
 */
function parseEnvironment(text: string, complain: Complain): { key: string; value: string; line: number }[] {
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
    if (!named) complain(line, 'this is neither NAME=value nor a comment. Write one of them, a comment with # before it.');
    const inQuotes = match(quoted, start.lastIndex);
    if (!inQuotes && /["'`]/.test(text[start.lastIndex] ?? '')) {
      complain(line, `the quote ${text[start.lastIndex]} is never closed. Close it, or put the value in another kind of quotes.`);
    }
    const value = inQuotes ? inQuotes[2]! : match(bare, start.lastIndex)![1]!.trim();
    at = inQuotes ? quoted.lastIndex : bare.lastIndex;
    entries.push({ key: dotted(named![1]!), value: inQuotes?.[1] === '"' ? value.replaceAll('\\n', '\n') : value, line });
  }
  return entries;
}

/** A shell cannot export names with dots, so `SQLITE__FILE` stands for `sqlite.file`. Any other name stays what it is. */
function dotted(name: string): string {
  const parts = name.split(/(?<=[^_])__(?=[^_])/);
  return parts.length > 1 ? parts.join('.').toLowerCase() : name;
}
