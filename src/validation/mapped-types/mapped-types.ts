import { className } from '../class-error.js';
import { lineage } from '../transformer-storage.js';
import { copyOwnMetadata, declareTypes, hasMetadata, makeOptional } from './inherit-metadata.js';

/** A class that another one is made from. Its constructor works without arguments, as for all classes of requests. */
export type SourceClass<T extends object = object> = abstract new (...args: never[]) => T;

/** The instances of several classes in one. */
export type Intersection<Classes extends readonly SourceClass[]> = Classes extends readonly [
  SourceClass<infer First>,
  ...infer Rest extends readonly SourceClass[],
]
  ? First & Intersection<Rest>
  : unknown;

/**
 * Makes a class whose properties are all optional, for partial updates. It has the validators, the decorators of
 * `class-transformer` and the documents of the given class. Each validated property also has `@IsOptional()`, so `null` is
 * accepted too.
 *
 * Default values are left out. An instance has only the properties that a client sends, so that `Object.assign(post, update)`
 * leaves the others as they are.
 *
 * @throws TypeError if `Class` is not a class
 *
 * @example
 * class UpdatePost extends PartialType(NewPost) {}
 * @see https://docs.nestjs.com/openapi/mapped-types
 */
export function PartialType<T extends object>(Class: SourceClass<T>): new () => Partial<T> {
  const Mapped = mappedType('Partial', [{ Class, keeps: () => true }], { isPartial: true });
  makeOptional(Mapped);
  declareTypes(Mapped, defaultsOf(Class));
  return Mapped as new () => Partial<T>;
}

/**
 * Makes a class with some properties of another one, with their validators, decorators of `class-transformer`, documents and
 * default values.
 *
 * @param names the properties of the new class
 * @throws TypeError if `Class` is not a class
 *
 * @example
 * class Login extends PickType(User, ['email', 'password']) {}
 * @see https://docs.nestjs.com/openapi/mapped-types
 */
export function PickType<T extends object, K extends keyof T>(Class: SourceClass<T>, names: readonly K[]): new () => Pick<T, K> {
  const kept = new Set<PropertyKey>(names);
  return mappedType('Pick', [{ Class, keeps: (name) => kept.has(name) }]) as new () => Pick<T, K>;
}

/**
 * Makes a class with all properties of another one except some, with their validators, decorators of `class-transformer`,
 * documents and default values.
 *
 * @param names the properties that the new class does not have
 * @throws TypeError if `Class` is not a class
 *
 * @example
 * class PublicUser extends OmitType(User, ['password']) {}
 * @see https://docs.nestjs.com/openapi/mapped-types
 */
export function OmitType<T extends object, K extends keyof T>(Class: SourceClass<T>, names: readonly K[]): new () => Omit<T, K> {
  const omitted = new Set<PropertyKey>(names);
  return mappedType('Omit', [{ Class, keeps: (name) => !omitted.has(name) }]) as new () => Omit<T, K>;
}

/**
 * Makes a class with the properties of several classes, with their validators, decorators of `class-transformer`, documents and
 * default values. A property of several classes has the validators of all of them, and the type and the default value of the last
 * one that has any.
 *
 * @throws TypeError if one of the arguments is not a class
 *
 * @example
 * class Search extends IntersectionType(Filter, Pagination) {}
 * @see https://docs.nestjs.com/openapi/mapped-types
 */
export function IntersectionType<Classes extends readonly SourceClass[]>(...classes: Classes): new () => Intersection<Classes> {
  const parts = classes.map((Class) => ({ Class, keeps: () => true }));
  return mappedType('Intersection', parts) as new () => Intersection<Classes>;
}

/** A class, and which of its properties the new class has. */
interface Part {
  readonly Class: SourceClass;
  keeps(name: PropertyKey): boolean;
}

function mappedType(kind: string, parts: readonly Part[], { isPartial = false } = {}): new () => object {
  for (const { Class } of parts) {
    if (typeof Class !== 'function') throw new TypeError(`${kind}Type takes a class, not ${String(Class)}.`);
  }
  class Fields {
    constructor() {
      for (const { Class, keeps } of parts) {
        const source = create(Class);
        for (const name of Reflect.ownKeys(source).filter(keeps)) {
          // Only fields without decorators are defined, because nothing else declares them.
          if (isPartial && hasMetadata(Class, name)) continue;
          const own: unknown = isPartial ? undefined : Reflect.get(source, name);
          const value: unknown = own === undefined && Object.hasOwn(this, name) ? Reflect.get(this, name) : own;
          Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
        }
      }
    }
  }
  const lineages = parts.map(({ Class, keeps }) => ({ classes: lineage(Class).reverse(), keeps }));
  const depth = Math.max(...lineages.map(({ classes }) => classes.length));
  // The new class extends as many classes as the given one, because decorators of a class replace those of the classes below.
  let Mapped: new () => object = Fields;
  for (let level = depth - 1; level >= 0; level--) {
    Mapped = class extends Mapped {};
    for (const { classes, keeps } of lineages) {
      const Source = classes[level];
      if (Source === undefined) continue;
      copyMembers(Source, Mapped, keeps);
      copyOwnMetadata(Source, Mapped, keeps);
    }
  }
  Object.defineProperty(Mapped, 'name', { value: kind + parts.map(({ Class }) => className(Class)).join('And') });
  return Mapped;
}

function create(Class: SourceClass): object {
  return new (Class as unknown as new () => object)();
}

/** A new instance, or an empty object if the class needs arguments, which is reported where the new class is used. */
function defaultsOf(Class: SourceClass): Record<string, unknown> {
  try {
    return create(Class) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** `constructor` is the new class's own. A `toJSON` would write properties that the new class does not have. */
const NOT_COPIED: ReadonlySet<PropertyKey> = new Set(['constructor', 'toJSON', '__proto__']);

/** Copies the accessors and methods of a class itself. */
function copyMembers(Source: Function, Target: Function, keeps: (name: PropertyKey) => boolean): void {
  const { prototype } = Source as { prototype: object };
  for (const name of Reflect.ownKeys(prototype)) {
    if (NOT_COPIED.has(name) || !keeps(name)) continue;
    const member = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    Object.defineProperty(Target.prototype, name, { ...member, configurable: true });
  }
}
