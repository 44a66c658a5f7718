import { loadPeer } from '../support/load-peer.js';

/** The metadata of one decorator of `class-transformer`. Class decorators have no property. */
interface MemberMetadata<Options> {
  readonly target: Function;
  readonly propertyName: string | undefined;
  readonly options?: Options | undefined;
}

interface MemberOptions {
  readonly groups?: readonly string[];
  readonly toClassOnly?: boolean;
  readonly toPlainOnly?: boolean;
}

/** The metadata of `@Expose` or `@Exclude`. */
export type AccessMetadata = MemberMetadata<MemberOptions & { readonly name?: string }>;

/** The metadata of `@Type`. */
export interface TypeMetadata extends MemberMetadata<TypeOptions> {
  readonly typeFunction?: TypeFunction | undefined;
  /** The type that the compiler emits. */
  readonly reflectedType?: unknown;
}

interface TypeOptions {
  readonly discriminator?: Discriminator;
  readonly keepDiscriminatorProperty?: boolean;
}

/** The function of `@Type`. Its argument is the context of the value, for types that depend on it. */
export type TypeFunction = (context?: { newObject: object; object: object; property: string }) => unknown;

/** How a property of a plain object names the subclass that it becomes an instance of. */
export interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: string; readonly value: Function }[];
}

/** The metadata of `@Transform`. */
interface TransformMetadata extends MemberMetadata<MemberOptions> {
  readonly transformFn: (params: { value: unknown; key: string; obj: object; type: number; options: object }) => unknown;
}

type ByProperty<M> = ReadonlyMap<Function, ReadonlyMap<string | undefined, M>>;

/** The parts of `class-transformer`'s metadata storage that are used. */
interface TransformerStorage {
  // Private members, because no public one lists the properties with @Type or @Transform.
  readonly _typeMetadatas: ByProperty<TypeMetadata>;
  readonly _transformMetadatas: ByProperty<readonly TransformMetadata[]>;
  readonly _exposeMetadatas: ByProperty<AccessMetadata>;
  readonly _excludeMetadatas: ByProperty<AccessMetadata>;
  findTypeMetadata(target: Function, property: string): TypeMetadata | undefined;
  findTransformMetadatas(target: Function, property: string, direction: number): TransformMetadata[];
  findExposeMetadata(target: Function, property: string): AccessMetadata | undefined;
  findExcludeMetadata(target: Function, property: string): AccessMetadata | undefined;
  getExposedMetadatas(target: Function): AccessMetadata[];
  getStrategy(target: Function): 'none' | 'excludeAll' | 'exposeAll';
  addTypeMetadata(metadata: object): void;
  addTransformMetadata(metadata: object): void;
  addExposeMetadata(metadata: object): void;
  addExcludeMetadata(metadata: object): void;
}

let storage: TransformerStorage | undefined | null = null;

/** `undefined` if `class-transformer` is not installed. */
export function transformerStorage(): TransformerStorage | undefined {
  if (storage === null) {
    const file = 'class-transformer/cjs/storage.js';
    storage = loadPeer<{ defaultMetadataStorage: TransformerStorage }>(file)?.defaultMetadataStorage;
  }
  return storage;
}

/** The properties of a class, own and inherited, with any decorator of `class-transformer`, in the order of declaration. */
export function decoratedProperties(Class: Function): string[] {
  const known = transformerStorage();
  if (known === undefined) return [];
  const { _typeMetadatas, _transformMetadatas, _exposeMetadatas, _excludeMetadatas } = known;
  const names = new Set<string>();
  for (const owner of lineage(Class)) {
    for (const all of [_exposeMetadatas, _typeMetadatas, _transformMetadatas, _excludeMetadatas]) {
      for (const name of all.get(owner)?.keys() ?? []) if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

/** A class after the classes that it extends. */
export function lineage(Class: Function): Function[] {
  const base = Object.getPrototypeOf(Class) as Function | null;
  return base === null || base === Function.prototype ? [Class] : [...lineage(base), Class];
}
