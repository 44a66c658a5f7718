import { generateFunction } from '../../codegen/generate-function.js';
import { type ClassFacts, classFacts, type Constructor, isSettable, type Property } from '../properties.js';
import { metadataByProperty, NESTED } from '../compiler/validator-metadata.js';
import { isExcluded, subsetTransformer, wholeTransformer } from '../transformer-metadata.js';
import { type BuildProblem, scalarConversion } from './scalar-conversion.js';

export type Unknown = 'drop' | 'keep' | 'refuse';

interface BuildOptions {
  /** How to handle properties that a class does not declare. By default, those of classes without validators are kept. */
  readonly unknown?: Unknown | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly always?: boolean | undefined;
  readonly strictGroups?: boolean | undefined;
  /** Whether the values are texts that are converted to the declared types. */
  readonly texts: boolean;
}

export type Plain = Record<string, unknown>;

/** Creates an instance from a plain object. Failed conversions are added to `problems`, with paths relative to this object. */
export type Build = (plain: Plain, problems: BuildProblem[]) => object;

/** Generates the functions that create instances, once per class. */
export class Builders {
  readonly #options: BuildOptions;
  readonly #builds = new Map<Function, Build>();
  readonly #unvalidated = new Map<Function, Build>();

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  /**
   * The function for a class. It may be requested recursively, because classes may nest each other.
   *
   * @param isValidated whether the object will be validated in the requested groups. Otherwise properties of all groups count as
   *   declared.
   */
  for(Class: Constructor, isValidated = true): Build {
    const builds = isValidated ? this.#builds : this.#unvalidated;
    const known = builds.get(Class);
    if (known !== undefined) return known;
    builds.set(Class, (plain, problems) => (builds.get(Class) as Build)(plain, problems));
    const { groups: _, strictGroups: __, ...withoutGroups } = this.#options;
    const build = generate(classFacts(Class), isValidated ? this.#options : { ...withoutGroups, always: true }, this);
    builds.set(Class, build);
    return build;
  }
}

function generate(facts: ClassFacts, options: BuildOptions, builders: Builders): Build {
  const { Class, isWhollyTransformed } = facts;
  const unknown = options.unknown ?? (facts.isValidated ? 'drop' : 'keep');
  const active = facts.isValidated ? metadataByProperty(Class, options) : undefined;
  // With groups, properties without a validator in them are not declared.
  const isKnown = ({ name }: Property) => unknown === 'keep' || active === undefined || Object.hasOwn(active, name);
  const properties = facts.properties.filter((property) => property.isSettable && isKnown(property));
  const code = new BuilderSource(builders, options.texts, active);
  const delegated = isWhollyTransformed ? [] : properties.filter(({ isDelegated }) => isDelegated);
  for (const property of properties) {
    if (isWhollyTransformed) code.convert(property, 'o');
    else if (!property.isDelegated) code.convert(property, 'p');
  }
  if (delegated.length > 0) {
    const names = delegated.map(({ name }) => name);
    code.add(`  const h = ${code.ref(subsetTransformer(Class, names, options.groups))}(p);\n`);
    for (const property of delegated) code.convert(property, 'h');
    if (unknown !== 'keep') for (const { name } of delegated) code.inspect(name, unknown);
  }
  const isSent = ({ name }: Property) => !isExcluded(Class, name, 'toClass');
  const sent = new Set(properties.filter(isSent).map((property) => property.sent));
  if (unknown === 'refuse') code.add(`  ${code.ref(undeclaredRejecter(sent))}(p, r);\n`);
  const names = new Set([...properties.map(({ name }) => name), ...sent]);
  if (isWhollyTransformed && unknown !== 'keep') code.add(`  ${code.ref(undeclaredResetter(Class, names))}(o);\n`);
  else if (!isWhollyTransformed && unknown === 'keep') code.add(`  ${code.ref(undeclaredCopier(facts, names))}(p, o);\n`);
  const made = isWhollyTransformed ? `${code.ref(wholeTransformer(Class, options.groups))}(p)` : `new ${code.ref(Class)}()`;
  return code.compile(made);
}

/** Collects the source of a builder. */
class BuilderSource {
  readonly #builders: Builders;
  readonly #texts: boolean;
  readonly #values: unknown[] = [];
  #functions = '';
  #body = '';
  #count = 0;

