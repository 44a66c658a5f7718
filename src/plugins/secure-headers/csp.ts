import { badOption, shown } from '../../kit/index.js';
import { NONCE } from './nonce.js';

/** A CSP source, such as `'self'` (with the quotes), `https://example.com`, `data:`, or `NONCE`. */
export type CspSource = string | typeof NONCE;

/** CSP directives in camel case (`scriptSrc`): a list of sources, `true` for a directive without sources, `false` to omit one. */
export type CspDirectives = Readonly<Record<string, readonly CspSource[] | CspSource | boolean>>;

/** The default policy: same-origin sources, inline styles, images and fonts as `data:` URLs, and no plug-ins. */
const DEFAULTS: CspDirectives = {
  defaultSrc: ["'self'"],
  baseUri: ["'self'"],
  fontSrc: ["'self'", 'https:', 'data:'],
  formAction: ["'self'"],
  frameAncestors: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  scriptSrc: ["'self'"],
  scriptSrcAttr: ["'none'"],
  styleSrc: ["'self'", 'https:', "'unsafe-inline'"],
};

/** A compiled policy. */
export interface Csp {
  readonly needsNonce: boolean;
  /** Returns the value of the header. */
  text(nonce: string): string;
}

/**
 * Compiles a policy.
 *
 * @throws TypeError for invalid directives and sources.
 */
export function compileCsp(option: string, given: CspDirectives | string | true): Csp {
  if (typeof given === 'string') return { needsNonce: false, text: () => given };
  if (given !== true && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw badOption('secureHeaders', option, `is ${shown(given)}`, 'give an object of directives, a text, or false');
  }
  const directives = new Map<string, CspDirectives[string]>();
  for (const [name, sources] of Object.entries(DEFAULTS)) directives.set(directiveName(option, name), sources);
  if (given !== true) for (const [name, sources] of Object.entries(given)) directives.set(directiveName(option, name), sources);
  const parts = [...directives].flatMap(([key, sources]) => (sources === false ? [] : [directiveText(option, key, sources)]));
  if (parts.length === 0) throw badOption('secureHeaders', option, 'allows everything', 'leave the header out with false');
  // The nonce is inserted between the pieces.
  const pieces = parts.join('; ').split(PLACEHOLDER);
  return { needsNonce: pieces.length > 1, text: (nonce) => pieces.join(`'nonce-${nonce}'`) };
}

const PLACEHOLDER = '\0';
/** Keywords that CSP requires in quotes. */
const KEYWORDS = /^(?:self|none|unsafe-[a-z-]+|strict-dynamic|report-sample|wasm-unsafe-eval|nonce-.+|sha(?:256|384|512)-.+)$/;

function directiveName(option: string, name: string): string {
  if (!/^[a-z]+(?:[A-Z][a-z]+)*$|^[a-z]+(?:-[a-z]+)*$/.test(name)) {
    throw badOption('secureHeaders', option, `has the directive ${shown(name)}`, 'write it in camel case: scriptSrc');
  }
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function directiveText(option: string, key: string, given: readonly CspSource[] | CspSource | true): string {
  if (given === true) return key;
  const sources: readonly unknown[] = Array.isArray(given) ? given : [given];
  const words = sources.map((source) => {
    if (source === NONCE) return PLACEHOLDER;
    if (typeof source !== 'string' || !/^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(source)) {
      throw badOption('secureHeaders', option, `has the source ${shown(source)} in ${key}`, 'give one word, without ; and ,');
    }
    if (KEYWORDS.test(source)) {
      throw badOption('secureHeaders', option, `has the source ${source} in ${key}`, `it needs quotes: "'${source}'"`);
    }
    return source;
  });
  return [key, ...words].join(' ');
}
