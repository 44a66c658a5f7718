type Conversion = (value: unknown) => unknown;

const CONVERSIONS = new Map<Function, Conversion>([
  [String, String],
  [Number, Number],
  [Boolean, Boolean],
  [Date, (value) => new Date(value as string | number | Date)],
]);

/** Whether `class-transformer` converts values to a type. */
export function isConverted(type: Function): boolean {
  return CONVERSIONS.has(type);
}

/** A value as the scalar that `@Type` declares, or each element of a list, set or map, as `class-transformer` converts it. */
export function scalarOf(type: Function, value: unknown): unknown {
  const convert = CONVERSIONS.get(type);
  if (value === null || value === undefined || convert === undefined) return value;
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, (one) => scalarOf(type, one));
  if (value instanceof Map) return new Map(Array.from(value, ([key, one]) => [key, scalarOf(type, one)]));
  return convert(value);
}
