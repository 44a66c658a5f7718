import type { ParsedRequest } from '../parsed-exchange.js';

/** The meta-variables of a CGI request (RFC 3875 §4.1). Each character is one byte, like the headers of `node:http`. */
export type CgiVariables = Readonly<Record<string, string | undefined>>;

/** The contents of the variables, in the terms of the gateway interface. */
export interface CgiRequest extends ParsedRequest {
  readonly hasBody: boolean;
  /** The announced length of the body, in bytes; `undefined` when the body ends with its stream. */
  readonly length: number | undefined;
}

/** How to read variables that web servers set in different ways. */
export interface CgiSettings {
  /** The base path of the app: `/shop`, or `''` for the root. It overrides `SCRIPT_NAME`. */
  scriptName?: string | undefined;
  /**
   * Without `PATH_INFO`, the whole path belongs to the app. nginx and Apache's mod_proxy_fcgi send it like this. In CGI, the path
   * is empty then.
   */
  isWhole?: boolean;
}

/**
 * Removes the header `Proxy`, as Apache and lighttpd do. Programs look up the proxy for their own requests in the variable with
 * this name, so a client could set it.
 *
 * @see https://httpoxy.org
 */
export function withoutProxy(variables: CgiVariables): CgiVariables {
  if (variables.HTTP_PROXY === undefined) return variables;
  const { HTTP_PROXY: _, ...others } = variables;
  return others;
}

/** Reads the meta-variables. */
export function readVariables(variables: CgiVariables, settings: CgiSettings = {}): CgiRequest {
  const { scriptName, path } = splitPath(variables, settings);
  const query = variables.QUERY_STRING ?? queryString(variables.REQUEST_URI ?? '');
  const protocol = /^HTTP\/(\d+(?:\.\d+)?)/i.exec(variables.SERVER_PROTOCOL ?? '')?.[1] ?? '1.1';
  const announced = variables.CONTENT_LENGTH;
  const length = announced !== undefined && /^\d+$/.test(announced) ? Number(announced) : undefined;
  const method = variables.REQUEST_METHOD ?? 'GET';
  return {
    method,
    scriptName,
    target: query === '' ? path : `${path}?${query}`,
    httpVersion: protocol.replace(/\.0$/, (zero) => (protocol.startsWith('1') ? zero : '')),
    secure: /^(?:on|1)$/i.test(variables.HTTPS ?? '') || variables.REQUEST_SCHEME?.toLowerCase() === 'https',
    remoteAddress: variables.REMOTE_ADDR || undefined,
    hasBody: length === undefined ? isOpenEnded(variables, method, protocol) : length > 0,
    length,
  };
}

/** Whether a body of unknown length follows: in chunks, or in a version of HTTP without announced lengths. */
function isOpenEnded(variables: CgiVariables, method: string, protocol: string): boolean {
  if (variables.HTTP_TRANSFER_ENCODING) return true;
  return !protocol.startsWith('1') && method !== 'GET' && method !== 'HEAD';
}

interface PathSplit {
  readonly scriptName: string;
  readonly path: string;
}

/**
 * Splits the path into the base path of the app and the rest, as the client sent them if possible. `SCRIPT_NAME` and `PATH_INFO`
 * are decoded, so that a slash and an encoded slash look the same. `REQUEST_URI` is not decoded. RFC 3875 does not define it, but
 * every server sends it. After a rewrite it may differ; then the decoded variables are used.
 */
function splitPath(variables: CgiVariables, { scriptName: baseOption, isWhole = false }: CgiSettings): PathSplit {
  const script = variables.SCRIPT_NAME ?? '';
  const info = variables.PATH_INFO ?? '';
  const raw = rawPath(variables.REQUEST_URI);
  const whole = raw ?? escapePath(script + info);
  if (baseOption !== undefined)
    return splitAfter(whole, withoutSlashes(baseOption)) ?? { scriptName: baseOption, path: withLeadingSlash(escapePath(info)) };
  if (variables.PATH_INFO === undefined && isWhole) return { scriptName: '', path: withLeadingSlash(whole) };
  const fallback = { scriptName: withoutSlashes(escapePath(script)), path: withLeadingSlash(escapePath(info)) };
  if (raw === undefined) return fallback;
  if (info !== '') return splitBefore(raw, info) ?? fallback;
  // Without a path, the request is for the script itself, for its folder, or a rewrite rule sends every path to the script.
  return splitAfter(raw, script) ?? splitAfter(raw, script.replace(/\/[^/]*$/, '')) ?? fallback;
}

/** The path without trailing slashes. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The path of a request target, which may be an absolute URL. */
function rawPath(uri: string | undefined): string | undefined {
  if (uri === undefined || uri === '') return undefined;
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.startsWith('/') ? escapePath(path, true) : undefined;
}

