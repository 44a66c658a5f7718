import { generateFunction } from '../../codegen/generate-function.js';
import { type ClassProblem, ClassError } from '../class-error.js';
import type { Constructor } from '../properties.js';
import { nameInPlain, toPlain } from '../transformer-metadata.js';
import { hasToJson, type Shape, shapeOf } from './shape.js';
import { quote, valueText } from './json-text.js';

/** Converts a value to JSON with the declared properties of a class only. Returns `undefined` where `JSON.stringify` does. */
export type Serialize = (value: unknown) => string | undefined;

/**
 * Compiles the serializer of a class. It works like `JSON.stringify`, but omits undeclared properties, also in nested classes
 * whose types are known. A list is serialized by its elements.
 *
 * @throws ClassError if the class or a nested class declares no properties at run time
 */
export function compileSerializer(Class: Constructor): Serialize {
  if (hasToJson(Class)) return toJsonSerializer(Class);
  const problems: ClassProblem[] = [];
  const shapes = new Map<Function, Shape>();
  const visit = (one: Constructor): void => {
    if (shapes.has(one)) return;
    const shape = shapeOf(one);
    shapes.set(one, shape);
    problems.push(...shape.problems);
    for (const { isNested, type } of shape.properties) if (isNested) visit(type as Constructor);
  };
  visit(Class);
  if (problems.length > 0) throw new ClassError(problems);
  const serializers = new Map<Function, ObjectText>();
  for (const [one, shape] of shapes) serializers.set(one, generate(one as Constructor, shape, serializers));
  const own = serializers.get(Class) as ObjectText;
  return (value) => nestedText(value, '', own);
}

/** Converts an object that is not a list to JSON. */
type ObjectText = (value: object) => string;

/** A class with its own `toJSON` declares the result of that method. Nothing is known about other values. */
function toJsonSerializer(Class: Constructor): Serialize {
  const { toJSON } = Class.prototype as { toJSON(): unknown };
  return (value) => {
    const isOwn = (one: unknown): boolean =>
      typeof one !== 'object' || one === null || (one as { toJSON?: unknown }).toJSON === toJSON;
    const text = (one: unknown): unknown => (isOwn(one) ? one : Object.assign(Object.create(Class.prototype as object), one));
    return JSON.stringify(Array.isArray(value) ? value.map(text) : text(value));
  };
}

/** Serializes a value of a class, or a list of such values. */
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
  // The result of `toJSON` is a plain value without further conversion.
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

function generate(Class: Constructor, { properties }: Shape, serializers: ReadonlyMap<Function, ObjectText>): ObjectText {
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
      ? `nestedText(x, ${JSON.stringify(key)}, ${ref((value: object) => (serializers.get(type as Function) as ObjectText)(value))})`
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
  return generateFunction<ObjectText>(source, { scope: { quote, valueText, nestedText }, k: values });
}

/** Converts an object to an instance for `class-transformer`. */
function asInstance(Class: Constructor, value: object): object {
  return value instanceof Class ? value : Object.assign(Object.create(Class.prototype as object), value);
}
