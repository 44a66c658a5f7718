import { isStandardSchema } from '../../validation/standard-schema.js';
import { sourceLabel } from '../decorators/parameter-decorators.js';
import type { Parameter } from '../decorators/parameter.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { parameterLabel } from './provider-source.js';
import type { Target } from './target-type.js';
import { parameterProblem, typeLabel, type WiringProblem, withArticle } from './wiring-error.js';

/** Why the compiler does not state the type of a parameter. */
const REASONS = {
  class: 'a collection does not say what its elements are',
  erased:
    'the compiler emits no class for the declared type (a union, an interface, a type such as Partial<…>, an `import type`)',
  nothing: 'this code was compiled without emitDecoratorMetadata',
} as const;

/**
 * The problem of a parameter whose type nothing states. Without the type, values would reach the method unvalidated and unconverted.
 *
 * @param name the name of the value; without a name, the parameter binds the whole source
 */
export function uncheckedProblem(
  parameter: Parameter,
  source: ParameterSource,
  { isList }: Target,
  name?: string,
): WiringProblem {
  const decorator = sourceLabel(source);
  const what = name === undefined ? `the whole ${source.kind}` : `${source.kind} '${name}'`;
  const argument = name === undefined ? '' : `'${name}', `;
  const written = (type: string): string => `${decorator}(${argument}${isList ? `[${type}]` : type})`;
  const cure =
    name === undefined ? wholeRemedy(parameter, source, isList) : `name its type: ${written('Number')}, ${written('String')}, ….`;
  return parameterProblem(
    'BN_UNCHECKED',
    `${parameterLabel(parameter)} binds ${what}, but its type is unknown: ${REASONS[source.options.type === undefined ? parameter.emitted : 'class']}.`,
    { parameter, cure },
  );
}

const warned = new WeakSet<Parameter>();

/**
 * Warns of a declared list whose elements have no known type. They are texts, which is right for `string[]`, and not
 * converted for `number[]`.
 */
export function warnOfTexts(parameter: Parameter, source: ParameterSource, name: string): void {
  if (warned.has(parameter)) return;
  warned.add(parameter);
  const written = (type: string): string => `${sourceLabel(source)}('${name}', [${type}])`;
  process.emitWarning(
    `${parameterLabel(parameter)} gets texts: the compiler states that it is a list, but not of what. Write ${written('String')}, or ` +
      `${written('Number')} for numbers.`,
    { code: 'BN_UNCHECKED' },
  );
}

function wholeRemedy({ name = 'name' }: Parameter, source: ParameterSource, isList: boolean): string {
  const decorator = sourceLabel(source);
  if (source.kind !== 'body') {
    return `name its class or schema, ${decorator}(TheClass); ${decorator}(Object) accepts any value; for a single value, write ${decorator}('${name}', Number).`;
  }
  const list = `${decorator}([TheClass])${isList ? '' : ' for a list'}`;
  const alternatives = isList ? list : `${decorator}(TheClass), or ${list}`;
  return `name its class or schema, ${alternatives}; ${decorator}(${isList ? '[Object]' : 'Object'}) accepts any value.`;
}

/** The problem of a type at a decorator that is not a type, or that contradicts the declared one. */
export function statedTypeProblem(parameter: Parameter, source: ParameterSource): WiringProblem | undefined {
  const { type } = source.options;
  if (type === undefined) return undefined;
  const decorator = sourceLabel(source);
  const elements: readonly unknown[] = Array.isArray(type) ? type : [type];
  const [element] = elements;
  if (Array.isArray(type) && (Array.isArray(element) || element === Array)) {
    return parameterProblem(
      'BN_PARAMETER_TYPE',
      `${parameterLabel(parameter)} is a list of lists, which ${decorator} cannot make.`,
      {
        parameter,
        cure: 'name a Standard Schema, or a class with a property for the inner list.',
      },
    );
  }
  if (elements.length !== 1 || !isType(element)) {
    return parameterProblem(
      'BN_PARAMETER_TYPE',
      `The type that ${decorator} names for ${parameterLabel(parameter)} is not a type.`,
      {
        parameter,
        cure: `name a class or a Standard Schema, ${decorator}(TheClass), or one of them in a list, ${decorator}([TheClass]).`,
      },
    );
  }
  // Only a schema itself knows its type.
  if (parameter.emitted !== 'class' || isStandardSchema(element as object)) return undefined;
  const { type: declared, rest } = parameter;
  // For a rest parameter, compilers emit the type of the elements, or only that it is an array.
  if (rest && declared === Array) return undefined;
  const stated = Array.isArray(type) && !rest ? Array : (element as Function);
  if (isSameOrSubclass(stated, declared as Function)) return undefined;
  const [wants, says] = [typeText(declared), Array.isArray(type) ? `[${typeText(element)}]` : typeText(element)];
  return parameterProblem(
    'BN_PARAMETER_TYPE',
    `${parameterLabel(parameter)} is declared as ${wants}, but ${decorator} names the type ${says}.`,
    {
      parameter,
      cure:
        declared === Array
          ? `for a list, write [${says}]; else declare it as ${withArticle(says)}.`
          : `declare it as ${withArticle(says)}, or name the declared type at the decorator.`,
    },
  );
}

function isType(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && isStandardSchema(value));
}

/** Compares prototypes, because classes that users import may be proxies of the real ones. */
function isSameOrSubclass(Class: Function, parent: Function): boolean {
  const [own, other] = [Class.prototype as object | undefined, parent.prototype as object | undefined];
  if (Class === parent) return true;
  return own !== undefined && other !== undefined && (own === other || Object.prototype.isPrototypeOf.call(other, own));
}

function typeText(type: unknown): string {
  if (type === Object) return 'Object';
  return typeLabel(type) ?? 'a class without a name';
}
