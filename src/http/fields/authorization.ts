/** A parsed `Authorization` header. Parts that the scheme does not have, and invalid parts, are `undefined`. */
export interface Authorization {
  /** `Basic`, `Bearer`, or any other scheme as the client wrote it. */
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

const AUTHORIZATION = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+(\S+))?[ \t]*$/;
const SCHEME = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[ \t]|$)/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const TOKEN_68 = /^[A-Za-z0-9._~+/-]+=*$/;
// RFC 7617 section 2: user-id and password MUST NOT contain control characters.
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Parses an `Authorization` header: `Basic` (RFC 7617, as UTF-8) and `Bearer` (RFC 6750). Never throws: the parts of invalid
 * credentials are `undefined`.
 *
 * @returns `undefined` without a header, or without a valid scheme.
 * @example parseAuth('Basic YWRhOmxvdmVsYWNl') // { scheme: 'Basic', username: 'ada', password: 'lovelace', token: undefined }
 * @example parseAuth('Bearer abc')?.token // 'abc'
 */
export function parseAuth(header: string | undefined): Authorization | undefined {
  if (!header) return undefined;
  const scheme = SCHEME.exec(header)?.[1];
  if (scheme === undefined) return undefined;
  const credentials = AUTHORIZATION.exec(header)?.[2];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return parseBasic(credentials);
    case 'bearer': {
      const token = credentials !== undefined && TOKEN_68.test(credentials) ? credentials : undefined;
      return { scheme: 'Bearer', username: undefined, password: undefined, token };
    }
    default:
      return { scheme, username: undefined, password: undefined, token: undefined };
  }
}

function parseBasic(credentials: string | undefined): Authorization {
  let username: string | undefined;
  let password: string | undefined;
  const pair = credentials !== undefined && BASE64.test(credentials) ? decodeUtf8(Buffer.from(credentials, 'base64')) : undefined;
  const colon = pair === undefined ? -1 : pair.indexOf(':');
  if (pair !== undefined && colon >= 0 && !CONTROL.test(pair)) {
    username = pair.slice(0, colon);
    password = pair.slice(colon + 1);
  }
  return { scheme: 'Basic', username, password, token: undefined };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
