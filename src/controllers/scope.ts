import type { Callback } from './context.js';
import type { Parameter } from './parameter-list.js';

/** What an installed plugin offers to parameters. */
export interface Provider {
  readonly plugin: object;
  /** What to call it in messages. */
  readonly name: string;
  /** The keyword, or the type where the plugin goes by that alone. */
  readonly keyword: string | Function;
  readonly type: Function | undefined;
}

/** What the parameters of one method may draw from. */
export interface Scope {
  readonly wildcards: readonly { readonly key: string; readonly filter: string; readonly type: unknown }[];
  readonly providers: readonly Provider[];
  /** Whether there is an error to inject. */
  readonly inErrorHandler: boolean;
}

/** A parameter with its source decided. */
export interface BoundParameter {
  readonly parameter: Parameter;
  read: Callback;
  /** For people: `wildcard <id:int>`, `SQLitePlugin`. */
  readonly from: string;
  readonly provider?: Provider;
  /** The wildcard's position, if it takes one. */
  readonly wildcard?: number;
  /** Whether what the client sent may be refused (422). */
  readonly mayFail?: boolean;
  /** Whether the value may be a promise. */
  readonly mayWait?: boolean;
  /** Whether nothing is passed, so that the default value applies. */
  readonly isDefault?: boolean;
}

/** A parameter that takes what a plugin provides under its keyword. */
export function provided(parameter: Parameter, provider: Provider): BoundParameter {
  const { keyword } = provider;
  return { parameter, read: (context) => context.provided(keyword), from: provider.name, provider };
}

/** How a message calls a parameter. */
export function named(parameter: Parameter): string {
  const type = parameter.type === undefined ? '' : `: ${parameter.type.name}`;
  return parameter.name === undefined ? `Parameter ${parameter.index + 1}${type}` : `Parameter '${parameter.name}${type}'`;
}

export function availableNames(scope: Scope): string[] {
  const names = [
    ...scope.wildcards.map(({ key }) => key),
    ...scope.providers.map(({ keyword }) => labelOf(keyword)),
    'request',
    'response',
  ];
  return scope.inErrorHandler ? [...names, 'error'] : names;
}

export function describeAvailable(scope: Scope): string[] {
  return [
    ...scope.wildcards.map(({ key, filter }) => `${key} (wildcard, ${filter})`),
    ...scope.providers.map(({ keyword, name }) => `${labelOf(keyword)} (${name})`),
    ...(scope.inErrorHandler ? ['error'] : []),
    'request',
    'response',
  ];
}

/** How a message calls what a plugin provides. */
export function labelOf(keyword: string | Function): string {
  return typeof keyword === 'string' ? keyword : `: ${keyword.name}`;
}
