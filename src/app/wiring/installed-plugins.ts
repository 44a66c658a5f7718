import { isThenable } from '../../support/value-kinds.js';
import type { App, AppCore } from './app-core.js';
import type { Plugin, PluginLike, PluginSelector } from './plugin.js';
import { asPlugin, selects } from './plugin-list.js';

/** The plugins of an app, from `setup` to `close`. */
export class InstalledPlugins {
  readonly #app: AppCore;
  readonly #isSetUp: () => void;
  readonly #installed: Plugin[] = [];
  /** Plugins that only some routes have, which get the same care as those installed. */
  readonly #adopted = new Set<Plugin>();
  /** What closing each has begun, for those who ask again. */
  readonly #closing = new Map<Plugin, Promise<void>>();

  /** What the asynchronous `setup` of plugins has begun. */
  readonly #settingUp = new Map<Plugin, Promise<void>>();

  /** @param isSetUp called when a `setup` that took its time has resolved. */
  constructor(app: AppCore, isSetUp: () => void) {
    this.#app = app;
    this.#isSetUp = isSetUp;
  }

  /** Whether a plugin is being set up, or could not be. */
  get isSettingUp(): boolean {
    return this.#settingUp.size > 0;
  }

  /** Resolves when every plugin is set up. @throws what the `setup` of one rejects with */
  async ready(): Promise<void> {
    while (this.#settingUp.size > 0) await Promise.all(this.#settingUp.values());
  }

  #setup(plugin: Plugin): void {
    const begun: unknown = plugin.setup?.(this.#app as App);
    if (!isThenable(begun)) return;
    const settingUp = Promise.resolve(begun).then(() => {
      this.#settingUp.delete(plugin);
      this.#isSetUp();
    });
    // Whoever waits for it hears of a failure.
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
    // What is installed anew is closed anew.
    this.#closing.delete(plugin);
    this.#installed.push(plugin);
  }

  /** Gives those that it removed, the last installed first. */
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

  /** Sets up a plugin that a route brings along, once. */
  adopt(plugin: Plugin): Plugin {
    if (!this.#adopted.has(plugin) && !this.#installed.includes(plugin)) {
      this.#adopted.add(plugin);
      this.#setup(plugin);
    }
    return plugin;
  }

  /**
   * Closes all, the last installed first; a failure of one does not keep the others open. Each is closed once: a server that ends
   * and a program that tidies up may both ask, and a plugin need not stand a second time.
   */
  async close(): Promise<void> {
    const plugins = [...this.#installed, ...this.#adopted].reverse();
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
