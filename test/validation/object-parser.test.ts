import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsDate,
  IsInt,
  IsOptional,
  IsString,
  Length,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { type ObjectOptions, objectParser } from '../../src/validation/object-parser.js';

const parse = async (type: Function | object, plain: unknown, options: ObjectOptions & { texts?: boolean } = {}) =>
  (await objectParser(type, options)(plain, options.texts)) as { value?: any; errors?: unknown[] };

function Taken(async: boolean) {
  return (target: object, propertyName: string) =>
    registerDecorator({
      name: 'taken',
      target: target.constructor,
      propertyName,
      async,
      validator: { validate: async (value: unknown) => value !== 'taken', defaultMessage: () => 'it is taken' },
    });
}

class Author {
  @IsString() @Taken(true) name!: string;
}
class Tag {
  @Length(1, 3) text!: string;
}
class Post {
  @IsString() title!: string;
  @IsOptional() @IsDate() at?: Date;
  @IsOptional() @ValidateNested() author?: Author;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Tag) tags?: Tag[];
}
class Sub extends Post {
  @IsInt() rank = 1;
}

describe('a class with validators', () => {
  it('gives an instance, with nested ones through declared types and @Type', async () => {
    const { value } = await parse(Post, { title: 'a', author: { name: 'b' }, tags: [{ text: 'c' }], at: '2024-01-01' });
    expect(value).toBeInstanceOf(Post);
    expect(value.author).toBeInstanceOf(Author);
    expect(value.tags[0]).toBeInstanceOf(Tag);
    expect(value.at).toEqual(new Date('2024-01-01'));
  });

  it('tells the places of errors as JSON pointers', async () => {
    const plain = { title: 1, author: { name: 2 }, tags: [{ text: 'c' }, { text: 'much' }], at: 'soon' };
    expect((await parse(Post, plain)).errors).toEqual([
      { path: '/title', constraint: 'isString', message: 'title must be a string' },
      { path: '/at', constraint: 'isDate', message: 'at must be a Date instance' },
      { path: '/author/name', constraint: 'isString', message: 'name must be a string' },
      { path: '/tags/1/text', constraint: 'isLength', message: 'text must be shorter than or equal to 3 characters' },
    ]);
  });

  it('inherits validators and keeps defaults', async () => {
    expect((await parse(Sub, { title: 'a' })).value).toEqual({ title: 'a', rank: 1 });
    expect((await parse(Sub, { rank: 'x' })).errors).toMatchObject([{ path: '/rank' }, { path: '/title' }]);
  });

  it('waits for asynchronous validators, of nested classes and unannounced ones too', async () => {
    class Unannounced {
      @Taken(false) name!: string;
    }
    const taken = { constraint: 'taken', message: 'it is taken' };
    expect((await parse(Post, { title: 'a', author: { name: 'taken' } })).errors).toEqual([{ path: '/author/name', ...taken }]);
    expect((await parse(Unannounced, { name: 'taken' })).errors).toEqual([{ path: '/name', ...taken }]);
  });

  it('knows groups', async () => {
    class Grouped {
      @IsInt({ groups: ['create'] }) a!: number;
      @IsInt({ groups: ['update'] }) b!: number;
    }
    expect((await parse(Grouped, { a: 1 }, { groups: ['create'] })).errors).toBeUndefined();
    expect((await parse(Grouped, { a: 1 }, { groups: ['update'] })).errors).toMatchObject([{ path: '/b' }]);
  });

  it('drops, keeps or refuses unknown properties, of nested classes too', async () => {
    const plain = { title: 'a', more: 1, author: { name: 'b', more: 2 } };
    expect((await parse(Post, plain)).value).toEqual({ title: 'a', author: { name: 'b' } });
    expect((await parse(Post, plain, { unknown: 'keep' })).value).toEqual(plain);
    expect((await parse(Post, plain, { unknown: 'refuse' })).errors).toMatchObject([
      { path: '/more', constraint: 'whitelistValidation' },
      { path: '/author/more', constraint: 'whitelistValidation' },
    ]);
  });
});

