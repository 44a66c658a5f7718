import { crypto } from '../../support/lazy-crypto.js';
import { preferredEncoding } from '../fields/accept.js';
import { checkPreconditions, type HeaderReader, rangeIsCurrent, type Validators } from '../fields/conditional.js';
import { formatHttpDate } from '../fields/dates.js';
import { HTTPError, HTTPResponse } from '../http-error.js';
import { FileBody } from './file-body.js';
import { HeaderDict, addVary } from '../fields/headers.js';
import { type ByteRange, contentRange, multipartFrames, parseRange } from './ranges.js';
import { parseContentType, withCharset } from '../fields/media-type.js';
import { isTextType, mediaTypeOf } from './mime.js';
import { type OpenFile, openBelow, openIfThere } from './open-file.js';
import { safeSegments } from './safe-path.js';

/** A file to be sent, with all that does not depend on the request. */
export interface FilePlan {
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly dotfiles: boolean;
  readonly mimetype: string | boolean;
  readonly charset: string | false;
  readonly download: boolean | string | undefined;
  /** Whether compressed siblings may be sent in its place, if it is text. */
  readonly precompressed: boolean;
  readonly etag: 'strong' | 'weak' | { readonly tag: string } | undefined;
  readonly cacheControl: string | undefined;
  readonly disposition: string | undefined;
}

/** The same with the type of the file. */
interface TypedPlan extends FilePlan {
  readonly contentType: string | undefined;
}

/** What the answer depends on. */
export interface FileAsked {
  readonly method: string;
  readonly header: HeaderReader;
  /** The status of the response so far. Another one than 200 is kept, and then there are no conditions and no ranges. */
  readonly status: number;
}

/** Files up to this size in bytes are read whole, and sent at once. */
const SMALL = 64 * 1024;
/** The coarsest clock of a file system, FAT, counts in steps of so many milliseconds. */
const CLOCK_STEP = 2000;

/** Smallest first, as a rule. */
const SIBLINGS: Readonly<Record<string, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' };

/** What describes the body that a 304 does not have (RFC 9110 section 15.4.5). */
const OF_BODY = /^(?:content-(?!location$|security-policy)|accept-ranges$)/i;

/**
 * The response to a request for a file: 200, 206 or 304.
 *
 * @throws HTTPError 403, 404, 412, 416.
 */
