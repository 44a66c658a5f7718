import { type Refusal, UNKNOWN_CODING } from '../../http/framing.js';

/**
 * Looks for what two readers of a request could understand differently, so that one of them takes a part of its body for another
 * request (RFC 9112 §6.1 and §6.3). uWebSockets.js sees to the rest.
 *
 * @param raw the headers, names in lower case.
 */
export function misframed(raw: readonly string[]): Refusal | undefined {
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const value = raw[i + 1] as string;
    if (raw[i] === 'content-length') {
      if ((length !== undefined && length !== value) || !/^\d+$/.test(value)) return BAD;
      length = value;
    } else if (raw[i] === 'transfer-encoding') {
      coding = coding === undefined ? value : `${coding}, ${value}`;
    }
  }
  if (coding === undefined) return undefined;
  if (length !== undefined) return BAD;
  return coding.toLowerCase() === 'chunked' ? undefined : UNKNOWN_CODING;
}

const BAD = { status: 400, text: '400 Bad Request: it is not clear where the body ends.\n' };
