import { checkKnownOptions } from '../support/known-options.js';

export { unknownOption } from '../support/known-options.js';

/**
 * Rejects options that a plugin does not have. Without this check, a misspelt option would silently turn off a protection.
 *
 * @param plugin the name of the plugin, for messages.
 * @param options the options to check.
 * @param known the names of all options.
 * @throws TypeError if `options` is not an object, or for an unknown option, with the nearest known name.
 * @example checkOptions('widget', { colour: 'red' }, ['color']); // throws: widget() has no option 'colour'. Did you mean 'color'? …
 */
export function checkOptions<T extends object>(plugin: string, options: T, known: readonly (keyof T & string)[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${plugin}() takes an object of options, not ${options === null ? 'null' : typeof options}.`);
  }
  checkKnownOptions(`${plugin}()`, options, known);
}

/**
 * Creates an error for an invalid option.
 *
 * @param plugin the name of the plugin.
 * @param option the name of the option.
 * @param problem the problem, as a verb phrase: `is 3`.
 * @param remedy the remedy, as an imperative: `give a text`.
 * @example throw badOption('widget', 'color', `is ${shown(3)}`, 'give the name of a colour');
 */
export function badOption(plugin: string, option: string, problem: string, remedy: string): TypeError {
  return new TypeError(`${plugin}(): the option '${option}' ${problem}; ${remedy}.`);
}

/**
 * Formats a value for a message. Do not call it with secrets.
 *
 * @param value any value. Objects are shown by the name of their class.
 * @example shown('red') // '"red"'
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value);
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Checks an option that takes tokens (RFC 9110 section 5.6.2), such as names of headers or methods.
 *
 * @param plugin the name of the plugin, for messages.
 * @param option the name of the option, for messages.
 * @param given a token, or a list of tokens.
 * @returns the tokens as a list.
 * @throws TypeError for anything else.
 * @example tokens('widget', 'headers', 'X-Widget') // ['X-Widget']
 */
export function tokens(plugin: string, option: string, given: string | readonly string[]): string[] {
  const list: readonly unknown[] = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list)) throw badOption(plugin, option, `is ${shown(given)}`, 'give a list of names');
  for (const name of list as readonly unknown[]) {
    if (typeof name === 'string' && TOKEN.test(name)) continue;
    throw badOption(plugin, option, `has ${shown(name)} in it`, 'names consist of letters, digits and hyphens');
  }
  return [...(list as readonly string[])];
}

/**
 * Serializes a text as the quoted string of a header (RFC 9110 section 5.6.4).
 *
 * @param plugin the name of the plugin, for messages.
 * @param option the name of the option, for messages.
 * @param text ASCII without control characters.
 * @throws TypeError for any other text.
 * @example quoted('widget', 'realm', 'Admin') // '"Admin"'
 */
export function quoted(plugin: string, option: string, text: string): string {
  if (typeof text !== 'string' || !/^[\x20-\x7e]*$/.test(text)) {
    throw badOption(plugin, option, 'is not a line of ASCII text', 'write it without line breaks and special characters');
  }
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
