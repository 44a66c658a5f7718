import { createRequire } from 'node:module';
import * as cv from 'class-validator';
import { fc } from '../../property.js';

type Options = cv.ValidationOptions;
type Make = (options: Options) => PropertyDecorator;

enum Color {
  Red = 'red',
  Green = 'green',
}
enum Level {
  Low,
  High,
}

/** Every constraint that class-validator exports, each with arguments that tell values apart. */
export const CONSTRAINTS: Record<string, Make[]> = {
  ArrayContains: [(o) => cv.ArrayContains([1, 'a'], o)],
  ArrayMaxSize: [(o) => cv.ArrayMaxSize(2, o)],
  ArrayMinSize: [(o) => cv.ArrayMinSize(2, o)],
  ArrayNotContains: [(o) => cv.ArrayNotContains([1, 'a'], o)],
  ArrayNotEmpty: [(o) => cv.ArrayNotEmpty(o)],
  ArrayUnique: [(o) => cv.ArrayUnique(o), (o) => cv.ArrayUnique((x: unknown) => typeof x, o)],
  Contains: [(o) => cv.Contains('a', o)],
  Equals: [(o) => cv.Equals('a', o), (o) => cv.Equals(1, o)],
  IsAlpha: [(o) => cv.IsAlpha('en-US', o)],
  IsAlphanumeric: [(o) => cv.IsAlphanumeric('en-US', o)],
  IsArray: [(o) => cv.IsArray(o)],
  IsAscii: [(o) => cv.IsAscii(o)],
  IsBIC: [(o) => cv.IsBIC(o)],
  IsBase32: [(o) => cv.IsBase32(o)],
  IsBase58: [(o) => cv.IsBase58(o)],
  IsBase64: [(o) => cv.IsBase64({ urlSafe: true }, o)],
  IsBoolean: [(o) => cv.IsBoolean(o)],
  IsBooleanString: [(o) => cv.IsBooleanString(o)],
  IsBtcAddress: [(o) => cv.IsBtcAddress(o)],
  IsByteLength: [(o) => cv.IsByteLength(1, 4, o)],
  IsCreditCard: [(o) => cv.IsCreditCard(o)],
  IsCurrency: [(o) => cv.IsCurrency({}, o)],
  IsDataURI: [(o) => cv.IsDataURI(o)],
  IsDate: [(o) => cv.IsDate(o)],
  IsDateString: [(o) => cv.IsDateString({}, o)],
  IsDecimal: [(o) => cv.IsDecimal({}, o)],
  IsDefined: [(o) => cv.IsDefined(o)],
  IsDivisibleBy: [(o) => cv.IsDivisibleBy(3, o)],
  IsEAN: [(o) => cv.IsEAN(o)],
  IsEmail: [(o) => cv.IsEmail({}, o)],
  IsEmpty: [(o) => cv.IsEmpty(o)],
  IsEnum: [(o) => cv.IsEnum(Color, o), (o) => cv.IsEnum(Level, o)],
  IsEthereumAddress: [(o) => cv.IsEthereumAddress(o)],
  IsFQDN: [(o) => cv.IsFQDN({}, o)],
  IsFirebasePushId: [(o) => cv.IsFirebasePushId(o)],
  IsFullWidth: [(o) => cv.IsFullWidth(o)],
  IsHSL: [(o) => cv.IsHSL(o)],
  IsHalfWidth: [(o) => cv.IsHalfWidth(o)],
  IsHash: [(o) => cv.IsHash('md5', o)],
  IsHexColor: [(o) => cv.IsHexColor(o)],
  IsHexadecimal: [(o) => cv.IsHexadecimal(o)],
  IsIBAN: [(o) => cv.IsIBAN({}, o)],
  IsIP: [(o) => cv.IsIP(4, o)],
  IsISBN: [(o) => cv.IsISBN('13', o)],
  IsISIN: [(o) => cv.IsISIN(o)],
  IsISO31661Alpha2: [(o) => cv.IsISO31661Alpha2(o)],
  IsISO31661Alpha3: [(o) => cv.IsISO31661Alpha3(o)],
  IsISO31661Numeric: [(o) => cv.IsISO31661Numeric(o)],
  IsISO4217CurrencyCode: [(o) => cv.IsISO4217CurrencyCode(o)],
  IsISO6391: [(o) => cv.IsISO6391(o)],
  IsISO8601: [(o) => cv.IsISO8601({ strict: true }, o)],
  IsISRC: [(o) => cv.IsISRC(o)],
  IsISSN: [(o) => cv.IsISSN({}, o)],
  IsIdentityCard: [(o) => cv.IsIdentityCard('ES', o)],
  IsIn: [(o) => cv.IsIn(['a', 1, Number.NaN], o)],
  IsInstance: [(o) => cv.IsInstance(Date, o)],
  IsInt: [(o) => cv.IsInt(o)],
  IsJSON: [(o) => cv.IsJSON(o)],
  IsJWT: [(o) => cv.IsJWT(o)],
  IsLatLong: [(o) => cv.IsLatLong(o)],
  IsLatitude: [(o) => cv.IsLatitude(o)],
  IsLocale: [(o) => cv.IsLocale(o)],
  IsLongitude: [(o) => cv.IsLongitude(o)],
  IsLowercase: [(o) => cv.IsLowercase(o)],
  IsMACAddress: [(o) => cv.IsMACAddress({}, o)],
  IsMagnetURI: [(o) => cv.IsMagnetURI(o)],
  IsMilitaryTime: [(o) => cv.IsMilitaryTime(o)],
  IsMimeType: [(o) => cv.IsMimeType(o)],
  IsMobilePhone: [(o) => cv.IsMobilePhone('en-US', {}, o)],
  IsMongoId: [(o) => cv.IsMongoId(o)],
  IsMultibyte: [(o) => cv.IsMultibyte(o)],
  IsNegative: [(o) => cv.IsNegative(o)],
  IsNotEmpty: [(o) => cv.IsNotEmpty(o)],
  IsNotEmptyObject: [(o) => cv.IsNotEmptyObject({ nullable: false }, o)],
  IsNotIn: [(o) => cv.IsNotIn(['a', 1, Number.NaN], o)],
  IsNumber: [(o) => cv.IsNumber({}, o), (o) => cv.IsNumber({ maxDecimalPlaces: 1, allowNaN: true }, o)],
  IsNumberString: [(o) => cv.IsNumberString({}, o)],
  IsObject: [(o) => cv.IsObject(o)],
  IsOctal: [(o) => cv.IsOctal(o)],
  IsPassportNumber: [(o) => cv.IsPassportNumber('DE', o)],
  IsPhoneNumber: [(o) => cv.IsPhoneNumber('US', o)],
  IsPort: [(o) => cv.IsPort(o)],
  IsPositive: [(o) => cv.IsPositive(o)],
  IsPostalCode: [(o) => cv.IsPostalCode('DE', o)],
  IsRFC3339: [(o) => cv.IsRFC3339(o)],
  IsRgbColor: [(o) => cv.IsRgbColor(undefined, o)],
  IsSemVer: [(o) => cv.IsSemVer(o)],
  IsString: [(o) => cv.IsString(o)],
  IsStrongPassword: [(o) => cv.IsStrongPassword({}, o)],
  IsSurrogatePair: [(o) => cv.IsSurrogatePair(o)],
  IsTaxId: [(o) => cv.IsTaxId('en-US', o)],
  IsTimeZone: [(o) => cv.IsTimeZone(o)],
  IsUUID: [(o) => cv.IsUUID('4', o)],
  IsUppercase: [(o) => cv.IsUppercase(o)],
  IsUrl: [(o) => cv.IsUrl({}, o)],
  IsVariableWidth: [(o) => cv.IsVariableWidth(o)],
  Length: [(o) => cv.Length(1, 3, o), (o) => cv.Length(2, undefined, o)],
  Matches: [(o) => cv.Matches(/^a/i, o), (o) => cv.Matches(/a/g, o), (o) => cv.Matches('^b', 'i', o)],
  Max: [(o) => cv.Max(1, o)],
  MaxDate: [(o) => cv.MaxDate(new Date(1000), o)],
  MaxLength: [(o) => cv.MaxLength(2, o)],
  Min: [(o) => cv.Min(1, o)],
  MinDate: [(o) => cv.MinDate(() => new Date(1000), o)],
  MinLength: [(o) => cv.MinLength(2, o)],
  NotContains: [(o) => cv.NotContains('a', o)],
  NotEquals: [(o) => cv.NotEquals('a', o)],
};

