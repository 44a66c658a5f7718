import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Bottle } from 'bottlenose';

/** One response as it came over the wire. */
export interface Answer {
  version: string;
  status: number;
  reason: string;
  /** Lower-case names; repeated headers joined by a line feed. */
  headers: Record<string, string>;
  body: Buffer;
  text: string;
}

/** Thrown for bytes that are not a complete HTTP response. */
export class MalformedAnswer extends Error {}

/** Reads a stream of HTTP/1 responses strictly: a malformed response throws. `undefined`: more bytes are needed. */
export function readAnswer(bytes: Buffer, method: string, ended: boolean): { answer: Answer; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) {
    if (ended && bytes.length > 0) throw new MalformedAnswer(`The head breaks off: ${JSON.stringify(bytes.toString('latin1'))}`);
    if (bytes.length > 0 && !'HTTP/1.1 '.startsWith(bytes.toString('latin1', 0, Math.min(9, bytes.length))))
      throw new MalformedAnswer(`No response: ${JSON.stringify(bytes.toString('latin1', 0, 80))}`);
    return undefined;
  }
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const start = /^HTTP\/(1\.[01]) ([1-9]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
  if (start === null) throw new MalformedAnswer(`No status line: ${JSON.stringify(line)}`);
  const headers: Record<string, string> = {};
  for (const one of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(one);
    if (header === null) throw new MalformedAnswer(`No header: ${JSON.stringify(one)}`);
    const name = (header[1] as string).toLowerCase();
    headers[name] = name in headers ? `${headers[name]}\n${header[2]}` : (header[2] as string);
  }
  const status = Number(start[2]);
  const after = bytes.subarray(end + 4);
  const done = (body: Buffer, rest: Buffer) => ({
    answer: { version: start[1] as string, status, reason: start[3] as string, headers, body, text: body.toString() },
    rest,
  });
  // A reader of mutated requests does not know their verbs; an app may tell.
  const verb = headers['x-verb'] ?? method;
  if (status < 200 || status === 204 || status === 304 || verb === 'HEAD') return done(Buffer.alloc(0), after);
  if (headers['transfer-encoding'] !== undefined) {
    if (headers['content-length'] !== undefined) throw new MalformedAnswer('Both Transfer-Encoding and Content-Length.');
    const body = readChunks(after, ended);
    return body && done(body.body, body.rest);
  }
  if (headers['content-length'] !== undefined) {
    if (!/^\d+$/.test(headers['content-length'])) throw new MalformedAnswer(`Content-Length: ${headers['content-length']}`);
    const length = Number(headers['content-length']);
    if (after.length >= length) return done(after.subarray(0, length), after.subarray(length));
    // What the server refuses by itself tells no verb, and was HEAD perhaps.
    const isRefusal = method === 'UNKNOWN' && status >= 400 && headers.connection === 'close';
    if (ended && isRefusal && after.length === 0) return done(after, after);
    if (ended) throw new MalformedAnswer(`The body has ${after.length} bytes of ${length}.`);
    return undefined;
  }
  return ended ? done(after, Buffer.alloc(0)) : undefined;
}

function readChunks(bytes: Buffer, ended: boolean): { body: Buffer; rest: Buffer } | undefined {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n');
    const size = end === -1 ? Number.NaN : Number.parseInt(rest.toString('latin1', 0, end), 16);
    if (end !== -1 && !/^[0-9a-f]+$/i.test(rest.toString('latin1', 0, end))) throw new MalformedAnswer('A broken chunk size.');
    if (Number.isNaN(size) || rest.length < end + 4 + size) {
      if (ended) throw new MalformedAnswer('The chunks break off.');
      return undefined;
    }
    chunks.push(rest.subarray(end + 2, end + 2 + size));
    if (rest.toString('latin1', end + 2 + size, end + 4 + size) !== '\r\n') throw new MalformedAnswer('A chunk without end.');
    rest = rest.subarray(end + 4 + size);
    if (size === 0) return { body: Buffer.concat(chunks), rest };
  }
}

/** A client that sends exactly the bytes it is told. */
export class RawClient {
  readonly socket: Socket;
  /** Settles when the connection is gone; with the error, if it was reset. */
  readonly closed: Promise<Error | undefined>;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  /** On a connection that is there already. */
  constructor(socket: Socket) {
    this.socket = socket;
    let failure: Error | undefined;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on('error', (error) => {
      failure = error;
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true;
        this.#wake?.();
        resolve(failure);
      });
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** How many bytes have come. */
  get count(): number {
    return this.socket.bytesRead;
  }

  /** Everything that has come and was not read as an answer. */
  get received(): string {
    return this.#bytes.toString('latin1');
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** The next response. Rejects with MalformedAnswer if it is malformed or incomplete; `undefined` when the connection ended before it. */
  async answer(method = 'GET'): Promise<Answer | undefined> {
    for (;;) {
      const read = readAnswer(this.#bytes, method, this.#ended);
      if (read !== undefined) {
        this.#bytes = read.rest;
        return read.answer;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Sends one request on a connection of its own, and gives the response. */
export async function exchange(url: string, bytes: string | Uint8Array, method = 'GET'): Promise<Answer> {
  const client = await RawClient.connect(url);
  const answer = await client.send(bytes).answer(method);
  client.close();
  if (answer === undefined) throw new Error('The connection ended without an answer.');
  return answer;
}

/** `GET` of a path, as bytes. */
export function get(path: string, ...headers: string[]): string {
  return request('GET', path, headers);
}

export function request(method: string, path: string, headers: readonly string[] = [], body = ''): string {
  return `${method} ${path} HTTP/1.1\r\n${['Host: localhost', ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** Runs an app on a free port while `use` lasts. */
export async function serving<T>(app: Bottle, use: (url: string) => Promise<T>, options: object = {}): Promise<T> {
  const server = await app.run({ port: 0, quiet: true, shutdownTimeout: 200, ...options });
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until a condition holds. The limit only ends what hangs. */
export async function until(condition: () => boolean | Promise<boolean>, what = 'the condition', ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}.`);
    await wait(5);
  }
}
