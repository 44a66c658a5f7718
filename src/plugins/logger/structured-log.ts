import { loadPeer, neededPeer } from '../../kit/index.js';

/** What is written to: a logger of pino, or any with these methods. Errors are in the field `err`. */
export interface StructuredLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Takes lines of text. */
export interface Destination {
  write(text: string): unknown;
}

type Pino = (options: object, destination?: Destination) => StructuredLog;

/** A logger of pino; `undefined` where it is not installed, and need not be. */
export function openPino(
  options: Readonly<Record<string, unknown>>,
  destination: Destination | undefined,
  isOptional: boolean,
): StructuredLog | undefined {
  const pino = isOptional
    ? loadPeer<Pino>('pino')
    : neededPeer<Pino>('pino', 'logger() needs', '; or have lines to read, logger({ pretty: true })');
  return destination === undefined ? pino?.(options) : pino?.(options, destination);
}