export async function answerFile(given: FilePlan, extra: HeaderDict | undefined, asked: FileAsked): Promise<HTTPResponse> {
  const plan = typed(given);
  const segments = safeSegments(plan.name, plan);
  const original = await openBelow(plan.root, segments);
  let file = original;
  try {
    const selected = plan.precompressed ? await selectSibling(plan, segments, original, asked) : undefined;
    if (selected !== undefined) {
      file = selected.file;
      await original.handle.close();
    }
    const response = respond(plan, extra, asked, file, selected?.coding);
    const { body } = response;
    if (!(body instanceof FileBody)) await file.handle.close();
    else if (body.length <= SMALL) response.body = await body.bytes();
    return response;
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

function typed(plan: FilePlan): TypedPlan {
  const contentType = contentTypeOf(plan);
  const isText = contentType !== undefined && isTextType(parseContentType(contentType).type);
  return { ...plan, contentType, precompressed: plan.precompressed && isText };
}

function contentTypeOf({ name, mimetype, charset, download }: FilePlan): string | undefined {
  if (mimetype === false) return undefined;
  let type = typeof mimetype === 'string' && mimetype !== 'auto' ? mimetype : undefined;
  if (type === undefined && typeof download === 'string') type = mediaTypeOf(download);
  type ??= mediaTypeOf(name.slice(name.lastIndexOf('/') + 1)) ?? 'application/octet-stream';
  if (charset === false || charset === '') return type;
  const { type: bare, parameters } = parseContentType(type);
  return parameters.charset === undefined && isTextType(bare) ? withCharset(type, charset) : type;
}

/** The sibling in the coding that the client likes best. One that is older than the file is a left-over, and is passed over. */
async function selectSibling(
  { root }: FilePlan,
  segments: readonly string[],
  original: OpenFile,
  { header }: FileAsked,
): Promise<{ file: OpenFile; coding: string } | undefined> {
  const accepted = header('accept-encoding');
  const codings = Object.keys(SIBLINGS);
  for (;;) {
    const coding = preferredEncoding(accepted, [...codings, 'identity']);
    if (coding === undefined || coding === 'identity') return undefined;
    const file = await openIfThere(root, [...segments.slice(0, -1), `${segments.at(-1)}${SIBLINGS[coding]}`]);
    if (file !== undefined) {
      if (file.mtimeMs + CLOCK_STEP >= original.mtimeMs) return { file, coding };
      await file.handle.close();
    }
    codings.splice(codings.indexOf(coding), 1);
  }
}

/** The response, with the handle in its body if it has one. */
function respond(
  plan: TypedPlan,
  extra: HeaderDict | undefined,
  asked: FileAsked,
  file: OpenFile,
  coding: string | undefined,
): HTTPResponse {
  const validators = validatorsOf(plan, file, coding);
  const headers = headersOf(plan, validators, coding);
  if (extra !== undefined) mergeHeaders(headers, extra);
  const { size } = file;
  const { method, header, status } = asked;
  const isRead = method === 'GET' || method === 'HEAD';

  if (isRead && status === 200) {
    const verdict = checkPreconditions(header, validators);
    if (verdict === 412)
      throw new HTTPError(412, 'The file is not in the state that the request expects.', { code: 'BN_PRECONDITION' });
    if (verdict === 304) {
      for (const name of [...headers.keys()]) if (OF_BODY.test(name)) headers.delete(name);
      return new HTTPResponse(undefined, { status: 304, headers });
    }
  }
  if (method === 'HEAD') {
    headers.set('Content-Length', size);
    return new HTTPResponse(undefined, { status, headers });
  }
  // RFC 9110 section 14.2: ranges have a meaning with GET only.
  const isRanged = method === 'GET' && status === 200 && rangeIsCurrent(header('if-range'), validators);
  const ranges = isRanged ? parseRange(header('range'), size) : undefined;
  if (ranges === 'unsatisfiable') {
    throw new HTTPError(416, `The file has ${size} bytes, none of which are in the range that was asked for.`, {
      headers: { 'Content-Range': contentRange(undefined, size), 'Accept-Ranges': 'bytes' },
      code: 'BN_RANGE',
    });
  }
  return ranges === undefined ? whole(file, status, headers) : partial(file, ranges, headers);
}

function whole({ handle, size }: OpenFile, status: number, headers: HeaderDict): HTTPResponse {
  headers.set('Content-Length', size);
  const body = size === 0 ? '' : new FileBody(handle, [{ first: 0, last: size - 1 }]);
  return new HTTPResponse(body, { status, headers });
}

function partial({ handle, size }: OpenFile, ranges: readonly ByteRange[], headers: HeaderDict): HTTPResponse {
  const [only] = ranges;
  let pieces: (ByteRange | Uint8Array)[] = [...ranges];
  if (ranges.length === 1 && only !== undefined) {
    headers.set('Content-Range', contentRange(only, size));
  } else {
    const boundary = crypto().randomBytes(16).toString('hex');
    const { heads, tail } = multipartFrames(ranges, size, headers.get('Content-Type'), boundary);
    headers.set('Content-Type', `multipart/byteranges; boundary=${boundary}`);
    pieces = [...ranges.flatMap((range, index) => [heads[index] as Uint8Array, range]), tail];
  }
  const body = new FileBody(handle, pieces);
  headers.set('Content-Length', body.length);
  return new HTTPResponse(body, { status: 206, headers });
}

function validatorsOf({ etag }: FilePlan, { size, mtimeMs }: OpenFile, coding: string | undefined): Validators {
  // A file from the future would be newer than the response (RFC 9110 section 8.8.2.1).
  const lastModified = Math.min(mtimeMs, Date.now());
  if (etag === undefined) return { etag: undefined, lastModified };
  // Every coding is a representation of its own (RFC 9110 section 8.8.3.3).
  const suffix = coding === undefined ? '' : `-${coding}`;
  if (typeof etag === 'object') return { etag: etag.tag.replace(/"$/, `${suffix}"`), lastModified };
  const tag = `"${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}${suffix}"`;
  return { etag: etag === 'weak' ? `W/${tag}` : tag, lastModified };
}

function headersOf(plan: TypedPlan, { etag, lastModified }: Validators, coding: string | undefined): HeaderDict {
  const headers = new HeaderDict();
  if (plan.contentType !== undefined) headers.set('Content-Type', plan.contentType);
  if (coding !== undefined) headers.set('Content-Encoding', coding);
  // Even where no sibling is there today.
  if (plan.precompressed) headers.set('Vary', 'Accept-Encoding');
  if (plan.disposition !== undefined) headers.set('Content-Disposition', plan.disposition);
  if (plan.cacheControl !== undefined) headers.set('Cache-Control', plan.cacheControl);
  headers.set('Accept-Ranges', 'bytes');
  if (lastModified !== undefined) headers.set('Last-Modified', formatHttpDate(Math.max(0, lastModified)));
  if (etag !== undefined) headers.set('ETag', etag);
  return headers;
}

/** The caller's own headers win. */
function mergeHeaders(headers: HeaderDict, extra: HeaderDict): void {
  for (const name of extra.keys()) {
    if (name.toLowerCase() === 'vary') for (const value of extra.getAll(name)) addVary(headers, value);
    else headers.set(name, extra.getAll(name));
  }
}
