/** "Not defined", which is something else than `undefined`: the latter prints nothing, the former is an error. */
export const NOT_DEFINED = Symbol('not defined');

/** What a template is rendered with. */
export type Variables = Record<string, unknown>;

const NOTHING: Variables = Object.freeze({});

/** Whether variables have a name, themselves or from their class, but not merely because everything is an Object. */
export function hasName(variables: Variables, name: string): boolean {
  if (Object.hasOwn(variables, name)) return true;
  return name in variables && !(name in Object.prototype);
}

function isPlain(variables: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(variables);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype as object) === null;
}

/** The members of a class instance as plain variables, its getters included: they are read from the instance itself. */
function flatten(variables: object): object {
  if (isPlain(variables)) return variables;
  const flat: Variables = {};
  for (let from = variables; from === variables || Object.getPrototypeOf(from) !== null; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name !== 'constructor' && !Object.hasOwn(flat, name)) flat[name] = (variables as Variables)[name];
    }
  }
  return flat;
}

/** Variables for engines that look at own properties only. */
export function plainVariables(variables: object): Variables {
  return flatten(mergeVariables([variables])) as Variables;
}

/** Variables with others on top, as a new object. */
export function extend(below: Variables, above: object | undefined): Variables {
  if (above === undefined || above === null) return below;
  return { ...flatten(below), ...flatten(above) };
}

/** Merges variables from left to right: the last one wins. */
export function mergeVariables(all: readonly object[]): Variables {
  if (all.length === 0) return NOTHING;
  for (const one of all) {
    if (typeof one !== 'object' || one === null) {
      throw new TypeError(`Template variables must be objects, not ${one === null ? 'null' : typeof one}: pass { name: value }.`);
    }
  }
  let merged = all[0] as Variables;
  for (let i = 1; i < all.length; i++) merged = extend(merged, all[i]);
  return merged;
}
