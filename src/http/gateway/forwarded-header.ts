import type { Exchange } from './exchange.js';

/** What proxies have said of the request, each list in the order of the proxies, the one next to this server last. */
export interface ForwardedValues {
  /** For whom each one speaks. */
  readonly for: readonly string[];
  readonly proto: readonly string[];
  readonly host: readonly string[];
  /** Which beginning of the path it has taken away. */
  readonly prefix: readonly string[];
}

/**
 * Reads `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`, or, where there is none of these, `Forwarded` (RFC 7239). Not both: a
 * proxy that sets the one kind lets through what its client says by the other.
 */
export function readForwarded(exchange: Exchange): ForwardedValues {
  const list = (name: string): string[] => {
    const header = exchange.header(`x-forwarded-${name}`);
    return header === undefined ? [] : header.split(',').map((entry) => entry.trim());
  };
  const said = { for: list('for'), proto: list('proto'), host: list('host'), prefix: list('prefix') };
  const forwarded = exchange.header('forwarded');
  if (forwarded === undefined || Object.values(said).some((entries) => entries.length > 0)) return said;
  const elements = parseForwarded(forwarded);
  // Where a proxy is silent, its place is kept.
  const of = (name: string): string[] => elements.map((element) => element.get(name) ?? '');
  return { for: of('for'), proto: of('proto'), host: of('host'), prefix: [] };
}

/** A pair, or what ends one. Quoted, a value may have any letter, and the other two signs. */
const TOKEN = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?([;,]|$)/y;

/**
 * The elements of `Forwarded`, one for each proxy.
 *
 * @returns none when it is malformed: half of it would be anybody's guess.
 * @example parseForwarded('for="[2001:db8::1]:80";proto=https, for=10.0.0.2')
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-4
 */
export function parseForwarded(header: string): Map<string, string>[] {
  const elements: Map<string, string>[] = [];
  let element = new Map<string, string>();
  TOKEN.lastIndex = 0;
  for (let at = 0; at <= header.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(header);
    if (found === null) return [];
    const [, name, bare, quoted, end] = found;
    if (name !== undefined) {
      const lower = name.toLowerCase();
      if (element.has(lower)) return [];
      element.set(lower, bare ?? (quoted as string).replace(/\\(.)/g, '$1'));
    }
    if (end === ';') continue;
    if (element.size > 0) elements.push(element);
    element = new Map();
    if (end === '') break;
  }
  return elements;
}
