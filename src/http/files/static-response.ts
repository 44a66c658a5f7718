import { crypto } from '../../support/lazy-crypto.js';
import { preferredEncoding } from '../fields/accept.js';
import { checkPreconditions, type HeaderReader, isRangeApplicable, type Validators } from '../fields/conditional.js';
import { formatHttpDate } from '../fields/dates.js';
import { HTTPError, HTTPResponse } from '../http-error.js';
import { FileBody } from './file-body.js';
import { HeaderDict, addVary } from '../fields/headers.js';
import { type ByteRange, contentRange, multipartFrames, parseRange } from './ranges.js';
import { parseContentType, withCharset } from '../fields/media-type.js';
import { isTextType, mediaTypeOf } from './mime.js';
import { type OpenFile, openBelow, openIfExists } from './open-file.js';
import { checkAddress, type FileAddress, safeSegments } from './safe-path.js';

/** A file to send, with all settings that do not depend on the request. */
export interface FilePlan {
  readonly name: string;
  /** An absolute path. */
  readonly root: string;
  readonly dotfiles: boolean;
  readonly mimetype: string | boolean;
  readonly charset: string | false;
  readonly download: boolean | string | undefined;
  /** Whether compressed variants of text files may be sent. */
  readonly precompressed: boolean;
  readonly etag: 'strong' | 'weak' | { readonly tag: string } | undefined;
  readonly cacheControl: string | undefined;
  readonly disposition: string | undefined;
}

/** A plan with the content type of the file. */
interface TypedPlan extends FilePlan {
  readonly contentType: string | undefined;
}

/** The properties of a request that the answer depends on. */
export interface FileConditions {
  readonly method: string;
  readonly header: HeaderReader;
  /** The current status of the response. A status other than 200 is kept, and disables conditions and ranges. */
  readonly status: number;
  /** The address that the request asked for; `undefined` without a request. */
  readonly address?: FileAddress;
}

/** Files up to this size in bytes are read into memory and not streamed. */
const MAX_BUFFERED_SIZE = 64 * 1024;
/** The clock resolution of FAT, the coarsest of all file systems, in milliseconds. */
const CLOCK_RESOLUTION = 2000;

/** The file extensions of content codings, usually the smallest first. */
const SIBLINGS: Readonly<Record<string, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' };

/** Headers that describe a body. A 304 does not have them (RFC 9110 section 15.4.5). */
const REPRESENTATION_HEADER = /^(?:content-(?!location$|security-policy)|accept-ranges$)/i;

/**
 * The response to a request for a file: 200, 206 or 304.
 *
 * @throws HTTPError 403, 404, 412, 416.
 */
export async function answerFile(given: FilePlan, extra: HeaderDict | undefined, asked: FileConditions): Promise<HTTPResponse> {
  const plan = withContentType(given);
  const segments = safeSegments(plan.name, plan);
  if (asked.address !== undefined) checkAddress(plan.name, asked.address);
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
    else if (body.length <= MAX_BUFFERED_SIZE) response.body = await body.bytes();
    return response;
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

function withContentType(plan: FilePlan): TypedPlan {
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

/** Selects the compressed variant that the client prefers. Ignores variants that are older than the file. */
async function selectSibling(
  { root }: FilePlan,
  segments: readonly string[],
  original: OpenFile,
  { header }: FileConditions,
): Promise<{ file: OpenFile; coding: string } | undefined> {
  const accepted = header('accept-encoding');
  const codings = Object.keys(SIBLINGS);
  for (;;) {
    const coding = preferredEncoding(accepted, [...codings, 'identity']);
    if (coding === undefined || coding === 'identity') return undefined;
    const file = await openIfExists(root, [...segments.slice(0, -1), `${segments.at(-1)}${SIBLINGS[coding]}`]);
    if (file !== undefined) {
      if (file.mtimeMs + CLOCK_RESOLUTION >= original.mtimeMs) return { file, coding };
      await file.handle.close();
    }
    codings.splice(codings.indexOf(coding), 1);
  }
}

/** Creates the response. Its body, if there is one, owns the handle. */
function respond(
  plan: TypedPlan,
  extra: HeaderDict | undefined,
  asked: FileConditions,
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
      for (const name of [...headers.keys()]) if (REPRESENTATION_HEADER.test(name)) headers.delete(name);
      return new HTTPResponse(undefined, { status: 304, headers });
    }
  }
  if (method === 'HEAD') {
    headers.set('Content-Length', size);
    return new HTTPResponse(undefined, { status, headers });
  }
  // Ranges are defined for GET only (RFC 9110 section 14.2).
  const isRanged = method === 'GET' && status === 200 && isRangeApplicable(header('if-range'), validators);
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
  let parts: (ByteRange | Uint8Array)[] = [...ranges];
  if (ranges.length === 1 && only !== undefined) {
    headers.set('Content-Range', contentRange(only, size));
  } else {
    const boundary = crypto().randomBytes(16).toString('hex');
    const { heads, tail } = multipartFrames(ranges, size, headers.get('Content-Type'), boundary);
    headers.set('Content-Type', `multipart/byteranges; boundary=${boundary}`);
    parts = [...ranges.flatMap((range, index) => [heads[index] as Uint8Array, range]), tail];
  }
  const body = new FileBody(handle, parts);
  headers.set('Content-Length', body.length);
  return new HTTPResponse(body, { status: 206, headers });
}

function validatorsOf({ etag }: FilePlan, { size, mtimeMs }: OpenFile, coding: string | undefined): Validators {
  // `Last-Modified` must not be later than the response (RFC 9110 section 8.8.2.1).
  const lastModified = Math.min(mtimeMs, Date.now());
  if (etag === undefined) return { etag: undefined, lastModified };
  // Each content coding is a separate representation (RFC 9110 section 8.8.3.3).
  const suffix = coding === undefined ? '' : `-${coding}`;
  if (typeof etag === 'object') return { etag: etag.tag.replace(/"$/, `${suffix}"`), lastModified };
  const tag = `"${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}${suffix}"`;
  return { etag: etag === 'weak' ? `W/${tag}` : tag, lastModified };
}

function headersOf(plan: TypedPlan, { etag, lastModified }: Validators, coding: string | undefined): HeaderDict {
  const headers = new HeaderDict();
  if (plan.contentType !== undefined) headers.set('Content-Type', plan.contentType);
  if (coding !== undefined) headers.set('Content-Encoding', coding);
  // Also without a variant, because one may be added later.
  if (plan.precompressed) headers.set('Vary', 'Accept-Encoding');
  if (plan.disposition !== undefined) headers.set('Content-Disposition', plan.disposition);
  if (plan.cacheControl !== undefined) headers.set('Cache-Control', plan.cacheControl);
  headers.set('Accept-Ranges', 'bytes');
  if (lastModified !== undefined) headers.set('Last-Modified', formatHttpDate(Math.max(0, lastModified)));
  if (etag !== undefined) headers.set('ETag', etag);
  return headers;
}

/** Headers of the caller replace generated headers. */
function mergeHeaders(headers: HeaderDict, extra: HeaderDict): void {
  for (const name of extra.keys()) {
    if (name.toLowerCase() === 'vary') for (const value of extra.getAll(name)) addVary(headers, value);
    else headers.set(name, extra.getAll(name));
  }
}
