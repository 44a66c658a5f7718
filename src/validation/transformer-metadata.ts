import { loadPeer } from '../support/load-peer.js';

/** The metadata of `@Type`. */
export interface TypeMetadata {
  readonly typeFunction?: ((help?: unknown) => unknown) | undefined;
  readonly options?: { readonly discriminator?: unknown };
}

interface MemberMetadata {
  readonly propertyName: string | undefined;
  readonly options?: {
    name?: string;
    groups?: readonly string[];
    since?: number;
    until?: number;
    toClassOnly?: boolean;
    toPlainOnly?: boolean;
  };
}

type Metadata = MemberMetadata & { target: Function };

/** The parts of `class-transformer`'s metadata storage that are used. */
interface Storage {
  findTypeMetadata(target: Function, property: string): TypeMetadata | undefined;
  findTransformMetadatas(target: Function, property: string, direction: number): Metadata[];
  findExposeMetadata(target: Function, property: string): Metadata | undefined;
  findExcludeMetadata(target: Function, property: string): Metadata | undefined;
  getExposedMetadatas(target: Function): Metadata[];
  getExcludedMetadatas(target: Function): Metadata[];
  getStrategy(target: Function): 'none' | 'excludeAll' | 'exposeAll';
  addTypeMetadata(metadata: object): void;
  addTransformMetadata(metadata: object): void;
  addExposeMetadata(metadata: object): void;
  addExcludeMetadata(metadata: object): void;
}

interface ClassTransformer {
  plainToInstance(Class: Function, plain: unknown, options: object): Record<string, unknown>;
  instanceToPlain(instance: object, options: object): Record<string, unknown>;
}

type Direction = 'toClass' | 'toPlain';

// The values of class-transformer's TransformationType.
const DIRECTIONS: Readonly<Record<Direction, number>> = { toClass: 0, toPlain: 1 };

let storage: Storage | undefined | null = null;

function metadataStorage(): Storage | undefined {
  if (storage === null) {
    storage = loadPeer<{ defaultMetadataStorage: Storage }>('class-transformer/cjs/storage.js')?.defaultMetadataStorage;
  }
  return storage;
}

function transformer(): ClassTransformer {
  return loadPeer<ClassTransformer>('class-transformer') as ClassTransformer;
}

/** The metadata of `@Type` for a property. */
export function typeMetadata(Class: Function, property: string): TypeMetadata | undefined {
  return metadataStorage()?.findTypeMetadata(Class, property);
}

/** Whether a property has decorators of `class-transformer`. */
export function isTransformed(Class: Function, property: string, direction: Direction): boolean {
  const known = metadataStorage();
  if (known === undefined) return false;
  return (
    applies(known.findExposeMetadata(Class, property), direction) ||
    applies(known.findExcludeMetadata(Class, property), direction) ||
    hasTransform(Class, property, direction)
  );
}

/** Whether a user's function creates the value of a property. */
export function hasTransform(Class: Function, property: string, direction: Direction): boolean {
  return (metadataStorage()?.findTransformMetadatas(Class, property, DIRECTIONS[direction]).length ?? 0) > 0;
}

/** The properties of a class with `@Expose`, `@Exclude`, `@Transform` or `@Type`, in one direction. */
export function exposedProperties(Class: Function, direction: Direction): string[] {
  const found = metadataStorage()?.getExposedMetadatas(Class) ?? [];
  return found.filter((one) => applies(one, direction)).flatMap(({ propertyName }) => propertyName ?? []);
}

export function isExcluded(Class: Function, property: string, direction: Direction): boolean {
  return applies(metadataStorage()?.findExcludeMetadata(Class, property), direction);
}

/** Whether the class itself has `@Expose` or `@Exclude`. `class-transformer` then handles all of it. */
export function isWhollyTransformed(Class: Function): boolean {
  return (metadataStorage()?.getStrategy(Class) ?? 'none') !== 'none';
}

/** The name under which a property is sent: that of `@Expose({ name })`, or its own. */
export function sentName(Class: Function, property: string): string {
  const exposed = metadataStorage()?.findExposeMetadata(Class, property);
  return (applies(exposed, 'toClass') && exposed?.options?.name) || property;
}

function applies(metadata: MemberMetadata | undefined, direction: Direction): boolean {
  if (metadata === undefined) return false;
  const { toClassOnly, toPlainOnly } = metadata.options ?? {};
  if (toClassOnly === toPlainOnly) return true;
  return direction === 'toClass' ? toClassOnly === true : toPlainOnly === true;
}

/**
 * Creates some properties of a class with `class-transformer`, from the whole plain object. It uses a helper class that has only
 * these properties, with the same metadata.
 */
export function subsetTransformer(
  Class: Function,
  properties: readonly string[],
  groups: readonly string[] | undefined,
): (plain: object) => Record<string, unknown> {
  const known = metadataStorage() as Storage;
  const { plainToInstance } = transformer();
  const Subset = class {};
  known.addExcludeMetadata({ target: Subset, propertyName: undefined, options: {} });
  for (const property of properties) copyMetadata(known, Class, property, Subset);
  const options = transformOptions(groups);
  return (plain) => plainToInstance(Subset, plain, options);
}

function copyMetadata(known: Storage, Class: Function, property: string, Subset: Function): void {
  const exposed = known.findExposeMetadata(Class, property);
  const excluded = known.findExcludeMetadata(Class, property);
  const type = known.findTypeMetadata(Class, property);
  if (excluded !== undefined) known.addExcludeMetadata({ ...excluded, target: Subset });
  if (exposed !== undefined) known.addExposeMetadata({ ...exposed, target: Subset });
  if (!applies(exposed, 'toClass') && !applies(excluded, 'toClass')) {
    known.addExposeMetadata({ target: Subset, propertyName: property, options: {} });
  }
  if (type !== undefined) known.addTypeMetadata({ ...type, target: Subset });
  for (const transform of known.findTransformMetadatas(Class, property, DIRECTIONS.toClass)) {
    known.addTransformMetadata({ ...transform, target: Subset });
  }
}

/** Creates all properties of a class with `class-transformer`. */
export function wholeTransformer(
  Class: Function,
  groups: readonly string[] | undefined,
): (plain: object) => Record<string, unknown> {
  const { plainToInstance } = transformer();
  const options = transformOptions(groups);
  return (plain) => plainToInstance(Class, plain, options);
}

function transformOptions(groups: readonly string[] | undefined): object {
  return { exposeDefaultValues: true, ...(groups !== undefined && { groups: [...groups] }) };
}

/** Converts an instance to plain data with `class-transformer`. */
export function toPlain(instance: object): Record<string, unknown> {
  return transformer().instanceToPlain(instance, {});
}

/** The name under which a property is sent to clients; `undefined` if a user's function, a group or a version decides. */
export function plainName(Class: Function, property: string): string | undefined {
  if (hasTransform(Class, property, 'toPlain')) return undefined;
  const exposed = metadataStorage()?.findExposeMetadata(Class, property);
  if (exposed === undefined || !applies(exposed, 'toPlain')) return property;
  const { name, groups, since, until } = exposed.options ?? {};
  if ((groups?.length ?? 0) > 0 || since !== undefined || until !== undefined) return undefined;
  return name || property;
}

/** The name of a property in the result of `toPlain`. */
export function nameInPlain(Class: Function, property: string): string {
  return metadataStorage()?.findExposeMetadata(Class, property)?.options?.name || property;
}
