/** Options of `redirect`. */
export interface RedirectOptions {
  /**
   * Also allows `//host/path` and schemes other than `http` and `https` (`myapp:`, `mailto:`). Never use this for a location from a
   * client. Default: false.
   */
  external?: boolean;
}

/** Thrown for a location that is invalid or may lead to another host than it seems. */
export class RedirectError extends TypeError {
  override readonly name: string = 'RedirectError';
  readonly code = 'BN_REDIRECT';
}

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const CONTROL = /[\x00-\x1f\x7f]/;
// Characters that RFC 3986 does not allow in URLs, apart from control characters.
const UNSAFE = /[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+/g;
// Schemes that run code or show local data.
const FORBIDDEN_SCHEMES = new Set(['javascript', 'vbscript', 'data', 'blob', 'file', 'filesystem', 'about', 'view-source']);

/**
 * Validates and encodes a location for a `Location` header, by the rules of `redirect`.
 *
 * @throws RedirectError (`BN_REDIRECT`) for a rejected location.
 * @example safeLocation('/café') // '/caf%C3%A9'
 */
export function safeLocation(location: string | URL, options: RedirectOptions = {}): string {
  const text = String(location);
  if (CONTROL.test(text)) throw rejected('it contains a control character (a line break, NUL, …)', 'remove it');
  const end = text.search(/[?#]/);
  const path = end < 0 ? text : text.slice(0, end);
  if (path.includes('\\')) {
    throw rejected('it contains a backslash, which browsers take for a slash', 'write / instead, or %5C');
  }
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return validateAbsolute(text, scheme);
  if (scheme !== undefined) {
    if (FORBIDDEN_SCHEMES.has(scheme))
      throw rejected(`the scheme ${scheme}: may run code or show local data`, 'use an http or https URL');
    if (!options.external) {
      throw rejected(
        `it has the scheme ${scheme}:`,
        "use http or https, put './' before a relative path with a colon, or allow it with { external: true }",
      );
    }
  } else if (path.trimStart().startsWith('//') && !options.external) {
    throw rejected(
      'a location that starts with // leads to another host',
      'write the scheme, or allow it with { external: true }',
    );
  }
  return percentEncode(text);
}

function validateAbsolute(text: string, scheme: string): string {
  // Browsers accept `http:host` and `http:///host`. A check in the application would parse them differently.
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) {
    throw rejected('it is not a valid absolute URL', `write ${scheme}://host/path`);
  }
  // A host is encoded in Punycode, which URL does.
  return /[^\x21-\x7e]/.test(text) ? percentEncode(new URL(text).href) : percentEncode(text);
}

function percentEncode(text: string): string {
  return text.replace(UNSAFE, (part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, '\ufffd')));
}

/** The message does not contain the location, because it may contain a token. */
function rejected(reason: string, remedy: string): RedirectError {
  return new RedirectError(`redirect() refused the location: ${reason}. The remedy: ${remedy}.`);
}
