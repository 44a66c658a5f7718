import { type DiscriminatorOptions, decoratedProperties, transformerStorage, type TypeMember } from '../transformer-storage.js';

// The value of class-transformer's TransformationType.CLASS_TO_PLAIN.
const CLASS_TO_PLAIN = 1;

/** Computes the sent value of a property with the user's `@Transform` functions. */
export type Transform = (value: unknown, object: object) => unknown;

/** The `@Transform` functions of a property for sent data, in `class-transformer`'s order; `undefined` if there are none. */
export function plainTransform(Class: Function, key: string): Transform | undefined {
  const found = transformerStorage()?.findTransformMetadatas(Class, key, CLASS_TO_PLAIN) ?? [];
  // No groups are requested, so the functions of groups do not apply.
  const functions = found.filter(({ options }) => (options?.groups ?? []).length === 0).map(({ transformFn }) => transformFn);
  if (functions.length === 0) return undefined;
  const common = { key, type: CLASS_TO_PLAIN, options: {} };
  return (value, obj) => functions.reduce((before, transform) => transform({ ...common, value: before, obj }), value);
}

/** Whether a property is sent only for some groups. No groups are requested. */
export function isGrouped(Class: Function, property: string): boolean {
  return (transformerStorage()?.findExposeMetadata(Class, property)?.options?.groups ?? []).length > 0;
}

/** Whether only the exposed properties of a class are sent. */
export function isExcludedClass(Class: Function): boolean {
  return transformerStorage()?.getStrategy(Class) === 'excludeAll';
}

/** How `@Type` declares the type of a property. */
interface DeclaredType {
  /** The type, if it does not depend on the object. */
  readonly type: Function | undefined;
  /** The type for an object, if it depends on it. */
  readonly typeFor: ((object: object) => unknown) | undefined;
  readonly discriminator: DiscriminatorOptions | undefined;
}

/** What `@Type` declares; `undefined` without that decorator. */
export function typeDeclaration(Class: Function, property: string): DeclaredType | undefined {
  const metadata = transformerStorage()?.findTypeMetadata(Class, property);
  if (metadata === undefined) return undefined;
  const { discriminator } = metadata.options ?? {};
  const isComplete = discriminator?.property !== undefined && Array.isArray(discriminator.subTypes);
  const common = { discriminator: isComplete ? discriminator : undefined };
  const { typeFunction } = metadata;
  if (typeFunction !== undefined && typeFunction.length > 0) {
    return { ...common, type: undefined, typeFor: (object) => typeFunction({ newObject: {}, object, property }) };
  }
  const type = typeOfMember(metadata);
  return { ...common, type: typeof type === 'function' ? type : undefined, typeFor: undefined };
}

function typeOfMember({ typeFunction, reflectedType }: TypeMember): unknown {
  return typeFunction === undefined ? reflectedType : typeFunction();
}

const decorated = new WeakMap<Function, boolean>();

/** Whether `class-transformer` treats objects of a class differently from plain objects. */
export function isDecorated(Class: Function): boolean {
  let known = decorated.get(Class);
  if (known === undefined) {
    known = transformerStorage()?.getStrategy(Class) === 'excludeAll' || decoratedProperties(Class).length > 0;
    decorated.set(Class, known);
  }
  return known;
}
