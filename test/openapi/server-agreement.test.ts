import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Body, Bottle, Post } from 'bottlenose';
import { openapi } from 'bottlenose/openapi';
import { Exclude, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { fc } from '../property.js';

// Sends the same bodies to the server and to Ajv with the document's schema. Neither may accept what the other refuses, except where the
// document cannot say it.

enum Color {
  Red = 'red',
  Blue = 'blue',
}
enum Level {
  Low = 1,
  High = 2,
}

interface Row {
  readonly name: string;
  readonly decorators: PropertyDecorator[];
  readonly type?: Function;
  /** Values that are valid, to mutate. */
  readonly good: readonly unknown[];
}

const row = (
  name: string,
  decorators: PropertyDecorator | PropertyDecorator[],
  good: readonly unknown[],
  type?: Function,
): Row => ({
  name,
  decorators: [decorators].flat(),
  good,
  ...(type !== undefined && { type }),
});

/** The document says all that the server checks. */
const exact: Row[] = [
  row('IsString', cv.IsString(), ['a']),
  row('IsNumber', cv.IsNumber(), [1.5]),
  row('IsInt', cv.IsInt(), [2]),
  row('IsInt in a range', [cv.IsInt(), cv.Min(1), cv.Max(9)], [1, 9]),
  row('IsBoolean', cv.IsBoolean(), [true]),
  row('Min', cv.Min(2), [2]),
  row('Max', cv.Max(2), [2]),
  row('IsPositive', cv.IsPositive(), [1]),
  row('IsNegative', cv.IsNegative(), [-1]),
  row('IsDivisibleBy', cv.IsDivisibleBy(5), [10]),
  row('MinLength', cv.MinLength(2), ['ab']),
  row('MaxLength', cv.MaxLength(2), ['ab']),
  row('Length', cv.Length(1, 3), ['a', 'abc']),
  row('Length without an end', cv.Length(2), ['ab']),
  row('IsNotEmpty', cv.IsNotEmpty(), ['a', 0]),
  row('IsNotEmpty on a text', [cv.IsString(), cv.IsNotEmpty()], ['a']),
  row('IsDefined', cv.IsDefined(), ['a']),
  row('Allow', cv.Allow(), ['a']),
  row('IsOptional', [cv.IsOptional(), cv.IsString()], ['a', null]),
  row('IsOptional on a number', [cv.IsOptional(), cv.IsInt()], [1, null]),
  row('IsOptional on an enum', [cv.IsOptional(), cv.IsEnum(Color)], ['red', null]),
  row('ValidateIf the value is not null', [cv.ValidateIf((_, value) => value !== null), cv.IsString()], ['a', null]),
  row('Matches', cv.Matches(/^[a-z]+-\d$/), ['a-1']),
  row('two patterns', [cv.Matches(/a/), cv.Matches(/b/)], ['ab']),
  row('Contains', cv.Contains('a.b'), ['xa.bx']),
  row('NotContains', cv.NotContains('/'), ['a']),
  row('IsIn', cv.IsIn(['a', 'b']), ['a']),
  row('IsIn, mixed', cv.IsIn(['a', 1, null]), ['a', 1]),
  row('IsNotIn', [cv.IsString(), cv.IsNotIn(['a'])], ['b']),
  row('IsEnum of texts', cv.IsEnum(Color), ['red']),
  row('IsEnum of numbers', cv.IsEnum(Level), [2]),
  row('Equals', cv.Equals('yes'), ['yes']),
  row('NotEquals', [cv.IsString(), cv.NotEquals('a')], ['b']),
  row('IsEmpty', cv.IsEmpty(), ['', null]),
  row('IsMilitaryTime', cv.IsMilitaryTime(), ['23:59']),
  row('IsMongoId', cv.IsMongoId(), ['507f1f77bcf86cd799439011']),
  row('IsHexadecimal', cv.IsHexadecimal(), ['ff', '0xAB']),
  row('IsHexColor', cv.IsHexColor(), ['#fff', '#a0b1c2', 'a0b1c2d3']),
  row('IsAlpha', cv.IsAlpha(), ['ab']),
  row('IsAlphanumeric', cv.IsAlphanumeric(), ['a1']),
  row('IsAscii', cv.IsAscii(), ['a~']),
  row('IsNumberString', cv.IsNumberString(), ['-1.5', '.5', '+3']),
  row('IsBooleanString', cv.IsBooleanString(), ['true', '0']),
  row('IsObject', cv.IsObject(), [{}]),
  row('IsNotEmptyObject', cv.IsNotEmptyObject(), [{ a: 1 }]),
  row('IsArray', cv.IsArray(), [[1]]),
  row('ArrayMinSize', cv.ArrayMinSize(2), [[1, 2]], Array),
  row('ArrayMaxSize', cv.ArrayMaxSize(1), [[1]], Array),
  row('ArrayNotEmpty', cv.ArrayNotEmpty(), [[1]], Array),
  row('ArrayContains', cv.ArrayContains([1]), [[1, 2]], Array),
  row('ArrayNotContains', cv.ArrayNotContains([1]), [[2]], Array),
  row(
    'Validate',
    cv.Validate(
      class {
        validate() {
          return true;
        }
      },
    ),
    ['a'],
  ),
];

/** The document cannot say all that the server checks. It must still allow all that the server takes. */
const loose: Row[] = [
  row('IsUrl', cv.IsUrl(), ['https://example.com/', 'a.example', 'http://münchen.de/ü']),
  row('IsUUID', cv.IsUUID(), ['9b2f6f6e-0d8e-4d8e-8d8e-0d8e4d8e8d8e']),
  row('IsUUID 4', cv.IsUUID('4'), ['9b2f6f6e-0d8e-4d8e-8d8e-0d8e4d8e8d8e']),
  row('IsIP', cv.IsIP(), ['::1', '127.0.0.1', 'fe80::1%eth0', '::ffff:1.2.3.4']),
  row('IsIP 4', cv.IsIP(4), ['127.0.0.1']),
  row('IsIP 6', cv.IsIP('6'), ['::1', 'fe80::1%eth0']),
  row('IsFQDN', cv.IsFQDN(), ['example.com', 'münchen.de']),
  row('IsDateString', cv.IsDateString(), ['2030-01-31', '2030-01', '2030-W01-1', '2030-01-31T12:00:00Z', '2030-01-31T12:00']),
  row('IsISO8601', cv.IsISO8601(), ['2030-01-31', '2030', '2030-01-31T12:00:00+01']),
  row('IsRFC3339', cv.IsRFC3339(), ['2030-01-31T12:00:00Z', '2030-01-31 12:00:00.5+01:00']),
  row('IsJSON', cv.IsJSON(), ['{}', '[1]']),
  row('IsBase64', cv.IsBase64(), ['YWJj', 'YQ==']),
  row('IsBase32', cv.IsBase32(), ['MFRGG===']),
  row('IsBase58', cv.IsBase58(), ['3yZe7d']),
  row('IsDataURI', cv.IsDataURI(), ['data:text/plain,abc', 'data:text/plain;base64,YWJj']),
  row('IsJWT', cv.IsJWT(), ['eyJhbGciOiJub25lIn0.eyJhIjoxfQ.']),
  row('IsSemVer', cv.IsSemVer(), ['1.2.3', '1.0.0-rc.1+b']),
  row('IsISO31661Alpha2', cv.IsISO31661Alpha2(), ['DE', 'de']),
  row('IsISO31661Alpha3', cv.IsISO31661Alpha3(), ['DEU']),
  row('IsISO4217CurrencyCode', cv.IsISO4217CurrencyCode(), ['EUR']),
  row('IsStrongPassword', cv.IsStrongPassword(), ['aB3$aB3$']),
  row('IsPhoneNumber', cv.IsPhoneNumber('DE'), ['+49 30 123456']),
  row('IsMobilePhone', cv.IsMobilePhone('de-DE'), ['+4915112345678']),
  row('IsPostalCode', cv.IsPostalCode('DE'), ['10115']),
  row('IsCreditCard', cv.IsCreditCard(), ['4111111111111111']),
  row('IsCurrency', cv.IsCurrency(), ['$10.50', '-1,000']),
  row('IsIBAN', cv.IsIBAN(), ['DE89370400440532013000']),
  row('IsBIC', cv.IsBIC(), ['DEUTDEFF']),
  row('IsISBN', cv.IsISBN(), ['9783161484100']),
  row('IsISSN', cv.IsISSN(), ['0378-5955']),
  row('IsEAN', cv.IsEAN(), ['9783161484100']),
  row('IsMACAddress', cv.IsMACAddress(), ['01:02:03:04:05:ab']),
  row('IsMimeType', cv.IsMimeType(), ['text/html']),
  row('IsPort', cv.IsPort(), ['80']),
  row('IsHash', cv.IsHash('md5'), ['d41d8cd98f00b204e9800998ecf8427e']),
  row('IsHSL', cv.IsHSL(), ['hsl(1,2%,3%)']),
  row('IsRgbColor', cv.IsRgbColor(), ['rgb(1,2,3)']),
  row('IsLocale', cv.IsLocale(), ['en_US']),
  row('IsTimeZone', cv.IsTimeZone(), ['Europe/Berlin']),
  row('IsLowercase', cv.IsLowercase(), ['a']),
  row('IsUppercase', cv.IsUppercase(), ['A']),
  row('IsByteLength', cv.IsByteLength(1, 3), ['ab']),
  row('IsOctal', cv.IsOctal(), ['0o17', '17']),
  row('IsLatLong', cv.IsLatLong(), ['1,2']),
  row('IsLatitude', cv.IsLatitude(), ['1', 1]),
  row('IsLongitude', cv.IsLongitude(), ['1', 1]),
  row('IsDecimal', cv.IsDecimal(), ['1.5']),
  row('IsAlpha elsewhere', cv.IsAlpha('de-DE'), ['größe']),
  row('IsNumberString with options', cv.IsNumberString({ no_symbols: true }), ['15']),
  row('IsNumber with options', cv.IsNumber({ maxDecimalPlaces: 1 }), [1.5]),
  row('Matches with a flag', cv.Matches(/^a$/i), ['A']),
  row('Equals an object', cv.Equals(new Date(0)), []),
  row('IsISO6391', cv.IsISO6391(), ['de']),
  row('IsMultibyte', cv.IsMultibyte(), ['ü']),
  row('IsFullWidth', cv.IsFullWidth(), ['ａ']),
  row('IsHalfWidth', cv.IsHalfWidth(), ['a']),
  row('IsVariableWidth', cv.IsVariableWidth(), ['ａa']),
  row('IsSurrogatePair', cv.IsSurrogatePair(), ['𠮷']),
  row('IsMagnetURI', cv.IsMagnetURI(), ['magnet:?xt=urn:btih:06E2A9683BF4DA92C73A661AC56F0ECC9C63C5B4']),
  row('IsBtcAddress', cv.IsBtcAddress(), ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa']),
  row('IsEthereumAddress', cv.IsEthereumAddress(), ['0x52908400098527886E0F7030069857D2E4169EE7']),
  row('IsISIN', cv.IsISIN(), ['US0378331005']),
  row('IsISRC', cv.IsISRC(), ['USAT29900609']),
  row('IsFirebasePushId', cv.IsFirebasePushId(), ['-M1234567890abcdefgh']),
  row('IsIdentityCard', cv.IsIdentityCard('ES'), ['12345678Z']),
  row('IsPassportNumber', cv.IsPassportNumber('DE'), ['C01X00T47']),
  row('IsTaxId', cv.IsTaxId('de-DE'), ['26954371827']),
  row('ArrayUnique', cv.ArrayUnique(), [[1, 2]], Array),
];

/** The document is stricter on purpose: `format: email` is what tools know, and it has no international addresses (RFC 6531). */
const international = row('IsEmail', cv.IsEmail(), ['ada@example.com', 'a.b+c@example.co']);

/** class-validator applies `each` to a single value too. The document says a list, which the method expects. */
const lists: Row[] = [
  row('IsOptional on a list', [cv.IsOptional(), cv.IsString({ each: true })], [['a'], null], Array),
  row('each', cv.IsString({ each: true }), [['a'], ['a', 'b']], Array),
];

const others: unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  -1,
  2,
  5,
  10,
  1.5,
  1e21,
  -0.1,
  '',
  ' ',
  'a',
  'ab',
  'abc',
  'abcd',
  'A',
  'ü',
  '𠮷',
  '0',
  '1',
  '-1',
  '1.0',
  'true',
  'null',
  'a/b',
  'xa.bx',
  'yes',
  'red',
  'a\nb',
  [],
  [1],
  [1, 1],
  [1, 2],
  ['a'],
  ['a', 1],
  [null],
  [[]],
  [{}],
  {},
  { a: 1 },
  { x: null },
];

const near = fc.oneof(
  fc.constantFrom('', ' ', '-', '.', ':', '/', '+', '0', '9', 'a', 'Z', 'ü', '%', '=', '\n', '@', 'T'),
  fc.string({ maxLength: 2 }),
);

/** Texts that differ from a valid one in a place or two. */
function mutations({ good }: Row): unknown[] {
  const texts = good.filter((value) => typeof value === 'string');
  if (texts.length === 0) return [];
  const edit = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(3), near).map(([text, at, length, put]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + put + text.slice(start + length);
  });
  return fc.sample(edit, { numRuns: Number(process.env.AGREEMENT_RUNS ?? 60), seed: 7 });
}

