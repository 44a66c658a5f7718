import { preferred } from './accept.js';
import { type HTTPError, HTTPResponse } from './errors.js';
import { escapeText } from './escape.js';
import type { Request } from './request.js';

/**
 * The answer to an error that no handler took: a page for browsers, problem details (RFC 9457) for clients that speak JSON.
 * Outside debug mode it says what the error's author said to the client, and nothing else.
 */
export function errorPage(error: HTTPError, request: Request, debug: boolean): HTTPResponse {
  const headers = [...error.headers];
  const wantsJson = prefersJson(request, error);
  const body = wantsJson ? JSON.stringify(problemOf(error, debug)) : htmlPage(error, request, debug);
  const page = new HTTPResponse(body, { status: error.statusLine, headers });
  for (const name of ['Content-Encoding', 'Content-Length', 'ETag', 'Last-Modified']) page.headers.delete(name);
  page.headers.set('Content-Type', wantsJson ? 'application/problem+json' : 'text/html; charset=UTF-8');
  return page;
}

/** Whether a client is rather told in JSON: it says so, or it sent JSON itself and does not ask for HTML. */
function prefersJson(request: Request, error: HTTPError): boolean {
  const accept = request.getHeader('accept');
  const offers = ['text/html', 'application/problem+json', 'application/json'];
  if (accept !== undefined && /json|html/i.test(accept)) {
    const best = preferred(accept, offers);
    if (best !== undefined) return best !== 'text/html';
  }
  // What was refused in validation is told to programs, unless a browser asked.
  return error.status === 422 || request.isXhr || /\bjson\b/i.test(request.contentType);
}

function problemOf(error: HTTPError, debug: boolean): Record<string, unknown> {
  const problem = error.toProblem();
  return debug && error.cause !== undefined
    ? { ...problem, exception: describe(error.cause), traceback: stackOf(error.cause) }
    : problem;
}

function htmlPage(error: HTTPError, request: Request, debug: boolean): string {
  const title = `Error: ${error.statusLine}`;
  const detail = typeof error.body === 'string' ? error.body : error.message;
  const cause = debug && error.cause !== undefined ? traceback(error.cause) : '';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>
html { background: #eee; color: #222; font-family: system-ui, sans-serif; }
body { background: #fff; border: 1px solid #ddd; border-radius: 6px; margin: 2em auto; max-width: 60em; padding: 1em 2em; }
pre { background: #f6f6f6; border: 1px solid #ddd; overflow: auto; padding: 1em; }
</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p>Sorry, the requested URL <code>${escapeText(request.fullPath)}</code> caused an error:</p>
<pre>${escapeText(detail)}</pre>
${cause}</body>
</html>
`;
}

function traceback(cause: unknown): string {
  return `<h2>Exception</h2>\n<pre>${escapeText(describe(cause))}</pre>\n<h2>Traceback</h2>\n<pre>${escapeText(stackOf(cause))}</pre>\n`;
}

function describe(cause: unknown): string {
  return cause instanceof globalThis.Error ? `${cause.name}: ${cause.message}` : String(cause);
}

function stackOf(cause: unknown): string {
  return cause instanceof globalThis.Error ? (cause.stack ?? '') : '';
}
