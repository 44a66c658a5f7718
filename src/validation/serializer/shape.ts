import type { ClassProblem } from '../class-error.js';
import { metadataByProperty } from '../compiler/validator-metadata.js';
import { classFacts, type Constructor, emittedType } from '../properties.js';
import { exposedProperties, isExcluded, isWhollyTransformed, plainName, typeMetadata } from '../transformer-metadata.js';

/** One property of what is sent. */
export interface ShapeProperty {
  readonly name: string;
  /** The name under which it is sent; `undefined` where `class-transformer` is to say whether and how. */
  readonly sent: string | undefined;
  /** The declared type, of the elements where that is a list. */
  readonly type: Function | undefined;
  readonly isNested: boolean;
}

/** What a class says of its plain form. */
export interface Shape {
  readonly properties: readonly ShapeProperty[];
  readonly problems: readonly ClassProblem[];
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object, String, Number, Boolean, BigInt, Symbol, Date, Array, Set, Map, Function, Promise, RegExp, URL, Buffer, Uint8Array, ArrayBuffer, Error,
]); // biome-ignore format: a list

/** Reads what a class declares: its fields, as a new instance shows them, and what is decorated. */
export function shapeOf(Class: Constructor): Shape {
  const { sample, problems } = classFacts(Class);
  const exposed = exposedProperties(Class, 'toPlain');
  const fields = [...Object.keys(sample), ...Object.keys(metadataByProperty(Class, { always: true }))];
  const names = new Set(isWhollyTransformed(Class) && exposed.length > 0 ? exposed : [...fields, ...exposed]);
  const properties = [...names]
    .filter((name) => name !== '__proto__' && !isExcluded(Class, name, 'toPlain') && typeof sample[name] !== 'function')
    .map((name) => propertyShape(Class, name, sample));
  const unmade = problems.filter(({ property }) => property === undefined);
  if (properties.length > 0) return { properties, problems: [] };
  if (unmade.length > 0) return { properties, problems: unmade };
  const text = 'declares no properties that are there at run time, so that nothing of it could be sent';
  const cure = `decorate its properties (@Expose(), @IsString(), …), or compile with useDefineForClassFields`;
  return { properties, problems: [{ Class, text, cure }] };
}

function propertyShape(Class: Constructor, name: string, sample: Readonly<Record<string, unknown>>): ShapeProperty {
  const type = saidType(Class, name) ?? emittedType(Class, name) ?? (sample[name] as object | undefined)?.constructor;
  const isNested = type !== undefined && !BUILT_IN.has(type) && !hasOwnForm(type);
  return { name, sent: plainName(Class, name), type, isNested };
}

/** A class with a `toJSON` says itself what its plain form is. */
export function hasOwnForm(type: Function): boolean {
  return typeof (type.prototype as { toJSON?: unknown } | undefined)?.toJSON === 'function';
}

function saidType(Class: Function, name: string): Function | undefined {
  const { typeFunction } = typeMetadata(Class, name) ?? {};
  if (typeFunction === undefined || typeFunction.length > 0) return undefined;
  const type = typeFunction();
  return typeof type === 'function' ? type : undefined;
}
