import { ConfigError } from '../app/config/config-files.js';
import type { Bottle } from '../app/bottle.js';
import type { Arguments } from './arguments.js';
import { usage } from './command-error.js';
import { loadApp } from './load-app.js';
import { installPlugin } from './install-plugin.js';

/**
 * Loads the app, and puts on it what the options say: configuration files in their order, single values over them, then plugins,
 * which may read all that.
 */
export async function appFor(given: Arguments): Promise<Bottle> {
  const { target, conf, params, plugins } = given;
  const values = params.map(readParameter);
  // Before the module is loaded: routes are wired as they are added.
  if (given.debug) (await import('../app/debug-mode.js')).debug(true);
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

/** `NAME=VALUE`, a text as in configuration files; `NAME` alone turns something on, as in Bottle. */
function readParameter(text: string): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at === 0 || text === '') throw usage(`--param ${text} has no name: write NAME=VALUE.`);
  return at === -1 ? [text, true] : [text.slice(0, at), text.slice(at + 1)];
}
