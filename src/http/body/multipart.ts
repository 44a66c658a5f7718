import { createRequire } from 'node:module';
import type { Dicer } from '@fastify/busboy';
import { malformed } from './body-stream.js';
import { decodeText, isCharset } from './charset.js';
import { HTTPError } from '../http-error.js';
import { parseFormDisposition, decodeHeaderText } from './form-disposition.js';
import { type Forms, formsDict } from './urlencoded.js';
import { HeaderDict } from '../fields/headers.js';
import { charsetOf } from '../fields/media-type.js';
import type { MultipartLimits } from './multipart-limits.js';
import { Pieces } from './chunks.js';
import type { Spool, Stored } from './spool.js';
import { StoredContent } from './stored-upload.js';
import { FileUpload } from './upload.js';

/** What was in a multipart form. */
export interface MultipartForm {
  readonly forms: Forms;
  readonly files: Forms<FileUpload>;
  readonly stored: Stored;
}

interface Part {
  readonly number: number;
  /** Until its headers are there, nothing of what follows is known. */
  hasHeaders: boolean;
  name: string;
  /** `undefined` for a text field. */
  filename: string | undefined;
  headers: Headers;
  size: number;
  /** A text field's bytes. */
  readonly pieces: Pieces;
  /** Where a file begins in what is stored. */
  start: number;
}

type Headers = Readonly<Record<string, string[]>>;
const NO_HEADERS: Headers = {};

/**
 * Takes a multipart form apart while it arrives (RFC 7578): text fields into memory, files into a spool. What is wrong with the
 * form, or too much, is thrown from `write` or `end`; the parser is of no use then.
 */
export class MultipartParser {
  readonly #limits: MultipartLimits;
  readonly #spool: Spool;
  readonly #contentType: string;
  readonly #dicer: Dicer;
  readonly #parts: Part[] = [];
  #current: Part | undefined;
  /** Bytes of headers that have arrived without their end. */
  #headerSize = 0;
  #files = 0;
  #fields = 0;
  #fieldsSize = 0;
  #charset: string | undefined;
  #failure: unknown;
  #isComplete = false;

  /** @throws HTTPError 400 without a usable boundary. */
  constructor(contentType: string, boundary: string | undefined, limits: MultipartLimits, spool: Spool) {
    // RFC 2046 section 5.1.1, whose limit is 70.
    if (boundary === undefined || !/^[\x20-\x7e]{0,199}[\x21-\x7e]$/.test(boundary)) {
      const found = boundary === undefined || boundary === '' ? 'has no boundary' : 'has an impossible boundary';
      throw malformed(`its Content-Type ${found}`);
    }
    this.#contentType = contentType;
    this.#limits = limits;
    this.#spool = spool;
    // More is taken than allowed, so that what is too much can be told from what is just enough. All of a write is parsed within
    // it, so a buffer of the parser's own would hold nothing.
    const options = { boundary, maxHeaderSize: 2 * limits.maxHeaderSize, maxHeaderPairs: 1000, highWaterMark: 1024 * 1024 };
    this.#dicer = new (loadDicer())(options);
    this.#dicer.on('part', (part) => this.#begin(part));
    this.#dicer.on('finish', () => this.#checked(() => this.#finishParts()));
    this.#dicer.on('error', () => this.#fail(malformed('it ends before its closing boundary')));
  }

