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
import { link } from './reload/supervisor-link.js';
import { appFor } from './configured-app.js';

/** Serves an app. Resolves once it listens. */
export async function serve(given: Arguments): Promise<void> {
  const options: RunOptions = { ...readAddress(given.bind) };
  if (given.server !== undefined) options.server = knownServer(given.server);
  if (given.debug) options.debug = true;
  if (given.reload) options.reloader = true;
  // The process that supervises need not load the app, which may well be broken; and in the other one, what is wrong with it is
  // for the page.
  const supervisor = given.reload ? link() : undefined;
  const app = given.reload && supervisor === undefined ? new Bottle() : await appFor(given);
  try {
    await run(app, options);
  } catch (error) {
    // What keeps a server from starting says by itself what to do: a port in use, a package that is not installed.
    if (error instanceof WiringError || !(error instanceof globalThis.Error)) throw error;
    throw new CommandError(error.message, 1, { cause: error });
  }
}

function knownServer(name: string): string {
  if (serverNames.includes(name)) return name;
  const near = nearest(name, serverNames);
  throw usage(
    `there is no server '${name}'.${near === undefined ? '' : ` Did you mean '${near}'?`} Known are: ${serverNames.join(', ')}.`,
  );
}
