import { type ClassProblem, className } from './class-error.js';
import { metadataByProperty, NESTED, CONDITIONAL, type ValidationMetadata } from './compiler/validator-metadata.js';
import type { ClassFacts, Property } from './properties.js';

/** The constraints that a missing object does not meet. Those that a list meets are no demand where a list may come as well. */
const DEMANDS: Readonly<Record<string, 'of anything' | 'of an object'>> = {
  isDefined: 'of anything',
  isNotEmpty: 'of anything',
  isObject: 'of an object',
  isNotEmptyObject: 'of an object',
  isInstance: 'of an object',
};

/**
 * Classes each of whose objects must hold another one, without end: no data could be valid. Those that nest each other in lists,
 * or where one may be missing, are trees, and fine.
 */
export function endlessNesting(all: ReadonlyMap<Function, ClassFacts>): ClassProblem[] {
  const problems: ClassProblem[] = [];
  const done = new Set<Function>();
  const way: { Class: Function; name: string }[] = [];
  const look = (Class: Function): void => {
    const begin = way.findIndex((step) => step.Class === Class);
    if (begin >= 0) problems.push(problem(way.slice(begin)));
    const facts = all.get(Class);
    if (begin >= 0 || done.has(Class) || facts === undefined) return;
    const validators = metadataByProperty(Class, { always: true });
    for (const property of facts.properties) {
      if (!isDemanded(property, validators[property.name] ?? [], facts)) continue;
      way.push({ Class, name: property.name });
      look(property.type as Function);
      way.pop();
    }
    done.add(Class);
  };
  for (const Class of all.keys()) look(Class);
  return problems;
}

function isDemanded(property: Property, validators: readonly ValidationMetadata[], { sample }: ClassFacts): boolean {
  const { isNested, isHanded, shape, isShapeImplied, name } = property;
  if (!isNested || isHanded || shape !== 'one' || (sample[name] ?? undefined) !== undefined) return false;
  if (validators.some(({ type }) => type === CONDITIONAL)) return false;
  // What depends on groups or on the object itself may not hold.
  const certain = validators.filter(({ groups = [], validateIf, each }) => groups.length === 0 && !validateIf && !each);
  const demands = certain.map((one) => DEMANDS[one.name ?? one.type]);
  const isThere = demands.includes('of an object') || (demands.includes('of anything') && !isShapeImplied);
  return isThere && certain.some(({ type }) => type === NESTED);
}

function problem(circle: readonly { Class: Function; name: string }[]): ClassProblem {
  const { Class, name } = circle[0] as { Class: Function; name: string };
  const places = circle.map((step) => `${className(step.Class)}.${step.name}`);
  const way = [...places, places[0]].join(' → ');
  const text = `nests objects without end (${way}): each must hold another one, so that no data could be valid`;
  return { Class, property: name, text, cure: 'let one of them be missing: add @IsOptional() to it' };
}
