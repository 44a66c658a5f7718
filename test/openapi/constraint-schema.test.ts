import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Body, Bottle, Post } from 'bottlenose';
import { openapi } from 'bottlenose/openapi';
import * as cv from 'class-validator';
import { compile, resolved } from './fixtures/valid.js';

enum Level {
  Low = 1,
  High = 2,
}
enum Color {
  Red = 'red',
  Blue = 'blue',
}

/** The document of an app that takes one property with these decorators. */
function describeProperty(decorators: PropertyDecorator[], type?: Function) {
  class Dto {}
  if (type !== undefined) Reflect.defineMetadata('design:type', type, Dto.prototype, 'x');
  for (const decorator of [...decorators].reverse()) decorator(Dto.prototype, 'x');
  class Dtos {
    @Post('/') take(@Body(Dto) dto: object) {}
  }
  const document = openapi(new Bottle().mount(Dtos));
  const schema = resolved(document.paths['/']?.post?.requestBody?.content['application/json']?.schema, document);
  return { Dto, document, schema, x: schema.properties?.x };
}

const text = 'string';
const scoped = { pattern: '^[0-9A-Fa-f:.]+%' };
const rows: [string, PropertyDecorator[], object, good: unknown, bad: unknown][] = [
  ['IsString', [cv.IsString()], { type: text }, 'a', 1],
  ['IsNumber', [cv.IsNumber()], { type: 'number' }, 1.5, 'a'],
  ['IsInt', [cv.IsInt()], { type: 'integer' }, 2, 2.5],
  ['IsInt with limits', [cv.IsInt(), cv.Min(1), cv.Max(9)], { type: 'integer', minimum: 1, maximum: 9 }, 9, 10],
  ['IsBoolean', [cv.IsBoolean()], { type: 'boolean' }, true, 'a'],
  ['Min', [cv.Min(2)], { type: 'number', minimum: 2 }, 2, 1],
  ['Max', [cv.Max(2)], { type: 'number', maximum: 2 }, 2, 3],
  ['IsPositive', [cv.IsPositive()], { type: 'number', exclusiveMinimum: 0 }, 1, 0],
  ['IsNegative', [cv.IsNegative()], { type: 'number', exclusiveMaximum: 0 }, -1, 0],
  ['IsDivisibleBy', [cv.IsDivisibleBy(5)], { type: 'number', multipleOf: 5 }, 10, 11],
  ['MinLength', [cv.MinLength(2)], { type: text, minLength: 2 }, 'ab', 'a'],
  ['MaxLength', [cv.MaxLength(2)], { type: text, maxLength: 2 }, 'ab', 'abc'],
  ['Length', [cv.Length(1, 3)], { type: text, minLength: 1, maxLength: 3 }, 'a', ''],
  ['Length without an end', [cv.Length(2)], { type: text, minLength: 2 }, 'ab', 'a'],
  ['IsNotEmpty on a text', [cv.IsString(), cv.IsNotEmpty()], { type: text, minLength: 1 }, 'a', ''],
  ['Matches', [cv.Matches(/^[a-z]+-\d$/)], { type: text, pattern: '^[a-z]+-\\d$' }, 'a-1', '1'],
  ['Matches, a needless escape', [cv.Matches(/^a@b$/)], { type: text, pattern: '^a@b$' }, 'a@b', 'ab'],
  ['two patterns', [cv.Matches(/a/), cv.Matches(/b/)], { type: text, pattern: 'b', allOf: [{ pattern: 'a' }] }, 'ab', 'a'],
  ['Contains', [cv.Contains('a.b')], { type: text, pattern: 'a\\.b' }, 'xa.bx', 'axb'],
  ['NotContains', [cv.NotContains('/')], { type: text, not: { pattern: '\\/' } }, 'a', 'a/b'],
  ['IsIn', [cv.IsIn(['a', 'b'])], { type: text, enum: ['a', 'b'] }, 'a', 'c'],
  ['IsIn, mixed', [cv.IsIn(['a', 1])], { enum: ['a', 1] }, 1, 'c'],
  ['IsNotIn', [cv.IsString(), cv.IsNotIn(['a'])], { type: text, not: { type: text, enum: ['a'] } }, 'b', 'a'],
  ['IsEnum of texts', [cv.IsEnum(Color)], { type: text, enum: ['red', 'blue'] }, 'red', 'green'],
  ['IsEnum of numbers', [cv.IsEnum(Level)], { type: 'number', enum: [1, 2] }, 2, 3],
  ['Equals', [cv.Equals('yes')], { const: 'yes' }, 'yes', 'no'],
  ['NotEquals', [cv.IsString(), cv.NotEquals('a')], { type: text, not: { const: 'a' } }, 'b', 'a'],
  ['IsEmail', [cv.IsEmail()], { type: text, format: 'email' }, 'ada@example.com', 5],
  ['IsUrl', [cv.IsUrl()], { type: text }, 'https://example.com/', 5],
  ['IsUUID', [cv.IsUUID()], { type: text, format: 'uuid' }, '9b2f6f6e-0d8e-4d8e-8d8e-0d8e4d8e8d8e', 5],
  ['IsIP', [cv.IsIP()], { type: text, anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }, scoped] }, '::1', 5],
  ['IsIP 4', [cv.IsIP(4)], { type: text, format: 'ipv4' }, '127.0.0.1', 5],
  ['IsIP 6', [cv.IsIP('6')], { type: text, anyOf: [{ format: 'ipv6' }, scoped] }, '::1', 5],
  ['IsFQDN', [cv.IsFQDN()], { type: text, anyOf: [{ format: 'hostname' }, { format: 'idn-hostname' }] }, 'example.com', 5],
  ['IsDateString', [cv.IsDateString()], { type: text }, '2030-01-31', 5],
  ['IsISO8601', [cv.IsISO8601()], { type: text }, '2030-01-31', 5],
  ['IsRFC3339', [cv.IsRFC3339()], { type: text, format: 'date-time' }, '2030-01-31T12:00:00Z', 5],
  ['IsMilitaryTime', [cv.IsMilitaryTime()], { type: text, pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }, '23:59', '24:00'],
  ['IsJSON', [cv.IsJSON()], { type: text, contentMediaType: 'application/json' }, '{}', 5],
  ['IsBase64', [cv.IsBase64()], { type: text, contentEncoding: 'base64' }, 'YWJj', 5],
  ['IsMongoId', [cv.IsMongoId()], { type: text, pattern: '^[0-9a-fA-F]{24}$' }, '507f1f77bcf86cd799439011', 'x'],
  ['IsHexadecimal', [cv.IsHexadecimal()], { type: text, pattern: '^(0x|0h)?[0-9A-Fa-f]+$' }, 'ff', 'xyz'],
  ['IsAlpha', [cv.IsAlpha()], { type: text, pattern: '^[A-Za-z]+$' }, 'ab', 'a1'],
  ['IsAlpha elsewhere', [cv.IsAlpha('de-DE')], { type: text }, 'größe', 5],
  ['IsAlphanumeric', [cv.IsAlphanumeric()], { type: text, pattern: '^[0-9A-Za-z]+$' }, 'a1', '-'],
  ['IsAscii', [cv.IsAscii()], { type: text, pattern: '^[\\x00-\\x7F]+$' }, 'a', 'ä'],
  ['IsNumberString', [cv.IsNumberString()], { type: text, pattern: '^[+-]?([0-9]*[.])?[0-9]+$' }, '-1.5', 'x'],
  ['IsBooleanString', [cv.IsBooleanString()], { type: text, enum: ['true', 'false', '1', '0'] }, 'true', 'x'],
  ['IsISO31661Alpha2', [cv.IsISO31661Alpha2()], { type: text, minLength: 2, maxLength: 2 }, 'DE', 'DEU'],
  ['IsStrongPassword', [cv.IsStrongPassword()], { type: text, format: 'password', minLength: 8 }, 'aB3$aB3$', 'a'],
  ['IsPhoneNumber', [cv.IsPhoneNumber('DE')], { type: text }, '+49 30 123456', 5],
  ['IsObject', [cv.IsObject()], { type: 'object' }, {}, 'a'],
  ['IsNotEmptyObject', [cv.IsNotEmptyObject()], { type: 'object', minProperties: 1 }, { a: 1 }, {}],
  ['IsArray', [cv.IsArray()], { type: 'array', items: {} }, [1], 'a'],
  ['each', [cv.IsString({ each: true })], { type: 'array', items: { type: text } }, ['a'], [1]],
  ['ArrayMinSize', [cv.ArrayMinSize(2)], { type: 'array', items: {}, minItems: 2 }, [1, 2], [1]],
  ['ArrayMaxSize', [cv.ArrayMaxSize(1)], { type: 'array', items: {}, maxItems: 1 }, [1], [1, 2]],
  ['ArrayNotEmpty', [cv.ArrayNotEmpty()], { type: 'array', items: {}, minItems: 1 }, [1], []],
  ['ArrayUnique', [cv.ArrayUnique()], { type: 'array', items: {}, uniqueItems: true }, [1, 2], [1, 1]],
  ['ArrayContains', [cv.ArrayContains([1])], { type: 'array', items: {}, allOf: [{ contains: { const: 1 } }] }, [1, 2], [2]],
  [
    'ArrayNotContains',
    [cv.ArrayNotContains([1])],
    { type: 'array', items: {}, not: { contains: { type: 'number', enum: [1] } } },
    [2],
    [1],
  ],
];

