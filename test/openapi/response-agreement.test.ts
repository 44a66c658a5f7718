import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Bottle, Controller, Get, Returns } from 'bottlenose';
import { openapi } from 'bottlenose/openapi';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsDefined, IsInt, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { fc } from '../property.js';

class Tag {
  @IsString() label!: string;
  @Exclude() secret?: string;
}

class Shape {
  @IsString() @Expose({ name: 'type' }) kind!: string;
}
class Circle extends Shape {
  @IsDefined() @IsNumber() r!: number;
}
class Square extends Shape {
  @IsDefined() @IsInt() side!: number;
}

const discriminator = {
  property: 'kind',
  subTypes: [
    { value: Circle, name: 'c' },
    { value: Square, name: 's' },
  ],
};

/** A class without validators. */
class Bare {
  @Type(() => Shape, { discriminator }) shape?: Shape;
  @Type(() => Tag) tags = new Set<Tag>();
  @Type(() => Tag) byName = new Map<string, Tag>();
  counts = new Map<string, number>();
  words = new Set<string>();
  bytes = Buffer.alloc(0);
  extra: object = {};
}

class Drawing {
  @IsDefined() @ValidateNested() @Type(() => Shape, { discriminator }) main!: Shape;
  @IsDefined() @ValidateNested({ each: true }) @Type(() => Shape, { discriminator }) others!: Shape[];
  @IsDefined() @ValidateNested({ each: true }) @Type(() => Tag) tags!: Set<Tag>;
  @IsDefined() @ValidateNested({ each: true }) @Type(() => Tag) byName!: Map<string, Tag>;
  @IsDefined() @IsString({ each: true }) words!: Set<string>;
  @IsDefined() bare!: Bare;
  @IsOptional() @IsInt() count?: number | null;
  @IsDefined() made!: Date;
  @IsDefined() bytes!: Buffer;
  @IsDefined() home!: URL;
  @Type((options) => ((options?.object as Drawing | undefined)?.tag === undefined ? Tag : Square)) varied?: object;
  @Transform(({ value }) => String(value)) size?: number;
  tag?: string;
}

const make = <T extends object>(Class: new () => T, values: object): T => Object.assign(new Class(), values);

const tag = fc.record({ label: fc.string(), secret: fc.string() }).map((values) => make(Tag, values));
const circle = fc.record({ r: fc.double({ noNaN: true, noDefaultInfinity: true }) }).map((values) => make(Circle, values));
const square = fc.record({ side: fc.integer() }).map((values) => make(Square, values));
const plainCircle = fc.record({ kind: fc.constant('c'), r: fc.integer() });
const base = fc.record({ kind: fc.constantFrom('', 'x') }).map((values) => make(Shape, values));
const shape = fc.oneof(circle, square, plainCircle, base);
/** Sets of objects. Some of the objects are sent as the same JSON. */
const tags = fc
  .array(
    fc.oneof(
      tag,
      tag.map(() => make(Tag, { label: 'same' })),
    ),
  )
  .map((all) => new Set(all));
const byName = fc.dictionary(fc.string({ maxLength: 3 }), tag).map((all) => new Map(Object.entries(all)));
const words = fc.array(fc.string()).map((all) => new Set(all));
const bytes = fc.uint8Array({ maxLength: 4 }).map((all) => Buffer.from(all));
const bare = fc
  .record(
    {
      shape,
      tags,
      byName,
      words,
      bytes,
      counts: fc.dictionary(fc.string({ maxLength: 3 }), fc.integer()).map((all) => new Map(Object.entries(all))),
      extra: fc.object(),
    },
    { requiredKeys: [] },
  )
  .map((values) => make(Bare, values));
const drawing = fc
  .record(
    {
      main: shape,
      others: fc.array(shape, { maxLength: 3 }),
      tags,
      byName,
      words,
      bare,
      made: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
      bytes,
      home: fc.webUrl().map((text) => new URL(text)),
      count: fc.option(fc.integer()),
      varied: fc.oneof(tag, square),
      size: fc.integer(),
      tag: fc.string(),
    },
    { requiredKeys: ['main', 'others', 'tags', 'byName', 'words', 'bare', 'made', 'bytes', 'home'] },
  )
  .map((values) => make(Drawing, values));

let result: unknown;
@Controller('/')
class Results {
  @Get('/drawing') @Returns(Drawing) drawing() {
    return result;
  }
  @Get('/bare') @Returns([Bare]) bare() {
    return result;
  }
}

const app = new Bottle({ logger: () => undefined }).mount(Results);
const document = openapi(app);

function validator(path: string) {
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  const schema = document.paths[path]?.get?.responses?.['200']?.content?.['application/json']?.schema;
  return ajv.compile(JSON.parse(JSON.stringify({ ...schema, components: document.components })));
}

async function sent(path: string, value: unknown): Promise<unknown> {
  result = value;
  const response = await app.fetch(new Request(`http://localhost${path}`));
  expect(response.status).toBe(200);
  return response.json();
}

describe('the document describes what @Returns sends', () => {
  it('of a class with validators', async () => {
    const check = validator('/drawing');
    await fc.assert(
      fc.asyncProperty(drawing, async (value) => {
        const data = await sent('/drawing', value);
        expect([data, check(data), check.errors]).toEqual([data, true, null]);
      }),
    );
  });

  it('of a list of a class without validators', async () => {
    const check = validator('/bare');
    await fc.assert(
      fc.asyncProperty(fc.array(bare, { maxLength: 3 }), async (value) => {
        const data = await sent('/bare', value);
        expect([data, check(data), check.errors]).toEqual([data, true, null]);
      }),
    );
  });

  const valid = make(Drawing, {
    main: make(Circle, { r: 1 }),
    others: [],
    tags: new Set([make(Tag, { label: 'a' })]),
    byName: new Map([['a', make(Tag, { label: 'a' })]]),
    words: new Set(['a']),
    bare: make(Bare, { shape: make(Square, { side: 1 }), tags: new Set([make(Tag, { label: 'a' })]) }),
    made: new Date(0),
    bytes: Buffer.from('a'),
    home: new URL('http://localhost'),
  });

  it.each<[string, (data: Record<string, any>) => void]>([
    ['a subclass without its property', ({ main }) => delete main.r],
    ['a discriminator of another subclass', ({ main }) => (main.type = 's')],
    ['a discriminator by its name in the class', ({ main }) => Object.assign(main, { type: undefined, kind: 'c' })],
    ['an object instead of a set', (data) => (data.tags = {})],
    ['an element of another type', ({ tags: all }) => (all[0].label = 1)],
    ['a list instead of a map', (data) => (data.byName = [])],
    ['a value of a map of another type', ({ byName: all }) => (all.a.label = 1)],
    ['text instead of the words', (data) => (data.words = 'a')],
    ['bytes as text', (data) => (data.bytes = 'a')],
    ['a subclass without its property, in a class without validators', ({ bare: inner }) => delete inner.shape.side],
    ['an element of another type, in a class without validators', ({ bare: inner }) => (inner.tags[0].label = 1)],
  ])('and not %s', async (_name, change) => {
    const check = validator('/drawing');
    const data = (await sent('/drawing', valid)) as Record<string, unknown>;
    expect([check(data), check.errors]).toEqual([true, null]);
    change(data);
    expect(check(JSON.parse(JSON.stringify(data)))).toBe(false);
  });
});
