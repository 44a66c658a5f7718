import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';
import type { SignatureParameter } from './parameter.js';

export interface Signature {
  readonly parameters: readonly SignatureParameter[];
  /** False for native and bound functions, which have no source. Then only the number of parameters is known. */
  readonly readable: boolean;
}

const signatures = new WeakMap<Function, Signature>();
let parser: typeof Acorn | undefined;

/**
 * Reads the parameters of a function of any form (method, arrow, async, generator, accessor) from its source, and caches them. The parser is
 * loaded only if it is needed.
 *
 * @throws Error if acorn cannot be loaded (an application bundled without it)
 */
export function readSignature(fn: Function): Signature {
  let signature = signatures.get(fn);
  if (signature === undefined) {
    const source = Function.prototype.toString.call(fn);
    const isNative = /\{\s*\[native code\]\s*\}\s*$/.test(source);
    const parameters = isNative ? undefined : (plainList(source) ?? parse(source));
    signature = { readable: parameters !== undefined, parameters: parameters ?? placeholders(fn.length) };
    signatures.set(fn, signature);
  }
  return signature;
}

/**
 * Reads a list of plain names after plain words, such as `async show(id, db) {`, with one unambiguous expression. Most methods have this
 * form, so most applications start without loading the parser. All other forms, including comments, need the parser.
 */
function plainList(source: string): SignatureParameter[] | undefined {
  const list = /^[\w$\s*]*\(([\w$\s,]*)\)/.exec(source)?.[1]?.trim();
  if (list === undefined || list === '') return list === '' ? [] : undefined;
  const names = list.split(',').map((name) => name.trim());
  if (!names.every((name) => name !== '' && !/^\d|\s/.test(name))) return undefined;
  return names.map((name) => ({ name, hasDefault: false, rest: false, pattern: false }));
}

function placeholders(count: number): SignatureParameter[] {
  return Array.from({ length: count }, () => ({ name: undefined, hasDefault: false, rest: false, pattern: false }));
}

function acorn(): typeof Acorn {
  try {
    parser ??= createRequire(import.meta.url)('acorn') as typeof Acorn;
    return parser;
  } catch (cause) {
    const remedy = "bundlers must leave 'bottlenose' external, or include 'acorn'";
    throw new Error(`The names of parameters are read with acorn, which cannot be loaded: ${remedy}.`, { cause });
  }
}

// Only the parameter list is parsed, because the body may be long, or use syntax that the parser does not know.
function parse(source: string): SignatureParameter[] | undefined {
  const options: Acorn.Options = {
    ecmaVersion: 'latest',
    allowReserved: true,
    allowSuperOutsideMethod: true,
    allowImportExportEverywhere: true,
    checkPrivateFields: false,
  };
  try {
    const list = parameterList(source, options);
    if (list === undefined) return undefined;
    const program = acorn().parse(`(function (${list}\n) {})`, options);
    const statement = program.body[0] as Acorn.ExpressionStatement;
    return (statement.expression as Acorn.FunctionExpression).params.map(describe);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// Returns the text between the first parentheses outside of a computed name, `[name('x')](id) {}`. An arrow function may have no
// parentheses.
function parameterList(source: string, options: Acorn.Options): string | undefined {
  const { tokenizer, tokTypes } = acorn();
  let brackets = 0;
  let parentheses = 0;
  let start = 0;
  let previous: Acorn.Token | undefined;
  for (const token of tokenizer(source, options)) {
    const { type } = token;
    // A class, unless it is a method of that name.
    if (previous?.start === 0 && previous.type === tokTypes._class && type !== tokTypes.parenL) return undefined;
    if (parentheses === 0 && type === tokTypes.bracketL) brackets++;
    else if (parentheses === 0 && type === tokTypes.bracketR) brackets--;
    else if (brackets === 0) {
      if (parentheses === 0 && type === tokTypes.arrow) return previous && source.slice(previous.start, previous.end);
      if (type === tokTypes.parenL && parentheses++ === 0) start = token.end;
      if (type === tokTypes.parenR && --parentheses === 0) return source.slice(start, token.start);
    }
    previous = token;
  }
  return undefined;
}

function describe(node: Acorn.Pattern): SignatureParameter {
  if (node.type === 'AssignmentPattern') {
    const described: SignatureParameter = { ...describe(node.left), hasDefault: true };
    const defaultType = typeOfDefault(node.right);
    if (defaultType !== undefined) described.defaultType = defaultType;
    const defaultValue = valueOfDefault(node.right);
    if (defaultValue !== undefined) described.defaultValue = defaultValue;
    return described;
  }
  if (node.type === 'RestElement') return { ...describe(node.argument), rest: true };
  const parameter: SignatureParameter = { name: undefined, hasDefault: false, rest: false, pattern: node.type !== 'Identifier' };
  if (node.type === 'Identifier') parameter.name = node.name;
  if (node.type === 'ObjectPattern') {
    parameter.patternNames = [];
    parameter.patternOptional = [];
    for (const property of node.properties) {
      if (property.type === 'RestElement') parameter.patternRest = true;
      else if (!property.computed) {
        const name = property.key.type === 'Identifier' ? property.key.name : String((property.key as Acorn.Literal).value);
        parameter.patternNames.push(name);
        if (property.value.type === 'AssignmentPattern') parameter.patternOptional.push(name);
      }
    }
  }
  return parameter;
}

function typeOfDefault(node: Acorn.Expression): Function | undefined {
  if (node.type === 'UnaryExpression' && (node.operator === '-' || node.operator === '+')) return typeOfDefault(node.argument);
  if (node.type === 'ArrayExpression') return Array;
  if (node.type === 'TemplateLiteral') return String;
  if (node.type !== 'Literal') return undefined;
  switch (typeof node.value) {
    case 'number':
      return Number;
    case 'boolean':
      return Boolean;
    case 'string':
      return String;
    case 'bigint':
      return BigInt;
    default:
      return undefined;
  }
}

function valueOfDefault(node: Acorn.Expression): SignatureParameter['defaultValue'] {
  if (node.type === 'ArrayExpression' && node.elements.length === 0) return [];
  if (node.type === 'UnaryExpression' && (node.operator === '-' || node.operator === '+')) {
    const value = valueOfDefault(node.argument);
    return typeof value === 'number' ? (node.operator === '-' ? -value : value) : undefined;
  }
  const { value } = node as Acorn.Literal;
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return node.type === 'Literal' && isPlain ? value : undefined;
}
