import type { ClassFacts, Constructor, Property } from '../properties.js';
import { isSettable } from '../properties.js';
import { metadataByProperty, NESTED } from '../compiler/validator-metadata.js';
import { hidesUnexposed, isExposed, isLeftOut, type Transform, transformOf } from '../transformer-metadata.js';
import type { Builders, BuildOptions, Plain, Unknown } from './instance-builder.js';
import { type BuildProblem, prefixPaths } from './scalar-conversion.js';
import { type ConvertValue, valueConversion } from './value-conversion.js';

/** How one property is built. */
export interface Step {
  readonly name: string;
  /** The name in the plain object. */
  readonly sent: string;
  readonly convert: ConvertValue | undefined;
  /** The functions of `@Transform`, which get the converted value. */
  readonly transform: ((value: unknown, plain: Plain, problems: BuildProblem[]) => unknown) | undefined;
  /** Whether `@Expose` sets the property even if the plain object does not have it. */
  readonly isExposed: boolean;
}

/** What happens to the properties of the plain object that no step reads. */
type HandleOthers = (plain: Plain, instance: Plain, problems: BuildProblem[]) => void;

/** How an instance of a class is built. A generated function or an interpreter follows it. */
export interface BuildPlan {
  readonly Class: Constructor;
  readonly steps: readonly Step[];
  readonly handleOthers: HandleOthers | undefined;
}

/**
 * Plans how instances of a class are built, each property exactly once, in the way of `class-transformer`.
 *
 * @param groups the groups of `class-transformer`. Those in `options` decide which validators apply.
 */
export function planBuild(
  facts: ClassFacts,
  options: BuildOptions,
  groups: readonly string[] | undefined,
  builders: Builders,
): BuildPlan {
  const { Class } = facts;
  const unknown = options.unknown ?? (facts.isValidated ? 'drop' : 'keep');
  const active = facts.isValidated ? metadataByProperty(Class, options) : undefined;
  // With groups, properties without a validator in them are not declared.
  const isDeclared = ({ name }: Property): boolean => active === undefined || Object.hasOwn(active, name);
  const candidates = unknown === 'keep' ? [...facts.properties, ...facts.undeclared] : facts.properties.filter(isDeclared);
  const steps = new Map<string, Step>();
  const names = new Set<string>();
  for (const property of candidates) {
    const { name, sent } = property;
    names.add(name).add(sent);
    // A name given by `@Expose` precedes a property of the same name.
    const isTaken = steps.has(sent) && sent === name;
    if (isLeftOut(Class, name, 'toClass', groups) || isTaken || !property.isSettable) continue;
    const isNestingActive = active === undefined || (active[name]?.some(({ type }) => type === NESTED) ?? false);
    const convert = valueConversion(property, { builders, texts: options.texts, isNestingActive });
    const transform = transformOf(Class, name, 'toClass', groups);
    const isInspected = active !== undefined && isNestingActive && unknown !== 'keep';
    steps.set(sent, {
      name,
      sent,
      convert,
      transform: isInspected ? inspected(transform, unknown) : transform,
      isExposed: isExposed(Class, name, 'toClass'),
    });
  }
  return { Class, steps: [...steps.values()], handleOthers: handlerOfOthers(facts, unknown, steps, names) };
}

/** The handler of the properties that no step reads; `undefined` if they are dropped. */
function handlerOfOthers(
  { Class, sample }: ClassFacts,
  unknown: Unknown,
  steps: ReadonlyMap<string, Step>,
  names: ReadonlySet<string>,
): HandleOthers | undefined {
  if (unknown === 'refuse') {
    return (plain, _, problems) => {
      for (const key of Object.keys(plain)) if (!steps.has(key)) problems.push(undeclaredProblem(key, plain[key]));
    };
  }
  if (unknown === 'drop' || hidesUnexposed(Class)) return undefined;
  const prototype = Class.prototype as object;
  return (plain, instance) => {
    for (const key of Object.keys(plain)) {
      if (names.has(key) || ((key in prototype || key in sample) && !isSettable(Class, key, sample))) continue;
      instance[key] = plain[key];
    }
  };
}

/** The problem of an undeclared property, with the message of `class-validator`. */
function undeclaredProblem(key: string, value: unknown): BuildProblem {
  const message = `property ${key} should not exist`;
  return { segments: [key], constraint: 'whitelistValidation', message, value, isAlwaysReported: true };
}

/** Also checks the nested objects that a function made, which may have more properties than their classes declare. */
function inspected(transform: Transform | undefined, unknown: Unknown): Step['transform'] {
  if (transform === undefined) return undefined;
  return (value, plain, problems) => {
    const made = transform(value, plain);
    removeUndeclared(made, unknown, problems);
    return made;
  };
}

function removeUndeclared(value: unknown, unknown: Unknown, problems: BuildProblem[]): void {
  if (typeof value !== 'object' || value === null) return;
  const inside = (segment: string | number, inner: unknown): void => {
    const before = problems.length;
    removeUndeclared(inner, unknown, problems);
    if (problems.length !== before) prefixPaths(problems, before, segment);
  };
  if (Array.isArray(value) || value instanceof Set) for (const [i, element] of Array.from(value).entries()) inside(i, element);
  else if (value instanceof Map) for (const [key, element] of value) inside(String(key), element);
  else {
    const known = metadataByProperty(value.constructor, { always: true });
    if (Object.keys(known).length === 0) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Object.hasOwn(known, key)) {
        if (unknown === 'drop') delete (value as Plain)[key];
        else if (inner !== undefined) problems.push(undeclaredProblem(key, inner));
      } else if (known[key]?.some(({ type }) => type === NESTED)) inside(key, inner);
    }
  }
}
