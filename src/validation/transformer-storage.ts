import { loadPeer } from '../support/load-peer.js';

interface DirectionOptions {
  readonly toClassOnly?: boolean;
  readonly toPlainOnly?: boolean;
  readonly groups?: readonly string[];
}

/** The metadata of one decorator of `class-transformer`. Class decorators have no property. */
interface MemberMetadata {
  readonly target: Function;
  readonly propertyName: string | undefined;
  readonly options?: (DirectionOptions & { readonly name?: string }) | undefined;
}

/** The metadata of `@Type`. */
export interface TypeMember extends Omit<MemberMetadata, 'options'> {
  readonly typeFunction?: ((help?: unknown) => unknown) | undefined;
  /** The type that the compiler emits. */
  readonly reflectedType?: unknown;
  readonly options?: { readonly discriminator?: DiscriminatorOptions } | undefined;
}

export interface DiscriminatorOptions {
  readonly property: string;
  readonly subTypes: readonly { readonly value: Function; readonly name: string }[];
}

/** The metadata of `@Transform`. */
interface TransformMember extends MemberMetadata {
  readonly transformFn: (parameters: TransformParameters) => unknown;
}

interface TransformParameters {
  readonly value: unknown;
  readonly key: string;
  readonly obj: object;
  readonly type: number;
  readonly options: object;
}

type ByProperty<M> = ReadonlyMap<Function, ReadonlyMap<string | undefined, M>>;

/** `class-transformer`'s metadata. The maps are the only way to list the properties with `@Type` or `@Transform`. */
interface TransformerStorage {
  readonly _typeMetadatas: ByProperty<TypeMember>;
  readonly _transformMetadatas: ByProperty<readonly TransformMember[]>;
  readonly _exposeMetadatas: ByProperty<MemberMetadata>;
  readonly _excludeMetadatas: ByProperty<MemberMetadata>;
  findTypeMetadata(target: Function, property: string): TypeMember | undefined;
  findTransformMetadatas(target: Function, property: string, direction: number): TransformMember[];
  findExposeMetadata(target: Function, property: string): MemberMetadata | undefined;
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
