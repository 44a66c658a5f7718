import { setTemplateDebug } from '../templates/index.js';

let everywhere = false;

/**
 * Turns debug mode on or off for all apps: error pages with the trace, templates read anew, wiring checked at mount. Bottle's
 * `debug`. It tells clients about the code: never use it where strangers can reach the server.
 */
export function debug(on = true): void {
  everywhere = on;
  setTemplateDebug(on);
}

export function isDebugging(): boolean {
  return everywhere;
}
