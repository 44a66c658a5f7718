import type { Callback, Context } from '../../http/context.js';
import type { App } from './app-core.js';
import type { ConfigDict } from '../config/config-dict.js';

type ConfigListener = (key: string, value: unknown) => void;

interface Hooks {
  /** Before the request is routed. */
  beforeRequest: (context: Context) => unknown;
  /** After the handler or error handler, in reverse order, always. */
  afterRequest: (context: Context) => unknown;
  /** After the routes have been invalidated: they are wired again before the next request. */
  appReset: (app: App) => void;
  /** After a change of the configuration. */
  config: ConfigListener;
}

export type HookName = keyof Hooks;
export type HookOf<N extends HookName> = Hooks[N];

const NAMES: readonly string[] = ['beforeRequest', 'afterRequest', 'appReset', 'config'];

/** The hooks of an app. */
export class HookList {
  readonly before: Callback[] = [];
  /** In the order of execution: the last registered first. */
  readonly after: Callback[] = [];
  readonly #reset: ((app: App) => void)[] = [];
  readonly #config: ConfigDict;

  constructor(config: ConfigDict) {
    this.#config = config;
  }

  add<N extends HookName>(name: N, listener: HookOf<N>): void {
    if (!NAMES.includes(name)) throw new TypeError(`There is no hook '${name}'. The hooks are ${NAMES.join(', ')}.`);
    if (typeof listener !== 'function') throw new TypeError(`The hook '${name}' needs a function.`);
    if (name === 'beforeRequest') this.before.push(listener as Callback);
    else if (name === 'afterRequest') this.after.unshift(listener as Callback);
    else if (name === 'appReset') this.#reset.push(listener as (app: App) => void);
    else this.#config.onChange((key, value) => (listener as ConfigListener)(key, value));
  }

  emit(_name: 'appReset', app: App): void {
    for (const listener of this.#reset) listener(app);
  }
}
