import { nearest } from '../support/nearest.js';

/** Refuses options that a plugin does not know: a misspelt one would be a protection that is not there. */
export function checkOptions<T extends object>(plugin: string, options: T, known: readonly (keyof T & string)[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${plugin}() takes an object of options, not ${options === null ? 'null' : typeof options}.`);
  }
  for (const name of Object.keys(options)) {
    if (!(known as readonly string[]).includes(name)) throw unknownOption(`${plugin}()`, name, known);
  }
}

/** An error about an option that does not exist. */
export function unknownOption(place: string, name: string, known: readonly string[]): TypeError {
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  return new TypeError(`${place} has no option '${name}'.${hint} Known are ${known.join(', ')}.`);
}

/** An error about one option. */
export function badOption(plugin: string, option: string, problem: string, remedy: string): TypeError {
  return new TypeError(`${plugin}(): the option '${option}' ${problem}; ${remedy}.`);
}

/** The text of an option for a message; secrets never come here. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value);
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A list of tokens (names of headers or verbs), as RFC 9110 §5.6.2 has them; one alone is a list of one. */
export function tokens(plugin: string, option: string, given: string | readonly string[]): string[] {
  const list: readonly unknown[] = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list)) throw badOption(plugin, option, `is ${shown(given)}`, 'give a list of names');
  for (const name of list as readonly unknown[]) {
    if (typeof name === 'string' && TOKEN.test(name)) continue;
    throw badOption(plugin, option, `has ${shown(name)} in it`, 'names consist of letters, digits and hyphens');
  }
  return [...(list as readonly string[])];
}

/** A quoted string of a header (RFC 9110 §5.6.4): ASCII without control characters. */
export function quoted(plugin: string, option: string, text: string): string {
  if (typeof text !== 'string' || !/^[\x20-\x7e]*$/.test(text)) {
    throw badOption(plugin, option, 'is no line of ASCII text', 'write it without line breaks and special characters');
  }
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
