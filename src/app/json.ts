import type { Plugin } from './plugin.js';

/**
 * Turns objects into JSON. Every app has it, under the name `json`; a route that skips it may not return objects. The conversion
 * itself is a part of casting, so that it costs no wrapping: being in effect is what this plugin is for.
 */
export class JSONPlugin implements Plugin {
  readonly name = 'json';
  readonly api = 2;

  setup(): void {}
}
