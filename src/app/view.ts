import type { Callback } from '../controllers/context.js';
import { isStreamed, isThenable } from '../http/streams.js';
import { HTTPResponse } from '../http/errors.js';
import { template } from '../templates/index.js';
import type { Plugin, RouteInfo } from './plugin.js';
import type { Route } from './route.js';

/**
 * Renders the object that a method returns with the template that `@View` names. Every app has it, under the name `view`. A
 * string, a response or a stream passes through as it is.
 */
export class ViewPlugin implements Plugin {
  readonly name = 'view';
  readonly api = 2;

  apply(callback: Callback, route: RouteInfo): Callback {
    const { view } = route as Route;
    if (view === undefined) return callback;
    const name = String(view.template);
    const render = (result: unknown): unknown => (isVariables(result) ? template(name, view.defaults, result ?? {}) : result);
    return (context) => {
      const result = callback(context);
      return isThenable(result) ? result.then(render) : render(result);
    };
  }
}

/** Whether a result is an object of variables for a template, and no answer by itself. */
export function isVariables(result: unknown): result is object | undefined | null {
  if (result === undefined || result === null) return true;
  return (
    typeof result === 'object' &&
    !(result instanceof HTTPResponse) &&
    !ArrayBuffer.isView(result) &&
    !isStreamed(result) &&
    !Array.isArray(result)
  );
}
