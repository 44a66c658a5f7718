import { Body, type BodyLimits } from './body.js';
import { parseContentType } from '../fields/media-type.js';
import { MultipartParser } from './multipart.js';
import { Spool, type SpoolOptions } from './spool.js';

/** Collects a body of several chunks. An error thrown by `write` rejects the body. */
export interface BodyCollector {
  write(chunk: Uint8Array): void;
  finish(): Body | Promise<Body>;
  discard(): void;
}

/** Collects a body in a spool, without parsing it. */
export class SpoolCollector implements BodyCollector {
  readonly #limits: BodyLimits;
  readonly #spool: Spool;

  constructor(limits: BodyLimits, options: SpoolOptions) {
    this.#limits = limits;
    this.#spool = new Spool(options);
  }

  write(chunk: Uint8Array): void {
    this.#spool.write(chunk);
  }

  async finish(): Promise<Body> {
    return new Body(await this.#spool.finish(), this.#limits);
  }

  discard(): void {
    this.#spool.discard();
  }
}

/** Parses a multipart form as it arrives. */
export class FormCollector implements BodyCollector {
  readonly #limits: BodyLimits;
  readonly #spool: Spool;
  readonly #parser: MultipartParser;

  /** @throws HTTPError 400 for a content type without a usable boundary. */
  constructor(contentType: string, limits: BodyLimits, options: SpoolOptions) {
    this.#limits = limits;
    this.#spool = new Spool(options);
    const { boundary } = parseContentType(contentType).parameters;
    this.#parser = new MultipartParser(contentType, boundary, limits.multipart, this.#spool);
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(chunk);
  }

  async finish(): Promise<Body> {
    try {
      await this.#parser.end();
    } catch (error) {
      this.#spool.discard();
      throw error;
    }
    const stored = await this.#spool.finish();
    try {
      return new Body(stored, this.#limits, this.#parser.form(stored));
    } catch (error) {
      stored.release();
      throw error;
    }
  }

  discard(): void {
    this.#spool.discard();
  }
}
