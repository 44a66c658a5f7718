import { nearest } from './nearest.js';

/**
 * The names of an options type, for `checkKnownOptions`. The compiler rejects a name that is missing or that the type does not have.
 *
 * @param names an object with each name as a key
 */
export function optionNames<T extends object>(names: Readonly<Record<keyof T & string, true>>): readonly string[] {
  return Object.keys(names);
}

/**
 * Rejects options that do not exist. Without this check, a misspelt option would silently turn off a protection.
 *
 * @param place the function, class or decorator that takes the options, for the message: `run()`
 * @param options the options; `undefined` for none
 * @throws TypeError for an unknown option, with the nearest known name
 */
export function checkKnownOptions(place: string, options: object | undefined, known: readonly string[]): void {
  for (const name of Object.keys(options ?? {})) if (!known.includes(name)) throw unknownOption(place, name, known);
}

/**
 * Creates an error for an option that does not exist, with the nearest known name.
 *
 * @param place the function or class that takes the options, for the message.
 * @param name the unknown option.
 * @param known the names of all options.
 * @example throw unknownOption('widget()', 'colour', ['color']);
 */
export function unknownOption(place: string, name: string, known: readonly string[]): TypeError {
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  return new TypeError(`${place} has no option '${name}'.${hint} Known are ${known.join(', ')}.`);
}
