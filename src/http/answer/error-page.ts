import { preferred } from '../fields/accept.js';
import { type HTTPError, HTTPResponse } from '../http-error.js';
import { escapeForeign, shorten } from '../../support/escape-html.js';
import { ERROR_STYLE, htmlPage } from './html-page.js';
import { isJsonType, parseContentType } from '../fields/media-type.js';
import type { Request } from '../request.js';
import { addVary } from '../fields/headers.js';

/** The format of an error answer. */
type ErrorFormat = 'html' | 'problem' | 'text';

const TYPES: Readonly<Record<ErrorFormat, string>> = {
  html: 'text/html; charset=UTF-8',
  problem: 'application/problem+json',
  text: 'text/plain; charset=UTF-8',
};

const HTML = ['text/html', 'text/html; charset=UTF-8'];
const JSON_TYPES = ['application/problem+json', 'application/json', 'application/json; charset=UTF-8'];
const TEXT = ['text/plain', 'text/plain; charset=UTF-8'];
// Clients that accept XHTML get the HTML page.
const XHTML = 'application/xhtml+xml';
const HTML_FIRST = [...HTML, ...JSON_TYPES, ...TEXT, XHTML];
const JSON_FIRST = [...JSON_TYPES, ...HTML, ...TEXT, XHTML];

/**
 * The answer to an error without a handler: a page for browsers, problem details (RFC 9457) for JSON clients, or plain text if the
 * client prefers it. It contains the message of the error, but no cause, stack trace or version.
 */
export function errorPage(error: HTTPError, request: Request): HTTPResponse {
  const format = errorFormat(request, error);
  if (format === 'problem') return errorAnswer(error, format, JSON.stringify(error.toProblem()));
  const detail = errorDetail(error);
  if (format === 'text') return errorAnswer(error, format, plainText(error, detail));
  const { html, policy } = htmlPage(`Error: ${error.statusLine}`, ERROR_STYLE, pageBody(error, detail, request));
  return errorAnswer(error, format, html, policy);
}

/**
 * Chooses the format of an error by the `Accept` header (RFC 9110 §12.5.1). Without a preference, the format is HTML, as in Bottle.
 * It is problem details for clients that sent JSON, for `XMLHttpRequest`, for clients that accept a JSON type and no HTML, and for
 * validation errors (422). A client that accepts none of the formats gets the default.
 */
export function errorFormat(request: Request, error: HTTPError): ErrorFormat {
  const accept = request.getHeader('accept') ?? '';
  const offers = prefersJson(request, accept) || error.status === 422 ? JSON_FIRST : HTML_FIRST;
  const best = preferred(accept, offers) ?? (offers[0] as string);
  if (TEXT.includes(best)) return 'text';
  return JSON_TYPES.includes(best) ? 'problem' : 'html';
}

function prefersJson(request: Request, accept: string): boolean {
  if (request.isXhr || isJsonType(parseContentType(request.contentType).type)) return true;
  if (/html/i.test(accept)) return false;
  return accept.split(',').some((element) => /[/+]json\b/i.test(element) && !/;\s*q=0(?:\.0*)?\s*$/i.test(element));
}

/** The message of the error for the client. */
export function errorDetail(error: HTTPError): string {
  return typeof error.body === 'string' ? error.body : error.message;
}

/**
 * An answer with the status and headers of an error, without the headers that describe the error's own body.
 *
 * @param policy the Content-Security-Policy of a page.
 */
export function errorAnswer(error: HTTPError, format: ErrorFormat, body: string, policy?: string): HTTPResponse {
  const answer = new HTTPResponse(body, { status: error.statusLine, headers: [...error.headers] });
  const { headers } = answer;
  for (const name of ['Content-Encoding', 'Content-Length', 'ETag', 'Last-Modified']) headers.delete(name);
  headers.set('Content-Type', TYPES[format]);
  headers.set('X-Content-Type-Options', 'nosniff');
  if (policy !== undefined) headers.set('Content-Security-Policy', policy);
  addVary(headers, 'Accept, X-Requested-With');
  return answer;
}

function plainText(error: HTTPError, detail: string): string {
  return detail === error.reason ? `${error.statusLine}\n` : `${error.statusLine}\n\n${detail}\n`;
}

function pageBody(error: HTTPError, detail: string, request: Request): string {
  const detailHtml = detail === error.reason ? '' : `<p class="detail">${escapeForeign(detail)}</p>\n`;
  return `<main>
<p class="status">${error.status}</p>
<h1>${escapeForeign(error.reason)}</h1>
<p>Sorry, the requested URL <code>${escapeForeign(shorten(request.fullPath, 300))}</code> caused an error.</p>
${detailHtml}</main>
`;
}
