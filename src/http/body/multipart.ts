import { createRequire } from 'node:module';
import type { Dicer } from '@fastify/busboy';
import { malformedForm } from './body-stream.js';
import { decodeText, isCharset } from './charset.js';
import { HTTPError } from '../http-error.js';
import { parseFormDisposition, decodeHeaderText } from './form-disposition.js';
import { type Forms, formsDict } from './urlencoded.js';
import { HeaderDict } from '../fields/headers.js';
import { charsetOf } from '../fields/media-type.js';
import type { MultipartLimits } from './multipart-limits.js';
import { ChunkList } from './chunks.js';
import type { Spool, StoredBytes } from './spool.js';
import { StoredContent } from './stored-upload.js';
import { FileUpload } from './upload.js';

/** A parsed multipart form. */
export interface MultipartForm {
  readonly forms: Forms;
  readonly files: Forms<FileUpload>;
  readonly stored: StoredBytes;
}

interface Part {
  readonly number: number;
  /** Whether the headers have been parsed. The other properties have defaults until then. */
  hasHeaders: boolean;
  name: string;
  /** `undefined` for a text field. */
  filename: string | undefined;
  headers: Headers;
  size: number;
  /** A text field's bytes. */
  readonly chunks: ChunkList;
  /** The offset of a file in the stored bytes. */
  start: number;
}

type Headers = Readonly<Record<string, string[]>>;
const NO_HEADERS: Headers = {};

/**
 * Parses a multipart form as it arrives (RFC 7578). Text fields are kept in memory, files go to a spool. `write` and `end` throw for
 * a form that is malformed or too large. The parser must not be used after that.
 */
export class MultipartParser {
  readonly #limits: MultipartLimits;
  readonly #spool: Spool;
  readonly #contentType: string;
  readonly #dicer: Dicer;
  readonly #parts: Part[] = [];
  #current: Part | undefined;
  /** Bytes received of headers that are not complete. */
  #headerSize = 0;
  #files = 0;
  #fields = 0;
  #fieldsSize = 0;
  #charset: string | undefined;
  #failure: unknown;
  #isComplete = false;

  /** @throws HTTPError 400 without a usable boundary. */
  constructor(contentType: string, boundary: string | undefined, limits: MultipartLimits, spool: Spool) {
    // RFC 2046 section 5.1.1. Its limit is 70 characters.
    if (boundary === undefined || !/^[\x20-\x7e]{0,199}[\x21-\x7e]$/.test(boundary)) {
      const found = boundary === undefined || boundary === '' ? 'has no boundary' : 'has an impossible boundary';
      throw malformedForm(`its Content-Type ${found}`);
    }
    this.#contentType = contentType;
    this.#limits = limits;
    this.#spool = spool;
    // The parser's limit is above ours, because it truncates headers at its limit without an error. Each write is parsed at once, so
    // the parser does not buffer.
    const options = { boundary, maxHeaderSize: 2 * limits.maxHeaderSize, maxHeaderPairs: 1000, highWaterMark: 1024 * 1024 };
    this.#dicer = new (loadDicer())(options);
    this.#dicer.on('part', (part) => this.#onPart(part));
    this.#dicer.on('finish', () => this.#capture(() => this.#finishParts()));
    this.#dicer.on('error', () => this.#fail(malformedForm('it ends before its closing boundary')));
  }

