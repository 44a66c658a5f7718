/** The attributes of a cookie (RFC 6265 section 4.1, and its successor draft 6265bis). */
export interface CookieOptions {
  /**
   * Signs the value, which may then be any JSON value. The first secret of a list signs. An empty or `undefined` secret throws, so that
   * a missing secret never results in an unsigned cookie.
   */
  secret?: string | readonly string[];
  /**
   * The lifetime in whole seconds. 0 or less deletes the cookie. Without `maxAge` and `expires`, it is a session cookie.
   */
  maxAge?: number | undefined;
  /** The expiry date: a `Date`, milliseconds since 1970-01-01 UTC, or a date as text. */
  expires?: Date | number | string | undefined;
  /** The path that the cookie is sent to. `/` is the whole site. Default: the directory of the request path. */
  path?: string | undefined;
  /** The domain that the cookie is sent to, including subdomains. Default: this host only. */
  domain?: string | undefined;
  /** Send the cookie over encrypted connections only. */
  secure?: boolean | undefined;
  /** Hide the cookie from scripts. */
  httpOnly?: boolean | undefined;
  /** Whether cross-site requests contain the cookie. `true` means `strict`, `false` omits the attribute. */
  sameSite?: 'lax' | 'strict' | 'none' | boolean | undefined;
  /** Partition the cookie by the embedding site (CHIPS). Requires `secure`. */
  partitioned?: boolean | undefined;
  /** The eviction priority in Chromium. */
  priority?: 'low' | 'medium' | 'high' | undefined;
}
