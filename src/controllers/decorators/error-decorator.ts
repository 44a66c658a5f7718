import { optionNames } from '../../support/known-options.js';
import { type MethodMark, methodDecorator, recordUnknownOptions } from './decorator-factory.js';
import type { RouteOptions } from './route-options.js';

/** Options of an error handler. */
export type HandlerOptions = Pick<RouteOptions, 'params'>;

/** The names of the options of error handlers and hooks. */
export const HANDLER_OPTIONS = optionNames<HandlerOptions>({ params: true });

/** The errors that `@Error` handles: a status from 400 to 599, or an error class with its subclasses. */
type ErrorReference = number | Function;

/** The decorator `@Error(…)`. As a class, it is the built-in `Error`. */
interface ErrorDecorator extends Pick<ErrorConstructor, 'prototype' | 'captureStackTrace' | 'stackTraceLimit'> {
  (what?: ErrorReference | readonly ErrorReference[], options?: HandlerOptions): MethodMark;
  new (message?: string, options?: ErrorOptions): globalThis.Error;
}

const decorator = methodDecorator(
  'Error',
  (marks, what: ErrorReference | readonly ErrorReference[] = 500, options?: HandlerOptions) => {
    recordUnknownOptions(marks, 'Error', options, HANDLER_OPTIONS);
    marks.errors = [...[what].flat(), ...(marks.errors ?? [])];
    if (options?.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
  },
);

/**
 * Makes a method the handler for errors of the routes of this controller, and for 404 and 405 under its prefix. Also exported as
 * `OnError`.
 *
 * Importing `Error` shadows the built-in class, so this export also works as that class: as a type, after `new`, `extends` and
 * `instanceof`, and as the class that a handler handles.
 *
 * @param what - a status (400 to 599) or error class, or a list of them. Default: 500
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
