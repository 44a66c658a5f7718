import { loadPeer } from '../support/load-peer.js';

/** The metadata of `@Type`. */
export interface TypeMetadata {
  readonly typeFunction?: TypeFunction | undefined;
  readonly options?: { readonly discriminator?: Discriminator; readonly keepDiscriminatorProperty?: boolean };
}

/** The function of `@Type`. Its argument is the context of the value, for types that depend on it. */
export type TypeFunction = (context?: { newObject: object; object: object; property: string }) => unknown;

/** How a property of a plain object names the subclass that it becomes an instance of. */
export interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: unknown; readonly value: Function }[];
}

/** The metadata of `@Transform`. */
interface TransformMetadata extends MemberMetadata {
  readonly transformFn: (params: TransformParams) => unknown;
}

/** The argument of the function of `@Transform`. */
interface TransformParams {
  value: unknown;
  key: string;
  obj: object;
  type: number;
  options: object;
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

type MetadataByClass = ReadonlyMap<Function, ReadonlyMap<string | undefined, unknown>>;

/** The parts of `class-transformer`'s metadata storage that are used. */
interface Storage {
  findTypeMetadata(target: Function, property: string): TypeMetadata | undefined;
  findTransformMetadatas(target: Function, property: string, direction: number): TransformMetadata[];
  findExposeMetadata(target: Function, property: string): Metadata | undefined;
  findExcludeMetadata(target: Function, property: string): Metadata | undefined;
  getExposedMetadatas(target: Function): Metadata[];
  getExcludedMetadatas(target: Function): Metadata[];
  getStrategy(target: Function): 'none' | 'excludeAll' | 'exposeAll';
  // Private members, because no public one lists the properties with @Type or @Transform.
  readonly _typeMetadatas: MetadataByClass;
  readonly _transformMetadatas: MetadataByClass;
}

interface ClassTransformer {
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

/** Whether a user's function creates the value of a property. */
export function hasTransform(Class: Function, property: string, direction: Direction): boolean {
  return (metadataStorage()?.findTransformMetadatas(Class, property, DIRECTIONS[direction]).length ?? 0) > 0;
}

/** The properties of a class with any decorator of `class-transformer`, its own and inherited ones. */
export function decoratedProperties(Class: Function): string[] {
  const known = metadataStorage();
  if (known === undefined) return [];
  const names = [...known.getExposedMetadatas(Class), ...known.getExcludedMetadatas(Class)].map((one) => one.propertyName);
  for (
    let owner = Class as Function | null;
    typeof owner === 'function';
    owner = Object.getPrototypeOf(owner) as Function | null
  ) {
    for (const byClass of [known._typeMetadatas, known._transformMetadatas]) names.push(...(byClass.get(owner)?.keys() ?? []));
  }
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** The properties of a class with `@Expose` in one direction. */
export function exposedProperties(Class: Function, direction: Direction): string[] {
  const found = metadataStorage()?.getExposedMetadatas(Class) ?? [];
  return found.filter((one) => applies(one, direction)).flatMap(({ propertyName }) => propertyName ?? []);
}

export function isExcluded(Class: Function, property: string, direction: Direction): boolean {
  return applies(metadataStorage()?.findExcludeMetadata(Class, property), direction);
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

/** How `class-transformer` takes a property from plain data. */
interface Taking {
  /** Whether the property is left out: by `@Exclude`, by a group, or as one that an excluded class does not expose. */
  readonly isLeftOut: boolean;
  /** Whether `@Expose` applies. The property is then set even if the plain object does not have it. */
  readonly isExposed: boolean;
}

/** How `class-transformer` takes a property from plain data, in the given groups. */
export function takingOf(Class: Function, property: string, groups: readonly string[] | undefined): Taking {
  const exposed = metadataStorage()?.findExposeMetadata(Class, property);
  const isExposed = applies(exposed, 'toClass');
  const isUnexposed = hidesUnexposed(Class) && !isExposed;
  const isLeftOut = isUnexposed || isExcluded(Class, property, 'toClass') || !isInGroups(exposed?.options?.groups, groups);
  return { isLeftOut, isExposed };
}

/** Whether `@Exclude` stands on the class itself, so that it takes only the properties with `@Expose`. */
export function hidesUnexposed(Class: Function): boolean {
  return metadataStorage()?.getStrategy(Class) === 'excludeAll';
}

/** Whether metadata with groups applies. Metadata without groups always applies. */
function isInGroups(own: readonly string[] | undefined, groups: readonly string[] | undefined): boolean {
  if (groups !== undefined && groups.length > 0) return own === undefined || groups.some((group) => own.includes(group));
  return own === undefined || own.length === 0;
}

/** Calls the `@Transform` functions of a property, in the order of `class-transformer`. */
export type Transform = (value: unknown, plain: object) => unknown;

/** The `@Transform` functions of a property as one function; `undefined` without any. */
export function transformOf(Class: Function, property: string, groups: readonly string[] | undefined): Transform | undefined {
  const all = metadataStorage()?.findTransformMetadatas(Class, property, DIRECTIONS.toClass) ?? [];
  const functions = all.filter((one) => isInGroups(one.options?.groups, groups)).map(({ transformFn }) => transformFn);
  if (functions.length === 0) return undefined;
  const options = { ...TRANSFORM_OPTIONS, groups: groups === undefined ? undefined : [...groups] };
  return (value, plain) =>
    functions.reduce<unknown>(
      (made, transform) => transform({ value: made, key: property, obj: plain, type: DIRECTIONS.toClass, options }),
      value,
    );
}

/** The options that `plainToInstance` passes to the functions. */
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

/** Converts an instance to plain data with `class-transformer`. */
export function toPlain(instance: object): Record<string, unknown> {
  return transformer().instanceToPlain(instance, {});
}

/** The name of a property in the result of `toPlain`. */
export function nameInPlain(Class: Function, property: string): string {
  return metadataStorage()?.findExposeMetadata(Class, property)?.options?.name || property;
}
