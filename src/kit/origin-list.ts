import type { Context } from '../app/wiring/plugin.js';
import { badOption, shown } from './plugin-options.js';

/** Decides on an origin. May return a promise. */
export type OriginCheck<T> = (origin: string, context: Context) => T | PromiseLike<T>;

/** Origins to trust: written out (`https://example.com`), by a pattern that has to match the whole of one, or a list of both. */
export type OriginList = string | RegExp | readonly (string | RegExp)[];

/**
 * Makes a check of a list of origins (RFC 6454). Patterns have to match a whole origin.
 *
 * @param plugin the name of the plugin, for messages.
 * @throws TypeError for what is not an origin, is not spelled as browsers spell it, or is sent by any page (`null`).
 * @example compileOrigins('widget', ['https://example.com', /https:\/\/\w+\.example\.com/])('https://a.example.com') // true
 */
export function compileOrigins(plugin: string, given: OriginList): (origin: string) => boolean {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of list) {
    if (one instanceof RegExp) patterns.push(wholly(one));
    else exact.add(checkOrigin(plugin, one));
  }
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin));
}

/** The pattern for a whole text: `/example\.com/` must not match `https://example.com.evil.test`. */
function wholly(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gmy]/g, ''));
}

function checkOrigin(plugin: string, origin: unknown): string {
  if (origin === 'null') {
    throw badOption(
      plugin,
      'origin',
      'has "null" in it, which any page can send from a sandboxed frame',
      'decide in a function if you must',
    );
  }
  if (typeof origin !== 'string' || !/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,\\*]+$/i.test(origin)) {
    throw badOption(plugin, 'origin', `has ${shown(origin)} in it`, 'write scheme and host, as in https://example.com');
  }
  // Browsers send an origin in one spelling: lower case, Punycode, without the scheme's own port.
  const spelt = /^https?:/i.test(origin) && URL.canParse(origin) ? new URL(origin).origin : origin.toLowerCase();
  if (spelt !== origin) throw badOption(plugin, 'origin', `has ${shown(origin)} in it`, `browsers spell it ${spelt}`);
  return origin;
}
