import { parseParameters } from './media-type.js';

/** One element of an `Accept…` header. */
interface Preference {
  /** In lower case, without parameters. */
  readonly value: string;
  /** From 0 (refused) to 1. */
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** How well an element fits an offer: the higher, the more specific; below 0, not at all. */
type Fit = (preference: Preference, offer: string) => number;

/**
 * Chooses a media type by an `Accept` header (RFC 9110 section 12.5.1). Of the elements that match an offer, the most specific
 * one says its quality. The offer of the highest quality wins; among equals, the one that was asked for more specifically (so
 * that JSON wins where a client asks for it by name, and for anything else as well), then the one that stands first among the
 * offers.
 *
 * @param header the header; without one, everything is acceptable.
 * @param offers what can be sent, best first. Parameters (`text/html; charset=utf-8`) count only where the header names some.
 * @returns one of the offers as it was given; `undefined` if none is acceptable.
 * @example preferred('text/html;q=0.8, application/json', ['text/html', 'application/json']) // 'application/json'
 */
export function preferred(header: string | undefined, offers: readonly string[]): string | undefined {
  if (!header?.trim()) return offers[0];
  return choose(parsePreferences(header), offers, mediaTypeFit);
}

/**
 * Chooses a content coding by an `Accept-Encoding` header (RFC 9110 section 12.5.3). `identity` is acceptable unless refused, and
 * the last choice unless named.
 *
 * @param header the header. Without one, `identity` is chosen: who does not name a coding may not know it.
 * @param offers the codings that there are, best first; with `identity` if the content can be sent as it is.
 * @returns one of the offers; `undefined` if none is acceptable.
 * @example preferredEncoding('gzip, br', ['br', 'gzip', 'identity']) // 'br'
 */
export function preferredEncoding(header: string | undefined, offers: readonly string[]): string | undefined {
  const preferences = parsePreferences(header ?? '');
  const refused = preferences.some(({ value, quality }) => quality === 0 && (value === 'identity' || value === '*'));
  const named = preferences.some(({ value }) => value === 'identity');
  // Less than the smallest quality that a header can express.
  if (!named && !refused) preferences.push({ value: 'identity', quality: 0.0001, parameters: {} });
  return choose(preferences, offers, encodingFit);
}

/**
 * Chooses a language by an `Accept-Language` header (RFC 9110 section 12.5.4): a range `en` matches the offer `en-GB` (RFC 4647
 * basic filtering), and where nothing better is asked for, `en-GB` also takes the offer `en` (RFC 4647 lookup).
 *
 * @param header the header; without one, everything is acceptable.
 * @param offers language tags, best first.
 * @returns one of the offers as it was given; `undefined` if none is acceptable.
 * @example preferredLanguage('de-AT, en;q=0.5', ['en', 'de']) // 'de'
 */
export function preferredLanguage(header: string | undefined, offers: readonly string[]): string | undefined {
  if (!header?.trim()) return offers[0];
  return choose(parsePreferences(header), offers, languageFit);
}

function choose(preferences: readonly Preference[], offers: readonly string[], fit: Fit): string | undefined {
  let best: string | undefined;
  let bestQuality = 0;
  let bestFit = -1;
  for (const offer of offers) {
    const lower = offer.toLowerCase();
    let quality = 0;
    let closest = -1;
    for (const preference of preferences) {
      const fits = fit(preference, lower);
      if (fits < 0 || fits < closest) continue;
      // An element that stands twice: the better quality counts.
      quality = fits === closest ? Math.max(quality, preference.quality) : preference.quality;
      closest = fits;
    }
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && closest > bestFit)) {
      best = offer;
      bestQuality = quality;
      bestFit = closest;
    }
  }
  return best;
}

function mediaTypeFit({ value, parameters }: Preference, offer: string): number {
  const semicolon = offer.indexOf(';');
  const type = semicolon < 0 ? offer : offer.slice(0, semicolon).trimEnd();
  if (value === '*/*' || value === '*') return 0;
  if (value.endsWith('/*')) return type.startsWith(value.slice(0, -1)) ? 1 : -1;
  if (type !== value) return -1;
  const wanted = Object.entries(parameters);
  if (wanted.length === 0) return 2;
  const offered = semicolon < 0 ? {} : parseParameters(offer, semicolon);
  return wanted.every(([name, text]) => offered[name]?.toLowerCase() === text.toLowerCase()) ? 2 + wanted.length : -1;
}

function encodingFit({ value }: Preference, offer: string): number {
  if (value === '*') return 0;
  return bareEncoding(value) === bareEncoding(offer) ? 1 : -1;
}

/** RFC 9110 section 8.4.1: recipients consider `x-gzip` and `x-compress` the same as the names without `x-`. */
function bareEncoding(name: string): string {
  return name === 'x-gzip' || name === 'x-compress' ? name.slice(2) : name;
}

function languageFit({ value, quality }: Preference, offer: string): number {
  if (value === '*') return 0;
  if (value === offer) return Number.MAX_SAFE_INTEGER;
  if (offer.startsWith(`${value}-`)) return 1000 + value.length;
  // The fall-back to a broader tag: refusing en-GB does not refuse en.
  return quality > 0 && value.startsWith(`${offer}-`) ? 1 + offer.length : -1;
}

function parsePreferences(header: string): Preference[] {
  const preferences: Preference[] = [];
  for (const element of splitElements(header)) {
    const semicolon = element.indexOf(';');
    const value = (semicolon < 0 ? element : element.slice(0, semicolon)).trim().toLowerCase();
    if (value === '') continue;
    if (semicolon < 0) {
      preferences.push({ value, quality: 1, parameters: {} });
      continue;
    }
    const { q, ...parameters } = parseParameters(element, semicolon);
    const quality = q === undefined ? 1 : parseQuality(q);
    // RFC 9110 section 5.6.1: what is broken is as if it were not there.
    if (quality !== undefined) preferences.push({ value, quality, parameters });
  }
  return preferences;
}

function parseQuality(text: string): number | undefined {
  return /^(?:[01](?:\.\d*)?|\.\d+)$/.test(text) ? Math.min(1, Number(text)) : undefined;
}

/** Splits at commas outside quotes. */
function splitElements(header: string): string[] {
  if (!header.includes('"')) return header.split(',');
  return header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}
