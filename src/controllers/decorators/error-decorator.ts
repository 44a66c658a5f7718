import { type MethodMark, methodDecorator } from './decorator-factory.js';
import type { RouteOptions } from './route-options.js';

/** What an error handler may be told. */
export type HandlerOptions = Pick<RouteOptions, 'params'>;

/** What `@Error` answers: a status from 400 to 599, or a class of errors and its subclasses. */
export type ErrorReference = number | Function;

/** `@Error(…)` as a function; as a class, it is the language's own `Error`. */
export interface ErrorDecorator extends Pick<ErrorConstructor, 'prototype' | 'captureStackTrace' | 'stackTraceLimit'> {
  (what?: ErrorReference | readonly ErrorReference[], options?: HandlerOptions): MethodMark;
  new (message?: string, options?: ErrorOptions): globalThis.Error;
}

const decorator = methodDecorator(
  'Error',
  (marks, what: ErrorReference | readonly ErrorReference[] = 500, options?: HandlerOptions) => {
    marks.errors = [...[what].flat(), ...(marks.errors ?? [])];
    if (options?.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
  },
);

/**
 * Answers errors of the routes of this controller with this method, and 404 and 405 under its prefix. Also called `OnError`.
 *
 * A module that imports the name `Error` loses the language's own to it, so it goes on to be that as well: as a type, after
 * `new`, `extends` and `instanceof`, and as the class that an error handler answers.
 *
 * @param what - a status (400 to 599) or error class, or a list of them. Default 500
 *
 * @example
 * @Error([404, MissingPost])
 * missing(error: HTTPError) {}
 *
 * @see Bottle's `error()`
 */
const Error: ErrorDecorator = new Proxy(globalThis.Error, {
  apply: (_target, _self, args) => decorator(...(args as Parameters<typeof decorator>)),
}) as unknown as ErrorDecorator;
type Error = globalThis.Error;

export { Error, Error as OnError };
