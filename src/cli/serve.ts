import './reloader-loader.js';
import { Bottle } from '../app/bottle.js';
import type { RunOptions } from '../app/run.js';
import { run } from '../app/run.js';
import { WiringError } from '../controllers/binding/wiring-error.js';
import { nearest } from '../support/nearest.js';
import { serverNames } from '../servers/index.js';
import { readAddress } from './bind-address.js';
import type { Arguments } from './arguments.js';
import { CommandError, usage } from './command-error.js';
import { supervisorLink } from './reload/supervisor-link.js';
import { loadConfiguredApp } from './configured-app.js';

/** Serves an app. Resolves when it listens. */
export async function serve(args: Arguments): Promise<void> {
  const options: RunOptions = { ...readAddress(args.bind) };
  if (args.server !== undefined) options.server = knownServer(args.server);
  if (args.debug) options.debug = true;
  if (args.reload) options.reloader = true;
  // The supervising process does not load the app, which may be broken. The supervised process reports errors on the failure
  // page.
  const supervisor = args.reload ? supervisorLink() : undefined;
  const app = args.reload && supervisor === undefined ? new Bottle() : await loadConfiguredApp(args);
  try {
    await run(app, options);
  } catch (error) {
    // Errors of a server start contain their remedy: a port in use, a package that is not installed.
    if (error instanceof WiringError || !(error instanceof globalThis.Error)) throw error;
    throw new CommandError(error.message, 1, { cause: error });
  }
}

function knownServer(name: string): string {
  if (serverNames.includes(name)) return name;
  const near = nearest(name, serverNames);
  throw usage(
    `unknown server '${name}'.${near === undefined ? '' : ` Did you mean '${near}'?`} Known are: ${serverNames.join(', ')}.`,
  );
}
