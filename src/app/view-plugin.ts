import type { Callback, Context } from '../http/context.js';
import type { ViewRenderer, ViewMark } from '../controllers/decorators/view-options.js';
import { preferred } from '../http/fields/accept.js';
import { HTTPError, HTTPResponse } from '../http/http-error.js';
import { isFetchResponse } from '../http/answer/fetch-response.js';
import { isArrayBuffer, isError } from '../support/value-kinds.js';
import { isStreamed } from '../http/answer/streams.js';
import { isThenable } from '../support/value-kinds.js';
import { addVary } from '../http/fields/headers.js';
import { simpleTemplateEngine } from '../templates/index.js';
import { mergeVariables } from '../templates/variables.js';
import type { Plugin, RouteInfo } from './wiring/plugin.js';
import type { Route } from './wiring/route.js';
import { SOCKET_VERB } from './road/socket-route.js';
import { templateLookup } from './template-path.js';

/**
 * Renders the object that a method returns with the template of `@View` or `config: { template }`. Every app installs it, under the
 * name `view`. Other results pass unchanged: a string, a list, a response, a stream.
 */
export class ViewPlugin implements Plugin {
  readonly name = 'view';

  apply(callback: Callback, route: RouteInfo): Callback {
    const { view, json } = route as Route;
    if (view === undefined || route.method === SOCKET_VERB) return callback;
    const render = renderer(view, route);
    // Without `autojson`, an object cannot be sent as JSON.
    const offersJson = json && view.options.json !== false;
    const answer = (result: unknown, context: Context): unknown => {
      if (!isVariables(result)) return result;
      if (offersJson && prefersJson(context)) return context.error === undefined ? (result ?? {}) : problem(context);
      return render(result ?? {}, context);
    };
    return (context) => {
      const result = callback(context);
      return isThenable(result) ? Promise.resolve(result).then((value) => answer(value, context)) : answer(result, context);
    };
  }
}

/** Returns the function that renders a returned object. @throws TypeError for an invalid view */
function renderer(view: ViewMark, route: RouteInfo): (result: object, context: Context) => unknown {
  const { template, defaults, options } = view;
  if ((typeof template !== 'string' && typeof template !== 'object') || template === null || template === '') {
    const given = template === '' ? 'an empty text' : template === null ? 'null' : `a ${typeof template}`;
    throw new TypeError(`The view needs the name or the source of a template, not ${given}: @View('page.tpl').`);
  }
  const engine: ViewRenderer = options.engine ?? simpleTemplateEngine;
  const settings = () => {
    const lookup = templateLookup(route.config);
    return lookup && { lookup };
  };
  const hasDefaults = Object.keys(defaults).length > 0;
  const merge = (result: object, { touchedVariables }: Context): object => {
    const variables = hasDefaults ? [defaults, result] : [result];
    return mergeVariables(touchedVariables === undefined ? variables : [touchedVariables, ...variables]);
  };
  if (options.stream) {
    if (!engine.stream) throw new TypeError('The engine of the view cannot stream: remove { stream: true }.');
    return (result, context) => engine.stream?.(template, merge(result, context), settings());
  }
  return (result, context) => {
    const found = settings();
    const waits = options.async ?? engine.waits?.(template, found) ?? false;
    const variables = merge(result, context);
    return waits ? engine.renderAsync(template, variables, found) : engine.render(template, variables, found);
  };
}

const OFFERS = ['text/html', 'application/xhtml+xml', 'application/json'];

/** Whether the client prefers JSON to the page. A response with a `Content-Type` is always rendered. */
function prefersJson({ exchange, response }: Context): boolean {
  if (response.headerDict.has('Content-Type')) return false;
  addVary(response.headerDict, 'Accept');
  const accept = exchange.header('accept');
  return accept !== undefined && /json/i.test(accept) && preferred(accept, OFFERS) === 'application/json';
}

/** The problem details of an error. They replace the handler's variables, which are for the template. */
function problem({ error, response }: Context): HTTPResponse {
  const http = error instanceof HTTPError ? error : new HTTPError(response.statusLine);
  const body = JSON.stringify({ ...http.toProblem(), status: response.status });
  return new HTTPResponse(body, { status: response.statusLine, headers: { 'Content-Type': 'application/problem+json' } });
}

/** Whether a result contains variables for a template, and is not a response itself. */
function isVariables(result: unknown): result is object | undefined | null {
  if (result === undefined || result === null) return true;
  return (
    typeof result === 'object' &&
    !Array.isArray(result) &&
    !(result instanceof HTTPResponse) &&
    !ArrayBuffer.isView(result) &&
    !isArrayBuffer(result) &&
    !isFetchResponse(result) &&
    !isStreamed(result) &&
    !isError(result)
  );
}
