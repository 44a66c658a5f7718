import { converterFor, INVALID } from '../../validation/convert.js';
import { valueAt } from '../../http/context.js';
import { BindError, pointerTo } from './bind-error.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Bound, BoundParameter, Scope, ScopeWildcard } from './binding-scope.js';
import { named, wildcardText } from './provider-source.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

/** What the standard filters give, as the declared type would say it. */
const FILTER_TYPES: Record<string, Function> = { string: String, number: Number };

/** A parameter that takes a wildcard's value, converted if the wildcard is text and something else is declared. */
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
  if (declared === undefined || declared === Object || isKind(given, declared)) return plain;
  // An app's own filter that does not say what it gives may give anything but text that is to be converted.
  if (given !== undefined && given !== String) return disagreement(parameter, wildcard, declared);
  const converter = converterFor(declared);
  if (converter === undefined) return given === String ? disagreement(parameter, wildcard, declared) : plain;
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
      throw new BindError('path', [{ path: pointerTo(key), constraint: converter.constraint, message }]);
    },
  };
}

function isKind(given: Function | undefined, declared: unknown): boolean {
  if (given === declared) return true;
  return typeof given === 'function' && typeof declared === 'function' && given.prototype instanceof declared;
}

function disagreement(parameter: Parameter, wildcard: ScopeWildcard, declared: unknown): WiringProblem {
  const gives = typeof wildcard.type === 'string' ? wildcard.type : (wildcard.type as Function).name;
  const wants = typeLabel(declared) ?? 'something else';
  const filtered = declared === Number ? `<${wildcard.key}:int>` : `<${wildcard.key}>`;
  const rewrite = converterFor(declared) === undefined ? '' : `, or write the wildcard as ${filtered}`;
  return parameterProblem(
    'BN_WILDCARD_TYPE',
    `${named(parameter)} is declared as ${wants}, but the wildcard ${wildcardText(wildcard)} gives ${withArticle(gives)}.`,
    { parameter, cure: `declare it as ${gives}${rewrite}.` },
  );
}
