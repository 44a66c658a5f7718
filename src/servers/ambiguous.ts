/** Why a request is refused whose head can be understood in two ways. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/**
 * Looks for what node's parser lets through, and what is behind it or in front of it might understand differently: several `Host`
 * lines (RFC 9112 §3.2), and codings of the body other than `chunked`, which would reach the app undecoded (§6.1). An empty coding,
 * which node passes over, may hide a length or another coding from others.
 *
 * Each request pays for this, so it looks at the lengths of the names only, but for those few that have the right one.
 *
 * @param raw the headers: name, value, name, value …, in letters as they came.
 */
export function ambiguous(raw: readonly string[]): Refusal | undefined {
  let hosts = 0;
  let codings = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 4) {
      if (name.toLowerCase() === 'host' && ++hosts > 1) return TWO_HOSTS;
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // Where chunked is not the last, node's parser answers 400 by itself.
      const value = (raw[i + 1] as string).trim().toLowerCase();
      if (value === '') return BAD_FRAMING;
      if (value.endsWith('chunked') && /[^a-z]/.test(value.slice(0, -'chunked'.length))) return UNKNOWN_CODING;
      if (++codings > 1) return CHUNKED_TWICE;
    }
  }
  return undefined;
}

/** Also the answer of servers that have a look of their own. */
export const TWO_HOSTS = { status: 400, text: '400 Bad Request: there is more than one Host header.\n' };
const CHUNKED_TWICE = { status: 400, text: '400 Bad Request: a body can be chunked only once.\n' };
/** See `TWO_HOSTS`. */
export const BAD_FRAMING = { status: 400, text: '400 Bad Request: it is not clear where the body ends.\n' };
/** See `TWO_HOSTS`. */
export const UNKNOWN_CODING = { status: 501, text: '501 Not Implemented: of transfer codings, only chunked is known.\n' };
