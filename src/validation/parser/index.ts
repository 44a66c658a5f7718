import { type ClassProblem, ClassError } from '../class-error.js';
import { stripEmpty, type ValidationError } from '../compiler/validation-error.js';
import { checkFinder, settled } from '../compiler/index.js';
import type { Awaiting, Check } from '../compiler/check-runtime.js';
import { metadataByProperty, type ValidatorOptions } from '../compiler/validator-metadata.js';
import { endlessNesting } from '../endless-nesting.js';
import { type ClassFacts, classFacts, type Constructor, nestingProblem } from '../properties.js';
import { type Build, Builders, type Plain, type Unknown } from './instance-builder.js';
import type { BuildProblem } from './scalar-conversion.js';
import { notAnObject, withProblems } from './error-tree.js';

export type { Unknown } from './instance-builder.js';

/** `class-validator`'s options, and what becomes of properties that a class does not declare. */
export interface ParserOptions extends ValidatorOptions {
  unknown?: Unknown | undefined;
}

/** An instance, or why there is none. */
export type Outcome = { readonly value: object } | { readonly errors: ValidationError[] };

/** Makes and validates an instance. Gives a promise only if something asynchronous was found. */
export type InstanceParser = (plain: unknown, texts: boolean) => Outcome | Promise<Outcome>;

/** As deep as JSON that people write never gets. What is nested deeper may exhaust the stack, and is then refused for that. */
const DEPTH = 500;

/**
 * Compiles what makes instances of a class from plain data, and validates them.
 *
 * @throws ClassError what is wrong with the class, or with the classes nested in it
 */
export function instanceParser(Class: Constructor, options: ParserOptions = {}): InstanceParser {
  const facts = checkClass(Class, options);
  const { unknown: said, whitelist, forbidNonWhitelisted, ...validation } = options;
  const listed = whitelist === undefined ? undefined : whitelist ? (forbidNonWhitelisted ? 'refuse' : 'drop') : 'keep';
  const building = { ...validation, unknown: said ?? listed };
  const fromJson = new Builders({ ...building, texts: false }).for(Class);
  let fromTexts: Build | undefined;
  const check =
    facts.isValidated || validation.forbidUnknownValues ? checkFinder({ ...validation, places: true })(Class) : NOTHING;

  function parse(plain: Plain, texts: boolean): Outcome | Promise<Outcome> {
    const problems: BuildProblem[] = [];
    if (texts) fromTexts ??= new Builders({ ...building, texts: true }).for(Class);
    const value = texts ? (fromTexts as Build)(plain, problems) : fromJson(plain, problems);
    const awaiting: Awaiting = [];
    const errors = check(value, awaiting, undefined);
    if (errors === undefined && problems.length === 0 && awaiting.length === 0) return { value };
    if (awaiting.length === 0) return finish(value, stripEmpty(errors ?? []), problems);
    return settled(errors, awaiting).then((found) => finish(value, found, problems));
  }

  function finish(value: object, found: ValidationError[], problems: readonly BuildProblem[]): Outcome {
    const all = withProblems(found, problems, value, validation);
    return all.length > 0 ? { errors: all } : { value };
  }

  return (plain, texts) => {
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return { errors: [notAnObject(plain)] };
    try {
      return parse(plain as Plain, texts);
    } catch (error) {
      if (!(error instanceof RangeError) || !isDeep(plain)) throw error;
      const tooDeep = notAnObject(plain);
      tooDeep.constraints = { maxDepth: `objects are nested more than ${DEPTH} deep here` };
      return { errors: [tooDeep] };
    }
  };
}

const NOTHING: Check = (_object, _awaiting, list) => list;

/** Whether data is nested so deeply that the stack may well be exhausted by it. */
function isDeep(value: object): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < DEPTH; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** Looks over a class and those nested in it. Gives what is known of the class itself. */
function checkClass(Class: Constructor, options: ParserOptions): ClassFacts {
  const problems: ClassProblem[] = [];
  const seen = new Map<Function, ClassFacts>();
  const look = (one: Constructor): ClassFacts => {
    const known = seen.get(one);
    if (known !== undefined) return known;
    const facts = classFacts(one);
    seen.set(one, facts);
    problems.push(...facts.problems);
    const validators = metadataByProperty(one, { always: true });
    for (const property of facts.properties) {
      const problem = nestingProblem(one, property, validators[property.name] ?? [], options.forbidUnknownValues === false);
      const isTold = facts.problems.some((told) => told.property === property.name);
      if (problem !== undefined && !isTold) problems.push(problem);
      if (property.isNested) look(property.type as Constructor);
    }
    return facts;
  };
  const facts = look(Class);
  // Those who skip what is missing demand nothing, and groups leave out what is in none.
  const demandsAll = !options.skipMissingProperties && !options.skipUndefinedProperties && options.groups === undefined;
  if (demandsAll) problems.push(...endlessNesting(seen));
  if (problems.length > 0) throw new ClassError(problems);
  return facts;
}
