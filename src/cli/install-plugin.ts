import type { Bottle } from '../app/bottle.js';
import type { PluginLike } from '../app/wiring/plugin.js';
import { asPlugin } from '../app/wiring/plugin-list.js';
import { nearest } from '../support/nearest.js';
import { evaluate, isClass, namesOf } from './expression.js';
import { CommandError, usage } from './command-error.js';
import { importModule } from './import-module.js';
import { findModule, displayPath, splitTarget } from './find-module.js';

/** Plugins with an entry point of their own: the entry point and export of each accepted name. */
const SEPARATE_ENTRIES: Readonly<Record<string, readonly [entry: string, name: string]>> = {
  SQLitePlugin: ['bottlenose/sqlite', 'SQLitePlugin'],
  sqlite: ['bottlenose/sqlite', 'SQLitePlugin'],
  OpenAPIPlugin: ['bottlenose/openapi', 'OpenAPIPlugin'],
  openapi: ['bottlenose/openapi', 'OpenAPIPlugin'],
};

/**
 * Installs the plugin of a plugin expression: `module:expression`, or an expression that begins with the name of a plugin of this
 * package. A class is instantiated. A function without parameters is called, because it cannot be a plugin itself.
 *
 * @throws CommandError when the result is not a plugin.
 */
export async function installPlugin(app: Bottle, text: string): Promise<void> {
  let plugin: unknown;
  try {
    plugin = await loadPlugin(text);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const why = error instanceof globalThis.Error ? error.message : String(error);
    throw new CommandError(`--plugin '${text}' failed: ${why}`, 1, { cause: error });
  }
  try {
    asPlugin(plugin as PluginLike);
  } catch (error) {
    throw usage(`--plugin '${text}' is not a plugin. ${(error as Error).message}`, { cause: error });
  }
  app.install(plugin as PluginLike);
}

async function loadPlugin(text: string): Promise<unknown> {
  // A later colon belongs to the arguments: cors({ origin: '*' }).
  const [, builtIn] = /^\s*([A-Za-z_$][\w$]*)\s*(?:\(|$)/.exec(text) ?? [];
  if (builtIn !== undefined) return instantiate(await builtInPlugin(builtIn, text));
  const { module, expression = 'default' } = splitTarget(text);
  const url = findModule(module);
  const names = namesOf(await importModule(url));
  return instantiate(await evaluate(expression, names, displayPath(url)));
}

async function builtInPlugin(name: string, text: string): Promise<unknown> {
  const [entry, exportName] = SEPARATE_ENTRIES[name] ?? ['bottlenose/plugins', name];
  // Imported by its public name, so that the app's copy of the module is used.
  const names = namesOf(await importModule(import.meta.resolve(entry)));
  const plugin = names.get(exportName);
  if (typeof plugin !== 'function') {
    const factories = [...names].filter(([, value]) => typeof value === 'function').map(([key]) => key);
    const known = [...factories, 'sqlite', 'openapi'];
    const near = nearest(name, known);
    const hint = near === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw usage(`there is no plugin '${name}'. ${hint} For your own plugin write --plugin MODULE:EXPRESSION.`);
  }
  return evaluate(text, new Map([[name, plugin]]), entry);
}

function instantiate(value: unknown): unknown {
  if (isClass(value)) return new value();
  return typeof value === 'function' && value.length === 0 ? value() : value;
}
