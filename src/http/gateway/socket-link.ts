/** Options for opening a WebSocket. */
export interface SocketOptions {
  /** The selected subprotocol, or `''`. */
  readonly protocol: string;
  /** The maximum message size, in bytes. The adapter closes with 1009 for a larger message. */
  readonly maxMessage: number;
  /** Whether messages may be compressed (RFC 7692). */
  readonly compression: boolean;
  /** The interval of pings, in milliseconds; 0 for none. For servers that send pings themselves. */
  readonly pingInterval: number;
  /** Additional headers of the handshake response: name, value, name, value …. */
  readonly headers: readonly string[];
}

/** Receives the events of a WebSocket. */
export interface SocketSink {
  /** A complete message: text as a string, binary as bytes. */
  message(data: string | Uint8Array): void;
  /** The peer has sent a pong. */
  alive(): void;
  /** Sent data has left the process. */
  sent(): void;
  /** Called once, when the connection is closed, after all messages that arrived before. 1005: no code was received. 1006: the connection was lost. */
  closed(code: number, reason: string): void;
}

/** An open WebSocket, as an adapter implements it. */
export interface SocketLink {
  /** The number of bytes that have not been sent. */
  readonly bufferedAmount: number;
  /** Returns whether the message is accepted for delivery. It is not when the closing handshake has begun, or the connection is lost. */
  send(data: string | Uint8Array): boolean;
  ping(): void;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Closes the connection without a handshake. */
  terminate(): void;
  /** Stops reading until `resume`, which applies back-pressure to the peer. */
  pause(): void;
  resume(): void;
}

/** The default of a route's `maxMessage`, in bytes. */
export const DEFAULT_MAX_MESSAGE = 1024 * 1024;
