import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { compileValidator } from 'bottlenose';
import { Exclude, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import { Allow, IsInt, IsNumber, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { ValidationFailure } from '../../../src/validation/compile-validator.js';

type Plain = Record<string, unknown>;

function paths(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ValidationFailure) return error.list.map(({ path, constraint }) => `${path} ${constraint}`);
    throw error;
  }
  return [];
}

/** Decorates a property that the compiler does not define as a field. */
function decorate(Class: Function, name: string, ...decorators: PropertyDecorator[]): void {
  for (const one of decorators.reverse()) one(Class.prototype as object, name);
}

class Animal {
  @IsString() name!: string;
}
class Cat extends Animal {
  @IsInt() lives!: number;
}
class Dog extends Animal {
  @IsString() breed!: string;
}
const PETS = { discriminator: { property: 'is', subTypes: [{ name: 'cat', value: Cat }, { name: 'dog', value: Dog }] } }; // biome-ignore format: short

describe('subclasses behind a discriminator', () => {
  class Home {
    @ValidateNested() @Type(() => Animal, PETS) pet!: Animal;
    @IsOptional() @ValidateNested({ each: true }) @Type(() => Animal, PETS) others?: Animal[];
    @IsOptional() @ValidateNested() @Type(() => Animal, PETS) byName?: Map<string, Animal>;
  }
  const homes = compileValidator(Home);

  it('are built and validated as what they are, in lists and maps too', () => {
    const plain = {
      pet: { is: 'cat', name: 'Tom', lives: 9 },
      others: [{ is: 'dog', name: 'Rex', breed: 'pug' }, { name: 'Ann' }],
      byName: { tom: { is: 'cat', name: 'Tom', lives: 1 } },
    };
    const home = homes.parse(plain);
    expect([home.pet, ...(home.others ?? []), home.byName?.get('tom')].map((one) => one?.constructor)).toEqual([
      Cat,
      Dog,
      Animal,
      Cat,
    ]);
    expect(home.pet).toEqual({ name: 'Tom', lives: 9 });
    expect(plain.pet.is).toBe('cat');
  });

  it('refuse what their own validators refuse', () => {
    expect(
      paths(() => homes.parse({ pet: { is: 'cat', name: 'Tom', lives: 'x' }, others: [{ is: 'dog', name: 'Rex' }] })),
    ).toEqual(['/pet/lives isInt', '/others/0/breed isString']);
  });

  it('may be refused for their undeclared properties, but not for the discriminator', () => {
    const strict = compileValidator(Home, { unknown: 'refuse' });
    expect(paths(() => strict.parse({ pet: { is: 'cat', name: 'Tom', lives: 9 } }))).toEqual([]);
    expect(paths(() => strict.parse({ pet: { is: 'cat', name: 'Tom', lives: 9, breed: 'x' } }))).toEqual([
      '/pet/breed whitelistValidation',
    ]);
  });

  it('get no class from a `constructor` in the data', () => {
    class Open {
      @ValidateNested() @Type(() => Object, PETS) pet!: unknown;
    }
    expect(paths(() => compileValidator(Open).parse({ pet: JSON.parse('{"constructor": "x", "is": "fish"}') }))).toEqual([
      '/pet unknownValue',
    ]);
  });
});

describe('functions of @Transform', () => {
  it('run once, from top to bottom, also in classes that others nest', () => {
    const calls: unknown[] = [];
    const note = (name: string) =>
      Transform(({ value, key, obj }) => {
        calls.push([name, value, key, obj]);
        return `${value}${name}`;
      });
    class Inner {
      @note('a') @note('b') @IsString() text!: string;
    }
    class Outer {
      @Expose({ name: 'the_inner' }) @ValidateNested() @Type(() => Inner) inner!: Inner;
    }
    const plain = { the_inner: { text: 'x' } };
    expect(compileValidator(Outer).parse(plain).inner.text).toBe('xab');
    const { the_inner: obj } = plain;
    expect(calls).toEqual([['a', 'x', 'text', obj], ['b', 'xa', 'text', obj]]); // biome-ignore format: short
  });

  it('make exposed properties that are missing', () => {
    class Person {
      @IsString() first!: string;
      @Expose() @Transform(({ obj }) => `${obj.first}!`) @IsString() full!: string;
      @Expose() @IsString() role = 'guest';
    }
    expect(compileValidator(Person).parse({ first: 'Ada' })).toEqual({ first: 'Ada', full: 'Ada!', role: 'guest' });
  });

  it('get what class-transformer gives them, whose problems do not count when they are replaced', () => {
    class Sizes {
      @Type(() => Number) @Transform(({ value }) => (Number.isNaN(value) ? 0 : value)) @IsInt() size!: number;
      @Transform(() => 'ok') @Type(() => Number) @IsString() other!: string;
    }
    expect(compileValidator(Sizes).parse({ size: 'x', other: { toString: 1, valueOf: 1 } })).toEqual({ size: 0, other: 'ok' });
  });
});

