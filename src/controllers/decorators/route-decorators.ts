import { type MethodMark, methodDecorator } from './decorator-factory.js';
import type { MethodMarks } from './class-record.js';
import type { RouteOptions } from './route-options.js';

/** Route options of the decorators that set the verb themselves. */
export type VerbOptions = Omit<RouteOptions, 'method'>;

type Rule = string | readonly string[];

function route(marks: MethodMarks, verb: string | undefined, first?: Rule | RouteOptions, second?: RouteOptions): void {
  const isRule = typeof first === 'string' || Array.isArray(first);
  const rules = isRule ? ([first].flat() as string[]) : [];
  const options = { ...(isRule || first === undefined ? second : (first as RouteOptions)) };
  const method = verb ?? options.method;
  const methods = method === undefined ? undefined : ([method].flat() as string[]).map((one) => String(one).toUpperCase());
  marks.routes = [{ rules: rules.length > 0 ? rules : [''], methods, options }, ...(marks.routes ?? [])];
  if (options.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
}

/** What `@Route` may be given: a rule, several, or none, and route options. */
export interface RouteDecorator {
  (rule?: Rule, options?: RouteOptions): MethodMark;
  (options: RouteOptions): MethodMark;
}

/**
 * Answers a rule with this method.
 *
 * @param rule - Bottle's syntax, `/posts/<id:int>`; or a list; without one, the controller's prefix itself
 * @param options - route options; `method` is one verb or a list, default `GET`
 *
 * Records only: a verb or rule that cannot be is reported when the controller is mounted or checked.
 *
 * @example
 * @Route('/<id:int>', { method: ['PUT', 'PATCH'], name: 'edit' })
 * edit(id: number) {}
 *
 * @see Bottle's `route()`
 */
export const Route: RouteDecorator = methodDecorator('Route', (marks, first?: Rule | RouteOptions, second?: RouteOptions) => {
  route(marks, undefined, first, second);
});

/**
 * What `@Get`, `@Post` and the others are: `@Route` with the verb set. Without a rule, the controller's prefix itself.
 *
 * @example
 * @Get('/<id:int>', { name: 'post' })
 * show(id: number) {}
 */
export interface VerbDecorator {
  (rule?: Rule, options?: VerbOptions): MethodMark;
  (options: VerbOptions): MethodMark;
}

function verbDecorator(name: string): VerbDecorator {
  return methodDecorator(name, (marks, first?: Rule | VerbOptions, second?: VerbOptions) => {
    route(marks, name.toUpperCase(), first, second);
  });
}

/** Answers `GET` (and `HEAD`, where no route takes it). */
export const Get: VerbDecorator = verbDecorator('Get');
/** Answers `POST`. */
export const Post: VerbDecorator = verbDecorator('Post');
/** Answers `PUT`. */
export const Put: VerbDecorator = verbDecorator('Put');
/** Answers `PATCH`. */
export const Patch: VerbDecorator = verbDecorator('Patch');
/** Answers `DELETE`. */
export const Delete: VerbDecorator = verbDecorator('Delete');
/** Answers `HEAD` with a method of its own. */
export const Head: VerbDecorator = verbDecorator('Head');
/** Answers `OPTIONS`. */
export const Options: VerbDecorator = verbDecorator('Options');
/** Answers every verb that no other route takes (Bottle's `ANY`). */
export const Any: VerbDecorator = verbDecorator('Any');
