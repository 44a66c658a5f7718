import { setTemplateDebug } from '../templates/index.js';

let isEnabled = false;

/**
 * Turns debug mode on or off for all apps: error pages show the trace, templates are reloaded, and `mount` checks the wiring.
 * Bottle's `debug`. Clients can see source code: never use it on a public server.
 */
export function debug(on = true): void {
  isEnabled = on;
  setTemplateDebug(on);
}

export function isDebugging(): boolean {
  return isEnabled;
}
