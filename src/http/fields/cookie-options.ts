/** The attributes of a cookie (RFC 6265 section 4.1, and its successor draft 6265bis). */
export interface CookieOptions {
  /**
   * Signs the value, which may then be any JSON value. Of a list, the first signs. A `secret` that is there and empty or `undefined`
   * throws: it never means an unsigned cookie.
   */
  secret?: string | readonly string[];
  /**
   * Seconds to live, whole ones; 0 or less deletes the cookie. Without `maxAge` and `expires`, it lasts as long as the browser
   * runs.
   */
  maxAge?: number | undefined;
  /** The end of its life: a `Date`, milliseconds since 1970-01-01 UTC, or a date as text. */
  expires?: Date | number | string | undefined;
  /** The path it is sent to. Default: the directory of the request's path, which is seldom meant; `/` is the whole site. */
  path?: string | undefined;
  /** The domain it is sent to, subdomains included. Default: this host alone. */
  domain?: string | undefined;
  /** Only over encrypted connections. */
  secure?: boolean | undefined;
  /** Not for the page's scripts. */
  httpOnly?: boolean | undefined;
  /** Whether requests from other sites carry it. `true` means `strict`, `false` leaves the attribute out. */
  sameSite?: 'lax' | 'strict' | 'none' | boolean | undefined;
  /** A separate jar per embedding site (CHIPS). Needs `secure`. */
  partitioned?: boolean | undefined;
  /** Which cookies Chromium drops first when there are too many. */
  priority?: 'low' | 'medium' | 'high' | undefined;
}
