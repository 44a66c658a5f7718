/** The types of FastCGI records (FastCGI 1.0 §8). */
export const RecordType = {
  beginRequest: 1,
  abortRequest: 2,
  endRequest: 3,
  params: 4,
  stdin: 5,
  stdout: 6,
  stderr: 7,
  data: 8,
  getValues: 9,
  getValuesResult: 10,
  unknownType: 11,
} as const;

/** The roles that a web server can request from a program (§6). */
export const Role = { responder: 1, authorizer: 2, filter: 3 } as const;

/** The protocol status at the end of a request (§5.5). */
export const EndStatus = { complete: 0, cannotMultiplex: 1, overloaded: 2, unknownRole: 3 } as const;

/** The largest content of one record, in bytes. */
const MAX_CONTENT = 65_535;

const VERSION = 1;
const HEADER_LENGTH = 8;

/** One record, without its padding. */
export interface FcgiRecord {
  readonly type: number;
  readonly id: number;
  readonly content: Buffer;
}

/** Thrown for bytes that are not FastCGI. The rest of the connection cannot be parsed. */
export class FastCgiError extends Error {
  override readonly name: string = 'FastCgiError';
  readonly code = 'BN_FASTCGI';
}

/** Splits a stream into records, however it is cut into chunks. Buffers less than one record. */
export class RecordReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** Adds bytes. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * The next record, or `undefined` until more bytes arrive.
   *
   * @throws FastCgiError for another version of the protocol.
   */
  next(): FcgiRecord | undefined {
    const header = this.#peek(HEADER_LENGTH);
    if (header === undefined) return undefined;
    if (header[0] !== VERSION)
      throw new FastCgiError(`Received a FastCGI record of version ${header[0]}; only version 1 exists.`);
    const length = header.readUInt16BE(4);
    const size = HEADER_LENGTH + length + (header[6] as number);
    const whole = this.#peek(size);
    if (whole === undefined) return undefined;
    this.#skip(size);
    return {
      type: whole[1] as number,
      id: whole.readUInt16BE(2),
      content: whole.subarray(HEADER_LENGTH, HEADER_LENGTH + length),
    };
  }

  /** The first `count` bytes as one buffer. Joins only as many chunks as necessary. */
  #peek(count: number): Buffer | undefined {
    if (this.#length < count) return undefined;
    let [first] = this.#chunks as [Buffer];
    if (first.length < count) {
      let [many, length] = [0, 0];
      while (length < count) length += (this.#chunks[many++] as Buffer).length;
      first = Buffer.concat(this.#chunks.splice(0, many));
      this.#chunks.unshift(first);
    }
    return first;
  }

  #skip(count: number): void {
    const [first] = this.#chunks as [Buffer];
    this.#length -= count;
    if (first.length === count) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
  }
}

/** Writes one record, padded to a multiple of eight bytes, as the specification recommends. */
export function writeRecord(type: number, id: number, content: Uint8Array): Buffer {
  const padding = -content.length & 7;
  const bytes = Buffer.alloc(HEADER_LENGTH + content.length + padding);
  writeHeader(bytes, type, id, content.length, padding);
  bytes.set(content, HEADER_LENGTH);
  return bytes;
}

function writeHeader(bytes: Buffer, type: number, id: number, length: number, padding: number): void {
  bytes[0] = VERSION;
  bytes[1] = type;
  bytes.writeUInt16BE(id, 2);
  bytes.writeUInt16BE(length, 4);
  bytes[6] = padding;
}

/** Writes bytes of a stream as records. For no bytes it writes no record, because an empty record would end the stream. */
export function writeStream(type: number, id: number, bytes: Uint8Array): Buffer[] {
  const records: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += MAX_CONTENT) {
    records.push(writeRecord(type, id, bytes.subarray(from, from + MAX_CONTENT)));
  }
  return records;
}

/** The record that ends a request. */
export function writeEnd(id: number, status: number, exitCode = 0): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(exitCode, 0);
  body[4] = status;
  return writeRecord(RecordType.endRequest, id, body);
}

/**
 * Reads name-value pairs (§3.4), as latin1.
 *
 * @throws FastCgiError when the pairs are truncated.
 */
export function readPairs(bytes: Buffer): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  const length = (): number => {
    const first = bytes[at];
    if (first === undefined) throw truncatedPairs();
    if (first < 128) {
      at += 1;
      return first;
    }
    if (at + 4 > bytes.length) throw truncatedPairs();
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const [name, value] = [length(), length()];
    if (at + name + value > bytes.length) throw truncatedPairs();
    pairs.push([bytes.toString('latin1', at, at + name), bytes.toString('latin1', at + name, at + name + value)]);
    at += name + value;
  }
  return pairs;
}

function truncatedPairs(): FastCgiError {
  return new FastCgiError('The name-value pairs of a request are truncated.');
}

/** Writes name-value pairs. */
export function writePairs(pairs: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(
    pairs.flatMap(([name, value]) => {
      const [key, text] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
      return [writeLength(key.length), writeLength(text.length), key, text];
    }),
  );
}

function writeLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x80000000) >>> 0, 0);
  return bytes;
}
