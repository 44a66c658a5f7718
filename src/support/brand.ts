// Two copies of the package may be loaded in one process: a linked library, a monorepo, two versions. `instanceof` knows only the classes
// of its own copy. A registered symbol on the prototype is the same in all copies.

type AnyClass = abstract new (...args: never[]) => object;

/** The symbol that marks a class of this name. */
export function brandOf(name: string): symbol {
  return Symbol.for(`bottlenose.class.${name}`);
}

/** Marks a class, so that `isBranded` and `isClassNamed` recognise it in other copies of the package. */
export function brand(Class: Function, name: string): void {
  Object.defineProperty(Class.prototype, brandOf(name), { value: true });
}

/**
 * Marks a class, and makes `instanceof` accept the instances of the same class of other copies. Only the public members of such an
 * instance may be used. For subclasses, `instanceof` works as usual.
 */
export function brandInstances(Class: AnyClass, name: string): void {
  brand(Class, name);
  const symbol = brandOf(name);
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this === Class) return typeof value === 'object' && value !== null && symbol in value;
      return Function.prototype[Symbol.hasInstance].call(this as Function, value);
    },
  });
}

/** Whether a value is an instance of the class of this name, of any copy of the package. */
export function isBranded(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && brandOf(name) in value;
}

/** Whether a value is the class of this name itself, not a subclass, of any copy of the package. */
export function isClassNamed(value: unknown, name: string): boolean {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, brandOf(name));
}

/** A value that all copies of the package in this process share. The first one creates it. */
export function sharedValue<T>(name: string, create: () => T): T {
  const values = globalThis as unknown as Record<symbol, T | undefined>;
  const symbol = Symbol.for(`bottlenose.${name}`);
  values[symbol] ??= create();
  return values[symbol] as T;
}
