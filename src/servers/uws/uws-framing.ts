import { BAD_FRAMING, BAD_HOST, type Refusal, TWO_HOSTS, UNKNOWN_CODING } from '../../http/gateway/framing.js';
import { isValidHost } from '../../http/gateway/host.js';

/**
 * Reads from the headers whether a request has a body. Refuses requests that two readers could understand differently, so that
 * one of them would take a part of the body for another request (RFC 9112 §3.2, §6.1 and §6.3). uWebSockets.js uses the first of
 * several lines and ignores an empty one, so every line is checked.
 *
 * @param raw the headers, with names in lower case.
 */
export function readFraming(raw: readonly string[]): boolean | Refusal {
  let hosts = 0;
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    // Every request runs this loop. Comparing lengths first skips most names.
    if (name.length === 4) {
      if (name !== 'host') continue;
      if (++hosts > 1) return TWO_HOSTS;
      if (!isValidHost((raw[i + 1] as string).trim())) return BAD_HOST;
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