  readonly #active: ReturnType<typeof metadataByProperty> | undefined;

  constructor(builders: Builders, texts: boolean, active: ReturnType<typeof metadataByProperty> | undefined) {
    this.#builders = builders;
    this.#texts = texts;
    this.#active = active;
  }

  #isNestingActive(name: string): boolean {
    if (this.#active === undefined) return true;
    return Object.hasOwn(this.#active, name) && (this.#active[name]?.some(({ type }) => type === NESTED) ?? false);
  }

  ref(value: unknown): string {
    return `k${this.#values.push(value) - 1}`;
  }

  add(source: string): void {
    this.#body += source;
  }

  /** Reads a property's value from a source object, converts it, and assigns it to the instance. */
  convert(property: Property, from: 'p' | 'h' | 'o'): void {
    const key = JSON.stringify(property.name);
    // Only own properties of a client's object, because `toString` always exists.
    const isInherited = from === 'p' && property.name in Object.prototype;
    const read = isInherited ? `Object.hasOwn(p, ${key}) ? p[${key}] : undefined` : `${from}[${key}]`;
    const value = property.hasTransform ? undefined : this.#value(property);
    if (value === undefined) {
      if (from !== 'o') this.add(`  x = ${read};\n  if (x !== undefined) o[${key}] = x;\n`);
      return;
    }
    this.add(
      `  x = ${read};\n  if (x !== undefined) { n = r.length; o[${key}] = ${value}(x, r); if (r.length !== n) prefixPaths(r, n, ${key}); }\n`,
    );
  }

  /** Checks a value that `class-transformer` created for undeclared properties. */
  inspect(name: string, unknown: Unknown): void {
    const key = JSON.stringify(name);
    this.add(
      `  n = r.length; ${this.ref(checkUndeclared)}(o[${key}], ${this.ref(unknown)}, r); if (r.length !== n) prefixPaths(r, n, ${key});\n`,
    );
  }

  compile(made: string): Build {
    const source = `"use strict";
const { isRecord, prefixPaths } = scope;
${this.#values.map((_, i) => `const k${i} = k[${i}];`).join('\n')}
${this.#functions}
return function build(p, r) {
  const o = ${made};
  let x, n;
${this.#body}  return o;
};`;
    return generateFunction<Build>(source, { scope: { isRecord, prefixPaths }, k: this.#values });
  }

  /** The name of a function that converts the value of a property, if it needs conversion. */
  #value(property: Property): string | undefined {
    const { shape, isShapeImplied } = property;
    const one = this.#one(property);
    const body: string[] = [];
    if (this.#texts) {
      if (shape === 'one') body.push('if (Array.isArray(x)) x = x[x.length - 1];');
      else if (shape !== 'map') body.push('if (!Array.isArray(x)) x = [x];');
    }
    const isList = shape === 'list' || shape === 'set' || isShapeImplied;
    const list = one === undefined ? 'x' : 'list(x, r)';
    if (isList && (one !== undefined || shape === 'set')) {
      body.push(`if (Array.isArray(x)) return ${shape === 'set' ? `new Set(${list})` : list};`);
    }
    if (shape === 'map') body.push(`if (isRecord(x)) return ${this.#map(one)};`);
    const isSingle = shape === 'one' || isShapeImplied;
    body.push(one !== undefined && isSingle ? `return ${one}(x, r);` : 'return x;');
    if (body.length === 1 && body[0] === 'return x;') return undefined;
    const name = this.#name();
    const listFunction = one !== undefined && isList ? this.#list(one) : '';
    this.#functions += `const ${name} = (() => {\n${listFunction}return function value(x, r) {\n${body.join('\n')}\n};\n})();\n`;
    return name;
  }

  #list(one: string): string {
    return `function list(x, r) {
  const a = [];
  for (let i = 0; i < x.length; i++) {
    const n = r.length, y = x[i];
    a.push(Array.isArray(y) ? list(y, r) : ${one}(y, r));
    if (r.length !== n) prefixPaths(r, n, i);
  }
  return a;
}
`;
  }

  #map(one: string | undefined): string {
    const entries = one === undefined ? 'Object.entries(x)' : `${this.ref(mapEntries)}(x, ${one}, r)`;
    return `new Map(${entries})`;
  }

