import type { ClassMarks, ClassRecord, Fault, MethodMarks } from './class-record.js';
import { ownRecords } from './metadata.js';

/** A class of the inheritance chain, with what its own decorators say. */
interface Layer {
  Class: Function;
  records: ClassRecord[];
}

/** A method as a class ends up with it: its own marks over those of the methods that it overrides. */
export interface InheritedMethod {
  key: PropertyKey;
  marks: MethodMarks;
  /** What the class has now; `undefined` where a decorator made an accessor of it. */
  current: Function | undefined;
  /** What the class was written with, where a decorator of ours saw it. */
  original: Function | undefined;
  /** What it overrides, nearest first. */
  overridden: Function[];
}

export interface Inherited {
  /** Base class first: prefix and options of the nearest, plugins of all. */
  classes: ClassMarks[];
  /** Those of the base class first, each class's as written. */
  methods: InheritedMethod[];
  faults: { Class: Function; fault: Fault }[];
}

/** Collects what a class and its parents say, with a subclass's words over its parent's. */
export function inherited(Class: Function): Inherited {
  const layers = chain(Class);
  const methods = new Map<PropertyKey, InheritedMethod>();
  for (const layer of layers) {
    for (const marks of methodsOf(layer)) {
      const { key } = marks;
      const before = methods.get(key);
      if (before === undefined) methods.set(key, { key, marks, current: undefined, original: undefined, overridden: [] });
      else before.marks = override(before.marks, marks);
    }
  }
  for (const method of methods.values()) for (const layer of layers) look(method, layer);
  return {
    classes: layers.flatMap(({ records }) => records.map((record) => record.marks)),
    methods: [...methods.values()],
    faults: layers.flatMap((layer) =>
      layer.records.flatMap(({ faults }) => faults.map((fault) => ({ Class: layer.Class, fault }))),
    ),
  };
}

function chain(Class: Function): Layer[] {
  const layers: Layer[] = [];
  for (let one: unknown = Class; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    layers.unshift({ Class: one, records: ownRecords(one) });
  }
  return layers;
}

// One method may have marks in several records when a standard decorator without `context.metadata` replaced it.
function methodsOf({ records }: Layer): MethodMarks[] {
  const marks = new Map<PropertyKey, MethodMarks>();
  const all = records.flatMap((record) => [...record.methods.values()]).sort((a, b) => a.order - b.order);
  for (const one of all) {
    const before = marks.get(one.key);
    marks.set(one.key, before === undefined ? one : override(before, one));
  }
  return [...marks.values()];
}

// Kind by kind: what the overriding method says anew replaces what the other said of that kind.
function override(parent: MethodMarks, child: MethodMarks): MethodMarks {
  return {
    ...parent,
    ...child,
    order: parent.order,
    original: parent.original,
    extras: new Map([...parent.extras, ...child.extras]),
    sources: child.sources.size > 0 ? child.sources : parent.sources,
  };
}

function look(method: InheritedMethod, { Class, records }: Layer): void {
  const own = Object.getOwnPropertyDescriptor(Class.prototype ?? {}, method.key);
  if (own !== undefined) {
    method.overridden.unshift(...[method.original, method.current].filter((fn) => fn !== undefined));
    method.current = typeof own.value === 'function' ? own.value : undefined;
    method.original = undefined;
  }
  for (const record of records) method.original ??= record.methods.get(method.key)?.original;
}
