import { converterFor, INVALID } from '../../validation/convert.js';
import { valueAt } from '../../http/context.js';
import { BindError, pointerTo } from './bind-error.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound, BoundParameter, Scope, ScopeWildcard } from './binding-scope.js';
import { parameterLabel, wildcardText } from './provider-source.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

/** The classes of the values of standard filters. */
const FILTER_TYPES: Record<string, Function> = { string: String, number: Number };

/** Binds a parameter to a wildcard. Text is converted if another type is declared. */
export function wildcardReader(parameter: Parameter, position: number, scope: Scope, declared: unknown = parameter.type): Bound {
  const wildcard = scope.wildcards[position] as ScopeWildcard;
  const { key } = wildcard;
  const plain: BoundParameter = {
    parameter,
    from: `wildcard ${wildcardText(wildcard)}`,
    wildcard: position,
    read: valueAt(position),
  };
  const given = typeof wildcard.type === 'string' ? FILTER_TYPES[wildcard.type] : (wildcard.type as Function | undefined);
  if (declared === undefined || declared === Object || isSubtype(given, declared)) return plain;
  // The values of a custom filter without a type are unknown. Only its strings are converted.
  if (given !== undefined && given !== String) return typeConflict(parameter, wildcard, declared);
  const converter = converterFor(declared);
  if (converter === undefined) return given === String ? typeConflict(parameter, wildcard, declared) : plain;
  if (declared === String) return plain;
  return {
    ...plain,
    mayFail: true,
    read: (context) => {
      const text = context.values[position];
      if (typeof text !== 'string') return text;
      const value = converter.convert(text);
      if (value !== INVALID) return value;
      const message = `${key} ${converter.requirement}`;
      throw new BindError('path', [{ path: pointerTo(key), constraint: converter.constraint, message, value: text }]);
    },
  };
}

function isSubtype(given: Function | undefined, declared: unknown): boolean {
  if (given === declared) return true;
  return typeof given === 'function' && typeof declared === 'function' && given.prototype instanceof declared;
}

function typeConflict(parameter: Parameter, wildcard: ScopeWildcard, declared: unknown): WiringProblem {
  const gives = typeof wildcard.type === 'string' ? wildcard.type : (wildcard.type as Function).name;
  const wants = typeLabel(declared) ?? 'something else';
  const filtered = declared === Number ? `<${wildcard.key}:int>` : `<${wildcard.key}>`;
  const rewrite = converterFor(declared) === undefined ? '' : `, or write the wildcard as ${filtered}`;
  return parameterProblem(
    'BN_WILDCARD_TYPE',
    `${parameterLabel(parameter)} is declared as ${wants}, but the wildcard ${wildcardText(wildcard)} gives ${withArticle(gives)}.`,
    { parameter, cure: `declare it as ${gives}${rewrite}.` },
  );
}
