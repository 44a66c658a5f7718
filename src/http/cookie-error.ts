/** Thrown for a cookie that no browser would take as it is meant. */
export class CookieError extends TypeError {
  override readonly name: string = 'CookieError';
  readonly code = 'BN_COOKIE';
}