  /** @throws HTTPError 400, 413 or 431. */
  write(chunk: Uint8Array): void {
    // After the closing boundary, anything may follow (RFC 2046 section 5.1.1, the epilogue).
    if (!this.#isComplete) {
      const before = this.#current;
      this.#dicer.write(chunk);
      this.#watchHeaders(before, chunk.length);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Headers that do not end are not told of by the parser. */
  #watchHeaders(before: Part | undefined, size: number): void {
    const isWaiting = before !== undefined && before === this.#current && !before.hasHeaders;
    this.#headerSize = isWaiting ? this.#headerSize + size : 0;
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
      // The parser tells of the end through streams of its own, which take a few ticks for it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#failure === undefined && !this.#isComplete) this.#failure = malformed('it ends before its closing boundary');
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What was in the form, once it has ended. @throws HTTPError 400 for a text whose charset is unknown. */
  form(stored: Stored): MultipartForm {
    const forms = formsDict();
    const files = formsDict<FileUpload>(undefined);
    const fallback = this.#defaultCharset();
    for (const part of this.#parts) {
      const { name, filename, size, start } = part;
      if (filename === undefined) {
        const charset = charsetOf(first(part, 'content-type')) ?? fallback;
        forms.append(name, decodeField(part.pieces.join(), charset, name));
      } else {
        const contentType = first(part, 'content-type') || 'application/octet-stream';
        const headers = headerDict(part.headers, fallback);
        const content = new StoredContent(stored, start, size);
        files.append(name, new FileUpload({ name, rawFilename: filename, contentType, headers, content }));
      }
    }
    return { forms, files, stored };
  }

  #begin(stream: Dicer.PartStream): void {
    stream.on('header', (headers) => this.#checked(() => this.#open(headers as Headers)));
    stream.on('data', (chunk) => this.#checked(() => this.#take(chunk as Buffer)));
    stream.on('error', () => undefined);
    // Asked once, a stream hands on at once what it gets: before the next part begins, and whole before a write has returned.
    stream.read(0);
    this.#checked(() => {
      this.#close();
      if (this.#parts.length >= this.#limits.maxParts) throw tooMuch(`more than ${this.#limits.maxParts} parts`, 'maxParts');
      const number = this.#parts.length + 1;
      const empty = { name: '', filename: undefined, headers: NO_HEADERS, size: 0, pieces: new Pieces(), start: 0 };
      this.#current = { number, hasHeaders: false, ...empty };
      this.#parts.push(this.#current);
    });
  }

  #open(headers: Headers): void {
    const part = this.#current as Part;
    const { maxHeaderSize, maxFiles, maxFields } = this.#limits;
    if (sizeOf(headers) > maxHeaderSize) throw this.#headersTooLarge(part);
    part.headers = headers;
    part.hasHeaders = true;
    for (const name of ['content-disposition', 'content-type', 'content-transfer-encoding']) {
      if ((headers[name]?.length ?? 0) > 1) throw malformed(`part ${part.number} has more than one ${name} header`);
    }
    const disposition = first(part, 'content-disposition');
    if (disposition === undefined) throw malformed(`part ${part.number} has no Content-Disposition`);
    const parsed = parseFormDisposition(disposition, this.#defaultCharset());
    if (typeof parsed === 'string') throw malformed(`part ${part.number} ${parsed}`);
    part.name = parsed.name;
    part.filename = parsed.filename;
    part.start = this.#spool.length;
    if (parsed.filename === undefined) {
      this.#fields++;
      if (this.#fields > maxFields) throw tooMuch(`more than ${maxFields} fields`, 'maxFields');
    } else {
      this.#files++;
      if (this.#files > maxFiles) throw tooMuch(`more than ${maxFiles} files`, 'maxFiles');
    }
    checkEncoding(part);
  }

  #take(chunk: Buffer): void {
    const part = this.#current as Part;
    const { maxFileSize, maxFieldSize, maxFieldsSize } = this.#limits;
    part.size += chunk.length;
    if (part.filename !== undefined) {
      if (part.size > maxFileSize) {
        throw tooMuch(`a file (${shown(part.name)}) of more than ${maxFileSize} bytes`, 'maxFileSize');
      }
      this.#spool.write(chunk);
      return;
    }
    this.#fieldsSize += chunk.length;
    if (part.size > maxFieldSize) {
      throw tooMuch(`a field (${shown(part.name)}) of more than ${maxFieldSize} bytes`, 'maxFieldSize');
    }
    if (this.#fieldsSize > maxFieldsSize) throw tooMuch(`fields of more than ${maxFieldsSize} bytes together`, 'maxFieldsSize');
    part.pieces.push(chunk);
  }

  #close(): void {
    const part = this.#current;
    this.#current = undefined;
    if (part === undefined) return;
    if (!part.hasHeaders) throw malformed(`the headers of part ${part.number} have no end`);
    // What browsers send for a file input in which nothing was chosen: no file, and as with Bottle an empty text.
    if (part.filename === '' && part.size === 0) part.filename = undefined;
    if (part.filename === undefined && part.name === '_charset_') this.#charset ??= part.pieces.join().toString('latin1').trim();
  }

  #finishParts(): void {
    this.#close();
    this.#isComplete = true;
  }

  /** What texts are in that do not say it themselves: a field named `_charset_` tells (RFC 7578 section 4.6). */
  #defaultCharset(): string {
    return this.#charset || charsetOf(this.#contentType) || 'utf-8';
  }

  #headersTooLarge(part: Part): HTTPError {
    const { maxHeaderSize } = this.#limits;
    const text = `The headers of part ${part.number} of the form are larger than the ${maxHeaderSize} bytes that are accepted`;
    return new HTTPError(431, `${text} (multipart.maxHeaderSize).`, { code: 'BN_MULTIPART_LIMIT' });
  }

  /** Runs a step inside the parser, through which nothing can be thrown. After a failure, nothing more is done. */
  #checked(step: () => void): void {
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

/** Loaded for the first form, as most applications never get one. */
function loadDicer(): typeof Dicer {
  dicer ??= (createRequire(import.meta.url)('@fastify/busboy') as { Dicer: typeof Dicer }).Dicer;
  return dicer;
}

function tooMuch(what: string, limit: keyof MultipartLimits): HTTPError {
  const text = `The form has ${what}, which is more than is accepted here (multipart.${limit}).`;
  return new HTTPError(413, text, { code: 'BN_MULTIPART_LIMIT' });
}

/** Refuses what was taken out of forms (RFC 7578 sections 4.3 and 4.7), rather than to pass it on as it stands. */
function checkEncoding(part: Part): void {
  const encoding = first(part, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!['7bit', '8bit', 'binary'].includes(encoding)) {
    throw malformed(`part ${part.number} is encoded (${shown(encoding)}), and only plain parts are accepted`);
  }
  if (part.filename === undefined && first(part, 'content-type')?.trim().toLowerCase().startsWith('multipart/')) {
    throw malformed(`part ${part.number} is itself of several parts: send each file as a part of the form`);
  }
}

function decodeField(bytes: Buffer, charset: string, name: string): string {
  if (!isCharset(charset)) {
    throw malformed(`the field ${shown(name)} is in the charset ${shown(charset)}, which is not known`);
  }
  // A byte order mark belongs to what was typed.
  return charset === 'utf-8' ? utf8.decode(bytes) : decodeText(bytes, charset);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function first(part: Part, name: string): string | undefined {
  return part.headers[name]?.[0];
}

/** The headers as they were sent, about: what a colon, a space and a line break take is counted. */
function sizeOf(headers: Headers): number {
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

/** What a client sent, short enough for a message. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
