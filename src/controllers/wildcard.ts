import { converterFor, INVALID } from '../validation/convert.js';
import { BindError } from './bind-error.js';
import { type BoundParameter, named, type Scope } from './scope.js';
import type { Parameter } from './parameter-list.js';
import { parameterProblem, type WiringProblem } from './wiring.js';

/** What the standard filters give, as the declared type would say it. */
const FILTER_TYPES: Record<string, Function> = { string: String, number: Number };

/** A parameter that takes a wildcard's value, converted if the wildcard is text and something else is declared. */
export function wildcardReader(
  parameter: Parameter,
  position: number,
  scope: Scope,
  declared = parameter.type,
): BoundParameter | WiringProblem {
  const wildcard = scope.wildcards[position] as Scope['wildcards'][number];
  const base = { parameter, from: `wildcard <${wildcard.key}>`, wildcard: position };
  const given = typeof wildcard.type === 'string' ? FILTER_TYPES[wildcard.type] : (wildcard.type as Function | undefined);
  const plain: BoundParameter = { ...base, read: (context) => context.values[position] };
  if (declared === undefined || declared === given || declared === Object) return plain;
  const converter = converterFor(declared);
  if (given === String || given === undefined) {
    if (converter === undefined || declared === String)
      return given === String && converter === undefined ? disagreement(parameter, wildcard, declared) : plain;
    return {
      ...base,
      mayFail: true,
      read: (context) => {
        const text = context.values[position];
        // A custom filter may have made something of it already.
        if (typeof text !== 'string') return text;
        const value = converter.convert(text);
        if (value !== INVALID) return value;
        throw new BindError('path', [
          { path: `/${wildcard.key}`, constraint: converter.constraint, message: `${wildcard.key} ${converter.demand}` },
        ]);
      },
    };
  }
  return disagreement(parameter, wildcard, declared);
}

function disagreement(parameter: Parameter, wildcard: Scope['wildcards'][number], declared: Function): WiringProblem {
  const gives = typeof wildcard.type === 'string' ? wildcard.type : (wildcard.type as Function | undefined)?.name;
  const suggestion = declared === Number ? `<${wildcard.key}:int>` : `<${wildcard.key}>`;
  return parameterProblem(
    'BN_WILDCARD_TYPE',
    `${named(parameter)} is declared as ${declared.name}, but the wildcard <${wildcard.key}:${wildcard.filter}> gives a ${gives}.`,
    { parameter: parameter.name ?? wildcard.key, cure: `declare it as ${gives}, or write the wildcard as ${suggestion}.` },
  );
}
