import { type ClassProblem, className } from './class-error.js';
import { metadataByProperty, NESTED, CONDITIONAL, type ValidationMetadata } from './compiler/validator-metadata.js';
import type { ClassFacts, Property } from './properties.js';

/**
 * Constraints that a missing object does not satisfy. Constraints that a list satisfies do not require an object if a list is
 * possible.
 */
const REQUIREMENTS: Readonly<Record<string, 'of anything' | 'of an object'>> = {
  isDefined: 'of anything',
  isNotEmpty: 'of anything',
  isObject: 'of an object',
  isNotEmptyObject: 'of an object',
  isInstance: 'of an object',
};

/**
 * Finds classes whose objects must each contain another one, without end. No data can be valid for them. Classes that nest each
 * other in lists, or optionally, are trees and valid.
 */
export function findEndlessNesting(all: ReadonlyMap<Function, ClassFacts>): ClassProblem[] {
  const problems: ClassProblem[] = [];
  const visited = new Set<Function>();
  const path: { Class: Function; name: string }[] = [];
  const visit = (Class: Function): void => {
    const cycleStart = path.findIndex((step) => step.Class === Class);
    if (cycleStart >= 0) problems.push(problem(path.slice(cycleStart)));
    const facts = all.get(Class);
    if (cycleStart >= 0 || visited.has(Class) || facts === undefined) return;
    const validators = metadataByProperty(Class, { always: true });
    for (const property of facts.properties) {
      if (!isRequired(property, validators[property.name] ?? [], facts)) continue;
      path.push({ Class, name: property.name });
      visit(property.type as Function);
      path.pop();
    }
    visited.add(Class);
  };
  for (const Class of all.keys()) visit(Class);
  return problems;
}

function isRequired(property: Property, validators: readonly ValidationMetadata[], { sample }: ClassFacts): boolean {
  const { isNested, isDelegated, shape, isShapeImplied, name } = property;
  if (!isNested || isDelegated || shape !== 'one' || (sample[name] ?? undefined) !== undefined) return false;
  if (validators.some(({ type }) => type === CONDITIONAL)) return false;
  // Validators that depend on groups or on the object may not apply.
  const certain = validators.filter(({ groups = [], validateIf, each }) => groups.length === 0 && !validateIf && !each);
  const requirements = certain.map((one) => REQUIREMENTS[one.name ?? one.type]);
  const isAlwaysPresent = requirements.includes('of an object') || (requirements.includes('of anything') && !isShapeImplied);
  return isAlwaysPresent && certain.some(({ type }) => type === NESTED);
}

function problem(cycle: readonly { Class: Function; name: string }[]): ClassProblem {
  const { Class, name } = cycle[0] as { Class: Function; name: string };
  const properties = cycle.map((step) => `${className(step.Class)}.${step.name}`);
  const path = [...properties, properties[0]].join(' → ');
  const text = `nests objects without end (${path}): each must contain another one, so that no data can be valid`;
  return { Class, property: name, text, cure: 'make one of them optional: add @IsOptional() to it' };
}
