import { HTTPError } from '../http/errors.js';
import { Request } from '../http/request.js';
import { Response } from '../http/response.js';
import type { Callback, Context } from './context.js';
import type { Parameter } from './parameter-list.js';
import {
  availableNames,
  type BoundParameter,
  describeAvailable,
  labelOf,
  named,
  type Provider,
  provided,
  type Scope,
} from './scope.js';
import { bindSource } from './sources.js';
import { wildcardReader } from './wildcard.js';
import { parameterProblem, type WiringProblem } from './wiring.js';

const BUILT_IN: Record<string, { read: Callback; from: string }> = {
  request: { read: (context) => context.request, from: 'the request' },
  response: { read: (context) => context.response, from: 'the response' },
};
const THE_ERROR = { read: (context: Context) => context.error, from: 'the error' };

/** Decides where a parameter comes from: by decorator, declared type, name, or default, in this order. */
export function bindParameter(parameter: Parameter, scope: Scope): BoundParameter | WiringProblem {
  if (parameter.source !== undefined) return bindSource(parameter, parameter.source, scope);
  return bindType(parameter, scope) ?? bindName(parameter, scope) ?? bindDefault(parameter) ?? unprovided(parameter, scope);
}

function bindType(parameter: Parameter, scope: Scope): BoundParameter | WiringProblem | undefined {
  const { type } = parameter;
  if (type === undefined) return undefined;
  if (type === Request) return { parameter, ...(BUILT_IN.request as { read: Callback; from: string }) };
  if (type === Response) return { parameter, ...(BUILT_IN.response as { read: Callback; from: string }) };
  if (scope.inErrorHandler && isErrorType(type)) return { parameter, ...THE_ERROR };
  const providers = scope.providers.filter((provider) => provider.type === type);
  if (providers.length === 0) return undefined;
  const byName = providers.find((provider) => provider.keyword === parameter.name);
  if (byName === undefined && providers.length > 1) {
    const keywords = providers.map(({ keyword }) => labelOf(keyword));
    return parameterProblem(
      'BN_PARAMETER_AMBIGUOUS',
      `${named(parameter)} asks for a ${type.name}, which ${providers.length} plugins provide.`,
      {
        parameter: parameter.name ?? '',
        available: keywords,
        cure: `name the parameter after the one that is meant, or write @Inject('${keywords[0]}').`,
      },
    );
  }
  return provided(parameter, byName ?? (providers[0] as Provider));
}

function bindName(parameter: Parameter, scope: Scope): BoundParameter | WiringProblem | undefined {
  const { name } = parameter;
  if (name === undefined) return undefined;
  const wildcard = scope.wildcards.findIndex((candidate) => candidate.key === name);
  if (wildcard !== -1) return wildcardReader(parameter, wildcard, scope);
  const provider = scope.providers.find((candidate) => candidate.keyword === name);
  if (provider !== undefined) return provided(parameter, provider);
  if (name === 'error' && scope.inErrorHandler) return { parameter, ...THE_ERROR };
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  return builtIn === undefined ? undefined : { parameter, ...builtIn };
}

function bindDefault(parameter: Parameter): BoundParameter | undefined {
  if (!parameter.hasDefault) return undefined;
  return { parameter, read: () => undefined, from: 'its default', isDefault: true };
}

function unprovided(parameter: Parameter, scope: Scope): WiringProblem {
  const names = availableNames(scope);
  if (parameter.pattern && parameter.name === undefined) {
    return parameterProblem(
      'BN_PARAMETER_DESTRUCTURED',
      `${named(parameter)} is destructured, so it has no name to be bound by.`,
      {
        parameter: '',
        available: describeAvailable(scope),
        cure: 'decorate it (@Query(), @Body(), @Inject(…)), or take the values as parameters of their own.',
      },
    );
  }
  if (parameter.rest) {
    return parameterProblem(
      'BN_PARAMETER_REST',
      `${named(parameter)} is a rest parameter, and nothing tells how many values it takes.`,
      {
        parameter: parameter.name ?? '',
        available: describeAvailable(scope),
        cure: 'take the values one by one, or decorate it with something that gives a list.',
      },
    );
  }
  if (parameter.name === undefined) {
    return parameterProblem(
      'BN_PARAMETER_UNNAMED',
      `${named(parameter)} has no readable name, as in a bound or native function.`,
      {
        parameter: '',
        available: describeAvailable(scope),
        cure: "give the names with the route option { params: ['…'] }, or decorate the parameter.",
      },
    );
  }
  const short = parameter.name.length === 1 ? " If this code is minified, give the names with { params: ['…'] }." : '';
  return parameterProblem('BN_PARAMETER_UNPROVIDED', `${named(parameter)} is provided by nothing.`, {
    parameter: parameter.name,
    names,
    available: describeAvailable(scope),
    cure: `rename it, install the plugin that provides it, give it a default value, or say where it comes from (@Query('${parameter.name}'), @Body(), @Inject('${parameter.name}'), …).${short}`,
  });
}

function isErrorType(type: Function): boolean {
  return type === HTTPError || type === globalThis.Error || type.prototype instanceof globalThis.Error;
}
