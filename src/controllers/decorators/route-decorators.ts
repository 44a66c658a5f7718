import { type MethodMark, methodDecorator, recordUnknownOptions } from './decorator-factory.js';
import type { MethodMarks } from './class-record.js';
import { ROUTE_OPTIONS, type RouteOptions } from './route-options.js';

/** The route options of decorators that set the verb. */
export type VerbOptions = Omit<RouteOptions, 'method'>;

const VERB_OPTIONS = ROUTE_OPTIONS.filter((name) => name !== 'method');

type Rule = string | readonly string[];

function addRoute(marks: MethodMarks, decorator: string, first?: Rule | RouteOptions, second?: RouteOptions): void {
  // `@Route` names no verb.
  const verb = decorator === 'Route' ? undefined : decorator.toUpperCase();
  const isRule = typeof first === 'string' || Array.isArray(first);
  const rules = isRule ? ([first].flat() as string[]) : [];
  const options = { ...(isRule || first === undefined ? second : (first as RouteOptions)) };
  recordUnknownOptions(marks, decorator, options, verb === undefined ? ROUTE_OPTIONS : VERB_OPTIONS);
  const method = verb ?? options.method;
  const methods = method === undefined ? undefined : ([method].flat() as string[]).map((one) => String(one).toUpperCase());
  marks.routes = [{ rules: rules.length > 0 ? rules : [''], methods, options }, ...(marks.routes ?? [])];
  if (options.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
}

/** The arguments of `@Route`: a rule, a list of rules or none, and route options. */
export interface RouteDecorator {
  (rule?: Rule, options?: RouteOptions): MethodMark;
  (options: RouteOptions): MethodMark;
}

/**
 * Makes a method the handler of a rule.
 *
 * @param rule - a rule in Bottle's syntax, `/posts/<id:int>`, or a list of rules. Default: the prefix of the controller
 * @param options - route options; `method` is one verb or a list of verbs. Default: `GET`
 *
 * The decorator only records. An invalid verb or rule is reported when the controller is mounted or checked.
 *
 * @example
 * @Route('/<id:int>', { method: ['PUT', 'PATCH'], name: 'edit' })
 * edit(id: number) {}
 *
 * @see Bottle's `route()`
 */
export const Route: RouteDecorator = methodDecorator('Route', (marks, first?: Rule | RouteOptions, second?: RouteOptions) => {
  addRoute(marks, 'Route', first, second);
});

/**
 * The type of `@Get`, `@Post` and similar decorators: `@Route` with a fixed verb. Without a rule, the rule is the prefix of the controller.
 *
 * @example
 * @Get('/<id:int>', { name: 'post' })
 * show(id: number) {}
 */
interface VerbDecorator {
  (rule?: Rule, options?: VerbOptions): MethodMark;
  (options: VerbOptions): MethodMark;
}

function verbDecorator(name: string): VerbDecorator {
  return methodDecorator(name, (marks, first?: Rule | VerbOptions, second?: VerbOptions) => {
    addRoute(marks, name, first, second);
  });
}

/** Handles `GET`, and `HEAD` if no route handles it. */
export const Get: VerbDecorator = verbDecorator('Get');
/** Handles `POST`. */
export const Post: VerbDecorator = verbDecorator('Post');
/** Handles `PUT`. */
export const Put: VerbDecorator = verbDecorator('Put');
/** Handles `PATCH`. */
export const Patch: VerbDecorator = verbDecorator('Patch');
/** Handles `DELETE`. */
export const Delete: VerbDecorator = verbDecorator('Delete');
/** Handles `HEAD`, instead of the route for `GET`. */
export const Head: VerbDecorator = verbDecorator('Head');
/** Handles `OPTIONS`. */
export const Options: VerbDecorator = verbDecorator('Options');
/** Handles every verb that no other route handles (Bottle's `ANY`). */
export const Any: VerbDecorator = verbDecorator('Any');
