import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { errorLink } from '../controllers/binding/wiring-error.js';
import { type Arguments, readArguments } from './arguments.js';
import { CommandError } from './command-error.js';
import { supervisorLink } from './reload/supervisor-link.js';
import { HELP } from './help.js';

/**
 * Runs a command line.
 *
 * @returns the exit status; `undefined` while a server runs.
 */
export async function command(argv: readonly string[]): Promise<number | undefined> {
  // Read from the raw arguments, because parsing them may fail.
  const isVerbose = argv.includes('--debug');
  try {
    return await dispatch(readArguments(argv));
  } catch (error) {
    process.stderr.write(`${describe(error, isVerbose)}\n`);
    await supervisorLink()?.failed(error instanceof CommandError ? (error.cause ?? error) : error);
    return error instanceof CommandError ? error.status : 1;
  }
}

async function dispatch(args: Arguments): Promise<number | undefined> {
  switch (args.command) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`bottlenose ${ownVersion()}\n`);
      return 0;
    case 'serve':
      await (await import('./serve.js')).serve(args);
      return undefined;
    case 'templates':
      return (await import('./compile-templates.js')).compileTemplates(args);
    default:
      return (await import('./inspect.js'))[args.command](args);
  }
}

/** One line for our own errors; the whole error for those of the user's code. */
function describe(error: unknown, isVerbose: boolean): string {
  if (isVerbose && error instanceof globalThis.Error) return `bottlenose: ${inspect(error)}`;
  if (error instanceof CommandError) return `bottlenose: ${error.message}`;
  if (!(error instanceof globalThis.Error)) return `bottlenose: the module threw ${inspect(error)}, which is not an Error.`;
  const isOurs = typeof (error as { code?: unknown }).code === 'string' && /^BN_/.test((error as { code?: string }).code ?? '');
  // A compiler's message contains file, line and excerpt. Its stack trace adds nothing.
  const hasLocation = error.name === 'SyntaxError' && !/\n[ \t]+at /.test(error.stack ?? '');
  const code = isOurs && error.name !== 'WiringError' ? ` (${errorLink((error as { code?: string }).code ?? '')})` : '';
  return isOurs || hasLocation ? `bottlenose: ${error.message.trimEnd()}${code}` : inspect(error);
}

function ownVersion(): string {
  const file = fileURLToPath(import.meta.resolve('bottlenose/package.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
