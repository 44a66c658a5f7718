/** A status code and its reason phrase: `404` and `Not Found`. */
export interface Status {
  readonly code: number;
  readonly reason: string;
}

/** Thrown for an invalid status. */
class StatusError extends RangeError {
  override readonly name: string = 'StatusError';
  readonly code = 'BN_STATUS';
}

/** The reason phrases of the IANA HTTP Status Code Registry (names of RFC 9110), and 418. */
const REASONS: readonly (readonly [number, string])[] = [
  [100, 'Continue'],
  [101, 'Switching Protocols'],
  [102, 'Processing'],
  [103, 'Early Hints'],
  [104, 'Upload Resumption Supported'],
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted'],
  [203, 'Non-Authoritative Information'],
  [204, 'No Content'],
  [205, 'Reset Content'],
  [206, 'Partial Content'],
  [207, 'Multi-Status'],
  [208, 'Already Reported'],
  [226, 'IM Used'],
  [300, 'Multiple Choices'],
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [303, 'See Other'],
  [304, 'Not Modified'],
  [305, 'Use Proxy'],
  [307, 'Temporary Redirect'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [411, 'Length Required'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Range Not Satisfiable'],
  [417, 'Expectation Failed'],
  [418, "I'm a teapot"],
  [421, 'Misdirected Request'],
  [422, 'Unprocessable Content'],
  [423, 'Locked'],
  [424, 'Failed Dependency'],
  [425, 'Too Early'],
  [426, 'Upgrade Required'],
  [428, 'Precondition Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [451, 'Unavailable For Legal Reasons'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
  [506, 'Variant Also Negotiates'],
  [507, 'Insufficient Storage'],
  [508, 'Loop Detected'],
  [510, 'Not Extended'],
  [511, 'Network Authentication Required'],
];

// One shared object per registered status, so that setting a status does not allocate.
const REGISTERED = new Map<number, Status>(REASONS.map(([code, reason]) => [code, Object.freeze({ code, reason })]));

/** Statuses for which `node:http` sends the reason phrase from before RFC 9110. */
const CHANGED_REASONS: ReadonlySet<number> = new Set([413, 418, 422]);

/**
 * The reason phrase to pass to a server; `''` if the server sends the same phrase by default.
 */
export function reasonToSend(code: number, reason: string): string {
  if (reason !== REGISTERED.get(code)?.reason) return reason;
  return code < 413 || !CHANGED_REASONS.has(code) ? '' : reason;
}

// A status line: three digits, then a reason phrase of RFC 9112 section 4 (tab, space, visible ASCII, latin1).
const STATUS_LINE = /^([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/**
 * The reason phrase of a status code: `404` → `Not Found`. `Unknown` for codes without one, as in Bottle.
 *
 * @example reasonPhrase(404) // 'Not Found'
 */
export function reasonPhrase(code: number): string {
  return REGISTERED.get(code)?.reason ?? 'Unknown';
}

/**
 * Parses a status: a code from 100 to 999, or a status line with a custom reason phrase, as in Bottle.
 *
 * @throws StatusError (`BN_STATUS`) for a code out of range, a fraction, or a reason with line breaks or beyond latin1.
 * @example parseStatus(404) // { code: 404, reason: 'Not Found' }
 * @example parseStatus('404 Not here') // { code: 404, reason: 'Not here' }
 */
export function parseStatus(status: number | string): Status {
  if (typeof status === 'number') {
    const registered = REGISTERED.get(status);
    if (registered) return registered;
    if (Number.isInteger(status) && status >= 100 && status <= 999) return { code: status, reason: 'Unknown' };
  } else if (typeof status === 'string') {
    const match = STATUS_LINE.exec(status);
    if (match) {
      const code = Number(match[1]);
      const reason = match[2]?.trim();
      return reason ? { code, reason } : parseStatus(code);
    }
  }
  throw new StatusError(
    `${JSON.stringify(status)} is not an HTTP status. Give a code from 100 to 999, or a line such as '404 Not here'` +
      ' (one line, latin1 characters).',
  );
}

/** Whether a response with this status has no body (RFC 9110 §6.4.1, §15.3.6). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status === 205 || status < 200;
}