describe('texts', () => {
  class Filters {
    @IsOptional() @IsInt() page?: number;
    @IsOptional() @IsBoolean() open?: boolean;
    @IsOptional() @IsDate() since?: Date;
    @IsOptional() @IsString({ each: true }) tags?: string[];
    @IsOptional() @IsInt({ each: true }) ids?: number[];
    @Allow() rank?: number;
  }

  it('are converted to the types of the properties', async () => {
    const plain = { page: '3', open: 'no', since: '2024-01-01', tags: 'a', ids: ['1', '2'], rank: ['1', '2'] };
    expect((await parse(Filters, plain, { texts: true })).value).toEqual({
      page: 3,
      open: false,
      since: new Date('2024-01-01'),
      tags: ['a'],
      ids: [1, 2],
      rank: 2,
    });
  });

  it('that do not fit their type are reported once, by a validator if one refuses them', async () => {
    const plain = { page: 'x', ids: ['1', 'y'], rank: 'z' };
    expect((await parse(Filters, plain, { texts: true })).errors).toEqual([
      { path: '/page', constraint: 'isInt', message: 'page must be an integer number' },
      { path: '/ids/1', constraint: 'isInt', message: 'each value in ids must be an integer number' },
      { path: '/rank', constraint: 'isNumber', message: 'rank must be a number' },
    ]);
  });

  it('are converted by what validators and defaults imply where the compiler emits no types', async () => {
    // As esbuild and standard decorators leave it.
    class Bare {
      page: unknown;
      ids: unknown;
      open: unknown = false;
      word: unknown = 'a';
    }
    IsInt()(Bare.prototype, 'page');
    IsInt({ each: true })(Bare.prototype, 'ids');
    Allow()(Bare.prototype, 'open');
    Allow()(Bare.prototype, 'word');
    expect((await parse(Bare, { page: '3', ids: '4', open: 'yes', word: '5' }, { texts: true })).value).toEqual({
      page: 3,
      ids: [4],
      open: true,
      word: '5',
    });
  });
});

describe('a class without validators', () => {
  class Loose {
    size = 10;
    since = new Date(0);
    label?: string;
    get twice() {
      return this.size * 2;
    }
    set text(text: string) {
      this.label = text;
    }
    describe() {
      return this.label;
    }
  }

  it('gives an instance with whatever came, through setters, and never over methods', async () => {
    const plain = { size: 5, text: 'a', more: 1, describe: 'x', toString: 'x', constructor: 'x', twice: 1, since: '2024-01-01' };
    const { value } = await parse(Loose, plain);
    expect(value).toBeInstanceOf(Loose);
    expect({ ...value }).toEqual({ size: 5, label: 'a', more: 1, since: new Date('2024-01-01') });
    expect([value.describe(), value.twice]).toEqual(['a', 10]);
  });

  it('converts texts by the defaults', async () => {
    expect((await parse(Loose, { size: '5', label: '5' }, { texts: true })).value).toMatchObject({ size: 5, label: '5' });
    expect((await parse(Loose, { size: 'x' }, { texts: true })).errors).toEqual([
      { path: '/size', constraint: 'isNumber', message: 'size must be a number' },
    ]);
  });
});

describe('a Standard Schema', () => {
  const schema = (validate: (value: unknown) => unknown) => ({ '~standard': { version: 1, vendor: 'test', validate } });

  it('gives its output, at once or later', async () => {
    expect(objectParser(schema((value) => ({ value })))(1)).toEqual({ value: 1 });
    expect(
      await parse(
        schema(async (value) => ({ value })),
        1,
      ),
    ).toEqual({ value: 1 });
  });

  it('may be a function, as ArkType’s are', async () => {
    const type = Object.assign(
      () => {},
      schema(() => ({ value: 'ok' })),
    );
    expect(await parse(type, 1)).toEqual({ value: 'ok' });
  });

  it('tells issues with their paths', async () => {
    const issues = [{ message: 'no' }, { message: 'bad', path: ['a/b', 0, { key: 'c~d' }] }];
    expect(
      (
        await parse(
          schema(async () => ({ issues })),
          1,
        )
      ).errors,
    ).toEqual([
      { path: '', constraint: 'schema', message: 'no' },
      { path: '/a~1b/0/c~0d', constraint: 'schema', message: 'bad' },
    ]);
  });
});
