import type { Callback } from '../../http/context.js';
import type { Parameter } from '../decorators/parameter.js';
import type { WiringProblem } from './wiring-error.js';

/** What an installed plugin offers to parameters. */
export interface Provider {
  readonly plugin: object;
  /** What to call it in messages. */
  readonly name: string;
  /** The keyword, or the type where the plugin goes by that alone. */
  readonly keyword: string | Function;
  readonly type: Function | undefined;
  /** Where the value is not simply what the context has been given. */
  readonly read?: Callback;
}

/** A wildcard of the rule, as parameters see it. */
export interface ScopeWildcard {
  /** Its name; of an anonymous one, its position. */
  readonly key: string;
  readonly isAnonymous?: boolean;
  /** As the rule names it; `text` without a filter. */
  readonly filter: string;
  readonly type: unknown;
}

/** What the parameters of one method may draw from. */
export interface Scope {
  readonly wildcards: readonly ScopeWildcard[];
  readonly providers: readonly Provider[];
  /** Whether there is an error to inject. */
  readonly inErrorHandler: boolean;
  /** Whether there is a WebSocket to inject. */
  readonly inSocket?: boolean;
  /** Whether the body is left to the method, unread. */
  readonly isStreamed?: boolean;
}

/** A parameter with its source decided. */
export interface BoundParameter {
  readonly parameter: Parameter;
  read: Callback;
  /** For people: `wildcard <id:int>`, `SQLitePlugin`. */
  readonly from: string;
  readonly provider?: Provider;
  /** The wildcard's position, if it takes one; `all` for an object of them all. */
  readonly wildcard?: number | 'all';
  /** Whether what the client sent may be refused (422). */
  readonly mayFail?: boolean;
  /** Whether the value may be a promise. */
  readonly mayWait?: boolean;
  /** Whether what the client sent is taken as it is, though a class may have been meant to validate it: see `warnOfUnknownClass`. */
  readonly isUnchecked?: boolean;
  /** Whether nothing is passed, so that the default value applies. */
  readonly isDefault?: boolean;
}

/** What becomes of a parameter: it is bound, or that is a mistake. */
export type Bound = BoundParameter | WiringProblem;
