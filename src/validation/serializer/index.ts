import type { Constructor } from '../properties.js';
import type { Discriminator } from '../transformer-storage.js';
import { collectShapes, hasToJson, isClass, type Shape, type ShapeProperty } from './shape.js';
import { valueText } from './json-text.js';
import { makeWriter, type ObjectText, type PropertyWriter, type WriterMaker } from './object-writer.js';
import { isConverted, scalarOf } from './scalar-form.js';

/** Converts a value to JSON with the declared properties of a class only. Returns `undefined` where `JSON.stringify` does. */
export type Serialize = (value: unknown) => string | undefined;

/**
 * Compiles the serializer of a class. It works like `JSON.stringify` of what `class-transformer`'s `instanceToPlain` returns, but
 * omits undeclared properties, also in nested classes whose types are known. A list is serialized by its elements.
 *
 * @param make how to make the writers of objects. By default, whether code generation is allowed decides.
 * @throws ClassError if the class or a nested class declares no properties at run time
 */
export function compileSerializer(Class: Constructor, make: WriterMaker = makeWriter): Serialize {
  if (hasToJson(Class)) return toJsonSerializer(Class);
  const own = new ObjectWriters(make).for(Class);
  return (value) => nestedText(value, '', own);
}

/** The writers of a class and of the classes that it nests. */
class ObjectWriters {
  readonly #make: WriterMaker;
  readonly #shapes = new Map<Function, Shape>();
  readonly #writers = new Map<Function, ObjectText>();

  constructor(make: WriterMaker) {
    this.#make = make;
  }

  /** @throws ClassError if the class or a nested class declares no properties at run time */
  for(Class: Constructor): ObjectText {
    collectShapes(Class, this.#shapes);
    return this.#writer(Class);
  }

  #writer(Class: Function): ObjectText {
    let writer = this.#writers.get(Class);
    if (writer === undefined) {
      writer = this.#create(Class);
      this.#writers.set(Class, writer);
    }
    return writer;
  }

  #create(Class: Function, constant?: { name: string; value: unknown }): ObjectText {
    const { properties } = this.#shapes.get(Class) as Shape;
    const writers = properties.map((property) => this.#property(Class, property));
    if (constant !== undefined) {
      const { name, value } = constant;
      const known = writers.findIndex((writer) => writer.name === name);
      const writer = { name, sent: writers[known]?.sent ?? name, compute: () => value, text: undefined, isNumber: false };
      writers.splice(known < 0 ? writers.length : known, 1, writer);
    }
    return this.#make(writers);
  }

  #property(Class: Function, property: ShapeProperty): PropertyWriter {
    const { name, sent, type } = property;
    return { name, sent, compute: computed(Class, property), text: this.#text(property), isNumber: type === Number };
  }

  #text({ sent, type, isNested, discriminator, typeFor }: ShapeProperty): PropertyWriter['text'] {
    if (typeFor !== undefined) {
      return (value, object) => {
        const found = typeFor(object);
        if (typeof found !== 'function' || !isClass(found)) return valueText(value, sent);
        return nestedText(value, sent, this.for(found as Constructor));
      };
    }
    if (!isNested) return undefined;
    // Created at the first object, because classes may nest each other.
    let own: ObjectText | undefined;
    return (value) => {
      own ??= discriminator === undefined ? this.#writer(type as Function) : this.#subtypeText(type as Function, discriminator);
      return nestedText(value, sent, own);
    };
  }

  /** Writes an object with the writer of its subtype, and the discriminator's property with the subtype's name. */
  #subtypeText(base: Function, { property, subTypes }: Discriminator): ObjectText {
    const subtypes = subTypes.map(({ value: Class, name }) => ({
      Class,
      name,
      write: this.#create(Class, { name: property, value: name }),
    }));
    const writeBase = this.#writer(base);
    return (value) => {
      const found =
        subtypes.find(({ Class }) => value.constructor === Class) ??
        subtypes.find(({ Class }) => value instanceof Class) ??
        (value.constructor === base
          ? undefined
          : subtypes.find(({ name }) => (value as Record<string, unknown>)[property] === name));
      return (found?.write ?? writeBase)(value);
    };
  }
}

/** How the value of a property is computed; `undefined` if it is only read. */
function computed(Class: Function, property: ShapeProperty): PropertyWriter['compute'] {
  const { name, type, isTyped, isMap, transform, isMethod } = property;
  const isScalar = isTyped && type !== undefined && isConverted(type);
  if (transform === undefined && !isMethod && !isScalar && !isMap) return undefined;
  return (object) => {
    const source = (transform === undefined ? object : asInstance(Class, object)) as Record<string, unknown>;
    const raw = source[name];
    const changed = transform === undefined ? raw : transform(raw, source);
    const called: unknown = isMethod && changed === raw && typeof raw === 'function' ? raw.call(source) : changed;
    const result = (isMap || raw instanceof Map) && isPlain(called) ? new Map(Object.entries(called as object)) : called;
    return isScalar ? scalarOf(type, result) : result;
  };
}

/** A class with its own `toJSON` declares the result of that method. Nothing is known about other values. */
function toJsonSerializer(Class: Constructor): Serialize {
  const { toJSON } = Class.prototype as { toJSON(): unknown };
  return (value) => {
    const isOwn = (one: unknown): boolean =>
      typeof one !== 'object' || one === null || (one as { toJSON?: unknown }).toJSON === toJSON;
    const text = (one: unknown): unknown => (isOwn(one) ? one : Object.assign(Object.create(Class.prototype as object), one));
    return JSON.stringify(Array.isArray(value) ? value.map(text) : text(value));
  };
}

/** Serializes a value of a class, or a list, set or map of such values. */
function nestedText(value: unknown, key: string, own: ObjectText): string | undefined {
  if (typeof value !== 'object' || value === null) return valueText(value, key);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    let text = '[';
    for (let i = 0; i < value.length; i++) {
      const one: unknown = value[i];
      if (i > 0) text += ',';
      text += isPlain(one) ? own(one as object) : (nestedText(one, String(i), own) ?? 'null');
    }
    return `${text}]`;
  }
  if (isPlain(value)) return own(value);
  if (value instanceof Set) return nestedText([...value], key, own);
  if (value instanceof Map) return mapText(value, own);
  if (isBoxed(value)) return valueText(value, key);
  const { toJSON } = value as { toJSON?: unknown };
  // The result of `toJSON` is a plain value without further conversion.
  const form: unknown = typeof toJSON === 'function' ? toJSON.call(value, key) : value;
  if (typeof form !== 'object' || form === null) return valueText(form, key);
  return Array.isArray(form) ? nestedText(form, key, own) : own(form);
}

function mapText(map: ReadonlyMap<unknown, unknown>, own: ObjectText): string {
  const members = Object.entries(Object.fromEntries(map)).flatMap(([name, value]) => {
    const text = nestedText(value, name, own);
    return text === undefined ? [] : `${JSON.stringify(name)}:${text}`;
  });
  return `{${members.join(',')}}`;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value);
}

function isBoxed(value: unknown): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof Date;
}

/** An object as an instance of a class, for functions that compute values. */
function asInstance(Class: Function, value: object): object {
  return value instanceof Class ? value : Object.assign(Object.create(Class.prototype as object), value);
}
