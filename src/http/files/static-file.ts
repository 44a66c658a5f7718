import { brandInstances } from '../../support/brand.js';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attachment, lastSegment } from '../fields/content-disposition.js';
import { HTTPError, HTTPResponse } from '../http-error.js';
import { HeaderDict, type HeaderSource } from '../fields/headers.js';
import { checkCharset } from '../fields/media-type.js';
import { LateModule } from '../../support/late-module.js';
import { checkKnownOptions } from '../../support/known-options.js';
import { type FileRequest, STATIC_FILE_OPTIONS, type StaticFileOptions } from './static-file-options.js';
import type { FileConditions, FilePlan } from './static-response.js';

const staticResponses = new LateModule(() => import('./static-response.js'));

/**
 * A file as a result: the return value of `staticFile`. It can be returned or thrown. Headers and cookies can be added before. Its status
 * (200, 206, 304, 403, 404, 412, 416) is determined when it is sent, because it depends on the request and the file system.
 */
export class StaticFile extends HTTPResponse {
  readonly #plan: FilePlan;

  /** Called by `staticFile`. */
  constructor(plan: FilePlan, headers: HeaderSource | undefined) {
    super(undefined, { headers });
    this.#plan = plan;
  }

  override get code(): string {
    return 'BN_STATIC_FILE';
  }

  /** The name below the root, as passed to `staticFile`. */
  get filename(): string {
    return this.#plan.name;
  }

  /**
   * Determines the response to a request: for tests of a method without an app, and for plugins. The body is bytes, or for a file of
   * more than 64 KiB a `FileBody` (an async iterator), which keeps the file open until it has been read, returned, or closed by
   * `close()`.
   *
   * @returns the response. For a file that cannot be sent, this is an `HTTPError`; it is not thrown.
   * @throws (rejects) errors of the server: the root is not a directory, or reading fails.
   * @example
   * const answer = await new Posts().download('a.pdf').toResponse({ headers: { Range: 'bytes=0-9' } });
   * answer.status; // 206
   */
  async toResponse(request: FileRequest = {}): Promise<HTTPResponse> {
    const headers = new HeaderDict(request.headers);
    const header = (name: string): string | undefined => headers.getAll(name).join(', ') || undefined;
    try {
      return await this.answer({ method: request.method ?? 'GET', header, status: this.status });
    } catch (error) {
      if (error instanceof HTTPError) return error;
      throw error;
    }
  }

  /** Like `toResponse`, for the caster. An `HTTPError` rejects. */
  answer(asked: FileConditions): Promise<HTTPResponse> {
    const status = this.status === 200 ? asked.status : this.status;
    const extra = this.hasHeaders ? this.headers : undefined;
    return Promise.resolve(staticResponses.use(({ answerFile }) => answerFile(this.#plan, extra, { ...asked, status })));
  }
}

brandInstances(StaticFile, 'StaticFile');
Object.defineProperty(StaticFile.prototype, 'name', { value: 'StaticFile', configurable: true, writable: true });

/**
 * Sends a file: Bottle's `static_file`. Return its result from a method.
 *
 * Names cannot lead out of the root: `..`, a drive, a device, a backslash, a NUL or a link to the outside, and dotfiles, result in 403.
 * A missing file, or anything but a regular file, results in 404, an unreadable file in 403. HTTP features (RFC 9110): `Last-Modified`,
 * `ETag`, conditional requests (304, 412), ranges (206, 416; several as `multipart/byteranges`), `HEAD`, and compressed variants by
 * `Accept-Encoding`.
 *
 * If the response has a status other than 200, as in an error handler, the whole file is sent with that status.
 *
 * @param name the decoded name below the root, with slashes, such as the value of a wildcard.
 * @throws TypeError for invalid options.
 * @example
 * @Get('/static/<name:path>')
 * assets(name: string) {
 *   return staticFile(name, { root: './public', maxAge: 3600 });
 * }
 * @example staticFile('2024/07.pdf', { root: '/srv/invoices', download: 'Invoice July.pdf' })
 */
export function staticFile(name: string, options: StaticFileOptions): StaticFile {
  if (typeof name !== 'string') {
    throw new TypeError(`staticFile() needs the name of a file, not ${name === null ? 'null' : typeof name}.`);
  }
  checkKnownOptions('staticFile()', options, STATIC_FILE_OPTIONS);
  const { dotfiles = false, precompressed = true, mimetype = 'auto', charset = 'UTF-8', download, headers } = options ?? {};
  const root = rootOf(name, options?.root);
  if (charset !== false && charset !== '') checkCharset(charset);
  const plan: FilePlan = {
    name,
    root,
    dotfiles,
    mimetype,
    charset,
    download,
    precompressed,
    etag: etagOf(options.etag),
    cacheControl: cacheControlOf(options),
    disposition: dispositionOf(name, download),
  };
  return new StaticFile(plan, headers);
}

function rootOf(name: string, root: unknown): string {
  if (root instanceof URL) return resolve(fileURLToPath(root));
  // An empty root would be the working directory, which contains the program itself.
  if (typeof root === 'string' && root !== '') return resolve(root);
  throw new TypeError(`staticFile(${JSON.stringify(name)}) needs a root: the directory that it may send files from.`);
}

function etagOf(etag: StaticFileOptions['etag'] = true): FilePlan['etag'] {
  if (etag === false || etag === '') return undefined;
  if (etag === true) return 'strong';
  if (etag === 'strong' || etag === 'weak') return etag;
  const tag = /^(?:W\/)?".*"$/.test(etag) ? etag : `"${etag}"`;
  // RFC 9110 section 8.8.3.
  if (/^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) return { tag };
  throw new TypeError(
    `${JSON.stringify(etag)} is not an ETag: use visible characters other than quotes, such as a hash in hexadecimal.`,
  );
}

function cacheControlOf({ maxAge, immutable = false }: StaticFileOptions): string | undefined {
  if (maxAge === undefined) return undefined;
  if (!(maxAge >= 0)) throw new TypeError(`maxAge is a time in seconds from 0 on, not ${String(maxAge)}.`);
  return `max-age=${Math.floor(Math.min(maxAge, 2 ** 31))}${immutable ? ', immutable' : ''}`;
}

function dispositionOf(name: string, download: boolean | string | undefined): string | undefined {
  if (download !== true) return download ? attachment(download) : undefined;
  // The name may come from the client. A name without a last segment results in a 404.
  return lastSegment(name).trim() === '' ? undefined : attachment(name);
}
