import type { Context } from '../app/wiring/plugin.js';
import { badOption, shown } from './plugin-options.js';

/** A function that decides about an origin. It may return a promise. */
export type OriginCheck<T> = (origin: string, context: Context) => T | PromiseLike<T>;

/** Trusted origins: an origin (`https://example.com`), a pattern that matches a whole origin, or a list of these. */
export type OriginList = string | RegExp | readonly (string | RegExp)[];

/**
 * Compiles a list of origins (RFC 6454) to a predicate. Patterns have to match a whole origin.
 *
 * @param plugin the name of the plugin, for messages.
 * @param given the origins.
 * @throws TypeError for an invalid origin, an origin that browsers serialize differently, and `null`, which any page can send.
 * @example compileOrigins('widget', ['https://example.com', /https:\/\/\w+\.example\.com/])('https://a.example.com') // true
 */
export function compileOrigins(plugin: string, given: OriginList): (origin: string) => boolean {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of list) {
    if (one instanceof RegExp) patterns.push(anchored(one));
    else exact.add(checkOrigin(plugin, one));
  }
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin));
}

/** Anchors a pattern: `/example\.com/` must not match `https://example.com.evil.test`. */
function anchored(pattern: RegExp): RegExp {
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
  // Browsers serialize origins in lower case, with Punycode, without the default port.
  const serialized = /^https?:/i.test(origin) && URL.canParse(origin) ? new URL(origin).origin : origin.toLowerCase();
  if (serialized !== origin) throw badOption(plugin, 'origin', `has ${shown(origin)} in it`, `browsers spell it ${serialized}`);
  return origin;
}