describe('what class-validator demands', () => {
  it.each(rows)('is said in JSON Schema: %s', (name, decorators, expected, good, bad) => {
    const { Dto, document, schema, x } = describeProperty(decorators);
    expect(x).toEqual(expected);
    expect(schema.required).toEqual(['x']);
    const check = compile(schema, document);
    for (const [value, isGood] of [
      [good, true],
      [bad, false],
    ] as const) {
      expect([value, cv.validateSync(Object.assign(new Dto(), { x: value })).length === 0]).toEqual([value, isGood]);
      expect([value, check({ x: value })]).toEqual([value, isGood]);
    }
  });

  // As texts, for tools take needless escapes out of literals.
  it.each([
    ['a flag', ['^a$', 'i'], {}],
    ['an escape that Unicode mode has no meaning for', ['\\q'], {}],
    ['an escape that nothing needs', ['^[\\w\\-\\@]+\\-\\@$'], { pattern: '^[\\w\\-@]+-@$' }],
    ['the Unicode flag', ['^\\p{L}+$', 'u'], { pattern: '^\\p{L}+$' }],
  ] as [string, [string, string?], object][])('a pattern with %s is told if it means the same there', (_name, args, expected) => {
    expect(describeProperty([cv.Matches(new RegExp(...args))]).x).toEqual({ type: 'string', ...expected });
  });

  it('is left out where JSON Schema has no words for it', () => {
    const odd = cv.ValidateBy({ name: 'isOdd', validator: { validate: (value) => (value as number) % 2 === 1 } });
    expect(describeProperty([cv.IsInt(), odd]).x).toEqual({ type: 'integer' });
  });

  it('comes with what the decorators add in their context', () => {
    const more = { context: { openapi: { description: 'How many.', example: 3 } } };
    expect(describeProperty([cv.IsInt(more)]).x).toEqual({ type: 'integer', description: 'How many.', example: 3 });
  });
});

describe('declared types', () => {
  it.each([
    [String, { type: 'string' }],
    [Number, { type: 'number' }],
    [Boolean, { type: 'boolean' }],
    [Date, { type: 'string', format: 'date-time' }],
    [Array, { type: 'array', items: {} }],
    [Set, { type: 'array', items: {}, uniqueItems: true }],
    [Map, { type: 'object', additionalProperties: {} }],
    [Object, { not: { type: 'null' } }],
  ])('%p', (type, expected) => {
    expect(describeProperty([cv.IsDefined()], type).x).toEqual(expected);
  });

  it('are made more exact by validators', () => {
    expect(describeProperty([cv.IsInt()], Number).x).toEqual({ type: 'integer' });
    expect(describeProperty([cv.IsInt({ each: true })], Array).x).toEqual({ type: 'array', items: { type: 'integer' } });
    expect(describeProperty([cv.MinLength(2, { each: true })], Map).x).toEqual({
      type: 'object',
      additionalProperties: { type: 'string', minLength: 2 },
    });
  });
});
