import type { Parameter } from '../decorators/parameter.js';
import type { Bound, BoundParameter, Provider, Scope, ScopeWildcard } from './binding-scope.js';
import { parameterProblem, withArticle } from './wiring-error.js';

/** Binds a parameter to the value that a plugin provides under its keyword. */
export function provided(parameter: Parameter, provider: Provider): BoundParameter {
  const { keyword, read = (context) => context.provided(keyword) } = provider;
  return { parameter, read, from: provider.name, provider };
}

/** Binds a parameter to a value that a plugin provides by type. If several plugins do, the keyword has to be the parameter's name. */
export function providedByType(parameter: Parameter, type: unknown, scope: Scope): Bound | undefined {
  const providers = scope.providers.filter((provider) => provider.type !== undefined && provider.type === type);
  const provider = providers.find(({ keyword }) => keyword === parameter.name) ?? providers[0];
  if (provider === undefined) return undefined;
  if (providers.length === 1 || provider.keyword === parameter.name) return provided(parameter, provider);
  const keywords = providers.flatMap(({ keyword }) => (typeof keyword === 'string' ? keyword : []));
  return parameterProblem(
    'BN_PARAMETER_AMBIGUOUS',
    `${parameterLabel(parameter)} asks for ${withArticle((type as Function).name)}, which ${providers.length} plugins provide.`,
    {
      parameter,
      available: providers.map(describeProvider),
      cure: `name the parameter after the one that is meant (${alternatives(keywords)}), or write @Inject('${keywords[0]}').`,
    },
  );
}

/** Formats a parameter for messages: `Parameter 'id'`. */
export function parameterLabel(parameter: Parameter): string {
  return parameter.name === undefined ? `Parameter ${parameter.index + 1}` : `Parameter '${parameter.name}'`;
}

/** The names by which a parameter can bind a value. */
export function availableNames(scope: Scope): string[] {
  return [
    ...scope.wildcards.filter(({ isAnonymous }) => !isAnonymous).map(({ key }) => key),
    ...keywordsOf(scope),
    ...builtInNames(scope),
  ];
}

/** The keywords that `@Inject` accepts. */
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

/** Formats a wildcard as in the rule: `<id:int>`. */
export function wildcardText({ key, filter, isAnonymous }: ScopeWildcard): string {
  return `<${isAnonymous ? '' : key}${filter === 'text' ? '' : `:${filter}`}>`;
}

/** Formats names as alternatives: `'a', 'b' or 'c'`. */
function alternatives(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function builtInNames(scope: Scope): string[] {
  const own = [...(scope.inErrorHandler ? ['error'] : []), ...(scope.inSocket ? ['socket'] : [])];
  return [...own, 'request', 'response'];
}
