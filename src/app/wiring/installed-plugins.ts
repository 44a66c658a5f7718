import { isThenable } from '../../support/value-kinds.js';
import type { App, AppCore } from './app-core.js';
import type { Plugin, PluginLike, PluginSelector } from './plugin.js';
import { asPlugin, selects } from './plugin-list.js';

/** The plugins of an app, from `setup` to `close`. */
export class InstalledPlugins {
  readonly #app: AppCore;
  readonly #onSetup: () => void;
  readonly #installed: Plugin[] = [];
  /** Plugins that only some routes apply. They are set up and closed like the installed ones. */
  readonly #applied = new Set<Plugin>();
  /** The promise of each started `close`, so that a plugin is closed once. */
  readonly #closing = new Map<Plugin, Promise<void>>();

  /** The promise of each pending or failed `setup`. */
  readonly #settingUp = new Map<Plugin, Promise<void>>();

  /** @param onSetup Called when an asynchronous `setup` has resolved. */
  constructor(app: AppCore, onSetup: () => void) {
    this.#app = app;
    this.#onSetup = onSetup;
  }

  /** Whether a `setup` is pending or has failed. */
  get isSettingUp(): boolean {
    return this.#settingUp.size > 0;
  }

  /** Resolves when every plugin is set up. @throws (rejects) the error of a failed `setup` */
  async ready(): Promise<void> {
    while (this.#settingUp.size > 0) await Promise.all(this.#settingUp.values());
  }

  #setup(plugin: Plugin): void {
    const begun: unknown = plugin.setup?.(this.#app as App);
    if (!isThenable(begun)) return;
    const settingUp = Promise.resolve(begun).then(() => {
      this.#settingUp.delete(plugin);
      this.#onSetup();
    });
    // `ready` reports the error. Without it, this must not be an unhandled rejection.
    settingUp.catch(() => undefined);
    this.#settingUp.set(plugin, settingUp);
  }

  /** In the order of installation. */
  get list(): readonly Plugin[] {
    return this.#installed;
  }

  install(given: PluginLike): void {
    const plugin = asPlugin(given);
    this.#setup(plugin);
    // A plugin that is installed again must be closed again.
    this.#closing.delete(plugin);
    this.#installed.push(plugin);
  }

  /** Returns the removed plugins, the last installed first. */
  uninstall(selector: PluginSelector): Plugin[] {
    const removed = this.#installed.filter((plugin) => selects(selector, plugin)).reverse();
    for (const plugin of removed) {
      this.#installed.splice(this.#installed.indexOf(plugin), 1);
      this.#settingUp.delete(plugin);
      if (this.#closing.has(plugin)) continue;
      const closing = plugin.close?.();
      if (isThenable(closing)) {
        closing.then(undefined, (cause: unknown) => {
          this.#app.log(new globalThis.Error(`The plugin ${plugin.name ?? plugin.constructor.name} failed to close.`, { cause }));
        });
      }
    }
    return removed;
  }

  /** Sets up a plugin that a route applies, unless it is set up already. */
  setupOnce(plugin: Plugin): Plugin {
    if (!this.#applied.has(plugin) && !this.#installed.includes(plugin)) {
      this.#applied.add(plugin);
      this.#setup(plugin);
    }
    return plugin;
  }

  /**
   * Closes all plugins, the last installed first, even if one fails. Closes each only once, because both the server and the program
   * may call it.
   */
  async close(): Promise<void> {
    const plugins = [...this.#installed, ...this.#applied].reverse();
    const outcomes = await Promise.allSettled(plugins.map((plugin) => this.#closeOnce(plugin)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #closeOnce(plugin: Plugin): Promise<void> {
    const begun = this.#closing.get(plugin);
    if (begun !== undefined) return begun;
    const closing = (async () => plugin.close?.())();
    this.#closing.set(plugin, closing);
    return closing;
  }
}