describe('classes that only class-transformer decorates', () => {
  class Part {}
  decorate(Part, 'secret', Exclude());
  decorate(Part, 'code', Expose({ name: 'the_code' }));
  class Whole {}
  decorate(Whole, 'isAdmin', Exclude({ toClassOnly: true }));
  decorate(
    Whole,
    'name',
    Transform(({ value }) => value.trim()),
  );
  decorate(
    Whole,
    'at',
    Type(() => Date),
  );
  decorate(
    Whole,
    'parts',
    Type(() => Part),
  );

  it('are built by it, without fields', () => {
    const plain = { isAdmin: true, name: ' a ', at: '2024-01-01', parts: [{ secret: 1, the_code: 2 }], more: 3 };
    const whole = compileValidator(Whole).parse(plain) as Plain;
    expect(whole).toEqual({ name: 'a', at: new Date('2024-01-01'), parts: [{ code: 2 }], more: 3 });
    expect(whole).toEqual(plainToInstance(Whole, plain));
    expect((whole.parts as unknown[])[0]).toBeInstanceOf(Part);
  });

  it('keep excluded properties out of classes with validators too, whatever happens to unknown ones', () => {
    class User {
      @IsString() name!: string;
    }
    decorate(User, 'isAdmin', Exclude());
    decorate(User, 'level', Expose({ groups: ['admin'] }));
    const kept = (groups?: string[]) => compileValidator(User, { unknown: 'keep', ...(groups && { groups, always: true }) });
    expect({ ...kept().parse({ name: 'a', isAdmin: true, level: 9, more: 1 }) }).toEqual({ name: 'a', more: 1 });
    expect({ ...kept(['admin']).parse({ name: 'a', isAdmin: true, level: 9 }) }).toEqual({ name: 'a', level: 9 });
  });

  it('take only exposed properties where the class is excluded, nested ones too', () => {
    @Exclude()
    class Strict {
      @Expose() a?: number;
      b = 'server';
    }
    class Holder {
      @Type(() => Strict) strict!: Strict;
    }
    const plain = { strict: { a: 1, b: 'client', c: 2 } };
    expect(compileValidator(Holder).parse(plain)).toEqual({ strict: { a: 1, b: 'server' } });
  });
});

describe('data that is not JSON', () => {
  class Tag {
    @Length(1, 3) text!: string;
  }
  class Things {
    @IsOptional() @IsNumber({}, { each: true }) prices?: Map<string, number>;
    @IsOptional() @IsInt({ each: true }) ids?: Set<number>;
    @IsOptional() @ValidateNested() @Type(() => Tag) tags?: Map<string, Tag>;
    @IsOptional() @ValidateNested() tag?: Tag;
    @IsOptional() @IsInt({ each: true }) list?: number[];
  }
  const things = compileValidator(Things);

  it('keeps maps and sets, with their elements built', () => {
    const made = things.parse({
      prices: new Map([['tea', 3]]),
      ids: new Set([1]),
      tags: new Map([['a', { text: 'b' }]]),
      tag: new Map([['text', 'c']]),
      list: new Set([2]),
    });
    expect(made.prices).toEqual(new Map([['tea', 3]]));
    expect(made.ids).toEqual(new Set([1]));
    expect(made.tags?.get('a')).toBeInstanceOf(Tag);
    expect([made.tag, made.list]).toEqual([{ text: 'c' }, [2]]);
    expect(things.parse(new Map([['list', [1]]]))).toMatchObject({ list: [1] });
  });

  it('refuses wrong elements, and what is not an object', () => {
    const wrong = { prices: new Map([['tea', 'x']]), ids: new Set(['y']), tags: new Map([['a', { text: 'long' }]]) };
    expect(paths(() => things.parse(wrong))).toEqual(['/prices/tea isNumber', '/ids/0 isInt', '/tags/a/text isLength']);
    expect(paths(() => things.parse(new Date()))).toEqual([' isObject']);
    expect(paths(() => things.parse({ tag: new Date() }))).toEqual(['/tag unknownValue']);
  });

  it('refuses data that refers to itself, through lists and maps too, within bounded memory', () => {
    class Tree {
      @IsOptional() @ValidateNested() @Type(() => Tree) left?: Tree;
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Tree) list?: Tree[];
      @IsOptional() @ValidateNested() @Type(() => Tree) map?: Map<string, Tree>;
    }
    const tree: Plain = {};
    Object.assign(tree, { left: tree, list: [tree, tree], map: new Map([['a', tree]]) });
    expect(paths(() => compileValidator(Tree).parse(tree))).toEqual([' maxDepth']);
    const mapped: Plain = {};
    mapped.map = new Map([['a', mapped]]);
    expect(paths(() => compileValidator(Tree).parse(mapped))).toEqual([' maxDepth']);
  });
});

describe('names of Object.prototype', () => {
  it('in the data are ordinary names or dropped, also where functions and types see them', () => {
    class Odd {
      @Transform(({ value }) => value) @IsOptional() @Allow() any?: unknown;
      @Expose({ name: 'constructor' }) @IsOptional() @IsString() renamed?: string;
      @Type(() => String) @Transform(({ value }) => value) @IsOptional() @Allow() text?: unknown;
    }
    const keys = '{"constructor": 1, "__proto__": {"x": 1}, "toString": 1, "valueOf": 1}';
    const plain = JSON.parse(`{"any": ${keys}, "text": ${keys}, "hasOwnProperty": 1}`);
    const odd = compileValidator(Odd).parse(plain);
    expect(Object.getPrototypeOf(odd)).toBe(Odd.prototype);
    expect(odd.renamed).toBeUndefined();
    expect(compileValidator(Odd).parse(JSON.parse('{"constructor": "x"}')).renamed).toBe('x');
  });
});
