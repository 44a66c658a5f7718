import type { ClassProblem } from '../class-error.js';
import { metadataByProperty } from '../compiler/validator-metadata.js';
import { classFacts, type Constructor, emittedType } from '../properties.js';
import { exposedProperties, isExcluded, isWhollyTransformed, plainName, typeMetadata } from '../transformer-metadata.js';

/** A property of the sent data. */
interface ShapeProperty {
  readonly name: string;
  /** The name under which it is sent; `undefined` if `class-transformer` decides. */
  readonly sent: string | undefined;
  /** The declared type, or the type of the elements of a list. */
  readonly type: Function | undefined;
  readonly isNested: boolean;
}

/** The plain form of a class. */
export interface Shape {
  readonly properties: readonly ShapeProperty[];
  readonly problems: readonly ClassProblem[];
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object, String, Number, Boolean, BigInt, Symbol, Date, Array, Set, Map, Function, Promise, RegExp, URL, Buffer, Uint8Array, ArrayBuffer, Error,
]); // biome-ignore format: a list

/** Collects the declared properties of a class: its fields, as a new instance shows them, and decorated properties. */
export function shapeOf(Class: Constructor): Shape {
  const { sample, problems } = classFacts(Class);
  const exposed = exposedProperties(Class, 'toPlain');
  const fields = [...Object.keys(sample), ...Object.keys(metadataByProperty(Class, { always: true }))];
  const names = new Set(isWhollyTransformed(Class) && exposed.length > 0 ? exposed : [...fields, ...exposed]);
  const properties = [...names]
    .filter((name) => name !== '__proto__' && !isExcluded(Class, name, 'toPlain') && typeof sample[name] !== 'function')
    .map((name) => propertyShape(Class, name, sample));
  const instantiationProblems = problems.filter(({ property }) => property === undefined);
  if (properties.length > 0) return { properties, problems: [] };
  if (instantiationProblems.length > 0) return { properties, problems: instantiationProblems };
  const text = 'declares no properties that exist at run time, so that nothing can be sent';
  const cure = `decorate its properties (@Expose(), @IsString(), …), or compile with useDefineForClassFields`;
  return { properties, problems: [{ Class, text, cure }] };
}

function propertyShape(Class: Constructor, name: string, sample: Readonly<Record<string, unknown>>): ShapeProperty {
  const type = declaredByType(Class, name) ?? emittedType(Class, name) ?? (sample[name] as object | undefined)?.constructor;
  const isNested = type !== undefined && !BUILT_IN.has(type) && !hasToJson(type);
  return { name, sent: plainName(Class, name), type, isNested };
}

/** A class with a `toJSON` defines its own plain form. */
export function hasToJson(type: Function): boolean {
  return typeof (type.prototype as { toJSON?: unknown } | undefined)?.toJSON === 'function';
}

function declaredByType(Class: Function, name: string): Function | undefined {
  const { typeFunction } = typeMetadata(Class, name) ?? {};
  if (typeFunction === undefined || typeFunction.length > 0) return undefined;
  const type = typeFunction();
  return typeof type === 'function' ? type : undefined;
}
