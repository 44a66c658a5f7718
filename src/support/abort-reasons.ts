let disconnected: DOMException | undefined;
let stopping: DOMException | undefined;

/** The reason of every signal that aborts because the client has disconnected. Shared, because capturing a stack trace is expensive. */
export function disconnectReason(): DOMException {
  disconnected ??= new DOMException('The client has disconnected.', 'AbortError');
  return disconnected;
}

/** The reason of every signal that aborts because the server begins to stop. Shared, because many streams end at once. */
export function stopReason(): DOMException {
  stopping ??= new DOMException('The server is stopping.', 'AbortError');
  return stopping;
}
