import { createRequire } from 'node:module';
import type {} from 'reflect-metadata/lite';
import type { ClassRecord, MethodMarks } from './class-record.js';

// Required before any decorator runs, because compilers emit calls of `Reflect.metadata`. `import` of a CommonJS package would parse
// it in JavaScript to find its names (benchmark: `bench --only startup`).
if (Reflect.getOwnMetadata === undefined) {
  try {
    createRequire(import.meta.url)('reflect-metadata/lite');
  } catch {
    // A program in one file, without packages beside it. `recordOn` says what to do if it has controllers.
  }
}

// Registered symbols, so that two copies of the package in one process share their marks.
const MARKS = Symbol.for('bottlenose:marks');
// The marks that standard decorators without `context.metadata` store on the method itself.
const METHOD_MARKS = Symbol.for('bottlenose:method-marks');

/**
 * Returns `Symbol.metadata`, and defines it if it is missing, as in Node 20 and 22. Standard decorators store metadata under this symbol.
 * Compiled code reads it when a class is evaluated, which is after this module was loaded. esbuild falls back to the same symbol.
 */
function metadataSymbol(): symbol {
  const known = Symbol as unknown as { metadata?: symbol };
  if (known.metadata === undefined) {
    Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), configurable: true, writable: true });
  }
  return known.metadata as symbol;
}
const METADATA = metadataSymbol();

const NO_METADATA =
  "Decorators need 'reflect-metadata', which this program cannot load: write import 'reflect-metadata' as its first import, or leave " +
  "'bottlenose' external in the bundle.";

let order = 0;

/** Returns the marks of a method in a record, and creates them on first use. */
export function methodMarks(record: ClassRecord, key: PropertyKey): MethodMarks {
  let marks = record.methods.get(key);
  if (marks === undefined) {
    marks = { key, order: order++, sources: new Map(), extras: new Map() };
    record.methods.set(key, marks);
  }
  return marks;
}

function newRecord(): ClassRecord {
  return { marks: { extras: new Map() }, methods: new Map(), faults: [] };
}

/** Whether a value is the context of a standard decorator, which is applied as `(value, context)`. */
export function isContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'addInitializer' in value;
}

/** Returns the record of a class or its prototype, and creates it on first use. `reflect-metadata` stores it. */
export function recordOn(target: object, symbol = MARKS): ClassRecord {
  if (Reflect.getOwnMetadata === undefined) throw new TypeError(NO_METADATA);
  let record = Reflect.getOwnMetadata(symbol, target) as ClassRecord | undefined;
  if (record === undefined) {
    record = newRecord();
    Reflect.defineMetadata(symbol, record, target);
  }
  return record;
}

/** Returns the record for the context of a standard decorator. */
export function recordIn(context: DecoratorContext, value: unknown): ClassRecord {
  const metadata = context.metadata as Record<PropertyKey, unknown> | undefined;
  if (metadata === undefined) {
    // A field has no value to store the record on, so its marks are discarded.
    return typeof value === 'function' ? recordOn(value, context.kind === 'class' ? MARKS : METHOD_MARKS) : newRecord();
  }
  // A subclass's metadata inherits from its parent's.
  if (!Object.hasOwn(metadata, MARKS)) metadata[MARKS] = newRecord();
  return metadata[MARKS] as ClassRecord;
}

/** Returns all records of a class, without those of its parents. */
export function ownRecords(Class: Function): ClassRecord[] {
  const records: ClassRecord[] = [];
  const add = (target: unknown, symbol: symbol): void => {
    if ((typeof target !== 'object' && typeof target !== 'function') || target === null) return;
    const record = Reflect.getOwnMetadata?.(symbol, target) as ClassRecord | undefined;
    if (record !== undefined) records.push(record);
  };
  if (Object.hasOwn(Class, METADATA)) {
    const metadata = (Class as unknown as Record<symbol, object | null>)[METADATA];
    if (metadata && Object.hasOwn(metadata, MARKS)) records.push((metadata as Record<symbol, ClassRecord>)[MARKS]!);
  }
  add(Class, MARKS);
  add(Class.prototype, MARKS);
  for (const owner of [Class, Class.prototype as object | undefined]) {
    if (!owner) continue;
    for (const key of Reflect.ownKeys(owner)) {
      const member = Object.getOwnPropertyDescriptor(owner, key)!;
      add(member.get ?? member.set ?? member.value, METHOD_MARKS);
    }
  }
  return records;
}

/** Returns the emitted types of a method, from the nearest class that has them. `parameters` is `undefined` if there are none. */
export function emittedTypes(
  Class: Function,
  key: PropertyKey,
): { parameters: (Function | undefined)[] | undefined; result?: Function } {
  const target = Class.prototype as object;
  const name = key as string | symbol;
  const parameters = Reflect.getMetadata?.('design:paramtypes', target, name) as unknown[] | undefined;
  return {
    parameters: parameters?.map(declaredClass),
    result: declaredClass(Reflect.getMetadata?.('design:returntype', target, name)),
  };
}

// Compilers emit `Object` for every type that is not a class: interfaces, unions, `unknown`.
function declaredClass(type: unknown): Function | undefined {
  return typeof type === 'function' && type !== Object ? type : undefined;
}
