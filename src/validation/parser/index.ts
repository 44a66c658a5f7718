import { type ClassProblem, ClassError } from '../class-error.js';
import { stripEmpty, type ValidationError } from '../compiler/validation-error.js';
import { checkFinder, settled } from '../compiler/index.js';
import type { Awaiting, Check } from '../compiler/check-runtime.js';
import { metadataByProperty, type ValidatorOptions } from '../compiler/validator-metadata.js';
import { findEndlessNesting } from '../endless-nesting.js';
import { type ClassFacts, classFacts, type Constructor, nestingProblem } from '../properties.js';
import { type Build, Builders, type Plain, type Unknown } from './instance-builder.js';
import type { BuildProblem } from './scalar-conversion.js';
import { recordOf } from './value-conversion.js';
import { notAnObject, withProblems } from './error-tree.js';

export type { Unknown } from './instance-builder.js';

/** `class-validator`'s options, and how to handle undeclared properties. */
interface ParserOptions extends ValidatorOptions {
  unknown?: Unknown | undefined;
}

/** An instance, or the errors. */
export type Outcome = { readonly value: object } | { readonly errors: ValidationError[] };

/** Creates and validates an instance. Returns a promise only if something is asynchronous. */
export type InstanceParser = (plain: unknown, texts: boolean) => Outcome | Promise<Outcome>;

/**
 * The parsers of schemas that `toStandardSchema` created. Used instead of their `validate`, which knows no names of constraints and
 * no texts.
 */
export const schemaParsers = new WeakMap<object, InstanceParser>();

/** Deeper than any realistic JSON. Deeper data may exhaust the stack and is rejected then. */
const MAX_DEPTH = 500;

/**
 * Compiles the creation and validation of a class's instances from plain data.
 *
 * @throws ClassError with the problems of the class and its nested classes
 */
export function instanceParser(Class: Constructor, options: ParserOptions = {}): InstanceParser {
  const facts = checkClass(Class, options);
  const { unknown: explicitUnknown, whitelist, forbidNonWhitelisted, ...validation } = options;
  const impliedUnknown = whitelist === undefined ? undefined : whitelist ? (forbidNonWhitelisted ? 'refuse' : 'drop') : 'keep';
  const buildOptions = { ...validation, unknown: explicitUnknown ?? impliedUnknown };
  const fromJson = new Builders({ ...buildOptions, texts: false }).for(Class);
  let fromTexts: Build | undefined;
  const check =
    facts.isValidated || validation.forbidUnknownValues ? checkFinder({ ...validation, recordElements: true })(Class) : NO_CHECK;

  function parse(plain: Plain, texts: boolean): Outcome | Promise<Outcome> {
    const problems: BuildProblem[] = [];
    if (texts) fromTexts ??= new Builders({ ...buildOptions, texts: true }).for(Class);
    const value = texts ? (fromTexts as Build)(plain, problems) : fromJson(plain, problems);
    const awaiting: Awaiting = [];
    const errors = check(value, awaiting, undefined);
    if (errors === undefined && problems.length === 0 && awaiting.length === 0) return { value };
    if (awaiting.length === 0) return finish(value, stripEmpty(errors ?? []), problems);
    return finishLater(value, settled(errors, awaiting), problems);
  }

  // A separate function, so that synchronous validation allocates no closure's scope (benchmark: `bench/allocations.mjs`).
  function finishLater(value: object, found: Promise<ValidationError[]>, problems: readonly BuildProblem[]): Promise<Outcome> {
    return found.then((errors) => finish(value, errors, problems));
  }

  function finish(value: object, found: ValidationError[], problems: readonly BuildProblem[]): Outcome {
    const all = withProblems(found, problems, value, validation);
    return all.length > 0 ? { errors: all } : { value };
  }

  return (plain, texts) => {
    const record = recordOf(plain);
    if (record === undefined) return { errors: [notAnObject(plain)] };
    try {
      return parse(record, texts);
    } catch (error) {
      if (!(error instanceof RangeError) || !isDeep(record)) throw error;
      const tooDeep = notAnObject(plain);
      tooDeep.constraints = { maxDepth: `objects are nested more than ${MAX_DEPTH} deep here` };
      return { errors: [tooDeep] };
    }
  };
}

const NO_CHECK: Check = (_object, _awaiting, list) => list;

/** Whether data is nested so deeply, or refers to itself, that it may exhaust the stack. */
function isDeep(value: object): boolean {
  // A set, because data that refers to itself twice would double at each level.
  let level = new Set<object>([value]);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next = new Set<object>();
    for (const one of level) {
      for (const inner of one instanceof Map || one instanceof Set ? one.values() : (Object.values(one) as unknown[])) {
        if (typeof inner === 'object' && inner !== null) next.add(inner);
      }
    }
    if (next.size === 0) return false;
    level = next;
  }
  return true;
}

/** Checks a class and its nested classes. Returns the facts about the class itself. */
function checkClass(Class: Constructor, options: ParserOptions): ClassFacts {
  const problems: ClassProblem[] = [];
  const factsByClass = new Map<Function, ClassFacts>();
  const visit = (one: Constructor): ClassFacts => {
    const known = factsByClass.get(one);
    if (known !== undefined) return known;
    const facts = classFacts(one);
    factsByClass.set(one, facts);
    problems.push(...facts.problems);
    const validators = metadataByProperty(one, { always: true });
    for (const property of facts.properties) {
      const problem = nestingProblem(one, property, validators[property.name] ?? [], options.forbidUnknownValues === false);
      const isReported = facts.problems.some((reported) => reported.property === property.name);
      if (problem !== undefined && !isReported) problems.push(problem);
      if (property.isNested) visit(property.type as Constructor);
      for (const { value } of property.discriminator?.subTypes ?? []) visit(value as Constructor);
    }
    return facts;
  };
  const facts = visit(Class);
  // Options that skip missing properties require nothing, and groups exclude other validators.
  const requiresAll = !options.skipMissingProperties && !options.skipUndefinedProperties && options.groups === undefined;
  if (requiresAll) problems.push(...findEndlessNesting(factsByClass));
  if (problems.length > 0) throw new ClassError(problems);
  return facts;
}
