import { parseStatus } from '../fields/status.js';

/** Headers of one connection only, which the outer server sets for its own (RFC 9110 §7.6.1). */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** Reads the head of an HTTP/1 response as it is written, past those that are only informational (1xx). */
export class ResponseHead {
  status = 0;
  /** The reason phrase where it is not the registered one, else `''`. */
  reason = '';
  /** Name, value, name, value …. */
  headers: string[] = [];
  isComplete = false;
  #buffered: Buffer = Buffer.alloc(0);

  /** The announced length of the body in bytes. */
  get length(): number | undefined {
    const at = this.headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
    return at === -1 ? undefined : Number(this.headers[at + 1]);
  }

  /** Takes the next bytes. Gives those that belong to the body once the head is complete, `undefined` until then. */
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
