import { checkClass, checkMethod } from './decorator-checks.js';
import { type InheritedMethod, resolveInheritance } from './inheritance.js';
import { memberName } from './decorator-factory.js';
import type { ClassMarks, MethodMarks, RouteMark } from './class-record.js';
import { emittedTypes } from './metadata.js';
import type { PluginReference, RouteOptions, SkipReference } from './route-options.js';
import { parameterList, type Problem, unknownParameterOptions } from './parameter-list.js';
import { readSignature, type Signature } from './signature.js';

import type { ControllerDescription, MethodDescription, RouteDescription } from './described-controller.js';

export type { ControllerDescription, MethodDescription } from './described-controller.js';
export type { ParameterSource, RouteOptions } from './route-options.js';
export type { Parameter } from './parameter.js';
export { describeFunction } from './parameter-list.js';

/**
 * Describes a controller class, with own and inherited routes, as plain data. It runs no code of the class.
 *
 * A subclass inherits its parent's routes. The prefix is that of the nearest `@Controller`. An overriding method inherits the decorators
 * of the overridden one, except for kinds of decorators that it has itself. It has its own parameters, and inherits parameter decorators
 * if it has none.
 *
 * @throws TypeError if the class has no decorators, or a decorator has an option that does not exist
 *
 * @example
 * describeController(Posts).methods[0]?.routes[0]?.rules; // ['/<id:int>']
 */
export function describeController(Class: Function): ControllerDescription {
  const name = Class.name || '(anonymous class)';
  const found = resolveInheritance(Class);
  const problems: Problem[] = found.faults.map(({ Class: owner, fault }) => {
    const method = `${owner.name || name}${fault.member}`;
    return { code: fault.code, message: `${method}: ${fault.text}.`, method };
  });
  const options = classOptions(found.classes);
  checkClass(options, (code, text) => problems.push({ code, message: `${name}: ${text}.` }));
  const methods = found.methods.filter(({ marks }) => hasRole(marks));
  if (methods.length === 0 && problems.length === 0 && found.classes.every(({ prefix }) => prefix === undefined)) {
    throw new TypeError(
      `${name} is not a controller: it has no @Controller and no route. Write @Controller() before the class, ` +
        'and @Get(), @Post() … before its methods.',
    );
  }
  const described = methods.map((method) => describeMethod(Class, name, method, options, problems));
  const unknown = [
    ...found.classes.flatMap(({ unknownOptions = [] }) => unknownOptions.map((text) => `${name}: ${text}`)),
    ...methods.flatMap(({ key, marks }) => (marks.unknownOptions ?? []).map((text) => `${name}${memberName(key)}: ${text}`)),
    ...described.flatMap((method) => unknownParameterOptions(method.parameters).map((text) => `${method.name}: ${text}`)),
  ];
  if (unknown.length > 0) throw new TypeError(unknown.join('\n'));
  return {
    Class,
    name,
    prefix: found.classes.findLast(({ prefix }) => prefix !== undefined)?.prefix ?? '',
    options,
    apply: found.classes.flatMap(({ apply = [] }) => apply),
    skip: found.classes.flatMap(({ skip = [] }) => skip),
    methods: described,
    extras: new Map(found.classes.flatMap(({ extras }) => [...extras])),
    problems,
  };
}

function hasRole({ routes, errors, hooks, extras }: MethodMarks): boolean {
  return routes !== undefined || errors !== undefined || hooks !== undefined || extras.size > 0;
}

function classOptions(classes: readonly ClassMarks[]): RouteOptions {
  const all: RouteOptions = {};
  for (const { options = {} } of classes) {
    const { apply, skip, config } = all;
    Object.assign(all, options);
    // These options are merged, so that a subclass with options of its own does not remove the guards of its base class.
    if (apply !== undefined && options.apply !== undefined) all.apply = [apply, options.apply].flat() as PluginReference[];
    if (skip !== undefined && options.skip !== undefined) all.skip = [skip, options.skip].flat() as SkipReference[];
    if (config !== undefined && options.config !== undefined) all.config = { ...config, ...options.config };
  }
  return all;
}

function describeMethod(
  Class: Function,
  className: string,
  method: InheritedMethod,
  options: RouteOptions,
  problems: Problem[],
): MethodDescription {
  const { key, marks } = method;
  const name = `${className}${memberName(key)}`;
  const report = (code: string, text: string): void => {
    problems.push({ code, message: `${name}: ${text}.`, method: name });
  };
  const signature = chooseSignature(method);
  const types = emittedTypes(Class, key);
  const fn = method.current ?? callOnInstance(key);
  const description: MethodDescription = {
    key,
    name,
    fn,
    parameters: parameterList(
      {
        signature: signature.parameters,
        readable: signature.readable,
        params: commonParams(marks, report),
        sources: marks.sources,
        types: types.parameters,
      },
      report,
    ),
    routes: (marks.routes ?? []).map((route) => describeRoute(route, options)),
    headers: marks.headers ?? [],
    apply: marks.apply ?? [],
    skip: marks.skip ?? [],
    extras: marks.extras,
    isAsync: isAsync(fn) || isAsync(method.original),
    ...checkMethod(marks, report),
  };
  if (marks.view !== undefined) description.view = marks.view;
  if (marks.status !== undefined) description.status = marks.status;
  if (types.result !== undefined) description.returnType = types.result;
  return description;
}

function describeRoute({ rules, methods, options }: RouteMark, controller: RouteOptions): RouteDescription {
  const fallback = [controller.method ?? 'GET'].flat() as string[];
  return { rules, methods: methods ?? fallback.map((verb) => String(verb).toUpperCase()), options };
}

// Decorators of other libraries replace a method by a wrapper, often `(...args) => …`, which hides its parameters. So the parameters
// are read from the original method, unless the current one has at least as many readable parameters. An overriding
// `show(...args) { return super.show(...args); }` hides them in the same way.
function chooseSignature({ current, original, overridden }: InheritedMethod): Signature {
  let best = readSignature((original ?? current)!);
  if (current !== undefined && current !== original) {
    const now = readSignature(current);
    const difference = readableCount(now) - readableCount(best);
    if (difference > 0 || (difference === 0 && readableCount(now) > 0 && !endsInRest(now))) best = now;
  }
  if (!endsInRest(best)) return best;
  return overridden.map(readSignature).find((signature) => readableCount(signature) > readableCount(best)) ?? best;
}

function readableCount({ parameters, readable }: Signature): number {
  return readable ? parameters.filter(({ rest }) => !rest).length : -1;
}

function endsInRest({ parameters }: Signature): boolean {
  return parameters.at(-1)?.rest === true;
}

// An accessor, such as decorators that bind `this` define, is read per call on the instance.
function callOnInstance(key: PropertyKey): Function {
  return function (this: Record<PropertyKey, Function>, ...args: unknown[]): unknown {
    return this[key]!(...args);
  };
}

function isAsync(fn: Function | undefined): boolean {
  return /^Async(Generator)?Function$/.test(fn?.constructor?.name ?? '');
}

function commonParams({ params = [] }: MethodMarks, report: (code: string, text: string) => void): RouteOptions['params'] {
  const [first, ...others] = params;
  if (others.some((other) => other?.length !== first?.length || other?.some((entry, index) => entry !== first?.[index]))) {
    report('params-conflict', 'its decorators give different `params`; write them once, all routes of a method share them');
  }
  return first;
}