/** Arguments at the edges: fractional, not finite, empty, the wrong way round, of no use. */
const AT_THE_EDGES: Make[] = [
  (o) => cv.ArrayMaxSize(1.5, o),
  (o) => cv.ArrayMinSize(0, o),
  (o) => cv.ArrayMinSize(Number.NaN, o),
  (o) => cv.Contains('', o),
  (o) => cv.Equals(undefined, o),
  (o) => cv.Equals(Number.NaN, o),
  (o) => cv.Equals(-0, o),
  (o) => cv.IsEnum({ a: Number.NaN, b: '', c: null }, o),
  (o) => cv.IsEnum({}, o),
  (o) => cv.IsIn([], o),
  (o) => cv.IsIn([null, undefined, ''], o),
  (o) => cv.IsInstance(Object, o),
  (o) => cv.IsInstance(Map, o),
  (o) => cv.IsNotIn([undefined, 'abc'], o),
  (o) => cv.IsNumber({ allowInfinity: true }, o),
  (o) => cv.IsNumber({ maxDecimalPlaces: 0 }, o),
  (o) => cv.Length(3, 1, o),
  (o) => cv.Length(0, 0, o),
  (o) => cv.Length(1.5, 2.5, o),
  (o) => cv.Matches(/^.$/u, o),
  (o) => cv.Matches('a', 'g', o),
  (o) => cv.Max(Number.POSITIVE_INFINITY, o),
  (o) => cv.Max(Number.NaN, o),
  (o) => cv.MaxLength(0, o),
  (o) => cv.MaxLength(-1, o),
  (o) => cv.Min('1' as never, o),
  (o) => cv.Min(-0, o),
  (o) => cv.MinLength(0, o),
  (o) => cv.MinLength(1.5, o),
  (o) => cv.NotContains('', o),
  (o) => cv.NotEquals(null, o),
];

