import { type ExpressionStatement, type FunctionExpression, parse } from 'acorn';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { describeFunction } from '../../../src/controllers/decorators/controller-description.js';
import { Query } from '../../../src/controllers/decorators/parameter-decorators.js';
import { readSignature } from '../../../src/controllers/decorators/signature.js';
import { cases, fc } from '../../property.js';

const names = (fn: Function) => readSignature(fn).parameters.map(({ name }) => name);
// What stands in test sources goes through a compiler first, which may rewrite it; this does not.
const evaluate = (source: string): Function => new Function(`return ${source}`)();
const method = (source: string, key: PropertyKey = 'm'): Function => {
  const made = evaluate(`class extends Object { ${source} }`);
  const owner = Object.hasOwn(made, key) ? made : made.prototype;
  const member = Object.getOwnPropertyDescriptor(owner, key)!;
  return member.value ?? member.get ?? member.set;
};

describe('names of parameters', () => {
  it.each([
    ['m(a, b) {}', 'm'],
    ['async m(a, b) {}', 'm'],
    ['*m(a, b) {}', 'm'],
    ['async *m(a, b) {}', 'm'],
    ['static m(a, b) {}', 'm'],
    ['static async * m(a, b) {}', 'm'],
    ['"a (string) b"(a, b) {}', 'a (string) b'],
    ['42(a, b) {}', '42'],
    ['["x" + (1 + (2))](a, b) {}', 'x3'],
    ['[((x, y) => "k")(")", "]")](a, b) {}', 'k'],
    ['[`${"t"}(`](a, b) {}', 't('],
    ['async [Symbol.iterator](a, b) {}', Symbol.iterator],
    ['get(a, b) {}', 'get'],
    ['set(a, b) {}', 'set'],
    ['async(a, b) {}', 'async'],
    ['static(a, b) {}', 'static'],
    ['function(a, b) {}', 'function'],
    ['class(a, b) {}', 'class'],
    ['if(a, b) {}', 'if'],
    ['new(a, b) {}', 'new'],
    ['delete(a, b) {}', 'delete'],
    ['await(a, b) {}', 'await'],
    ['m /* (x, y) */ (a /* , c) */, // d) {\n b, ) {}', 'm'],
    ['m(a = ")", b = /[)]\\/\\)/g) {}', 'm'],
    ['m(a = `)${[`(`, {}]})`, b = (1, 2) / 3 / (4)) {}', 'm'],
    ['m(a = function (x, y) { return /\\)/ }, b = (x) => { return x }) {}', 'm'],
    ['m(a = class { q(z) {} }, b = super.toString(), ) {}', 'm'],
    ['m(a = this.#p, b = new.target) {} #p = 1', 'm'],
    ['m(a, b) { return this.#p() } #p(x) {}', 'm'],
    ['m = (a, b) => a', 'm'],
  ])('are read from %s', (source, key) => {
    const owner = source.startsWith('m =')
      ? (evaluate(`new (class { ${source} })()`) as unknown as { m: Function }).m
      : undefined;
    expect(names(owner ?? method(source, key))).toEqual(['a', 'b']);
  });

  it.each([
    ['function (a, b) {}'],
    ['function named(a, b) {}'],
    ['async function (a, b) {}'],
    ['function* (a, b) {}'],
    ['async function* named(a, b) {}'],
    ['(a, b) => {}'],
    ['async (a, b) => {}'],
    ['(a = (x) => x, b = async y => y) => ({})'],
    ['function (a, b) { with (a) { return 010 } }'],
    ['function (a, b) { return import("x") }'],
  ])('are read from %s', (source) => {
    expect(names(evaluate(source))).toEqual(['a', 'b']);
  });

  it('are read from arrow functions without parentheses', () => {
    expect(names(evaluate('a => (b, c) => a'))).toEqual(['a']);
    expect(names(evaluate('async a => a'))).toEqual(['a']);
    expect(names(evaluate('async => async'))).toEqual(['async']);
    expect(names(evaluate('() => (a, b) => a'))).toEqual([]);
  });

  it('are read from accessors', () => {
    expect(names(method('get m() { return 1 }'))).toEqual([]);
    expect(names(method('set m(value) {}'))).toEqual(['value']);
  });

  it('do not depend on what stands in the body', () => {
    const fn = (): void => {};
    fn.toString = () => 'other';
    expect(names(fn)).toEqual([]);
    expect(names(evaluate('function (größe, $x, _y, \\u0061b) { return (a, b) => `}{` }'))).toEqual(['größe', '$x', '_y', 'ab']);
  });

  it('are unknown for native and bound functions and for classes, except for their number', () => {
    for (const fn of [Math.max, ((a: 1, b: 2) => [a, b]).bind(null), evaluate('class A { constructor(a, b) {} }')]) {
      expect(readSignature(fn)).toMatchObject({ readable: false });
      expect(names(fn)).toEqual([undefined, undefined]);
    }
    expect(names(evaluate('class extends Object { m(a) {} }'))).toEqual([]);
  });
});

