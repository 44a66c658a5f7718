import { BAD_FRAMING, type Refusal, TWO_HOSTS, UNKNOWN_CODING } from '../../http/gateway/framing.js';

/**
 * Reads from the headers whether a request has a body. Refuses what two readers of the request could understand differently, so
 * that one of them takes a part of it for another request (RFC 9112 §3.2, §6.1 and §6.3). Of several lines, uWebSockets.js goes by
 * the first, and an empty one it takes for none, so every line counts.
 *
 * @param raw the headers, names in lower case.
 */
export function readFraming(raw: readonly string[]): boolean | Refusal {
  let hosts = 0;
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    // Each request pays for this, so most names are told apart by their lengths.
    if (name.length === 4) {
      if (name === 'host' && ++hosts > 1) return TWO_HOSTS;
    } else if (name.length === 14) {
      if (name !== 'content-length') continue;
      const value = (raw[i + 1] as string).trim();
      if ((length !== undefined && length !== value) || !/^\d+$/.test(value)) return BAD_FRAMING;
      length = value;
    } else if (name.length === 17 && name === 'transfer-encoding') {
      const value = (raw[i + 1] as string).trim();
      if (value === '') return BAD_FRAMING;
      coding = coding === undefined ? value : `${coding}, ${value}`;
    }
  }
  if (coding === undefined) return length !== undefined && Number(length) !== 0;
  if (length !== undefined) return BAD_FRAMING;
  return coding.toLowerCase() === 'chunked' ? true : UNKNOWN_CODING;
}
