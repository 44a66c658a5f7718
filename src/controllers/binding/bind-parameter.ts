import { builtInByName, builtInByType, isErrorType } from './built-ins.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound, BoundParameter, Scope } from './binding-scope.js';
import { availableNames, describeAvailable, parameterLabel, provided, providedByType } from './provider-source.js';
import { bindSource } from './parameter-source.js';
import { wildcardReader } from './wildcard-source.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

/** Binds a parameter to its source: by decorator, declared type, name, or default, in this order. */
export function bindParameter(parameter: Parameter, scope: Scope): Bound {
  if (parameter.source !== undefined) return bindSource(parameter, parameter.source, scope);
  if (parameter.rest) return restProblem(parameter, scope);
  return (
    bindType(parameter, scope) ?? bindName(parameter, scope) ?? bindDefault(parameter) ?? unprovidedProblem(parameter, scope)
  );
}

function bindType(parameter: Parameter, scope: Scope): Bound | undefined {
  const { type } = parameter;
  if (type === undefined) return undefined;
  const builtIn = builtInByType(type, scope);
  return builtIn === undefined ? providedByType(parameter, type, scope) : { parameter, ...builtIn };
}

function bindName(parameter: Parameter, scope: Scope): Bound | undefined {
  const { name } = parameter;
  if (name === undefined) return undefined;
  const wildcard = scope.wildcards.findIndex(({ key, isAnonymous }) => key === name && !isAnonymous);
  if (wildcard !== -1) return wildcardReader(parameter, wildcard, scope);
  const provider = scope.providers.find((candidate) => candidate.keyword === name);
  if (provider !== undefined) return provided(parameter, provider);
  const builtIn = builtInByName(name, scope);
  return builtIn === undefined ? undefined : { parameter, ...builtIn };
}

function bindDefault(parameter: Parameter): BoundParameter | undefined {
  if (!parameter.hasDefault) return undefined;
  return { parameter, read: () => undefined, from: 'its default', isDefault: true };
}

function restProblem(parameter: Parameter, scope: Scope): WiringProblem {
  return parameterProblem(
    'BN_PARAMETER_REST',
    `${parameterLabel(parameter)} is a rest parameter, and the source of its values is unknown.`,
    {
      parameter,
      available: describeAvailable(scope),
      cure:
        `say where they come from (@Query('${parameter.name ?? 'tag'}')), or take them one by one. If a decorator's wrapper ` +
        'hides the real parameters, put the route decorator below that one, or name them in the route option `params`.',
    },
  );
}

function unprovidedProblem(parameter: Parameter, scope: Scope): WiringProblem {
  const available = describeAvailable(scope);
  const { name, type } = parameter;
  if (name === undefined) {
    if (parameter.pattern) {
      return parameterProblem(
        'BN_PARAMETER_DESTRUCTURED',
        `${parameterLabel(parameter)} is destructured, so it has no name to be bound by.`,
        { parameter, available, cure: 'decorate it (@Query(), @Body(), …), or take the values as parameters of their own.' },
      );
    }
    return parameterProblem(
      'BN_PARAMETER_UNNAMED',
      `${parameterLabel(parameter)} has no readable name, as in a bound or native function.`,
      {
        parameter,
        available,
        cure: "name the parameters in the route option `params`, { params: ['…'] }, or decorate this one.",
      },
    );
  }
  const special = specialCase(parameter, scope);
  if (special !== undefined) {
    return parameterProblem('BN_PARAMETER_UNPROVIDED', special.message, { parameter, available, cure: special.cure });
  }
  const names = availableNames(scope);
  const label = typeLabel(type);
  const isService = label !== undefined && /^[A-Z]/.test(label) && type !== Date;
  const neither = isService ? `, neither by its name nor by its type ${label}` : '';
  const problem = parameterProblem('BN_PARAMETER_UNPROVIDED', `Nothing provides the parameter '${name}'${neither}.`, {
    parameter,
    names,
    available,
    cure: '',
  });
  const remedies = isService
    ? [`install the plugin that provides ${withArticle(label)}`]
    : ['install the plugin that provides it'];
  if (problem.nearest !== undefined) remedies[0] = `rename it to '${problem.nearest}'`;
  const shadowed = nameBeforeNumber(name, names);
  if (shadowed !== undefined) {
    remedies[0] =
      `if '${shadowed}' is what the source says, a bundler (esbuild, tsx, Vite) renamed it because of another '${shadowed}' at the ` +
      `top of the module: rename that one, or list the names in { params: [… '${shadowed}' …] }; else ${remedies[0]}`;
  }
  if (name.length <= 2 && problem.nearest === undefined)
    remedies.push("list the names in { params: ['…'] } if this code is minified");
  const source = isService ? '@Body(), …' : `@Query('${name}'), @Body(), …`;
  return { ...problem, cure: `${remedies.join(', ')}, give it a default value, or say where it comes from (${source}).` };
}

/** Returns `db` for `db2`. esbuild renames a parameter in this way if it shadows a name of its module. */
function nameBeforeNumber(name: string, names: readonly string[]): string | undefined {
  const [, base] = /^(.*\D)\d+$/.exec(name) ?? [];
  return base !== undefined && names.includes(base) ? base : undefined;
}

/** Explains frequent mistakes. */
function specialCase({ name, type }: Parameter, scope: Scope): { message: string; cure: string } | undefined {
  if (type !== undefined && (type === globalThis.Request || type === globalThis.Response)) {
    return {
      message: `Nothing provides the ${type.name} of fetch that parameter '${name}' asks for.`,
      cure: `import { ${type.name} } from 'bottlenose', or call the parameter '${type.name.toLowerCase()}'.`,
    };
  }
  if (!scope.inErrorHandler && (name === 'error' || (type !== undefined && isErrorType(type)))) {
    return {
      message: `Parameter '${name}' asks for an error, and only error handlers are given one.`,
      cure: 'decorate the method with @Error(…) instead of a route, or remove the parameter.',
    };
  }
  const sameName = scope.providers.find((provider) => type !== undefined && provider.type?.name === type.name);
  if (sameName === undefined || type === undefined) return undefined;
  return {
    message: `Parameter '${name}' asks for ${withArticle(type.name)}, but another class of that name than ${sameName.name} provides.`,
    cure: `import ${type.name} from where the plugin comes from (two copies of a package may be installed).`,
  };
}
