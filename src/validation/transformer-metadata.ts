import { loadPeer } from '../support/load-peer.js';
import {
  type AccessMetadata,
  decoratedProperties,
  type Discriminator,
  transformerStorage,
  type TypeMetadata,
} from './transformer-storage.js';

/** `toClass` is the direction of requests, `toPlain` that of responses. */
type Direction = 'toClass' | 'toPlain';

// The values of class-transformer's TransformationType.
const DIRECTIONS: Readonly<Record<Direction, number>> = { toClass: 0, toPlain: 1 };

/** The metadata of `@Type` for a property. */
export function typeMetadata(Class: Function, property: string): TypeMetadata | undefined {
  return transformerStorage()?.findTypeMetadata(Class, property);
}

/** Whether the type of a property depends on the object that has it. */
export function needsObject({ typeFunction }: TypeMetadata): boolean {
  return typeFunction !== undefined && typeFunction.length > 0;
}

/** A property's discriminator, and whether nested objects keep its property. */
export interface PropertyDiscriminator extends Discriminator {
  readonly isKept: boolean;
}

/** The discriminator of `@Type`; `undefined` if it has none or an incomplete one. */
export function discriminatorOf(metadata: TypeMetadata | undefined): PropertyDiscriminator | undefined {
  const { discriminator, keepDiscriminatorProperty = false } = metadata?.options ?? {};
  if (discriminator?.property === undefined || !Array.isArray(discriminator.subTypes)) return undefined;
  return { property: discriminator.property, subTypes: discriminator.subTypes, isKept: keepDiscriminatorProperty };
}

/** Whether a user's function creates the value of a property. */
export function hasTransform(Class: Function, property: string, direction: Direction): boolean {
  return (transformerStorage()?.findTransformMetadatas(Class, property, DIRECTIONS[direction]).length ?? 0) > 0;
}

/** The properties of a class with `@Expose` in one direction. */
export function exposedProperties(Class: Function, direction: Direction): string[] {
  const found = transformerStorage()?.getExposedMetadatas(Class) ?? [];
  return found.filter((one) => applies(one, direction)).flatMap(({ propertyName }) => propertyName ?? []);
}

export function isExcluded(Class: Function, property: string, direction: Direction): boolean {
  return applies(transformerStorage()?.findExcludeMetadata(Class, property), direction);
}

/** The name under which a property is sent: that of `@Expose({ name })`, or its own. */
export function sentName(Class: Function, property: string): string {
  return isExposed(Class, property, 'toClass') ? nameInPlain(Class, property) : property;
}

function applies(metadata: AccessMetadata | undefined, direction: Direction): boolean {
  if (metadata === undefined) return false;
  const { toClassOnly, toPlainOnly } = metadata.options ?? {};
  if (toClassOnly === toPlainOnly) return true;
  return direction === 'toClass' ? toClassOnly === true : toPlainOnly === true;
}

/** Whether `@Expose` applies to a property in one direction. */
export function isExposed(Class: Function, property: string, direction: Direction): boolean {
  return applies(transformerStorage()?.findExposeMetadata(Class, property), direction);
}

/** Whether a property is left out: by `@Exclude`, by a group, or as one that an excluded class does not expose. */
export function isLeftOut(
  Class: Function,
  property: string,
  direction: Direction,
  groups?: readonly string[] | undefined,
): boolean {
  const isHidden = hidesUnexposed(Class) && !isExposed(Class, property, direction);
  const own = transformerStorage()?.findExposeMetadata(Class, property)?.options?.groups;
  return isHidden || isExcluded(Class, property, direction) || !isInGroups(own, groups);
}

/** Whether `@Exclude` stands on the class itself, so that it takes only the properties with `@Expose`. */
export function hidesUnexposed(Class: Function): boolean {
  return transformerStorage()?.getStrategy(Class) === 'excludeAll';
}

/** Whether metadata with groups applies. Metadata without groups always applies. */
function isInGroups(own: readonly string[] | undefined, groups: readonly string[] | undefined): boolean {
  if (groups !== undefined && groups.length > 0) return own === undefined || groups.some((group) => own.includes(group));
  return own === undefined || own.length === 0;
}

/** Calls the `@Transform` functions of a property, in the order of `class-transformer`. */
export type Transform = (value: unknown, source: object) => unknown;

/** The `@Transform` functions of a property as one function; `undefined` without any. */
export function transformOf(
  Class: Function,
  property: string,
  direction: Direction,
  groups?: readonly string[] | undefined,
): Transform | undefined {
  const type = DIRECTIONS[direction];
  const all = transformerStorage()?.findTransformMetadatas(Class, property, type) ?? [];
  const functions = all.filter((one) => isInGroups(one.options?.groups, groups)).map(({ transformFn }) => transformFn);
  if (functions.length === 0) return undefined;
  const options = { ...TRANSFORM_OPTIONS, groups: groups === undefined ? undefined : [...groups] };
  return (value, obj) =>
    functions.reduce<unknown>((made, transform) => transform({ value: made, key: property, obj, type, options }), value);
}

/** The options that `class-transformer` passes to the functions by default. */
const TRANSFORM_OPTIONS = {
  enableCircularCheck: false,
  enableImplicitConversion: false,
  excludeExtraneousValues: false,
  excludePrefixes: undefined,
  exposeDefaultValues: false,
  exposeUnsetFields: true,
  groups: undefined,
  ignoreDecorators: false,
  strategy: undefined,
  targetMaps: undefined,
  version: undefined,
};

interface ClassTransformer {
  instanceToPlain(instance: object, options: object): Record<string, unknown>;
}

/** Converts an instance to plain data with `class-transformer`. */
export function toPlain(instance: object): Record<string, unknown> {
  return (loadPeer<ClassTransformer>('class-transformer') as ClassTransformer).instanceToPlain(instance, {});
}

const decorated = new WeakMap<Function, boolean>();

/** Whether `class-transformer` treats objects of a class differently from plain objects. */
export function isDecorated(Class: Function): boolean {
  let known = decorated.get(Class);
  if (known === undefined) {
    known = hidesUnexposed(Class) || decoratedProperties(Class).length > 0;
    decorated.set(Class, known);
  }
  return known;
}

/** The name of a property in the result of `toPlain`. */
export function nameInPlain(Class: Function, property: string): string {
  return transformerStorage()?.findExposeMetadata(Class, property)?.options?.name || property;
}