  /** @throws HTTPError 400, 413 or 431. */
  write(chunk: Uint8Array): void {
    // After the closing boundary, anything may follow (RFC 2046 section 5.1.1, the epilogue).
    if (!this.#isComplete) {
      const before = this.#current;
      this.#dicer.write(chunk);
      this.#checkHeaderSize(before, chunk.length);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The parser emits no event for headers without an end. */
  #checkHeaderSize(before: Part | undefined, size: number): void {
    const isIncomplete = before !== undefined && before === this.#current && !before.hasHeaders;
    this.#headerSize = isIncomplete ? this.#headerSize + size : 0;
    if (this.#headerSize > this.#limits.maxHeaderSize) this.#fail(this.#headersTooLarge(before as Part));
  }

  /**
   * Ends the form.
   *
   * @throws (rejects) HTTPError 400 for a form without an end.
   */
  async end(): Promise<void> {
    if (!this.#isComplete && this.#failure === undefined) {
      this.#dicer.end();
      // The parser emits the end through its own streams, a few ticks later.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#failure === undefined && !this.#isComplete) this.#failure = malformedForm('it ends before its closing boundary');
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The parsed form, after `end`. @throws HTTPError 400 for a field with an unknown charset. */
  form(stored: StoredBytes): MultipartForm {
    const forms = formsDict();
    const files = formsDict<FileUpload>(undefined);
    const fallback = this.#defaultCharset();
    for (const part of this.#parts) {
      const { name, filename, size, start } = part;
      if (filename === undefined) {
        const charset = charsetOf(firstHeader(part, 'content-type')) ?? fallback;
        forms.append(name, decodeField(part.chunks.toBuffer(), charset, name));
      } else {
        const contentType = firstHeader(part, 'content-type') || 'application/octet-stream';
        const headers = headerDict(part.headers, fallback);
        const content = new StoredContent(stored, start, size);
        files.append(name, new FileUpload({ name, rawFilename: filename, contentType, headers, content }));
      }
    }
    return { forms, files, stored };
  }

  #onPart(stream: Dicer.PartStream): void {
    stream.on('header', (headers) => this.#capture(() => this.#onHeaders(headers as Headers)));
    stream.on('data', (chunk) => this.#capture(() => this.#onData(chunk as Buffer)));
    stream.on('error', () => undefined);
    // After a read, the stream emits its data synchronously: before the next part begins, and before a write returns.
    stream.read(0);
    this.#capture(() => {
      this.#endPart();
      if (this.#parts.length >= this.#limits.maxParts) throw limitError(`more than ${this.#limits.maxParts} parts`, 'maxParts');
      const number = this.#parts.length + 1;
      const empty = { name: '', filename: undefined, headers: NO_HEADERS, size: 0, chunks: new ChunkList(), start: 0 };
      this.#current = { number, hasHeaders: false, ...empty };
      this.#parts.push(this.#current);
    });
  }

  #onHeaders(headers: Headers): void {
    const part = this.#current as Part;
    const { maxHeaderSize, maxFiles, maxFields } = this.#limits;
    if (headerSize(headers) > maxHeaderSize) throw this.#headersTooLarge(part);
    part.headers = headers;
    part.hasHeaders = true;
    for (const name of ['content-disposition', 'content-type', 'content-transfer-encoding']) {
      if ((headers[name]?.length ?? 0) > 1) throw malformedForm(`part ${part.number} has more than one ${name} header`);
    }
    const disposition = firstHeader(part, 'content-disposition');
    if (disposition === undefined) throw malformedForm(`part ${part.number} has no Content-Disposition`);
    const parsed = parseFormDisposition(disposition, this.#defaultCharset());
    if (typeof parsed === 'string') throw malformedForm(`part ${part.number} ${parsed}`);
    part.name = parsed.name;
    part.filename = parsed.filename;
    part.start = this.#spool.length;
    if (parsed.filename === undefined) {
      this.#fields++;
      if (this.#fields > maxFields) throw limitError(`more than ${maxFields} fields`, 'maxFields');
    } else {
      this.#files++;
      if (this.#files > maxFiles) throw limitError(`more than ${maxFiles} files`, 'maxFiles');
    }
    checkEncoding(part);
  }

  #onData(chunk: Buffer): void {
    const part = this.#current as Part;
    const { maxFileSize, maxFieldSize, maxFieldsSize } = this.#limits;
    part.size += chunk.length;
    if (part.filename !== undefined) {
      if (part.size > maxFileSize) {
        throw limitError(`a file (${quote(part.name)}) of more than ${maxFileSize} bytes`, 'maxFileSize');
      }
      this.#spool.write(chunk);
      return;
    }
    this.#fieldsSize += chunk.length;
    if (part.size > maxFieldSize) {
      throw limitError(`a field (${quote(part.name)}) of more than ${maxFieldSize} bytes`, 'maxFieldSize');
    }
    if (this.#fieldsSize > maxFieldsSize)
      throw limitError(`fields of more than ${maxFieldsSize} bytes together`, 'maxFieldsSize');
    part.chunks.push(chunk);
  }

  #endPart(): void {
    const part = this.#current;
    this.#current = undefined;
    if (part === undefined) return;
    if (!part.hasHeaders) throw malformedForm(`the headers of part ${part.number} have no end`);
    // Browsers send this for a file input without a file. As in Bottle, it becomes an empty text field.
    if (part.filename === '' && part.size === 0) part.filename = undefined;
    if (part.filename === undefined && part.name === '_charset_')
      this.#charset ??= part.chunks.toBuffer().toString('latin1').trim();
  }

  #finishParts(): void {
    this.#endPart();
    this.#isComplete = true;
  }

  /** The charset of fields without a charset parameter. A field named `_charset_` sets it (RFC 7578 section 4.6). */
  #defaultCharset(): string {
    return this.#charset || charsetOf(this.#contentType) || 'utf-8';
  }

  #headersTooLarge(part: Part): HTTPError {
    const { maxHeaderSize } = this.#limits;
    const text = `The headers of part ${part.number} of the form are larger than the ${maxHeaderSize} bytes that are accepted`;
    return new HTTPError(431, `${text} (multipart.maxHeaderSize).`, { code: 'BN_MULTIPART_LIMIT' });
  }

  /** Runs a step in a callback of the parser, and saves its error: errors must not pass through the parser. Does nothing after an error. */
  #capture(step: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      step();
    } catch (error) {
      this.#failure = error;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

let dicer: typeof Dicer | undefined;

/** Loaded on first use: most applications never receive a form. */
function loadDicer(): typeof Dicer {
  dicer ??= (createRequire(import.meta.url)('@fastify/busboy') as { Dicer: typeof Dicer }).Dicer;
  return dicer;
}

function limitError(what: string, limit: keyof MultipartLimits): HTTPError {
  const text = `The form has ${what}, which is more than is accepted here (multipart.${limit}).`;
  return new HTTPError(413, text, { code: 'BN_MULTIPART_LIMIT' });
}

/** Rejects encodings and nested parts, which RFC 7578 deprecates (sections 4.3 and 4.7). */
function checkEncoding(part: Part): void {
  const encoding = firstHeader(part, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!['7bit', '8bit', 'binary'].includes(encoding)) {
    throw malformedForm(`part ${part.number} is encoded (${quote(encoding)}), and only plain parts are accepted`);
  }
  if (part.filename === undefined && firstHeader(part, 'content-type')?.trim().toLowerCase().startsWith('multipart/')) {
    throw malformedForm(`part ${part.number} is itself of several parts: send each file as a part of the form`);
  }
}

function decodeField(bytes: Buffer, charset: string, name: string): string {
  if (!isCharset(charset)) {
    throw malformedForm(`the field ${quote(name)} is in the charset ${quote(charset)}, which is not known`);
  }
  // A byte order mark is part of the user's text.
  return charset === 'utf-8' ? utf8.decode(bytes) : decodeText(bytes, charset);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function firstHeader(part: Part, name: string): string | undefined {
  return part.headers[name]?.[0];
}

/** The approximate size of the headers as sent, with colons, spaces and line breaks. */
function headerSize(headers: Headers): number {
  let size = 0;
  for (const [name, values] of Object.entries(headers)) for (const value of values) size += name.length + value.length + 4;
  return size;
}

function headerDict(headers: Headers, charset: string): HeaderDict {
  const raw = Object.entries(headers).flatMap(([name, values]) =>
    values.flatMap((value) => [name, decodeHeaderText(value, charset)]),
  );
  return HeaderDict.fromRaw(raw);
}

/** Quotes text of the client, shortened for a message. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
