import { ConfigError } from '../app/config/config-files.js';
import type { Bottle } from '../app/bottle.js';
import type { Arguments } from './arguments.js';
import { usage } from './command-error.js';
import { loadApp } from './load-app.js';
import { installPlugin } from './install-plugin.js';

/** Loads the app and applies the options: configuration files in order, then single values, then plugins, which may read both. */
export async function loadConfiguredApp(args: Arguments): Promise<Bottle> {
  const { target, conf, params, plugins } = args;
  const values = params.map(readParameter);
  // Before the module loads, because routes are wired when they are added.
  if (args.debug) (await import('../app/debug-mode.js')).debug(true);
  const app = await loadApp(target);
  try {
    for (const file of conf) app.config.loadFile(file);
    for (const [name, value] of values) app.config.set(name, value);
  } catch (error) {
    throw error instanceof ConfigError ? usage(error.message, { cause: error }) : error;
  }
  for (const plugin of plugins) await installPlugin(app, plugin);
  return app;
}

/** Parses `NAME=VALUE`. The value is text, as in configuration files. `NAME` alone sets it to true, as in Bottle. */
function readParameter(text: string): [name: string, value: unknown] {
  const index = text.indexOf('=');
  if (index === 0 || text === '') throw usage(`--param ${text} has no name: write NAME=VALUE.`);
  return index === -1 ? [text, true] : [text.slice(0, index), text.slice(index + 1)];
}