/** What is not a constraint: conditions, nesting, permission. */
const MODIFIERS: Make[] = [
  (o) => cv.IsOptional(o),
  (o) => cv.Allow(o),
  (o) => cv.ValidateNested(o),
  (o) => cv.ValidateIf((_, value) => value !== 'a', o),
  (o) => cv.ValidateIf((_, value) => value !== 1, o),
  (o) => cv.ValidatePromise(o),
];

/** A validator that asks the object itself, so that it cannot be taken for a built-in one of the same name. */
const sameName =
  (name: string) =>
  (options: Options): PropertyDecorator =>
  (target, property) =>
    cv.registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      options,
      constraints: [1],
      validator: {
        validate: (value, args) => value === Object.keys(args?.object ?? {}).length,
        defaultMessage: () => '$property: own $value',
      },
    });

const CUSTOM: Make[] = [sameName('min'), sameName('isString'), sameName('anything')];

@cv.ValidatorConstraint({ name: 'later', async: true })
class Later {
  async validate(value: unknown): Promise<boolean> {
    return typeof value !== 'number';
  }
  defaultMessage(): string {
    return '$property comes later';
  }
}

@cv.ValidatorConstraint()
class Unannounced {
  validate(value: unknown): Promise<boolean> | boolean {
    return typeof value === 'string' ? Promise.resolve(value.length > 1) : value !== 1;
  }
}

export const ASYNC: Make[] = [(o) => cv.Validate(Later, o), (o) => cv.Validate(Unannounced, ['x'], o)];

const allConstraints = [...Object.values(CONSTRAINTS).flat(), ...AT_THE_EDGES];
const groups = fc.subarray(['a', 'b'], { minLength: 1 });

const decoratorOptions: fc.Arbitrary<Options> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        each: fc.boolean(),
        message: fc.constantFrom(
          '$property of $target: $value, $constraint1 and $constraint2',
          'plain',
          (args: cv.ValidationArguments) => `${args.targetName}.${args.property} ${String(args.constraints)}`,
        ),
        groups,
        always: fc.boolean(),
        context: fc.constantFrom({ code: 1 }, { other: 'x' }),
        validateIf: fc.constantFrom(
          (_: unknown, value: unknown) => value !== 1,
          () => true,
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
);

export const validatorOptions: fc.Arbitrary<cv.ValidatorOptions> = fc.record(
  {
    skipUndefinedProperties: fc.boolean(),
    skipNullProperties: fc.boolean(),
    skipMissingProperties: fc.boolean(),
    whitelist: fc.boolean(),
    forbidNonWhitelisted: fc.boolean(),
    groups,
    always: fc.boolean(),
    strictGroups: fc.boolean(),
    dismissDefaultMessages: fc.boolean(),
    validationError: fc.record({ target: fc.boolean(), value: fc.boolean() }, { requiredKeys: [], noNullPrototype: true }),
    forbidUnknownValues: fc.boolean(),
    stopAtFirstError: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const texts = [
  '', ' ', 'a', 'abc', 'A', 'ABC', '1', '12', '3.5', 'true', 'red', 'Aa1!aaaa', '$& $value', '2020-01-31', '2020-01-31T12:00:00Z', '12:30', 'a@b.co', 'http://a.co', 'b.co',
  '127.0.0.1', '::1', '#fff', 'rgb(0,0,0)', 'hsl(1,1%,1%)', '{"a":1}', 'ff', '0o7', '80', 'de', 'DE', 'DEU', 'USD', '276', 'en-US', 'text/plain', '507f1f77bcf86cd799439011',
  '9d3f2e4c-1b7a-4e55-8c3d-2f6a7b8c9d0e', 'd41d8cd98f00b204e9800998ecf8427e', '978-3-16-148410-0', '4111111111111111', 'GB82WEST12345698765432', '1.2.3', 'Europe/Berlin',
  '+14155552671', '12345', '52.5,13.4', '🐯', 'ａ', 'a\ufe0f', 'Zm9v', 'data:,x', 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a', '01:23:45:67:89:ab',
]; // biome-ignore format: a list

const plainValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 2, 3, 0.5, 1.25, 52, Number.NaN, Number.POSITIVE_INFINITY, 10n) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(undefined, null, true, false, new Date(0), new Date(2000), new Date(Number.NaN), Color.Red),
  },
);

