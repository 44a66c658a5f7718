/** Marks an undefined name. Using it is an error, while `undefined` prints nothing. */
export const NOT_DEFINED = Symbol('not defined');

/** The variables of a template. */
export type Variables = Record<string, unknown>;

const EMPTY: Variables = Object.freeze({});

/** Whether variables contain a name, as their own or from their class, but not only from `Object.prototype`. */
export function hasName(variables: Variables, name: string): boolean {
  if (Object.hasOwn(variables, name)) return true;
  return name in variables && !(name in Object.prototype);
}

function isPlain(variables: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(variables);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype as object) === null;
}

/** The members of a class instance as plain variables. Getters are read from the instance. */
function flatten(variables: object): object {
  if (isPlain(variables)) return variables;
  const members: Variables = {};
  for (let from = variables; from === variables || Object.getPrototypeOf(from) !== null; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name !== 'constructor' && !Object.hasOwn(members, name)) members[name] = (variables as Variables)[name];
    }
  }
  return members;
}

/** Variables for engines that read own properties only. */
export function plainVariables(variables: object): Variables {
  return flatten(mergeVariables([variables])) as Variables;
}

/** Merges variables into a new object. Those of `above` take precedence. */
export function extend(below: Variables, above: object | undefined): Variables {
  if (above === undefined || above === null) return below;
  return { ...flatten(below), ...flatten(above) };
}

/** Merges variables from left to right. The last one takes precedence. */
export function mergeVariables(all: readonly object[]): Variables {
  if (all.length === 0) return EMPTY;
  for (const one of all) {
    if (typeof one !== 'object' || one === null) {
      throw new TypeError(`Template variables must be objects, not ${one === null ? 'null' : typeof one}: pass { name: value }.`);
    }
  }
  let merged = all[0] as Variables;
  for (let i = 1; i < all.length; i++) merged = extend(merged, all[i]);
  return merged;
}

/** The names that an included template defines. They print as nothing: `{{ include('page') }}` has printed the page already. */
export type TemplateNames = Readonly<Variables>;

const PRINTS_NOTHING: object = Object.freeze(Object.assign(Object.create(null) as object, { toString: () => '' }));

/** Functions that read the names of a template, by these names. */
export type NameReaders = Readonly<Record<string, () => unknown>>;

/** Creates the result of `include()` from functions that read the names. */
export function templateNames(readers: NameReaders): TemplateNames {
  const names = Object.create(PRINTS_NOTHING) as Variables;
  for (const [name, read] of Object.entries(readers)) {
    try {
      const value = read();
      if (value !== NOT_DEFINED) names[name] = value;
    } catch {
      // The template has returned before this declaration.
    }
  }
  return names;
}
