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

/** What a front end wants a program to be (§6). */
export const Role = { responder: 1, authorizer: 2, filter: 3 } as const;

/** How a request has ended for the protocol (§5.5). */
export const EndStatus = { complete: 0, cannotMultiplex: 1, overloaded: 2, unknownRole: 3 } as const;

/** The largest content of one record, in bytes. */
export const MAX_CONTENT = 65_535;

const VERSION = 1;
const HEADER = 8;

/** One record, without its padding. */
export interface FcgiRecord {
  readonly type: number;
  readonly id: number;
  readonly content: Buffer;
}

/** Thrown for bytes that are no FastCGI; nothing that follows on their connection can be understood. */
export class FastCgiError extends Error {
  override readonly name: string = 'FastCgiError';
  readonly code = 'BN_FASTCGI';
}

/** Takes a stream apart into records, however it is cut into chunks. Keeps less than one record. */
export class RecordReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The next bytes. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * The next record, or `undefined` until more bytes have come.
   *
   * @throws FastCgiError for another version of the protocol.
   */
  next(): FcgiRecord | undefined {
    const header = this.#peek(HEADER);
    if (header === undefined) return undefined;
    if (header[0] !== VERSION) throw new FastCgiError(`A record of version ${header[0]} came; FastCGI has version 1 only.`);
    const length = header.readUInt16BE(4);
    const size = HEADER + length + (header[6] as number);
    const whole = this.#peek(size);
    if (whole === undefined) return undefined;
    this.#skip(size);
    return { type: whole[1] as number, id: whole.readUInt16BE(2), content: whole.subarray(HEADER, HEADER + length) };
  }

  /** So many bytes from the front, as one; joins no more chunks than it must. */
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
  const bytes = Buffer.alloc(HEADER + content.length + padding);
  writeHeader(bytes, type, id, content.length, padding);
  bytes.set(content, HEADER);
  return bytes;
}

function writeHeader(bytes: Buffer, type: number, id: number, length: number, padding: number): void {
  bytes[0] = VERSION;
  bytes[1] = type;
  bytes.writeUInt16BE(id, 2);
  bytes.writeUInt16BE(length, 4);
  bytes[6] = padding;
}

/** Writes bytes of a stream as records. Nothing writes nothing: an empty record would end the stream. */
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
 * @throws FastCgiError when they do not fill their bytes.
 */
export function readPairs(bytes: Buffer): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  const length = (): number => {
    const first = bytes[at];
    if (first === undefined) throw brokenPairs();
    if (first < 128) {
      at += 1;
      return first;
    }
    if (at + 4 > bytes.length) throw brokenPairs();
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const [name, value] = [length(), length()];
    if (at + name + value > bytes.length) throw brokenPairs();
    pairs.push([bytes.toString('latin1', at, at + name), bytes.toString('latin1', at + name, at + name + value)]);
    at += name + value;
  }
  return pairs;
}

function brokenPairs(): FastCgiError {
  return new FastCgiError('The name-value pairs of a request break off.');
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
