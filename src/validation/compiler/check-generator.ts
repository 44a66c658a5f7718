import { generateFunction } from '../../codegen/generate-function.js';
import { addConstraint, addContext, newError, recordFailedElements, typeOf } from './validation-error.js';
import { inlineCheck, isOptionalCondition } from './inline-checks.js';
import { type Check, type CheckFinder, callConstraint, unknownClass, validateNested, wait, whitelist } from './check-runtime.js';
import { contextType, type PropertyPlan, propertyPlan } from './property-plan.js';
import {
  type CheckOptions,
  CONDITIONAL,
  type ConstraintMetadata,
  constraintsOf,
  metadataByProperty,
  NESTED,
  type ValidationMetadata,
  WHITELIST,
} from './validator-metadata.js';

/** Generates the validator of a class. The generated checks allocate nothing until one fails. */
export function generateCheck(Class: Function, options: CheckOptions, finder: CheckFinder): Check {
  const properties = metadataByProperty(Class, options);
  const names = Object.keys(properties);
  if (names.length === 0) return unknownClass(options);
  const code = new CheckSource(options);
  const scope = {
    options,
    finder,
    newError,
    addConstraint,
    callConstraint,
    validateNested,
    addContext,
    recordFailedElements,
    whitelist,
    wait,
    properties,
  };
  for (const name of names) code.property(name, properties[name] as ValidationMetadata[]);
  const strip = options.whitelist ? '  l = whitelist(o, properties, options, l);\n' : '';
  const source = `"use strict";
const { ${Object.keys(scope).join(', ')} } = scope;
${code.constants()}
${code.functions}
return function check(o, w, l) {
  let x;
${strip}${code.body}  return l;
};`;
  return generateFunction<Check>(source, { scope, k: code.values });
}

/** Collects the source of a validator. */
class CheckSource {
  body = '';
  functions = '';
  readonly values: unknown[] = [];
  readonly #options: CheckOptions;
  readonly #inlined = new Map<ConstraintMetadata, Map<ValidationMetadata, string | undefined>>();
  #count = 0;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  /** Stores a value for the generated code. Returns the name of its constant. */
  readonly ref = (value: unknown): string => `k${this.values.push(value) - 1}`;

  constants(): string {
    return this.values.map((_, i) => `const k${i} = k[${i}];`).join('\n');
  }

  property(name: string, metadatas: readonly ValidationMetadata[]): void {
    const read = `o[${JSON.stringify(name)}]`;
    const number = this.#count++;
    const plan = propertyPlan(name, metadatas);
    const propertyFunction = this.#propertyFunction(number, plan);
    this.functions += propertyFunction;
    const found = (value: string) => `{ const e = p${number}(o, ${value}, w); if (e !== null) (l ??= []).push(e); }\n`;
    if (plan.isPromise) {
      this.body += `  x = ${read};
  if (x instanceof Promise) {
    if (w !== undefined) {
      const t = (l ??= []);
      wait(w, x.then((v) => { const e = p${number}(o, v, w); if (e !== null) t.push(e); }));
    }
  } else ${found('x')}`;
      return;
    }
    const passes = this.#passes(metadatas);
    if (passes === '') return;
    this.body += passes === undefined ? `  ${found(read)}` : `  x = ${read};\n  if (!(${passes})) ${found('x')}`;
  }

  /**
   * An expression that is true when the value `x` is certainly valid, which most values are. `undefined` if the value must be
   * checked step by step; empty if there is nothing to check.
   */
  #passes(metadatas: readonly ValidationMetadata[]): string | undefined {
    const { skipUndefinedProperties, skipNullProperties, skipMissingProperties } = this.#options;
    if (skipUndefinedProperties || skipNullProperties || skipMissingProperties) return undefined;
    const conditions = metadatas.filter(({ type }) => type === CONDITIONAL);
    if (!conditions.every(isOptionalCondition)) return undefined;
    const checks: string[] = [];
    for (const metadata of metadatas) {
      if (metadata.type === CONDITIONAL || metadata.type === WHITELIST) continue;
      if (metadata.type === NESTED) checks.push('x === undefined');
      else {
        if (metadata.validateIf) return undefined;
        for (const constraint of constraintsOf(metadata)) {
          const check = this.#inline(metadata, constraint);
          if (check === undefined) return undefined;
          checks.push(metadata.each ? this.#eachPasses(check) : `(${check})`);
        }
      }
    }
    if (checks.length === 0) return '';
    const all = checks.join(' && ');
    return conditions.length > 0 ? `x === undefined || x === null || ${all}` : all;
  }

