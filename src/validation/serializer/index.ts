import { type ClassProblem, ClassError } from '../class-error.js';
import type { Constructor } from '../properties.js';
import { nameInPlain, toPlain } from '../transformer-metadata.js';
import { hasOwnForm, type Shape, shapeOf } from './shape.js';
import { quote, valueText } from './json-text.js';

/** Makes JSON of a value with no more in it than a class declares. `undefined` where `JSON.stringify` gives that. */
export type Serialize = (value: unknown) => string | undefined;

/**
 * Compiles the serializer of a class: `JSON.stringify`, but what the class does not declare is left out, in nested classes too
 * where their types are known. A list is serialized by its elements.
 *
 * @throws ClassError if there is nothing to be known of the class or of one that is nested in it
 */
export function compileSerializer(Class: Constructor): Serialize {
  if (hasOwnForm(Class)) return ownForm(Class);
  const problems: ClassProblem[] = [];
  const shapes = new Map<Function, Shape>();
  const look = (one: Constructor): void => {
    if (shapes.has(one)) return;
    const shape = shapeOf(one);
    shapes.set(one, shape);
    problems.push(...shape.problems);
    for (const { isNested, type } of shape.properties) if (isNested) look(type as Constructor);
  };
  look(Class);
  if (problems.length > 0) throw new ClassError(problems);
  const made = new Map<Function, ObjectText>();
  for (const [one, shape] of shapes) made.set(one, generate(one as Constructor, shape, made));
  const own = made.get(Class) as ObjectText;
  return (value) => nestedText(value, '', own);
}

/** JSON of an object, which is no list. */
type ObjectText = (value: object) => string;

/** What a class's own `toJSON` gives is what it declares. Of anything else nothing is known. */
function ownForm(Class: Constructor): Serialize {
  const { toJSON } = Class.prototype as { toJSON(): unknown };
  return (value) => {
    const isOwn = (one: unknown): boolean =>
      typeof one !== 'object' || one === null || (one as { toJSON?: unknown }).toJSON === toJSON;
    const text = (one: unknown): unknown => (isOwn(one) ? one : Object.assign(Object.create(Class.prototype as object), one));
    return JSON.stringify(Array.isArray(value) ? value.map(text) : text(value));
  };
}

/** A value that is to be of a class, or a list of such. */
function nestedText(value: unknown, key: string, own: ObjectText): string | undefined {
  if (typeof value !== 'object' || value === null) return valueText(value, key);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    let text = '[';
    for (let i = 0; i < value.length; i++) {
      const one: unknown = value[i];
      if (i > 0) text += ',';
      text += isPlain(one) ? own(one as object) : (nestedText(one, String(i), own) ?? 'null');
    }
    return `${text}]`;
  }
  if (isPlain(value)) return own(value);
  if (value instanceof Set || value instanceof Map || isBoxed(value)) return valueText(value, key);
  const { toJSON } = value as { toJSON?: unknown };
  // What that gives is one value more, with a form of its own no longer.
  const form: unknown = typeof toJSON === 'function' ? toJSON.call(value, key) : value;
  if (typeof form !== 'object' || form === null) return valueText(form, key);
  return Array.isArray(form) ? nestedText(form, key, own) : own(form);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value);
}

function isBoxed(value: unknown): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof Date;
}

function generate(Class: Constructor, { properties }: Shape, made: ReadonlyMap<Function, ObjectText>): ObjectText {
  const values: unknown[] = [];
  const ref = (value: unknown): string => `k[${values.push(value) - 1}]`;
  let body = '';
  if (properties.some(({ sent }) => sent === undefined))
    body += `  const h = ${ref((value: object) => toPlain(asInstance(Class, value)))}(v);\n`;
  for (const { name, sent, type, isNested } of properties) {
    const read = sent === undefined ? `h[${JSON.stringify(nameInPlain(Class, name))}]` : `v[${JSON.stringify(name)}]`;
    const key = sent ?? nameInPlain(Class, name);
    const start = JSON.stringify(JSON.stringify(key));
    const put = (text: string): string => `s += (s === '' ? '{' : ',') + ${start} + ':' + ${text};`;
    const inherited = name in Object.prototype ? `Object.hasOwn(v, ${JSON.stringify(name)}) ? ${read} : undefined` : read;
    body += `  x = ${inherited};\n`;
    const nested = isNested && sent !== undefined;
    const other = nested
      ? `nestedText(x, ${JSON.stringify(key)}, ${ref((value: object) => (made.get(type as Function) as ObjectText)(value))})`
      : `valueText(x, ${JSON.stringify(key)})`;
    const tests = [
      [`typeof x === 'string'`, 'quote(x)'],
      [`typeof x === 'number'`, "(x - x === 0 ? x : 'null')"],
    ];
    if (type === Number) tests.reverse();
    const scalars = nested ? '' : tests.map(([test, text]) => `if (${test}) { ${put(text as string)} } else `).join('');
    body += `  ${scalars}{ const t = ${other}; if (t !== undefined) { ${put('t')} } }\n`;
  }
  const source = `"use strict";
const { quote, valueText, nestedText } = scope;
return function text(v) {
  let s = '', x;
${body}  return s === '' ? '{}' : s + '}';
};`;
  return new Function('scope', 'k', source)({ quote, valueText, nestedText }, values) as ObjectText;
}

/** What `class-transformer` takes for an object of the class. */
function asInstance(Class: Constructor, value: object): object {
  return value instanceof Class ? value : Object.assign(Object.create(Class.prototype as object), value);
}
