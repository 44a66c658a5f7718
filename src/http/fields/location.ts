/** How far a redirect may lead. */
export interface RedirectOptions {
  /**
   * Also allows `//host/path` and schemes other than `http` and `https` (`myapp:`, `mailto:`). Never pass what a client sent with
   * this on. Default: false.
   */
  external?: boolean;
}

/** Thrown for a location that is broken or would lead elsewhere than it seems. */
export class RedirectError extends TypeError {
  override readonly name: string = 'RedirectError';
  readonly code = 'BN_REDIRECT';
}

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const CONTROL = /[\x00-\x1f\x7f]/;
// What RFC 3986 leaves out of URLs, apart from control characters.
const UNSAFE = /[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+/g;
// Schemes that run code or show local data in the page's name.
const NEVER = new Set(['javascript', 'vbscript', 'data', 'blob', 'file', 'filesystem', 'about', 'view-source']);

/**
 * A location that is fit for a `Location` header, under the rules of `redirect`.
 *
 * @throws RedirectError (`BN_REDIRECT`) if it is refused.
 * @example safeLocation('/café') // '/caf%C3%A9'
 */
export function safeLocation(location: string | URL, options: RedirectOptions = {}): string {
  const text = String(location);
  if (CONTROL.test(text)) throw refused('it contains a control character (a line break, NUL, …)', 'remove it');
  const end = text.search(/[?#]/);
  const path = end < 0 ? text : text.slice(0, end);
  if (path.includes('\\')) {
    throw refused('it contains a backslash, which browsers take for a slash', 'write / instead, or %5C');
  }
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return absolute(text, scheme);
  if (scheme !== undefined) {
    if (NEVER.has(scheme)) throw refused(`the scheme ${scheme}: may run code or show local data`, 'use an http or https URL');
    if (!options.external) {
      throw refused(
        `it has the scheme ${scheme}:`,
        "use http or https, put './' before a relative path with a colon, or allow it with { external: true }",
      );
    }
  } else if (path.trimStart().startsWith('//') && !options.external) {
    throw refused(
      'a location that starts with // leads to another host',
      'write the scheme, or allow it with { external: true }',
    );
  }
  return encoded(text);
}

function absolute(text: string, scheme: string): string {
  // Browsers forgive `http:host` and `http:///host`; a check in the application would read them as something else.
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) {
    throw refused('it is no valid absolute URL', `write ${scheme}://host/path`);
  }
  // A host is not percent-encoded but written in Punycode, which URL knows.
  return /[^\x21-\x7e]/.test(text) ? encoded(new URL(text).href) : encoded(text);
}

function encoded(text: string): string {
  return text.replace(UNSAFE, (part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, '\ufffd')));
}

/** The location itself stays out of the message: it may hold a token. */
function refused(reason: string, remedy: string): RedirectError {
  return new RedirectError(`redirect() refused the location: ${reason}. The remedy: ${remedy}.`);
}
