/** The meta-variables of a CGI request (RFC 3875 §4.1). Each character is one byte, as in the headers of `node:http`. */
export type CgiVariables = Readonly<Record<string, string | undefined>>;

/** What such variables say of a request, in the terms of the gateway interface. */
export interface CgiRequest {
  readonly method: string;
  readonly scriptName: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  readonly hasBody: boolean;
  /** The announced length of the body in bytes; `undefined` where it ends with its stream. */
  readonly length: number | undefined;
}

/** What to read into variables that front ends set in different ways. */
export interface CgiSettings {
  /** Where the app stands below its host, whatever `SCRIPT_NAME` says: `/shop`, or `''` for the root. */
  scriptName?: string | undefined;
  /** Without a `PATH_INFO`, take all of the path for the app's: as nginx and Apache's mod_proxy_fcgi mean it, where CGI has none. */
  isWhole?: boolean;
}

/**
 * Leaves the header `Proxy` out, as Apache and lighttpd do: under the name of its variable, programs look for the proxy of their own
 * requests. Whoever hands the variables to a program would hand over the client's.
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
  const { scriptName, path } = place(variables, settings);
  const query = variables.QUERY_STRING ?? afterMark(variables.REQUEST_URI ?? '');
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

/** Whether a body of unannounced length comes: in chunks, or by a version of HTTP whose bodies just end. */
function isOpenEnded(variables: CgiVariables, method: string, protocol: string): boolean {
  if (variables.HTTP_TRANSFER_ENCODING) return true;
  return !protocol.startsWith('1') && method !== 'GET' && method !== 'HEAD';
}

interface Place {
  readonly scriptName: string;
  readonly path: string;
}

/**
 * Where the app stands, and the path below, both as the client sent them if that can be told. `SCRIPT_NAME` and `PATH_INFO` are
 * decoded, which does away with the difference between a slash and an encoded one; `REQUEST_URI`, which RFC 3875 does not have
 * but every server sends, is not. What it leads to may have been rewritten, though: then only the decoded ones are right.
 */
function place(variables: CgiVariables, { scriptName: told, isWhole = false }: CgiSettings): Place {
  const script = variables.SCRIPT_NAME ?? '';
  const info = variables.PATH_INFO ?? '';
  const raw = rawPath(variables.REQUEST_URI);
  const whole = raw ?? escapePath(script + info);
  if (told !== undefined) return splitAfter(whole, withoutSlashes(told)) ?? { scriptName: told, path: rooted(escapePath(info)) };
  if (variables.PATH_INFO === undefined && isWhole) return { scriptName: '', path: rooted(whole) };
  const fallback = { scriptName: withoutSlashes(escapePath(script)), path: rooted(escapePath(info)) };
  if (raw === undefined) return fallback;
  if (info !== '') return splitBefore(raw, info) ?? fallback;
  // Without a path the script itself was asked for, or its folder, or a rule sends every path to it.
  return splitAfter(raw, script) ?? splitAfter(raw, script.replace(/\/[^/]*$/, '')) ?? fallback;
}

/** A path without the slashes at its end, however many. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The path of a request target, which may be a whole URL. */
function rawPath(uri: string | undefined): string | undefined {
  if (uri === undefined || uri === '') return undefined;
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.startsWith('/') ? escapePath(path, true) : undefined;
}

function afterMark(uri: string): string {
  const mark = uri.indexOf('?');
  return mark === -1 ? '' : uri.slice(mark + 1);
}

/** Splits a raw path after so much of it as means `prefix`. */
function splitAfter(raw: string, prefix: string): Place | undefined {
  let end = 0;
  for (let i = 0; i < prefix.length; i++) {
    if (raw[end] === prefix[i]) end += 1;
    else if (raw[end] === '%' && unescapePath(raw.slice(end, end + 3)) === prefix[i]) end += 3;
    else return undefined;
  }
  if (end < raw.length && raw[end] !== '/') return undefined;
  return { scriptName: raw.slice(0, end), path: rooted(raw.slice(end)) };
}

/** How deep below the root a path that was rewritten is looked for. */
const DEPTH = 32;

/** Splits a raw path before what means `suffix`. */
function splitBefore(raw: string, suffix: string): Place | undefined {
  let start = 0;
  for (let depth = 0; depth < DEPTH && start !== -1; depth++) {
    const path = raw.slice(start);
    if (means(path, suffix)) return { scriptName: raw.slice(0, start), path };
    start = raw.indexOf('/', start + 1);
  }
  return undefined;
}

/** Servers may have left encoded slashes alone, and made one slash of several; the environment holds no bytes that are not UTF-8. */
function means(raw: string, decoded: string): boolean {
  const text = unescapePath(raw);
  if (text === decoded || collapse(text) === decoded || readable(text) === decoded) return true;
  if (!/%2f/i.test(raw)) return false;
  const kept = raw.replace(/%(?!2f)([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return kept === decoded || collapse(kept) === decoded;
}

/** As node reads the environment. */
function readable(bytes: string): string {
  return Buffer.from(Buffer.from(bytes, 'latin1').toString('utf8'), 'utf8').toString('latin1');
}

function collapse(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function unescapePath(raw: string): string {
  return raw.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Percent-encodes what may not stand in a path (RFC 3986 §3.3). @param isEncoded leaves what is encoded already. */
export function escapePath(path: string, isEncoded = false): string {
  const illegal = isEncoded ? /%(?![0-9a-f]{2})|[^!$&'()*+,;=:@/\w.~%-]/gi : /[^!$&'()*+,;=:@/\w.~-]/g;
  return path.replace(illegal, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The request's headers: name, value, name, value …. */
export function headersOf(variables: CgiVariables): string[] {
  const headers: string[] = [];
  for (const [key, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    if (key.startsWith('HTTP_') && !OWN.has(key)) headers.push(titleCase(key.slice(5)), value);
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

/** What comes by variables of their own; what a client sends under these names is another header. */
const OWN = new Set(['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']);

/** A request header by its lower-case name. */
export function headerOf(variables: CgiVariables, name: string): string | undefined {
  if (name === 'content-type') return variables.CONTENT_TYPE || undefined;
  if (name === 'content-length') return variables.CONTENT_LENGTH || undefined;
  const value = variables[variableOf(name)];
  if (value !== undefined) return value;
  // Apache keeps it from scripts, and rules that hand it on all the same prefix the name.
  if (name === 'authorization') return variables.REDIRECT_HTTP_AUTHORIZATION;
  return name === 'host' ? serverName(variables) : undefined;
}

function variableOf(name: string): string {
  return `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** For clients that name no host, as those of HTTP/1.0. */
function serverName({ SERVER_NAME, SERVER_PORT, HTTPS }: CgiVariables): string | undefined {
  if (!SERVER_NAME) return undefined;
  const own = /^(?:on|1)$/i.test(HTTPS ?? '') ? '443' : '80';
  return SERVER_PORT === undefined || SERVER_PORT === own ? SERVER_NAME : `${SERVER_NAME}:${SERVER_PORT}`;
}

function titleCase(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/(?:^|-)[a-z]/g, (c) => c.toUpperCase());
}
