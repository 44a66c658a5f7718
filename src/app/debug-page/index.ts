import { errorAnswer, errorDetail, errorFormat } from '../../http/answer/error-page.js';
import type { HTTPError, HTTPResponse } from '../../http/http-error.js';
import { htmlPage } from '../../http/answer/html-page.js';
import type { Incident } from '../road/road-app.js';
import type { AppCore } from '../wiring/app-core.js';
import type { Route } from '../wiring/route.js';
import { type Failure, failuresOf, headline, tracebackText } from './failure.js';
import { debugHtml } from './debug-html.js';
import { requestFacts, requestLine } from './request-view.js';
import { routesView, routeView } from './route-view.js';
import { type SourceFrame, Sources } from './source-excerpt.js';
import { DEBUG_STYLE } from './debug-style.js';

/**
 * The error page of debug mode: the error with its causes, the source of each call, the wiring of the route, and the request. Clients
 * that do not accept HTML get problem details with `exception` and `traceback`, or text.
 *
 * The page masks credentials, but it shows source code, so it must not be used on public servers.
 */
export async function debugPage(incident: Incident): Promise<HTTPResponse> {
  const { context, error } = incident;
  const failures = failuresOfIncident(incident);
  const format = errorFormat(context.request, error);
  if (format === 'problem') return errorAnswer(error, format, JSON.stringify(problemOf(error, failures)));
  if (format === 'text') {
    const parts = [error.statusLine, errorDetail(error), ...(failures.length === 0 ? [] : [tracebackText(failures)])];
    return errorAnswer(error, format, `${parts.join('\n\n')}\n`);
  }
  const sources = new Sources();
  const frames = await Promise.all(failures.map((failure) => locateFrames(failure, sources)));
  const { html, policy } = htmlPage(titleOf(error, failures), DEBUG_STYLE, bodyOf(incident, failures, frames));
  return errorAnswer(error, format, html, policy);
}

/** The errors to show. An error raised on purpose is only shown if it is a server error or has a cause. */
function failuresOfIncident({ error, thrown, during }: Incident): Failure[] {
  const shown = thrown === error && error.status >= 500 ? error : error.cause;
  const failures = shown === undefined ? [] : failuresOf(shown);
  return during === undefined || during === error ? failures : [...failures, ...failuresOf(during, 'While handling')];
}

function problemOf(error: HTTPError, failures: readonly Failure[]): Record<string, unknown> {
  const [first] = failures;
  const problem = error.toProblem();
  return first === undefined ? problem : { ...problem, exception: headline(first), traceback: tracebackText(failures) };
}

function titleOf(error: HTTPError, [first]: readonly Failure[]): string {
  return first === undefined ? `Error: ${error.statusLine}` : `${headline(first).split('\n', 1)[0]} · ${error.statusLine}`;
}

function bodyOf(incident: Incident, failures: readonly Failure[], frames: readonly (readonly SourceFrame[])[]): string {
  const { context, error, place } = incident;
  const { request } = context;
  return debugHtml({
    statusLine: error.statusLine,
    reason: error.reason,
    detail: errorDetail(error),
    verb: request.method,
    url: requestLine(request),
    failures,
    frames,
    route: place.route === undefined ? undefined : routeView(place.route as Route, place.values),
    routes: place.route === undefined ? routesView(place.app as AppCore, request.method, place.rawPath) : undefined,
    request: requestFacts(context),
    problem: JSON.stringify(error.toProblem(), null, 2),
    platform: `Node.js ${process.version}`,
  });
}

function locateFrames({ frames }: Failure, sources: Sources): Promise<SourceFrame[]> {
  return Promise.all(
    frames.map((frame) => (frame.owner === 'app' ? sources.locate(frame) : Promise.resolve({ frame, excerpt: undefined }))),
  );
}
