import type { BodyLimits } from '../../http/body/body.js';
import { MULTIPART_DEFAULTS, type MultipartLimits } from '../../http/body/multipart-limits.js';
import type { ConfigDict } from './config-dict.js';

/** The keys of limits and their defaults. Sizes are in bytes. */
export const BODY_DEFAULTS: Readonly<Record<string, number>> = {
  maxBody: 10 * 1024 * 1024,
  memfileMax: 100 * 1024,
  ...Object.fromEntries(Object.entries(MULTIPART_DEFAULTS).map(([key, value]) => [`multipart.${key}`, value])),
};

/** Converts a limit: a number of at least 0, also as text from configuration files and environment variables. */
export function toLimit(value: unknown): number {
  const limit = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof limit === 'number' && limit >= 0) return limit;
  throw new TypeError('a limit is a number, 0 or more; Infinity for none');
}

/** The limits in a configuration. The limits of forms are read on use, because most bodies are not forms. */
export class ConfiguredLimits implements BodyLimits {
  readonly #config: ConfigDict;
  #maxBody: number;
  #memfileMax: number;

  constructor(config: ConfigDict) {
    this.#config = config;
    this.#maxBody = config.get('maxBody') as number;
    this.#memfileMax = config.get('memfileMax') as number;
    config.onChange(() => {
      this.#maxBody = config.get('maxBody') as number;
    }, 'maxBody');
    config.onChange(() => {
      this.#memfileMax = config.get('memfileMax') as number;
    }, 'memfileMax');
  }

  get maxBody(): number {
    return this.#maxBody;
  }

  get memfileMax(): number {
    return this.#memfileMax;
  }

  get tempDir(): string | undefined {
    return this.#config.get<string>('tempDir');
  }

  get multipart(): MultipartLimits {
    const limits = Object.keys(MULTIPART_DEFAULTS).map((key) => [key, this.#config.get(`multipart.${key}`)]);
    return Object.fromEntries(limits) as MultipartLimits;
  }
}
