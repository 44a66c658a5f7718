import type { Exchange } from '../gateway/exchange.js';
import type { Response } from '../response.js';

/** The part of a context that casting uses. The app's context implements it. */
export interface Reply {
  readonly exchange: Exchange;
  readonly response: Response;
  /** The response object, if it has been created. Otherwise the defaults apply. */
  readonly touchedResponse: Response | undefined;
  /** Called before a result is cast. A streamed result of a mounted app continues inside of that app. */
  readonly beforeCast: (() => void) | undefined;
  /** The matched route. `json`: whether objects become JSON. */
  readonly route: { readonly json: boolean } | undefined;
  /** The values of the route's wildcards. */
  readonly values: readonly unknown[];
  /** Whether other code, such as a mounted `node:http` listener, has sent the response. */
  readonly answered: boolean;
  /** Whether an error answer has replaced a failed result. If that fails too, the last-resort 500 is sent. */
  recovered: boolean;
  /** The returned response whose status and headers `applyHead` has copied. */
  applied: object | undefined;
  /** Returns the answer to an error that occurred before the first byte was sent. */
  recover(error: unknown): unknown;
  /** Logs an error that cannot be sent to the client. */
  report(error: unknown): void;
  /** Called when a streamed result has ended. Throws the error of a listener. */
  streamEnded(error: unknown): void;
}
