import { parseArgs } from 'node:util';
import { nearest } from '../support/nearest.js';
import { type CommandError, usage } from './command-error.js';

const COMMANDS = ['routes', 'check', 'openapi', 'templates'] as const;
type Command = 'serve' | 'help' | 'version' | (typeof COMMANDS)[number];

/** The parsed command line. */
export interface Arguments {
  readonly command: Command;
  /** `module:app`. Empty for `help`, `version` and `templates`. */
  readonly target: string;
  /** The folders of the command `templates`. */
  readonly folders: readonly string[];
  readonly bind?: string | undefined;
  readonly server?: string | undefined;
  readonly plugins: readonly string[];
  readonly conf: readonly string[];
  readonly params: readonly string[];
  readonly debug: boolean;
  readonly reload: boolean;
  /** For the command `openapi`. */
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  /** For the commands `openapi` and `templates`. */
  readonly output?: string | undefined;
  /** For the command `templates`. */
  readonly syntax?: string | undefined;
  readonly encoding?: string | undefined;
}

type Option = { type: 'string' | 'boolean'; short?: string; multiple?: boolean };

const COMMON_OPTIONS: Record<string, Option> = {
  plugin: { type: 'string', short: 'p', multiple: true },
  conf: { type: 'string', short: 'c', multiple: true },
  param: { type: 'string', short: 'C', multiple: true },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};
const SERVE_OPTIONS: Record<string, Option> = {
  ...COMMON_OPTIONS,
  bind: { type: 'string', short: 'b' },
  server: { type: 'string', short: 's' },
  reload: { type: 'boolean' },
  version: { type: 'boolean' },
};
const OPENAPI_OPTIONS: Record<string, Option> = {
  ...COMMON_OPTIONS,
  title: { type: 'string' },
  version: { type: 'string' },
  output: { type: 'string', short: 'o' },
};

const TEMPLATES_OPTIONS: Record<string, Option> = {
  syntax: { type: 'string' },
  encoding: { type: 'string' },
  output: { type: 'string', short: 'o' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};
const OPTIONS: Record<(typeof COMMANDS)[number], Record<string, Option>> = {
  routes: COMMON_OPTIONS,
  check: COMMON_OPTIONS,
  openapi: OPENAPI_OPTIONS,
  templates: TEMPLATES_OPTIONS,
};

/**
 * Parses a command line.
 *
 * @throws CommandError that says what is wrong.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const subcommand = COMMANDS.find((name) => name === argv[0]);
  const options = subcommand === undefined ? SERVE_OPTIONS : OPTIONS[subcommand];
  const { values, positionals } = parse(subcommand === undefined ? argv : argv.slice(1), options);
  const empty = { target: '', folders: [], plugins: [], conf: [], params: [], debug: false, reload: false };
  if (values.help === true) return { ...empty, command: 'help' };
  if (values.version === true) return { ...empty, command: 'version' };
  if (subcommand === 'templates') {
    const { syntax, encoding, output } = values;
    const own = { output: text(output), syntax: text(syntax), encoding: text(encoding), debug: values.debug === true };
    return { ...empty, ...own, command: subcommand, folders: positionals };
  }
  const [target, ...rest] = positionals;
  if (target === undefined || target === '') {
    throw usage(
      `name the app: bottlenose ${subcommand === undefined ? '' : `${subcommand} `}MODULE[:APP], such as app.ts:app (see bottlenose --help).`,
    );
  }
  if (rest.length > 0) {
    const misplaced = COMMANDS.find((name) => name === target);
    if (misplaced !== undefined) throw usage(`write the command first: bottlenose ${misplaced} [options] MODULE[:APP].`);
    throw usage(`more than one app is given: ${rest.join(' ')}. Put an expression with spaces in quotes.`);
  }
  return {
    command: subcommand ?? 'serve',
    target,
    folders: [],
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
    throw toUsageError(error as NodeJS.ErrnoException, options);
  }
}

function toUsageError({ code, message }: NodeJS.ErrnoException, options: Record<string, Option>): CommandError {
  const [, option = ''] = /'(-[^' <]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const near = nearest(option.replace(/^-+/, ''), Object.keys(options));
    return usage(`unknown option ${option}.${near === undefined ? '' : ` Did you mean --${near}?`} See bottlenose --help.`);
  }
  // The first sentence states the problem. The hints after it are for programmers who use `parseArgs`.
  const sentence = message.split(/\n|(?<=\.) /, 1)[0] ?? message;
  return usage(
    `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}${sentence.endsWith('.') ? '' : '.'} See bottlenose --help.`,
  );
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);
