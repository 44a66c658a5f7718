import { parseParameters } from './media-type.js';

/** One element of an `Accept…` header. */
interface Preference {
  /** In lower case, without parameters. */
  readonly value: string;
  /** From 0 (not acceptable) to 1. */
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Returns how specifically an element matches an offer. A higher value is more specific; a negative value does not match. */
type Specificity = (preference: Preference, offer: string) => number;

/**
 * Selects a media type by an `Accept` header (RFC 9110 section 12.5.1). The most specific element that matches an offer sets its
 * quality. The offer with the highest quality is selected. Among equal offers, the more specific match is selected (so that JSON is
 * selected if the header lists JSON and a wildcard), then the first offer.
 *
 * @param header the header; without one, every offer is acceptable.
 * @param offers the available types, best first. Parameters (`text/html; charset=utf-8`) are compared only if the header has some.
 * @returns one of the offers, unchanged; `undefined` if none is acceptable.
 * @example preferred('text/html;q=0.8, application/json', ['text/html', 'application/json']) // 'application/json'
 */
export function preferred(header: string | undefined, offers: readonly string[]): string | undefined {
  if (!header?.trim()) return offers[0];
  return selectBest(parsePreferences(header), offers, mediaTypeSpecificity);
}

/**
 * Selects a content coding by an `Accept-Encoding` header (RFC 9110 section 12.5.3). `identity` is acceptable unless its quality is 0.
 * It has the lowest preference unless the header lists it.
 *
 * @param header the header. Without one, `identity` is selected, because the client may not support other codings.
 * @param offers the available codings, best first; with `identity` if the content can be sent without a coding.
 * @returns one of the offers; `undefined` if none is acceptable.
 * @example preferredEncoding('gzip, br', ['br', 'gzip', 'identity']) // 'br'
 */
export function preferredEncoding(header: string | undefined, offers: readonly string[]): string | undefined {
  const preferences = parsePreferences(header ?? '');
  const refused = preferences.some(({ value, quality }) => quality === 0 && (value === 'identity' || value === '*'));
  const named = preferences.some(({ value }) => value === 'identity');
  // Lower than the smallest quality in a header.
  if (!named && !refused) preferences.push({ value: 'identity', quality: 0.0001, parameters: {} });
  return selectBest(preferences, offers, encodingSpecificity);
}

/**
 * Selects a language by an `Accept-Language` header (RFC 9110 section 12.5.4). A range `en` matches the offer `en-GB` (RFC 4647 basic
 * filtering). Without a better match, `en-GB` also matches the offer `en` (RFC 4647 lookup).
 *
 * @param header the header; without one, every offer is acceptable.
 * @param offers language tags, best first.
 * @returns one of the offers, unchanged; `undefined` if none is acceptable.
 * @example preferredLanguage('de-AT, en;q=0.5', ['en', 'de']) // 'de'
 */
export function preferredLanguage(header: string | undefined, offers: readonly string[]): string | undefined {
  if (!header?.trim()) return offers[0];
  return selectBest(parsePreferences(header), offers, languageSpecificity);
}

function selectBest(preferences: readonly Preference[], offers: readonly string[], fit: Specificity): string | undefined {
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
      // For a repeated element, the higher quality applies.
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

function mediaTypeSpecificity({ value, parameters }: Preference, offer: string): number {
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

function encodingSpecificity({ value }: Preference, offer: string): number {
  if (value === '*') return 0;
  return canonicalEncoding(value) === canonicalEncoding(offer) ? 1 : -1;
}

/** Recipients consider `x-gzip` and `x-compress` equal to the names without `x-` (RFC 9110 section 8.4.1). */
function canonicalEncoding(name: string): string {
  return name === 'x-gzip' || name === 'x-compress' ? name.slice(2) : name;
}

function languageSpecificity({ value, quality }: Preference, offer: string): number {
  if (value === '*') return 0;
  if (value === offer) return Number.MAX_SAFE_INTEGER;
  if (offer.startsWith(`${value}-`)) return 1000 + value.length;
  // Fallback to a broader tag. Quality 0 for en-GB does not exclude en.
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
    // Invalid elements are ignored (RFC 9110 section 5.6.1).
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