interface Disagreements {
  documentRefuses: unknown[];
  serverRefuses: unknown[];
  taken: number;
}

/** The values of one property that one side takes and the other refuses. */
function disagreements(given: Row): Promise<Disagreements> {
  class Dto {}
  if (given.type !== undefined) Reflect.defineMetadata('design:type', given.type, Dto.prototype, 'x');
  for (const decorate of [...given.decorators].reverse()) decorate(Dto.prototype, 'x');
  return disagreementsOf(Dto, [...given.good, ...others, ...mutations(given)]);
}

/** The values of the property `x` of a class that one side takes and the other refuses. */
async function disagreementsOf(Dto: Function, values: readonly unknown[]): Promise<Disagreements> {
  class Dtos {
    @Post('/') take(@Body(Dto as new () => object) _dto: object) {
      return 'taken';
    }
  }
  const app = new Bottle({ logger: () => undefined }).mount(Dtos);
  const document = openapi(app);
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  ajv.addFormat('password', true);
  const schema = document.paths['/']?.post?.requestBody?.content['application/json']?.schema;
  const check = ajv.compile(JSON.parse(JSON.stringify({ ...schema, components: document.components })));
  const found = { documentRefuses: [] as unknown[], serverRefuses: [] as unknown[], taken: 0 };
  for (const x of values) {
    const body = JSON.stringify({ x });
    const { status } = await app.fetch(
      new Request('http://localhost/', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    );
    expect([body, status]).toEqual([body, status === 200 ? 200 : 422]);
    if (status === 200) found.taken++;
    const isAllowed = check(JSON.parse(body));
    if (status === 200 && !isAllowed) found.documentRefuses.push(x);
    if (status !== 200 && isAllowed) found.serverRefuses.push(x);
  }
  return found;
}

describe('the document and the server agree on bodies', () => {
  it.each(exact.map((one) => [one.name, one] as const))('exactly: %s', async (_name, one) => {
    const { taken, ...found } = await disagreements(one);
    expect(found).toEqual({ documentRefuses: [], serverRefuses: [] });
    expect(taken).toBeGreaterThan(0);
  });

  it.each(loose.map((one) => [one.name, one] as const))('as far as JSON Schema can say it: %s', async (_name, one) => {
    expect((await disagreements(one)).documentRefuses).toEqual([]);
  });

  it.each(lists.map((one) => [one.name, one] as const))(
    'except for a single value instead of a list: %s',
    async (_name, one) => {
      const { documentRefuses, serverRefuses } = await disagreements(one);
      expect(documentRefuses.filter((value) => typeof value !== 'string')).toEqual([]);
      expect(serverRefuses).toEqual([]);
    },
  );

  it('except for international e-mail addresses', async () => {
    const { documentRefuses } = await disagreements(international);
    expect(documentRefuses.filter((text) => /^[\x00-\x7f]*$/.test(String(text)))).toEqual([]);
  });

  const part = fc.constantFrom<unknown>(undefined, null, 1, 2.5, 'a', 'c', 's', 'x', true, [], {});
  const shape = fc.record({ kind: part, r: part, side: part, secret: part }, { requiredKeys: [] });
  const shapes = fc.sample(fc.oneof(shape, fc.array(shape, { maxLength: 2 }), part), { numRuns: 600, seed: 7 });

  it.each([
    ['one', false],
    ['a list', true],
  ])('exactly: subclasses that a discriminator selects, %s', async (_name, isList) => {
    class Shape {
      @cv.IsString() kind!: string;
    }
    class Circle extends Shape {
      @cv.IsNumber() r!: number;
    }
    class Square extends Shape {
      @cv.IsOptional() @cv.IsInt() side?: number | null;
      @Exclude() @cv.IsOptional() @cv.IsString() secret?: string;
    }
    class Drawing {}
    const subTypes = [
      { value: Circle, name: 'c' },
      { value: Square, name: 's' },
    ];
    const options = { discriminator: { property: 'kind', subTypes }, keepDiscriminatorProperty: true };
    if (isList) Reflect.defineMetadata('design:type', Array, Drawing.prototype, 'x');
    for (const decorate of [
      cv.ValidateNested({ each: isList }),
      cv.IsDefined(),
      ...(isList ? [cv.IsArray()] : []),
      Type(() => Shape, options),
    ])
      decorate(Drawing.prototype, 'x');
    const values = isList ? shapes.filter(Array.isArray) : shapes.filter((value) => !Array.isArray(value));
    const { taken, ...found } = await disagreementsOf(Drawing, values);
    expect(found).toEqual({ documentRefuses: [], serverRefuses: [] });
    expect(taken).toBeGreaterThan(5);
  });
});
