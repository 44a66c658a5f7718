import 'reflect-metadata/lite';
import type { ClassRecord, MethodMarks } from './class-record.js';

// Registered, so that two copies of the package in one process read each other's marks.
const MARKS = Symbol.for('bottlenose:marks');
// What standard decorators without `context.metadata` leave at a method itself.
const METHOD_MARKS = Symbol.for('bottlenose:method-marks');

/**
 * Standard decorators leave their metadata at `Symbol.metadata`, which Node 20 and 22 do not have. Compilers look for it when a
 * class is evaluated, hence after this module, from which the class has its decorators. esbuild falls back to the same symbol.
 */
function metadataSymbol(): symbol {
  const known = Symbol as unknown as { metadata?: symbol };
  if (known.metadata === undefined) {
    Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), configurable: true, writable: true });
  }
  return known.metadata as symbol;
}
const METADATA = metadataSymbol();

let order = 0;

/** The marks of a method in a record, made when there are none yet. */
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

/** Whether a decorator was applied in the standard way, `(value, context)`. */
export function isContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'addInitializer' in value;
}

/** The record that belongs to a class or to its prototype, kept in `reflect-metadata`'s weak map. */
export function recordOn(target: object, symbol = MARKS): ClassRecord {
  let record = Reflect.getOwnMetadata(symbol, target) as ClassRecord | undefined;
  if (record === undefined) {
    record = newRecord();
    Reflect.defineMetadata(symbol, record, target);
  }
  return record;
}

/** The record that belongs to a standard decorator's context. */
export function recordIn(context: DecoratorContext, value: unknown): ClassRecord {
  const metadata = context.metadata as Record<PropertyKey, unknown> | undefined;
  if (metadata === undefined) {
    // A field has no value to remember it by, so a mark on it is lost.
    return typeof value === 'function' ? recordOn(value, context.kind === 'class' ? MARKS : METHOD_MARKS) : newRecord();
  }
  // A subclass's metadata inherits from its parent's.
  if (!Object.hasOwn(metadata, MARKS)) metadata[MARKS] = newRecord();
  return metadata[MARKS] as ClassRecord;
}

/** Everything recorded about one class, without its parents. */
export function ownRecords(Class: Function): ClassRecord[] {
  const records: ClassRecord[] = [];
  const add = (target: unknown, symbol: symbol): void => {
    if ((typeof target !== 'object' && typeof target !== 'function') || target === null) return;
    const record = Reflect.getOwnMetadata(symbol, target) as ClassRecord | undefined;
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

/** The types that the compiler emitted for a method, of the nearest class that has them; `parameters` is `undefined` where it emitted none. */
export function emittedTypes(
  Class: Function,
  key: PropertyKey,
): { parameters: (Function | undefined)[] | undefined; result?: Function } {
  const target = Class.prototype as object;
  const name = key as string | symbol;
  const parameters = Reflect.getMetadata('design:paramtypes', target, name) as unknown[] | undefined;
  return {
    parameters: parameters?.map(declaredClass),
    result: declaredClass(Reflect.getMetadata('design:returntype', target, name)),
  };
}

// `Object` is what compilers emit for everything that is no class: interfaces, unions, `unknown`.
function declaredClass(type: unknown): Function | undefined {
  return typeof type === 'function' && type !== Object ? type : undefined;
}
