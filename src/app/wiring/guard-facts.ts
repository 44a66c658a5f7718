import type { Plugin } from './plugin.js';

/** The properties of a plugin that `guard` has created. */
interface GuardFacts {
  readonly identifies: boolean;
  readonly optional: boolean;
}

/** A registered symbol, so that two copies of the package in one process recognize each other's guards. */
const GUARD: unique symbol = Symbol.for('bottlenose.guard') as never;

/** Marks a plugin as a guard and returns it. */
export function asGuard(plugin: Plugin, facts: GuardFacts): Plugin {
  return Object.defineProperty(plugin, GUARD, { value: facts });
}

/** The properties of a guard; `undefined` for other plugins. */
export function guardFacts(plugin: Plugin): GuardFacts | undefined {
  return (plugin as { [GUARD]?: GuardFacts })[GUARD];
}
