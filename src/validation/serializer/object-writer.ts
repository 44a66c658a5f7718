import { canGenerateCode, generateFunction } from '../../codegen/generate-function.js';
import { quote, valueText } from './json-text.js';

/** Converts an object that is not a list to JSON. */
export type ObjectText = (value: object) => string;

/** How a property is written. */
export interface PropertyWriter {
  readonly name: string;
  /** The name under which it is sent. */
  readonly sent: string;
  /** Computes the value from the object, if reading the property is not enough. */
  readonly compute: ((object: object) => unknown) | undefined;
  /** The JSON of the value; `undefined` if the property is omitted. Without it, the value has no declared class. */
  readonly text: ((value: unknown, object: object) => string | undefined) | undefined;
  /** Whether the value is probably a number. */
  readonly isNumber: boolean;
}

/** Makes the writer of a class. */
export type WriterMaker = (properties: readonly PropertyWriter[]) => ObjectText;

/** Makes the writer of a class: generated where code generation is allowed, otherwise interpreted. */
export const makeWriter: WriterMaker = (properties) =>
  canGenerateCode() ? generateWriter(properties) : interpretWriter(properties);

/** Names of `Object.prototype` are read only if the object has them itself. */
function isInherited(name: string): boolean {
  return name in Object.prototype;
}

/** Executes the property writers, for runtimes that forbid code generation. Exported for its test. */
export const interpretWriter: WriterMaker = (properties) => {
  const writers = properties.map(({ name, sent, compute, text }) => {
    const read = isInherited(name)
      ? (value: object) => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)
      : (value: object) => (value as Record<string, unknown>)[name];
    return {
      start: `${JSON.stringify(sent)}:`,
      read: compute ?? read,
      text: text ?? ((value: unknown) => valueText(value, sent)),
    };
  });
  return (value) => {
    let all = '';
    for (const { start, read, text } of writers) {
      const written = text(read(value), value);
      if (written !== undefined) all += `${all === '' ? '{' : ','}${start}${written}`;
    }
    return all === '' ? '{}' : `${all}}`;
  };
};

/** Generates a function that writes all properties. Texts and numbers, which most values are, are written in place. Exported for its test. */
export const generateWriter: WriterMaker = (properties) => {
  const values: unknown[] = [];
  const ref = (value: unknown): string => `k[${values.push(value) - 1}]`;
  let body = '';
  for (const { name, sent, compute, text, isNumber } of properties) {
    const read = `v[${JSON.stringify(name)}]`;
    const own = isInherited(name) ? `Object.hasOwn(v, ${JSON.stringify(name)}) ? ${read} : undefined` : read;
    body += `  x = ${compute === undefined ? own : `${ref(compute)}(v)`};\n`;
    const start = JSON.stringify(JSON.stringify(sent));
    const put = (written: string): string => `s += (s === '' ? '{' : ',') + ${start} + ':' + ${written};`;
    const tests: [string, string][] = [
      [`typeof x === 'string'`, 'quote(x)'],
      [`typeof x === 'number'`, "(x - x === 0 ? x : 'null')"],
    ];
    if (isNumber) tests.reverse();
    const scalars = text === undefined ? tests.map(([test, written]) => `if (${test}) { ${put(written)} } else `).join('') : '';
    const other = text === undefined ? `valueText(x, ${JSON.stringify(sent)})` : `${ref(text)}(x, v)`;
    body += `  ${scalars}{ const t = ${other}; if (t !== undefined) { ${put('t')} } }\n`;
  }
  const source = `"use strict";
return function text(v) {
  let s = '', x;
${body}  return s === '' ? '{}' : s + '}';
};`;
  return generateFunction<ObjectText>(source, { quote, valueText, k: values });
};