function queryString(uri: string): string {
  const index = uri.indexOf('?');
  return index === -1 ? '' : uri.slice(index + 1);
}

/** Splits a raw path after the part that equals `prefix` when decoded. */
function splitAfter(raw: string, prefix: string): PathSplit | undefined {
  let end = 0;
  for (let i = 0; i < prefix.length; i++) {
    if (raw[end] === prefix[i]) end += 1;
    else if (raw[end] === '%' && unescapePath(raw.slice(end, end + 3)) === prefix[i]) end += 3;
    else return undefined;
  }
  if (end < raw.length && raw[end] !== '/') return undefined;
  return { scriptName: raw.slice(0, end), path: withLeadingSlash(raw.slice(end)) };
}

/** The most leading segments that are skipped when a rewritten path is located. */
const MAX_DEPTH = 32;

/** Splits a raw path before the part that equals `suffix` when decoded. */
function splitBefore(raw: string, suffix: string): PathSplit | undefined {
  let start = 0;
  for (let depth = 0; depth < MAX_DEPTH && start !== -1; depth++) {
    const path = raw.slice(start);
    if (decodesTo(path, suffix)) return { scriptName: raw.slice(0, start), path };
    start = raw.indexOf('/', start + 1);
  }
  return undefined;
}

/** Servers may leave encoded slashes encoded and merge repeated slashes. The environment contains valid UTF-8 only. */
function decodesTo(raw: string, decoded: string): boolean {
  const text = unescapePath(raw);
  if (text === decoded || mergeSlashes(text) === decoded || asEnvironmentText(text) === decoded) return true;
  if (!/%2f/i.test(raw)) return false;
  const partlyDecoded = raw.replace(/%(?!2f)([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return partlyDecoded === decoded || mergeSlashes(partlyDecoded) === decoded;
}

/** The text as Node reads it from the environment. */
function asEnvironmentText(bytes: string): string {
  return Buffer.from(Buffer.from(bytes, 'latin1').toString('utf8'), 'utf8').toString('latin1');
}

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}

function withLeadingSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function unescapePath(raw: string): string {
  return raw.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Percent-encodes characters that are not allowed in a path (RFC 3986 §3.3).
 *
 * @param isEncoded leaves existing escapes unchanged.
 */
export function escapePath(path: string, isEncoded = false): string {
  const illegal = isEncoded ? /%(?![0-9a-f]{2})|[^!$&'()*+,;=:@/\w.~%-]/gi : /[^!$&'()*+,;=:@/\w.~-]/g;
  return path.replace(illegal, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The headers of the request: name, value, name, value …. */
export function headersOf(variables: CgiVariables): string[] {
  const headers: string[] = [];
  for (const [key, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    if (key.startsWith('HTTP_') && !SEPARATE_VARIABLES.has(key)) headers.push(titleCase(key.slice(5)), value);
  }
  const { CONTENT_TYPE, CONTENT_LENGTH } = variables;
  if (CONTENT_TYPE) headers.push('Content-Type', CONTENT_TYPE);
  if (CONTENT_LENGTH) headers.push('Content-Length', CONTENT_LENGTH);
  for (const name of ['host', 'authorization']) {
    const value = variables[variableOf(name)] === undefined ? headerOf(variables, name) : undefined;
    if (value !== undefined) headers.push(titleCase(name), value);
  }
  return headers;
}

/** These headers have variables of their own. A client's header with this name is a different one. */
const SEPARATE_VARIABLES = new Set(['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']);

/** A header of the request, by its name in lower case. */
export function headerOf(variables: CgiVariables, name: string): string | undefined {
  if (name === 'content-type') return variables.CONTENT_TYPE || undefined;
  if (name === 'content-length') return variables.CONTENT_LENGTH || undefined;
  const value = variables[variableOf(name)];
  if (value !== undefined) return value;
  // Apache removes this header. Rewrite rules that pass it on add a prefix to its name.
  if (name === 'authorization') return variables.REDIRECT_HTTP_AUTHORIZATION;
  return name === 'host' ? serverName(variables) : undefined;
}

function variableOf(name: string): string {
  return `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The host, for requests without a Host header (HTTP/1.0). */
function serverName({ SERVER_NAME, SERVER_PORT, HTTPS }: CgiVariables): string | undefined {
  if (!SERVER_NAME) return undefined;
  const defaultPort = /^(?:on|1)$/i.test(HTTPS ?? '') ? '443' : '80';
  return SERVER_PORT === undefined || SERVER_PORT === defaultPort ? SERVER_NAME : `${SERVER_NAME}:${SERVER_PORT}`;
}

function titleCase(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/(?:^|-)[a-z]/g, (c) => c.toUpperCase());
}