describe('the other traits of parameters', () => {
  it('defaults and rest parameters are known', () => {
    expect(readSignature(evaluate('function (a, b = 1, ...c) {}')).parameters).toEqual([
      { name: 'a', hasDefault: false, rest: false, pattern: false },
      { name: 'b', hasDefault: true, defaultType: Number, defaultValue: 1, rest: false, pattern: false },
      { name: 'c', hasDefault: false, rest: true, pattern: false },
    ]);
  });

  it('a destructured object tells what it takes, at its top level', () => {
    expect(readSignature(evaluate('({ a, b: c, "d-e": f, 1: g, [h]: i, j = 1, k: { l, m }, ...n }) => 0')).parameters).toEqual([
      {
        name: undefined,
        hasDefault: false,
        rest: false,
        pattern: true,
        patternNames: ['a', 'b', 'd-e', '1', 'j', 'k'],
        patternOptional: ['j'],
        patternRest: true,
      },
    ]);
    expect(readSignature(evaluate('({ a } = {}) => a')).parameters).toMatchObject([{ hasDefault: true, patternNames: ['a'] }]);
    expect(readSignature(evaluate('([a, b], ...[c]) => a')).parameters).toMatchObject([
      { name: undefined, pattern: true },
      { name: undefined, pattern: true, rest: true },
    ]);
  });
});

describe('an application bundled without its dependencies', () => {
  it('is told what it lacks when a signature is read, and not before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bundled-'));
    try {
      const contents =
        "import { readSignature } from './src/controllers/decorators/signature.ts'; console.log(1); readSignature((a) => a); readSignature((a = 1) => a);";
      const outfile = join(folder, 'app.mjs');
      await build({ stdin: { contents, resolveDir: process.cwd() }, bundle: true, platform: 'node', format: 'esm', outfile });
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile]).catch((error) => error);
      expect(stdout).toBe('1\n');
      expect(stderr).toContain('The names of parameters are read with acorn, which cannot be loaded: bundlers must');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('handlers that are functions', () => {
  it('are described as methods are', () => {
    expect(describeFunction(({ name }: { name: string }) => name)).toMatchObject([
      { index: 0, pattern: true, patternNames: ['name'] },
    ]);
    expect(describeFunction((...args: unknown[]) => args)).toMatchObject([{ name: 'args', rest: true }]);
    expect(describeFunction((a: number, b: number) => [a, b], ['id', Query('page')])).toMatchObject([
      { name: 'id' },
      { name: 'b', source: { kind: 'query', name: 'page' } },
    ]);
  });

  it('throw where `params` does not fit', () => {
    const hello = (a: unknown) => a;
    expect(() => describeFunction(hello, ['a', 'b'])).toThrow(
      new TypeError('hello: `params` lists 2, but the method takes 1 parameter; remove what is too much.'),
    );
  });
});

describe('the type of a default', () => {
  it.each([
    ['1', Number],
    ['-1.5', Number],
    ['true', Boolean],
    ["'a'", String],
    ['`a`', String],
    ['[]', Array],
    ['10n', BigInt],
    ['null', undefined],
    ['{}', undefined],
    ['other', undefined],
  ])('%s', (source, type) => {
    expect(readSignature(evaluate(`function (a = ${source}) {}`)).parameters[0]?.defaultType).toBe(type);
  });
});

describe('lists of plain names', () => {
  it('are read as the parser reads them, whatever stands around them', () => {
    const words = fc.constantFrom(
      'a',
      'b1',
      '$c',
      '_d',
      'async',
      'get',
      'of',
      ' ',
      '\n',
      ',',
      '(',
      ')',
      '=',
      '...',
      '{',
      '}',
      '[',
      ']',
      '/*x*/',
      '//\n',
      "'s'",
      '1',
      '*',
      '=>',
      '`t`',
    );
    const source = fc.tuple(
      fc.array(words, { maxLength: 8 }),
      fc.constantFrom('function f(', 'async function (', 'function* g(', '('),
      fc.constantFrom(') {}', ') => 1'),
    );
    fc.assert(
      fc.property(source, ([list, head, tail]) => {
        const text = head + list.join('') + tail;
        let fn: Function;
        try {
          fn = evaluate(text);
        } catch {
          return;
        }
        if (typeof fn !== 'function') return;
        const program = parse(`(${Function.prototype.toString.call(fn)}\n)`, { ecmaVersion: 'latest' });
        const node = (program.body[0] as ExpressionStatement).expression as FunctionExpression;
        if (!('params' in node)) return;
        const names = node.params.map((param) => (param.type === 'Identifier' ? param.name : param.type));
        const read = readSignature(fn).parameters;
        expect(read).toHaveLength(names.length);
        read.forEach((parameter, i) => {
          if (node.params[i]?.type === 'Identifier')
            expect(parameter).toEqual({ name: names[i], hasDefault: false, rest: false, pattern: false });
          else expect(parameter.hasDefault || parameter.rest || parameter.pattern).toBe(true);
        });
      }),
      cases(300),
    );
  });
});
