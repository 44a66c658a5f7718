import type { Exchange } from './exchange.js';

/** The values of forwarding headers. Each list is in the order of the proxies: the proxy next to this server is last. */
export interface ForwardedValues {
  /** The address of the peer of each proxy. */
  readonly for: readonly string[];
  readonly proto: readonly string[];
  readonly host: readonly string[];
  /** The path prefix that each proxy has removed. */
  readonly prefix: readonly string[];
}

/**
 * Reads `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`, or, without these, `Forwarded` (RFC 7239). Never both: a proxy that sets
 * one kind passes on the other kind from its client.
 */
export function readForwarded(exchange: Exchange): ForwardedValues {
  const list = (name: string): string[] => {
    const header = exchange.header(`x-forwarded-${name}`);
    return header === undefined ? [] : header.split(',').map((entry) => entry.trim());
  };
  const values = { for: list('for'), proto: list('proto'), host: list('host'), prefix: list('prefix') };
  const forwarded = exchange.header('forwarded');
  if (forwarded === undefined || Object.values(values).some((entries) => entries.length > 0)) return values;
  const elements = parseForwarded(forwarded);
  // A missing value becomes '', so that the positions match the proxies.
  const of = (name: string): string[] => elements.map((element) => element.get(name) ?? '');
  return { for: of('for'), proto: of('proto'), host: of('host'), prefix: [] };
}

/** An optional pair, and the delimiter after it. A quoted value may contain any character. */
const TOKEN = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?([;,]|$)/y;

/**
 * Parses `Forwarded`. The header has one element for each proxy.
 *
 * @returns the elements; none for a malformed header, because its parts cannot be trusted.
 * @example parseForwarded('for="[2001:db8::1]:80";proto=https, for=10.0.0.2')
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-4
 */
function parseForwarded(header: string): Map<string, string>[] {
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
