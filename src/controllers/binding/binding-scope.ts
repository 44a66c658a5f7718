import type { Callback } from '../../http/context.js';
import type { Parameter } from '../decorators/parameter.js';
import type { WiringProblem } from './wiring-error.js';

/** A value that an installed plugin provides to parameters. */
export interface Provider {
  readonly plugin: object;
  /** The name of the plugin for messages. */
  readonly name: string;
  /** The keyword, or the type if the plugin has no keyword. */
  readonly keyword: string | Function;
  readonly type: Function | undefined;
  /** Reads the value. Default: the value that the context provides under the keyword. */
  readonly read?: Callback;
}

/** A wildcard that parameters can bind. */
export interface ScopeWildcard {
  /** The name, or the position of an anonymous wildcard. */
  readonly key: string;
  readonly isAnonymous?: boolean;
  /** The name of the filter; `text` without a filter. */
  readonly filter: string;
  readonly type: unknown;
}

/** The values that the parameters of one method can bind. */
export interface Scope {
  readonly wildcards: readonly ScopeWildcard[];
  readonly providers: readonly Provider[];
  /** Whether an error can be bound. */
  readonly inErrorHandler: boolean;
  /** Whether a WebSocket can be bound. */
  readonly inSocket?: boolean;
  /** Whether the body is left unread for the method. */
  readonly isStreamed?: boolean;
}

/** A parameter that is bound to its source. */
export interface BoundParameter {
  readonly parameter: Parameter;
  read: Callback;
  /** The source for messages: `wildcard <id:int>`, `SQLitePlugin`. */
  readonly from: string;
  readonly provider?: Provider;
  /** The position of the bound wildcard; `all` for an object of all wildcards. */
  readonly wildcard?: number | 'all';
  /** Whether the value can be rejected with 422. */
  readonly mayFail?: boolean;
  /** Whether the value may be a promise. */
  readonly mayWait?: boolean;
  /** Whether no value is passed, so that the default applies. */
  readonly isDefault?: boolean;
}

/** The result of binding a parameter: the bound parameter, or a problem. */
export type Bound = BoundParameter | WiringProblem;