  #propertyFunction(number: number, { name, conditions, defined, custom, nested, rest }: PropertyPlan): string {
    const { skipUndefinedProperties, skipNullProperties, skipMissingProperties } = this.#options;
    const open = `e ??= newError(o, x, ${JSON.stringify(name)}, options)`;
    let code = `function p${number}(o, x, w) {\n  let e = null;\n`;
    if (conditions.length > 0) {
      const calls = conditions.map((condition) => `${this.ref(condition.constraints?.[0])}(o, x)`);
      code +=
        calls.length === 1
          ? `  if (!${calls[0]}) return null;\n`
          : `  if (!(${calls.map((call) => `!!${call}`).join(' & ')})) return null;\n`;
    }
    code += this.#constraints(defined, open) + this.#contexts(defined);
    if (skipUndefinedProperties === true) code += '  if (x === undefined) return e;\n';
    if (skipNullProperties === true) code += '  if (x === null) return e;\n';
    if (skipMissingProperties === true) code += '  if (x === undefined || x === null) return e;\n';
    code += this.#constraints(custom, open);
    if (nested.length > 0)
      code += `  e = validateNested(e, o, x, ${JSON.stringify(name)}, ${this.ref(nested)}, options, finder, w);\n`;
    code += this.#contexts(rest);
    code += '  if (e !== null && w === undefined && Object.keys(e.constraints).length === 0) delete e.constraints;\n';
    return `${code}  return e;\n}\n`;
  }

  #constraints(metadatas: readonly ValidationMetadata[], open: string): string {
    return metadatas
      .map((metadata) =>
        constraintsOf(metadata)
          .map((constraint) => this.#constraint(metadata, constraint, open))
          .join(''),
      )
      .join('');
  }

  #constraint(metadata: ValidationMetadata, constraint: ConstraintMetadata, open: string): string {
    const m = this.ref(metadata);
    const c = this.ref(constraint);
    const guards = [
      ...(metadata.validateIf ? [`${m}.validateIf(o, x)`] : []),
      ...(this.#options.stopAtFirstError ? ['(e === null || Object.keys(e.constraints).length === 0)'] : []),
    ];
    const check = this.#inline(metadata, constraint);
    if (check === undefined) {
      const call = `e = callConstraint(e, o, x, ${m}, ${c}, options, w);`;
      return guards.length === 0 ? `  ${call}\n` : `  if (${guards.join(' && ')}) ${call}\n`;
    }
    const passes = metadata.each ? this.#eachPasses(check) : `(${check})`;
    const fails = [...guards, `!${passes}`].join(' && ');
    const type = JSON.stringify(typeOf(metadata, constraint));
    const note = metadata.each && this.#options.recordElements ? ` recordFailedElements(e, ${type}, x, (x) => ${check});` : '';
    return `  if (${fails}) { ${open}; addConstraint(e, o, x, ${m}, ${c}, options);${note} }\n`;
  }

  /** The source of a constraint's check. It is generated once, even if it is used several times. */
  #inline(metadata: ValidationMetadata, constraint: ConstraintMetadata): string | undefined {
    const known = this.#inlined.get(constraint) ?? new Map<ValidationMetadata, string | undefined>();
    this.#inlined.set(constraint, known);
    if (!known.has(metadata)) known.set(metadata, inlineCheck(metadata, constraint, this.ref));
    return known.get(metadata);
  }

  /** Checks every element of an array, a set or a map's values. Another value is checked itself. */
  #eachPasses(check: string): string {
    const name = `a${this.#count++}`;
    this.functions += `const ${name}_one = (x) => ${check};
function ${name}(x) {
  if (Array.isArray(x)) {
    for (let i = 0; i < x.length; i++) if (!(${name}_one(x[i])) && i in x) return false;
    return true;
  }
  if (x instanceof Set || x instanceof Map) {
    for (const y of x.values()) if (!(${name}_one(y))) return false;
    return true;
  }
  return ${name}_one(x);
}
`;
    return `${name}(x)`;
  }

  #contexts(metadatas: readonly ValidationMetadata[]): string {
    return metadatas
      .filter((metadata) => metadata.context)
      .map((metadata) => `  if (e !== null) addContext(e, ${this.ref(metadata)}, ${JSON.stringify(contextType(metadata))});\n`)
      .join('');
  }
}
