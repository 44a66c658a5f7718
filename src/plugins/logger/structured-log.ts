import { loadPeer, neededPeer } from '../../kit/index.js';

/** A logger of pino, or any object with these methods. Errors are in the field `err`. */
export interface StructuredLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** A stream that accepts lines of text. */
export interface Destination {
  write(text: string): unknown;
}

type Pino = (options: object, destination?: Destination) => StructuredLog;

/** Creates a pino logger. Returns `undefined` if pino is optional and not installed. */
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
