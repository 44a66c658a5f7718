import type { Bottle } from '../app/bottle.js';
import type { PluginLike } from '../app/wiring/plugin.js';
import { asPlugin } from '../app/wiring/plugin-list.js';
import { nearest } from '../support/nearest.js';
import { evaluate, isClass, namesOf } from './expression.js';
import { CommandError, usage } from './command-error.js';
import { importModule } from './import-module.js';
import { findModule, shown, splitTarget } from './find-module.js';

/** Plugins of this package that need not be loaded unless asked for: where each is found, by its name and a shorter one. */
const ELSEWHERE: Readonly<Record<string, readonly [entry: string, name: string]>> = {
  SQLitePlugin: ['bottlenose/sqlite', 'SQLitePlugin'],
  sqlite: ['bottlenose/sqlite', 'SQLitePlugin'],
  OpenAPIPlugin: ['bottlenose/openapi', 'OpenAPIPlugin'],
  openapi: ['bottlenose/openapi', 'OpenAPIPlugin'],
};

/**
 * Installs what a plugin expression stands for: `module:expression`, or an expression that begins with the name of a plugin of
 * this package. A class is made an instance of, and a function without parameters is called, as it cannot be a plugin itself.
 *
 * @throws CommandError for what is no plugin.
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
    throw usage(`--plugin '${text}' is no plugin. ${(error as Error).message}`, { cause: error });
  }
  app.install(plugin as PluginLike);
}

async function loadPlugin(text: string): Promise<unknown> {
  // A colon further on belongs to the arguments: cors({ origin: '*' }).
  const [, builtIn] = /^\s*([A-Za-z_$][\w$]*)\s*(?:\(|$)/.exec(text) ?? [];
  if (builtIn !== undefined) return made(await builtInPlugin(builtIn, text));
  const { module, expression = 'default' } = splitTarget(text);
  const url = findModule(module);
  const names = namesOf(await importModule(url));
  return made(await evaluate(expression, names, shown(url)));
}

async function builtInPlugin(name: string, text: string): Promise<unknown> {
  const [entry, own] = ELSEWHERE[name] ?? ['bottlenose/plugins', name];
  // By its public name, which leads to the very module that the app has imported.
  const names = namesOf(await importModule(import.meta.resolve(entry)));
  const plugin = names.get(own);
  if (typeof plugin !== 'function') {
    const factories = [...names].filter(([, value]) => typeof value === 'function').map(([key]) => key);
    const known = [...factories, 'sqlite', 'openapi'];
    const near = nearest(name, known);
    const hint = near === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw usage(`there is no plugin '${name}'. ${hint} For one of your own write --plugin MODULE:EXPRESSION.`);
  }
  return evaluate(text, new Map([[name, plugin]]), entry);
}

function made(value: unknown): unknown {
  if (isClass(value)) return new value();
  return typeof value === 'function' && value.length === 0 ? value() : value;
}