/** A class to be made, as data: its properties with their decorators. */
export interface ClassPlan {
  properties: { name: string; decorators: { make: Make; options: Options }[] }[];
  parent?: ClassPlan;
}

const decorator = (withAsync: boolean): fc.Arbitrary<{ make: Make; options: Options }> =>
  fc.record({
    make: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...allConstraints) },
      { weight: 2, arbitrary: fc.constantFrom(...MODIFIERS) },
      { weight: 1, arbitrary: fc.constantFrom(...CUSTOM) },
      ...(withAsync ? [{ weight: 2, arbitrary: fc.constantFrom(...ASYNC) }] : []),
    ),
    options: decoratorOptions,
  });

export const classPlan = (withAsync: boolean): fc.Arbitrary<ClassPlan> => {
  const properties = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('one', 'two', '3', 'constructor', 'four'),
      decorators: fc.array(decorator(withAsync), { minLength: 1, maxLength: 3 }),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
  );
  const plan = fc.record({ properties: properties.map((all) => all.filter(({ name }) => name !== 'constructor')) });
  return fc.record({ properties: plan.map((made) => made.properties), parent: fc.option(plan, { nil: undefined }) });
};

/** A value for a property: plain, an instance of one of the classes, or a list, set or map of these or of further ones. */
export const propertyValue = (withPromises: boolean): fc.Arbitrary<unknown> => {
  const instance = fc.constantFrom(...Array.from({ length: 3 }, (_, i) => ({ instance: i })));
  const single = fc.oneof(
    { weight: 5, arbitrary: plainValue },
    { weight: 1, arbitrary: instance },
    { weight: 1, arbitrary: fc.constantFrom({}, { a: 1 }) },
  );
  const collectionOf = (element: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.array(element, { maxLength: 3 }).chain((list) => fc.constantFrom({ list }, { set: list }, { map: list }, { holes: list }));
  const collection = collectionOf(fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: collectionOf(single) }));
  const promise = fc.record({ promise: single });
  return fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 2, arbitrary: collection },
    ...(withPromises ? [{ weight: 1, arbitrary: promise }] : []),
  );
};

let classes = 0;

/** Makes a class with decorators from its plan. */
export function makeClass({ properties, parent }: ClassPlan): new () => object {
  const Base = parent === undefined ? Object : makeClass(parent);
  const name = `Made${classes++}`;
  const Made = { [name]: class extends (Base as new () => object) {} }[name] as new () => object;
  for (const property of properties) {
    for (const { make, options } of property.decorators) make(options)(Made.prototype, property.name);
  }
  return Made;
}

const promises = new WeakMap<object, Promise<unknown>>();

/** Makes a real value of a value's plan. Called twice, it gives equal but separate values. */
export function makeValue(plan: unknown, instances: (i: number) => unknown): unknown {
  if (typeof plan !== 'object' || plan === null || plan instanceof Date) return plan;
  const { list, holes, set, map, promise, instance } = plan as {
    list?: unknown[];
    holes?: unknown[];
    set?: unknown[];
    map?: unknown[];
    promise?: unknown;
    instance?: number;
  };
  const make = (one: unknown): unknown => makeValue(one, instances);
  if (list !== undefined) return list.map(make);
  if (holes !== undefined)
    return Object.assign(new Array<unknown>(1), Object.fromEntries(holes.map((one, i) => [i * 2, make(one)])));
  if (set !== undefined) return new Set(set.map(make));
  if (map !== undefined) return new Map(map.map((one, i) => [`key${i}`, make(one)]));
  if ('promise' in plan) {
    // The same promise both times: two are never equal.
    if (!promises.has(plan)) promises.set(plan, Promise.resolve(make(promise)));
    return promises.get(plan);
  }
  if (instance !== undefined) return instances(instance);
  return { ...plan };
}

interface Storage {
  validationMetadatas: Map<unknown, unknown>;
  constraintMetadatas: Map<unknown, unknown>;
}

const storage = cv.getMetadataStorage() as unknown as Storage;
const named = new Set(storage.constraintMetadatas.keys());

const { defaultMetadataStorage: transformer } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: { clear(): void };
};

/** Makes class-validator and class-transformer forget the classes that were made: it looks through all that it knows for each object. */
export function forgetClasses(): void {
  storage.validationMetadatas.clear();
  transformer.clear();
  for (const key of storage.constraintMetadatas.keys()) if (!named.has(key)) storage.constraintMetadatas.delete(key);
}
