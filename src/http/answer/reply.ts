import type { Exchange } from '../gateway/exchange.js';
import type { Response } from '../response.js';

/** What casting needs of the request it answers; the app's context is one. */
export interface Reply {
  readonly exchange: Exchange;
  readonly response: Response;
  /** The response, if anybody has asked for it: until then only defaults apply. */
  readonly touchedResponse: Response | undefined;
  /** Called before a result is cast: a streamed one continues inside the mounted app that it came from. */
  readonly beforeCast: (() => void) | undefined;
  /** The route that was matched; whether objects become JSON there. */
  readonly route: { readonly json: boolean } | undefined;
  /** Whether somebody else has sent the response, as a mounted `node:http` listener does: nothing is left to send. */
  readonly answered: boolean;
  /** Whether this has been recovered from a failed result already: a second failure gets no third try. */
  recovered: boolean;
  /** The response whose status and headers `applyHead` has taken over, until they are sent. */
  applied: object | undefined;
  /** What to answer in place of a result that failed before its first byte. */
  recover(error: unknown): unknown;
  /** An error that the client can no longer be told about. */
  report(error: unknown): void;
  /** A streamed result has come to its end. Throws when what depended on that fails. */
  streamEnded(error: unknown): void;
}
