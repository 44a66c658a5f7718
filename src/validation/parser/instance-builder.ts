import { canGenerateCode, generateFunction } from '../../codegen/generate-function.js';
import { classFacts, type Constructor } from '../properties.js';
import { type BuildPlan, planBuild, type Step } from './build-plan.js';
import { type BuildProblem, prefixPaths } from './scalar-conversion.js';
import { ABSENT } from './value-conversion.js';

export type Unknown = 'drop' | 'keep' | 'refuse';

export interface BuildOptions {
  /** How to handle properties that a class does not declare. By default, those of classes without validators are kept. */
  readonly unknown?: Unknown | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly always?: boolean | undefined;
  readonly strictGroups?: boolean | undefined;
  /** Whether the values are texts that are converted to the declared types. */
  readonly texts: boolean;
  /** Whether plans are interpreted. Default: where code generation is forbidden. */
  readonly interpreted?: boolean | undefined;
}

export type Plain = Record<string, unknown>;

/** Creates an instance from a plain object. Failed conversions are added to `problems`, with paths relative to this object. */
export type Build = (plain: Plain, problems: BuildProblem[]) => object;

/** Makes the functions that create instances, once per class: generated ones where that is allowed, or interpreted plans. */
export class Builders {
  readonly #options: BuildOptions;
  readonly #builds = new Map<Function, Build>();
  readonly #unvalidated = new Map<Function, Build>();

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  /**
   * The function for a class. It may be requested recursively, because classes may nest each other.
   *
   * @param isValidated whether the object will be validated in the requested groups. Otherwise properties of all groups count as
   *   declared.
   */
  for(Class: Constructor, isValidated = true): Build {
    const builds = isValidated ? this.#builds : this.#unvalidated;
    const known = builds.get(Class);
    if (known !== undefined) return known;
    builds.set(Class, (plain, problems) => (builds.get(Class) as Build)(plain, problems));
    const { groups, strictGroups: _, ...others } = this.#options;
    const options = isValidated ? this.#options : { ...others, always: true };
    const plan = planBuild(classFacts(Class), options, groups, this);
    const build = (options.interpreted ?? !canGenerateCode()) ? interpretedBuild(plan) : generateBuild(plan);
    builds.set(Class, build);
    return build;
  }
}

/** Follows a plan without generated code. */
function interpretedBuild({ Class, steps, handleOthers }: BuildPlan): Build {
  return (plain, problems) => {
    const instance = new Class() as Plain;
    for (const step of steps) {
      // Only own properties of a client's object, because `toString` always exists.
      const isRead = !(step.sent in Object.prototype) || Object.hasOwn(plain, step.sent);
      const value = isRead ? plain[step.sent] : undefined;
      if (value !== undefined) setValue(instance, step, value, plain, problems);
      else if (step.isExposed) setMissing(instance, step, plain, problems);
    }
    handleOthers?.(plain, instance, problems);
    return instance;
  };
}

function setValue(instance: Plain, step: Step, value: unknown, plain: Plain, problems: BuildProblem[]): void {
  const { name, convert, transform } = step;
  const before = problems.length;
  const converted = convert === undefined ? value : convert(value, problems, plain, instance);
  if (converted === ABSENT) {
    if (step.isExposed) setMissing(instance, step, plain, problems);
    return;
  }
  let made = converted;
  if (transform !== undefined) {
    const { length } = problems;
    made = transform(converted, plain, problems);
    // The problems of a value that a function has replaced no longer matter.
    if (made !== converted) problems.splice(before, length - before);
  }
  if (problems.length !== before) prefixPaths(problems, before, name);
  instance[name] = made;
}

/** Sets an exposed property that the plain object does not have. Its functions may make a value; otherwise a default stays. */
function setMissing(instance: Plain, { name, transform }: Step, plain: Plain, problems: BuildProblem[]): void {
  const before = problems.length;
  const made = transform?.(undefined, plain, problems);
  if (problems.length !== before) prefixPaths(problems, before, name);
  if (made !== undefined || !(name in instance)) instance[name] = made;
}

/** Generates a function that does what `interpretedBuild` does. The frequent steps are written out. */
function generateBuild({ Class, steps, handleOthers }: BuildPlan): Build {
  const values: unknown[] = [];
  const ref = (value: unknown): string => `k${values.push(value) - 1}`;
  let body = '';
  for (const step of steps) {
    const { name, sent, convert, transform, isExposed } = step;
    const key = JSON.stringify(name);
    const from = JSON.stringify(sent);
    body += `  x = ${sent in Object.prototype ? `Object.hasOwn(p, ${from}) ? p[${from}] : undefined` : `p[${from}]`};\n`;
    if (isExposed || transform !== undefined) {
      const known = ref(step);
      body += `  if (x !== undefined) setValue(o, ${known}, x, p, r);\n`;
      if (isExposed) body += `  else setMissing(o, ${known}, p, r);\n`;
    } else if (convert === undefined) {
      body += `  if (x !== undefined) o[${key}] = x;\n`;
    } else {
      body += `  if (x !== undefined) {
    n = r.length; x = ${ref(convert)}(x, r, p, o);
    if (r.length !== n) prefixPaths(r, n, ${key});
    if (x !== ABSENT) o[${key}] = x;
  }\n`;
    }
  }
  if (handleOthers !== undefined) body += `  ${ref(handleOthers)}(p, o, r);\n`;
  const made = ref(Class);
  const source = `"use strict";
const { prefixPaths, setValue, setMissing, ABSENT } = scope;
${values.map((_, i) => `const k${i} = k[${i}];`).join('\n')}
return function build(p, r) {
  const o = new ${made}();
  let x, n;
${body}  return o;
};`;
  return generateFunction<Build>(source, { scope: { prefixPaths, setValue, setMissing, ABSENT }, k: values });
}
