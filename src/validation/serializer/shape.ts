import { type ClassProblem, ClassError } from '../class-error.js';
import { metadataByProperty } from '../compiler/validator-metadata.js';
import { classFacts, type Constructor, emittedType } from '../properties.js';
import {
  discriminatorOf,
  exposedProperties,
  hidesUnexposed,
  isLeftOut,
  nameInPlain,
  needsObject,
  type Transform,
  transformOf,
  typeMetadata,
} from '../transformer-metadata.js';
import { type Discriminator, decoratedProperties, type TypeFunction } from '../transformer-storage.js';

/** A property of the sent data. */
export interface ShapeProperty {
  readonly name: string;
  /** The name under which it is sent. */
  readonly sent: string;
  /** The declared type, or the type of the elements of a list, set or map. */
  readonly type: Function | undefined;
  /** Whether `@Type` declares the type. Scalars are then converted. */
  readonly isTyped: boolean;
  /** Whether objects are cut to the declared properties of the type. */
  readonly isNested: boolean;
  /** The subtypes of a nested object. */
  readonly discriminator: Discriminator | undefined;
  /** The type, if it depends on the object. */
  readonly typeFor: ((object: object) => unknown) | undefined;
  /** Whether it is a map, which may also be given as a plain object. */
  readonly isMap: boolean;
  /** The user's functions that compute the value. */
  readonly transform: Transform | undefined;
  /** Whether the value is the result of a method. */
  readonly isMethod: boolean;
}

/** The plain form of a class. */
export interface Shape {
  readonly properties: readonly ShapeProperty[];
  readonly problems: readonly ClassProblem[];
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object, String, Number, Boolean, BigInt, Symbol, Date, Array, Set, Map, Function, Promise, RegExp, URL, Buffer, Uint8Array, ArrayBuffer, Error,
]); // biome-ignore format: a list

/**
 * Collects the declared properties of a class: its fields, as a new instance shows them, and decorated properties, except those
 * that `class-transformer` does not send.
 */
export function shapeOf(Class: Constructor): Shape {
  const { sample, problems } = classFacts(Class);
  const exposed = new Set(exposedProperties(Class, 'toPlain'));
  const validated = Object.keys(metadataByProperty(Class, { always: true }));
  const declared = new Set([...Object.keys(sample), ...validated, ...decoratedProperties(Class)]);
  const properties = [...(hidesUnexposed(Class) ? exposed : declared)]
    .filter((name) => name !== '__proto__' && name !== 'constructor')
    .filter((name) => !isLeftOut(Class, name, 'toPlain'))
    .filter((name) => !isMethodOf(sample, name) || exposed.has(name))
    .map((name) => propertyShape(Class, name, sample));
  const instantiationProblems = problems.filter(({ property }) => property === undefined);
  if (properties.length > 0) return { properties, problems: [] };
  if (instantiationProblems.length > 0) return { properties, problems: instantiationProblems };
  const text = 'declares no properties that exist at run time, so that nothing can be sent';
  const cure = `decorate its properties (@Expose(), @IsString(), …), or compile with useDefineForClassFields`;
  return { properties, problems: [{ Class, text, cure }] };
}

/**
 * Adds the shapes of a class and of the classes that it nests.
 *
 * @throws ClassError if one of them declares no properties at run time
 */
export function collectShapes(Class: Function, shapes: Map<Function, Shape>): void {
  const problems: ClassProblem[] = [];
  const visit = (one: Function, hasSubtypes: boolean): void => {
    if (shapes.has(one)) return;
    const shape = shapeOf(one as Constructor);
    shapes.set(one, shape);
    // A base class without properties is complete if its subtypes have some.
    if (!hasSubtypes) problems.push(...shape.problems);
    for (const { isNested, type, discriminator } of shape.properties) {
      if (!isNested) continue;
      const subtypes = discriminator?.subTypes ?? [];
      visit(type as Function, subtypes.length > 0);
      for (const { value } of subtypes) visit(value, false);
    }
  };
  visit(Class, false);
  if (problems.length > 0) throw new ClassError(problems);
}

/** @throws ClassError if results of a class, or of a class that it nests, cannot be serialized */
export function checkShapes(Class: Function): void {
  if (!hasToJson(Class)) collectShapes(Class, new Map());
}

function propertyShape(Class: Constructor, name: string, sample: Readonly<Record<string, unknown>>): ShapeProperty {
  const { type: explicit, discriminator, typeFor } = typeDeclaration(Class, name) ?? {};
  const transform = transformOf(Class, name, 'toPlain');
  const isMethod = isMethodOf(sample, name);
  const declared = isMethod ? undefined : (emittedType(Class, name) ?? constructorOf(memberOf(sample, name)));
  const type = explicit ?? declared;
  // A function may return an object of another class than the declared one, unless `@Type` says otherwise.
  const isCertain = transform === undefined || explicit !== undefined;
  const isNested = isCertain && typeFor === undefined && type !== undefined && isClass(type);
  const isTyped = explicit !== undefined;
  const isMap = declared === Map || declared?.prototype instanceof Map;
  return { name, sent: nameInPlain(Class, name), type, isTyped, isNested, discriminator, typeFor, isMap, transform, isMethod };
}

/** How `@Type` declares the type of a property. */
interface DeclaredType extends Pick<ShapeProperty, 'typeFor' | 'discriminator'> {
  /** The type, if it does not depend on the object. */
  readonly type: Function | undefined;
}

/** What `@Type` declares; `undefined` without that decorator. */
function typeDeclaration(Class: Function, property: string): DeclaredType | undefined {
  const metadata = typeMetadata(Class, property);
  if (metadata === undefined) return undefined;
  const discriminator = discriminatorOf(metadata);
  const { typeFunction, reflectedType } = metadata;
  if (needsObject(metadata)) {
    const typeFor = (object: object): unknown => (typeFunction as TypeFunction)({ newObject: {}, object, property });
    return { type: undefined, typeFor, discriminator };
  }
  const type = typeFunction === undefined ? reflectedType : typeFunction();
  return { type: typeof type === 'function' ? type : undefined, typeFor: undefined, discriminator };
}

function isMethodOf(sample: object, name: string): boolean {
  return typeof memberOf(sample, name) === 'function';
}

/** A member of an object, its own or an inherited one. Getters are not called, because they may need values. */
function memberOf(sample: object, name: string): unknown {
  for (let owner: object | null = sample; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const member = Object.getOwnPropertyDescriptor(owner, name);
    if (member !== undefined) return member.value;
  }
  return undefined;
}

function constructorOf(value: unknown): Function | undefined {
  return value === undefined || value === null ? undefined : (value.constructor as Function | undefined);
}

/**
 * Whether objects of a type are cut to their declared properties. A class with a `toJSON` defines its own plain form, and
 * collections are sent by their elements.
 */
export function isClass(type: Function): boolean {
  const isCollection = [Array, Set, Map].some((Collection) => type.prototype instanceof Collection);
  return !BUILT_IN.has(type) && !isCollection && !hasToJson(type);
}

/** A class with a `toJSON` defines its own plain form. */
export function hasToJson(type: Function): boolean {
  return typeof (type.prototype as { toJSON?: unknown } | undefined)?.toJSON === 'function';
}
