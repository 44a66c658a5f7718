import { loadPeer } from '../support/load-peer.js';

/** What `@Type` noted. */
export interface TypeMetadata {
  readonly typeFunction?: ((help?: unknown) => unknown) | undefined;
  readonly options?: { readonly discriminator?: unknown };
}

interface Noted {
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

type Metadata = Noted & { target: Function };

/** `class-transformer`'s metadata storage, as far as it is read and written here. */
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

export type Direction = 'toClass' | 'toPlain';

// class-transformer's TransformationType.
const DIRECTIONS: Readonly<Record<Direction, number>> = { toClass: 0, toPlain: 1 };

let storage: Storage | undefined | null = null;

function theStorage(): Storage | undefined {
  if (storage === null) {
    storage = loadPeer<{ defaultMetadataStorage: Storage }>('class-transformer/cjs/storage.js')?.defaultMetadataStorage;
  }
  return storage;
}

function theTransformer(): ClassTransformer {
  return loadPeer<ClassTransformer>('class-transformer') as ClassTransformer;
}

/** What `@Type` says of a property. */
export function typeMetadata(Class: Function, property: string): TypeMetadata | undefined {
  return theStorage()?.findTypeMetadata(Class, property);
}

/** Whether anything of `class-transformer` stands on a property. */
export function isTransformed(Class: Function, property: string, direction: Direction): boolean {
  const known = theStorage();
  if (known === undefined) return false;
  return (
    applies(known.findExposeMetadata(Class, property), direction) ||
    applies(known.findExcludeMetadata(Class, property), direction) ||
    hasTransform(Class, property, direction)
  );
}

/** Whether a function of the user's makes the value of a property. */
export function hasTransform(Class: Function, property: string, direction: Direction): boolean {
  return (theStorage()?.findTransformMetadatas(Class, property, DIRECTIONS[direction]).length ?? 0) > 0;
}

/** The properties of a class that carry `@Expose`, `@Exclude`, `@Transform` or `@Type`, in one direction. */
export function exposedProperties(Class: Function, direction: Direction): string[] {
  const found = theStorage()?.getExposedMetadatas(Class) ?? [];
  return found.filter((one) => applies(one, direction)).flatMap(({ propertyName }) => propertyName ?? []);
}

export function isExcluded(Class: Function, property: string, direction: Direction): boolean {
  return applies(theStorage()?.findExcludeMetadata(Class, property), direction);
}

/** Whether `@Expose` or `@Exclude` stands on the class itself, so that all of it is `class-transformer`'s business. */
export function isWhollyTransformed(Class: Function): boolean {
  return (theStorage()?.getStrategy(Class) ?? 'none') !== 'none';
}

/** The name under which a property is sent: that of `@Expose({ name })`, else its own. */
export function sentName(Class: Function, property: string): string {
  const exposed = theStorage()?.findExposeMetadata(Class, property);
  return (applies(exposed, 'toClass') && exposed?.options?.name) || property;
}

function applies(metadata: Noted | undefined, direction: Direction): boolean {
  if (metadata === undefined) return false;
  const { toClassOnly, toPlainOnly } = metadata.options ?? {};
  if (toClassOnly === toPlainOnly) return true;
  return direction === 'toClass' ? toClassOnly === true : toPlainOnly === true;
}

/**
 * Makes some properties of a class by `class-transformer`, from all of the plain object: through a class of its own that has only
 * these, with the same metadata.
 */
export function partTransformer(
  Class: Function,
  properties: readonly string[],
  groups: readonly string[] | undefined,
): (plain: object) => Record<string, unknown> {
  const known = theStorage() as Storage;
  const { plainToInstance } = theTransformer();
  const Part = class {};
  known.addExcludeMetadata({ target: Part, propertyName: undefined, options: {} });
  for (const property of properties) copyMetadata(known, Class, property, Part);
  const options = transformOptions(groups);
  return (plain) => plainToInstance(Part, plain, options);
}

function copyMetadata(known: Storage, Class: Function, property: string, Part: Function): void {
  const exposed = known.findExposeMetadata(Class, property);
  const excluded = known.findExcludeMetadata(Class, property);
  const type = known.findTypeMetadata(Class, property);
  if (excluded !== undefined) known.addExcludeMetadata({ ...excluded, target: Part });
  if (exposed !== undefined) known.addExposeMetadata({ ...exposed, target: Part });
  if (!applies(exposed, 'toClass') && !applies(excluded, 'toClass')) {
    known.addExposeMetadata({ target: Part, propertyName: property, options: {} });
  }
  if (type !== undefined) known.addTypeMetadata({ ...type, target: Part });
  for (const transform of known.findTransformMetadatas(Class, property, DIRECTIONS.toClass)) {
    known.addTransformMetadata({ ...transform, target: Part });
  }
}

/** Makes all of a class by `class-transformer`. */
export function wholeTransformer(
  Class: Function,
  groups: readonly string[] | undefined,
): (plain: object) => Record<string, unknown> {
  const { plainToInstance } = theTransformer();
  const options = transformOptions(groups);
  return (plain) => plainToInstance(Class, plain, options);
}

function transformOptions(groups: readonly string[] | undefined): object {
  return { exposeDefaultValues: true, ...(groups !== undefined && { groups: [...groups] }) };
}

/** Plain data from an instance, as `class-transformer` says. */
export function toPlain(instance: object): Record<string, unknown> {
  return theTransformer().instanceToPlain(instance, {});
}

/**
 * The name under which a property is sent to clients; `undefined` where a function of the user's, or a group or version, says
 * whether and how.
 */
export function plainName(Class: Function, property: string): string | undefined {
  if (hasTransform(Class, property, 'toPlain')) return undefined;
  const exposed = theStorage()?.findExposeMetadata(Class, property);
  if (exposed === undefined || !applies(exposed, 'toPlain')) return property;
  const { name, groups, since, until } = exposed.options ?? {};
  if ((groups?.length ?? 0) > 0 || since !== undefined || until !== undefined) return undefined;
  return name || property;
}

/** The name of a property of what `toPlain` gives. */
export function nameInPlain(Class: Function, property: string): string {
  return theStorage()?.findExposeMetadata(Class, property)?.options?.name || property;
}
