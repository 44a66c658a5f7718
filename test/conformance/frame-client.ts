import { randomBytes } from 'node:crypto';
import type { Target } from './case.js';
import { get, type RawClient } from '../servers/raw-client.js';

/** A frame of a WebSocket (RFC 6455 §5.2), as it came. */
export interface Frame {
  readonly isFinal: boolean;
  /** The three reserved bits. */
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Buffer;
}

export interface FrameOptions {
  isFinal?: boolean;
  reserved?: number;
  /** `false`: no mask. Clients must mask. */
  mask?: Buffer | false;
  /** The bytes of the length: 0, 2 or 8. Default: as few as possible. */
  lengthBytes?: 0 | 2 | 8;
  /** An announced length that differs from that of the payload. */
  announced?: number;
}

/** The bytes of a frame, valid or not. */
export function frame(opcode: number, payload: string | Uint8Array | number[] = '', options: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload as string);
  const { isFinal = true, reserved = 0, mask = Buffer.from([1, 2, 3, 4]), announced = bytes.length } = options;
  const lengthBytes = options.lengthBytes ?? (announced < 126 ? 0 : announced < 65_536 ? 2 : 8);
  const masked = mask === false ? 0 : 0x80;
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = masked | (lengthBytes === 0 ? announced : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(announced, 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(announced), 2);
  if (mask === false) return Buffer.concat([head, bytes]);
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ (mask[i % 4] as number))]);
}

export const text = (payload: string | Uint8Array | number[], options?: FrameOptions): Buffer => frame(1, payload, options);
export const binary = (payload: string | Uint8Array | number[], options?: FrameOptions): Buffer => frame(2, payload, options);
export const continuation = (payload: string | Uint8Array | number[], options?: FrameOptions): Buffer =>
  frame(0, payload, options);

/** A Close frame. `reason` may be bytes that are not UTF-8. */
export function closing(code?: number, reason: string | Uint8Array | number[] = ''): Buffer {
  if (code === undefined) return frame(8);
  const bytes = Buffer.from(reason as string);
  return frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), bytes]));
}

/** Reads the next frame. `undefined`: it is not complete. */
export function readFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = bytes as unknown as [number, number];
  const short = second & 127;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  const read: Frame = {
    isFinal: (first & 128) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 15,
    isMasked: (second & 128) !== 0,
    payload,
  };
  return { frame: read, rest: bytes.subarray(start + length) };
}

/** A client that sends exactly the frames it is told, after a handshake. */
export class FrameClient {
  readonly #client: RawClient;
  /** The extensions that the server has agreed to. */
  readonly extensions: string;

  private constructor(client: RawClient, extensions: string) {
    this.#client = client;
    this.extensions = extensions;
  }

  /** @throws (rejects) Error when the server does not open the WebSocket. */
  static async open(target: Target, path: string, ...headers: string[]): Promise<FrameClient> {
    const client = await target.connect();
    const key = randomBytes(16).toString('base64');
    const own = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`];
    const answer = await client.send(get(path, ...own, ...headers)).answer();
    if (answer?.status !== 101) throw new Error(`The handshake was answered with ${answer?.status}.`);
    return new FrameClient(client, answer.headers['sec-websocket-extensions'] ?? '');
  }

  send(bytes: Uint8Array): void {
    this.#client.send(bytes);
  }

  /** Resolves when `count` frames have come, or the connection has ended. */
  async arrived(count: number): Promise<void> {
    let isOver = false;
    const over = this.#client.closed.then(() => {
      isOver = true;
    });
    while (!isOver && this.#read().length < count) {
      const { socket } = this.#client;
      await Promise.race([over, new Promise((resolve) => socket.once('data', resolve))]);
    }
  }

  /** All frames until the server ends the connection, which it has to do after a Close of the client and after a violation. */
  async frames(): Promise<Frame[]> {
    await this.#client.closed;
    return this.#read();
  }

  close(): void {
    this.#client.close();
  }

  #read(): Frame[] {
    let bytes: Buffer = Buffer.from(this.#client.received, 'latin1');
    const frames: Frame[] = [];
    for (;;) {
      const read = readFrame(bytes);
      if (read === undefined) return frames;
      frames.push(read.frame);
      bytes = read.rest;
    }
  }
}
