import type { ClassMarks, ClassRecord, Fault, MethodMarks } from './class-record.js';
import { ownRecords } from './metadata.js';

/** A class of the inheritance chain, with the records of its own decorators. */
interface Layer {
  Class: Function;
  records: ClassRecord[];
}

/** A method with its effective marks: its own override those of the methods that it overrides. */
export interface InheritedMethod {
  key: PropertyKey;
  marks: MethodMarks;
  /** The current method of the class; `undefined` if a decorator replaced it by an accessor. */
  current: Function | undefined;
  /** The method as written, if one of our decorators received it. */
  original: Function | undefined;
  /** The overridden methods, nearest first. */
  overridden: Function[];
}

interface Inherited {
  /** The marks of the classes, base class first. */
  classes: ClassMarks[];
  /** The methods, those of the base class first, in source order. */
  methods: InheritedMethod[];
  faults: { Class: Function; fault: Fault }[];
}

/** Collects the metadata of a class and its parents. That of a subclass overrides that of its parent. */
export function resolveInheritance(Class: Function): Inherited {
  const layers = inheritanceChain(Class);
  const methods = new Map<PropertyKey, InheritedMethod>();
  for (const layer of layers) {
    for (const marks of methodsOf(layer)) {
      const { key } = marks;
      const existing = methods.get(key);
      if (existing === undefined) methods.set(key, { key, marks, current: undefined, original: undefined, overridden: [] });
      else existing.marks = mergeMarks(existing.marks, marks);
    }
  }
  for (const method of methods.values()) for (const layer of layers) resolveMethod(method, layer);
  return {
    classes: layers.flatMap(({ records }) => records.map((record) => record.marks)),
    methods: [...methods.values()],
    faults: layers.flatMap((layer) =>
      layer.records.flatMap(({ faults }) => faults.map((fault) => ({ Class: layer.Class, fault }))),
    ),
  };
}

function inheritanceChain(Class: Function): Layer[] {
  const layers: Layer[] = [];
  for (let one: unknown = Class; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    layers.unshift({ Class: one, records: ownRecords(one) });
  }
  return layers;
}

// A method has marks in several records if a standard decorator without `context.metadata` replaced it.
function methodsOf({ records }: Layer): MethodMarks[] {
  const marks = new Map<PropertyKey, MethodMarks>();
  const all = records.flatMap((record) => [...record.methods.values()]).sort((a, b) => a.order - b.order);
  for (const one of all) {
    const existing = marks.get(one.key);
    marks.set(one.key, existing === undefined ? one : mergeMarks(existing, one));
  }
  return [...marks.values()];
}

// Each kind of mark of the overriding method replaces the marks of that kind of the overridden method.
function mergeMarks(parent: MethodMarks, child: MethodMarks): MethodMarks {
  return {
    ...parent,
    ...child,
    order: parent.order,
    original: parent.original,
    extras: new Map([...parent.extras, ...child.extras]),
    sources: child.sources.size > 0 ? child.sources : parent.sources,
  };
}

function resolveMethod(method: InheritedMethod, { Class, records }: Layer): void {
  const own = Object.getOwnPropertyDescriptor(Class.prototype ?? {}, method.key);
  if (own !== undefined) {
    method.overridden.unshift(...[method.original, method.current].filter((fn) => fn !== undefined));
    method.current = typeof own.value === 'function' ? own.value : undefined;
    method.original = undefined;
  }
  for (const record of records) method.original ??= record.methods.get(method.key)?.original;
}
