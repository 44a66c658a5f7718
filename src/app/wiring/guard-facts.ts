import type { Plugin } from './plugin.js';

/** What is known of a plugin that `guard` made. */
export interface GuardFacts {
  readonly identifies: boolean;
  readonly optional: boolean;
}

/** Two copies of the package in one process know each other's guards by this. */
const GUARD: unique symbol = Symbol.for('bottlenose.guard') as never;

/** Marks a plugin as a guard. Gives it back. */
export function asGuard(plugin: Plugin, facts: GuardFacts): Plugin {
  return Object.defineProperty(plugin, GUARD, { value: facts });
}

/** What is known of a guard; `undefined` for another plugin. */
export function guardFacts(plugin: Plugin): GuardFacts | undefined {
  return (plugin as { [GUARD]?: GuardFacts })[GUARD];
}
