import { parseStatus } from '../fields/status.js';

/** Hop-by-hop headers, which the outer server sets itself (RFC 9110 §7.6.1). */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** Parses the head of an HTTP/1 response from its bytes. Skips informational responses (1xx). */
export class ResponseHead {
  status = 0;
  /** The reason phrase, or `''` if it is the registered one. */
  reason = '';
  /** Name, value, name, value …. */
  headers: string[] = [];
  isComplete = false;
  #buffered: Buffer = Buffer.alloc(0);

  /** The declared length of the body in bytes. */
  get length(): number | undefined {
    const at = this.headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
    return at === -1 ? undefined : Number(this.headers[at + 1]);
  }

  /** Parses the next chunk. Returns the bytes of the body when the head is complete, and `undefined` until then. */
  push(chunk: Buffer): Buffer | undefined {
    let bytes = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) {
        this.#buffered = bytes;
        return undefined;
      }
      this.#parse(bytes.toString('latin1', 0, end));
      bytes = bytes.subarray(end + 4);
      if (this.status >= 200) break;
    }
    this.isComplete = true;
    return bytes;
  }

  #parse(head: string): void {
    const [first = '', ...lines] = head.split('\r\n');
    this.status = Number(first.slice(9, 12));
    const reason = first.slice(13);
    this.reason = reason === parseStatus(this.status).reason ? '' : reason;
    this.headers = lines.flatMap((line) => {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon);
      return HOP_BY_HOP.test(name) ? [] : [name, line.slice(colon + 1).trim()];
    });
  }
}
