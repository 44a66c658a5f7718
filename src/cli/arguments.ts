import { parseArgs } from 'node:util';
import { nearest } from '../support/nearest.js';
import { type CommandError, usage } from './command-error.js';

export const COMMANDS = ['routes', 'check', 'openapi'] as const;
type Command = 'serve' | 'help' | 'version' | (typeof COMMANDS)[number];

/** What a command line asks for. */
export interface Arguments {
  readonly command: Command;
  /** `module:app`. Empty for `help` and `version`. */
  readonly target: string;
  readonly bind?: string | undefined;
  readonly server?: string | undefined;
  readonly plugins: readonly string[];
  readonly conf: readonly string[];
  readonly params: readonly string[];
  readonly debug: boolean;
  readonly reload: boolean;
  /** Of `openapi`. */
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  readonly output?: string | undefined;
}

type Option = { type: 'string' | 'boolean'; short?: string; multiple?: boolean };

const COMMON: Record<string, Option> = {
  plugin: { type: 'string', short: 'p', multiple: true },
  conf: { type: 'string', short: 'c', multiple: true },
  param: { type: 'string', short: 'C', multiple: true },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};
const SERVING: Record<string, Option> = {
  ...COMMON,
  bind: { type: 'string', short: 'b' },
  server: { type: 'string', short: 's' },
  reload: { type: 'boolean' },
  version: { type: 'boolean' },
};
const DOCUMENT: Record<string, Option> = {
  ...COMMON,
  title: { type: 'string' },
  version: { type: 'string' },
  output: { type: 'string', short: 'o' },
};

/**
 * Reads a command line.
 *
 * @throws CommandError saying what is wrong with it.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const sub = COMMANDS.find((name) => name === argv[0]);
  const options = sub === undefined ? SERVING : sub === 'openapi' ? DOCUMENT : COMMON;
  const { values, positionals } = parse(sub === undefined ? argv : argv.slice(1), options);
  const nothing = { target: '', plugins: [], conf: [], params: [], debug: false, reload: false };
  if (values.help === true) return { ...nothing, command: 'help' };
  if (values.version === true) return { ...nothing, command: 'version' };
  const [target, ...rest] = positionals;
  if (target === undefined || target === '') {
    throw usage(
      `say which app: bottlenose ${sub === undefined ? '' : `${sub} `}MODULE[:APP], such as app.ts:app (see bottlenose --help).`,
    );
  }
  if (rest.length > 0) {
    const misplaced = COMMANDS.find((name) => name === target);
    if (misplaced !== undefined) throw usage(`write the command first: bottlenose ${misplaced} [options] MODULE[:APP].`);
    throw usage(`there is one app too many: ${rest.join(' ')}. Put an expression with spaces in quotes.`);
  }
  return {
    command: sub ?? 'serve',
    target,
    bind: text(values.bind),
    server: text(values.server),
    plugins: list(values.plugin),
    conf: list(values.conf),
    params: list(values.param),
    debug: values.debug === true,
    reload: values.reload === true,
    title: text(values.title),
    version: text(values.version),
    output: text(values.output),
  };
}

function parse(args: readonly string[], options: Record<string, Option>) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, options);
  }
}

function explained({ code, message }: NodeJS.ErrnoException, options: Record<string, Option>): CommandError {
  const [, option = ''] = /'(-[^' <]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const near = nearest(option.replace(/^-+/, ''), Object.keys(options));
    return usage(`there is no option ${option}.${near === undefined ? '' : ` Did you mean --${near}?`} See bottlenose --help.`);
  }
  // The first sentence says it; what follows are hints for who programs with it.
  const sentence = message.split(/\n|(?<=\.) /, 1)[0] ?? message;
  return usage(
    `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}${sentence.endsWith('.') ? '' : '.'} See bottlenose --help.`,
  );
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);