  /** The name of the function for a single value. */
  #one(property: Property): string | undefined {
    if (property.isNested) {
      const { type } = property;
      const own = this.#builders.for(type as Constructor, this.#isNestingActive(property.name));
      const name = this.#name();
      this.#functions += `const ${name}_build = ${this.ref(own)};
function ${name}(x, r) { return isRecord(x) ? ${name}_build(x, r) : x; }\n`;
      return name;
    }
    const convert = scalarConversion(property, this.#texts);
    return convert === undefined ? undefined : this.ref(convert);
  }

  #name(): string {
    return `v${this.#count++}`;
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Prefixes the paths of new problems with a segment. */
function prefixPaths(problems: BuildProblem[], since: number, segment: string | number): void {
  for (let i = since; i < problems.length; i++) problems[i]?.segments.unshift(segment);
}

function mapEntries(
  plain: Plain,
  one: (value: unknown, r: BuildProblem[]) => unknown,
  problems: BuildProblem[],
): [string, unknown][] {
  return Object.keys(plain).map((key) => {
    const before = problems.length;
    const value = one(plain[key], problems);
    prefixPaths(problems, before, key);
    return [key, value];
  });
}

function undeclaredRejecter(sent: ReadonlySet<string>): (plain: Plain, problems: BuildProblem[]) => void {
  return (plain, problems) => {
    for (const key of Object.keys(plain)) if (!sent.has(key)) problems.push(unknownProblem(key, plain[key]));
  };
}

/** The message of `class-validator`. */
function unknownProblem(key: string, value: unknown): BuildProblem {
  const message = `property ${key} should not exist`;
  return { segments: [key], constraint: 'whitelistValidation', message, value, isAlwaysReported: true };
}

function undeclaredCopier({ Class, sample }: ClassFacts, names: ReadonlySet<string>): (plain: Plain, instance: Plain) => void {
  const prototype = Class.prototype as object;
  return (plain, instance) => {
    for (const key of Object.keys(plain)) {
      if (names.has(key) || ((key in prototype || key in sample) && !isSettable(Class, key, sample))) continue;
      instance[key] = plain[key];
    }
  };
}

/** Resets properties that were set but are not declared. */
function undeclaredResetter(Class: Constructor, names: ReadonlySet<string>): (instance: Plain) => void {
  return (instance) => {
    let fresh: Plain | undefined;
    for (const key of Object.keys(instance)) {
      if (names.has(key)) continue;
      fresh ??= new Class() as Plain;
      if (Object.hasOwn(fresh, key)) instance[key] = fresh[key];
      else delete instance[key];
    }
  };
}

/** Checks a value that `class-transformer` created. Its nested objects may have more properties than their classes declare. */
function checkUndeclared(value: unknown, unknown: Unknown, problems: BuildProblem[]): void {
  if (unknown === 'keep' || typeof value !== 'object' || value === null) return;
  const inside = (segment: string | number, inner: unknown): void => {
    const before = problems.length;
    checkUndeclared(inner, unknown, problems);
    if (problems.length !== before) prefixPaths(problems, before, segment);
  };
  if (Array.isArray(value) || value instanceof Set) for (const [i, element] of Array.from(value).entries()) inside(i, element);
  else if (value instanceof Map) for (const [key, element] of value) inside(String(key), element);
  else {
    const known = metadataByProperty(value.constructor, { always: true });
    if (Object.keys(known).length === 0) return;
    for (const [key, inner] of Object.entries(value)) {
      if (Object.hasOwn(known, key)) inside(key, inner);
      else if (unknown === 'drop') delete (value as Plain)[key];
      else if (inner !== undefined) problems.push(unknownProblem(key, inner));
    }
  }
}
