import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { errorLink } from '../controllers/binding/wiring-error.js';
import { type Arguments, readArguments } from './arguments.js';
import { CommandError } from './command-error.js';
import { link } from './reload/supervisor-link.js';
import { HELP } from './help.js';

/**
 * Runs a command line.
 *
 * @returns the exit status; `undefined` while a server runs.
 */
export async function command(argv: readonly string[]): Promise<number | undefined> {
  // Before anything is read, as that may be what is wrong.
  const isVerbose = argv.includes('--debug');
  try {
    return await dispatch(readArguments(argv));
  } catch (error) {
    process.stderr.write(`${describe(error, isVerbose)}\n`);
    await link()?.failed(error instanceof CommandError ? (error.cause ?? error) : error);
    return error instanceof CommandError ? error.status : 1;
  }
}

async function dispatch(given: Arguments): Promise<number | undefined> {
  switch (given.command) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`bottlenose ${ownVersion()}\n`);
      return 0;
    case 'serve':
      await (await import('./serve.js')).serve(given);
      return undefined;
    default:
      return (await import('./inspect.js'))[given.command](given);
  }
}

/** One line where that says it all; of what the user's own code throws, everything. */
function describe(error: unknown, isVerbose: boolean): string {
  if (isVerbose && error instanceof globalThis.Error) return `bottlenose: ${inspect(error)}`;
  if (error instanceof CommandError) return `bottlenose: ${error.message}`;
  if (!(error instanceof globalThis.Error)) return `bottlenose: the module threw ${inspect(error)}, which is no Error.`;
  const isOurs = typeof (error as { code?: unknown }).code === 'string' && /^BN_/.test((error as { code?: string }).code ?? '');
  // A compiler's message tells place and excerpt; where it was thrown is no news.
  const isPlaced = error.name === 'SyntaxError' && !/\n[ \t]+at /.test(error.stack ?? '');
  const code = isOurs && error.name !== 'WiringError' ? ` (${errorLink((error as { code?: string }).code ?? '')})` : '';
  return isOurs || isPlaced ? `bottlenose: ${error.message.trimEnd()}${code}` : inspect(error);
}

function ownVersion(): string {
  const file = fileURLToPath(import.meta.resolve('bottlenose/package.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
