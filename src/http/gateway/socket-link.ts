/** How a WebSocket is to be opened. */
export interface SocketOptions {
  /** The subprotocol that was chosen, or `''`. */
  readonly protocol: string;
  /** The largest message that is accepted, in bytes; for a larger one the adapter closes with 1009. */
  readonly maxMessage: number;
  /** Whether messages may be compressed (RFC 7692). */
  readonly compression: boolean;
  /** How often the peer will be asked whether it is there, in milliseconds; 0 for never. For servers that do it by themselves. */
  readonly pingInterval: number;
  /** Further headers of the handshake's answer: name, value, name, value …. */
  readonly headers: readonly string[];
}

/** Takes what comes over a WebSocket. */
export interface SocketSink {
  /** A whole message: text as a string, binary as bytes. */
  message(data: string | Uint8Array): void;
  /** The peer has answered a ping. */
  alive(): void;
  /** Something that was sent has left the process. */
  sent(): void;
  /** Called once, at the end, whoever ended it. 1005: no code was given. 1006: the connection was lost. */
  closed(code: number, reason: string): void;
}

/** An open WebSocket, as an adapter gives it. */
export interface SocketLink {
  /** How many bytes wait to be sent. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  ping(): void;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Cuts the connection. */
  terminate(): void;
  /** Takes no more from the peer until `resume`, so that it has to wait. */
  pause(): void;
  resume(): void;
}
