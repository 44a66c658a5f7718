import type { Callback } from '../../http/context.js';
import type { Parameter } from '../decorators/parameter-list.js';
import { parameterProblem, type WiringProblem, withArticle } from './wiring-error.js';

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

/** A parameter that takes what a plugin provides under its keyword. */
export function provided(parameter: Parameter, provider: Provider): BoundParameter {
  const { keyword, read = (context) => context.provided(keyword) } = provider;
  return { parameter, read, from: provider.name, provider };
}

/** A parameter that takes what a plugin provides by type; of several plugins, that which goes by the parameter's name. */
export function providedByType(parameter: Parameter, type: unknown, scope: Scope): Bound | undefined {
  const providers = scope.providers.filter((provider) => provider.type !== undefined && provider.type === type);
  const provider = providers.find(({ keyword }) => keyword === parameter.name) ?? providers[0];
  if (provider === undefined) return undefined;
  if (providers.length === 1 || provider.keyword === parameter.name) return provided(parameter, provider);
  const keywords = providers.flatMap(({ keyword }) => (typeof keyword === 'string' ? keyword : []));
  return parameterProblem(
    'BN_PARAMETER_AMBIGUOUS',
    `${named(parameter)} asks for ${withArticle((type as Function).name)}, which ${providers.length} plugins provide.`,
    {
      parameter,
      available: providers.map(describeProvider),
      cure: `name the parameter after the one that is meant (${alternatives(keywords)}), or write @Inject('${keywords[0]}').`,
    },
  );
}

/** How a message calls a parameter. */
export function named(parameter: Parameter): string {
  return parameter.name === undefined ? `Parameter ${parameter.index + 1}` : `Parameter '${parameter.name}'`;
}

/** The names that a parameter might have been meant to have. */
export function availableNames(scope: Scope): string[] {
  return [
    ...scope.wildcards.filter(({ isAnonymous }) => !isAnonymous).map(({ key }) => key),
    ...keywordsOf(scope),
    ...builtInNames(scope),
  ];
}

/** The keywords that `@Inject` takes. */
export function keywordsOf(scope: Scope): string[] {
  return scope.providers.flatMap(({ keyword }) => (typeof keyword === 'string' ? keyword : []));
}

export function describeAvailable(scope: Scope): string[] {
  return [
    ...scope.wildcards.filter(({ isAnonymous }) => !isAnonymous).map((wildcard) => `${wildcard.key} (${wildcardText(wildcard)})`),
    ...scope.providers.map(describeProvider),
    ...builtInNames(scope),
  ];
}

export function describeProvider({ keyword, type, name }: Provider): string {
  if (typeof keyword !== 'string') return `a parameter of type ${keyword.name} (${name})`;
  return type === undefined ? `${keyword} (${name})` : `${keyword}: ${type.name} (${name})`;
}

/** As the rule has it: `<id:int>`. */
export function wildcardText({ key, filter, isAnonymous }: ScopeWildcard): string {
  return `<${isAnonymous ? '' : key}${filter === 'text' ? '' : `:${filter}`}>`;
}

/** `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function builtInNames(scope: Scope): string[] {
  const own = [...(scope.inErrorHandler ? ['error'] : []), ...(scope.inSocket ? ['socket'] : [])];
  return [...own, 'request', 'response'];
}
