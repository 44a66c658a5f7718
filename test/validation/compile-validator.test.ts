import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { compileValidator, toStandardSchema } from 'bottlenose';
import { ClassError } from '../../src/validation/class-error.js';
import { ValidationFailure } from '../../src/validation/compile-validator.js';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { IsArray, IsDate, IsInt, IsOptional, IsString, Length, Min, ValidateNested } from 'class-validator';

class Tag {
  @Length(1, 3) text!: string;
}
class Post {
  @IsString() title!: string;
  @IsInt() @Min(1) rank = 1;
  @IsOptional() @IsDate() at?: Date;
  @IsOptional() @IsString({ each: true }) words?: string[];
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => Tag) tags?: Tag[];
  @IsOptional() @ValidateNested() @Type(() => Tag) set?: Set<Tag>;
  @IsOptional() @ValidateNested() @Type(() => Tag) map?: Map<string, Tag>;
  secret = 'server';
}

function failure(run: () => unknown): ValidationFailure {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationFailure);
    return error as ValidationFailure;
  }
  throw new Error('it did not fail');
}

const paths = (run: () => unknown) => failure(run).list.map(({ path, constraint }) => `${path} ${constraint}`);

describe('validate', () => {
  it('gives what validateSync gives, options and all', () => {
    const options = { whitelist: true, forbidNonWhitelisted: true, validationError: { target: false } };
    const make = () => Object.assign(new Post(), { title: 1, tags: [Object.assign(new Tag(), { text: 'long' })], more: 1 });
    expect(compileValidator(Post).validate(make())).toEqual(cv.validateSync(make()));
    expect(compileValidator(Post, options).validate(make())).toEqual(cv.validateSync(make(), options));
    expect(compileValidator(Post).validate(make())[0]).toBeInstanceOf(cv.ValidationError);
  });

  it('with asynchronous constraints gives what validate gives', async () => {
    const make = () => Object.assign(new Slow(), { name: 'taken' });
    expect(await compileValidator(Slow).validateAsync(make())).toEqual(await cv.validate(make()));
  });
});

@cv.ValidatorConstraint({ name: 'free', async: true })
class Free {
  async validate(name: unknown) {
    return name !== 'taken';
  }
  defaultMessage() {
    return '$property is taken';
  }
}
class Slow {
  @cv.Validate(Free) name!: string;
}

describe('parse', () => {
  const posts = compileValidator(Post);

  it('makes an instance with everything in it', () => {
    const post = posts.parse({
      title: 'a',
      at: '2024-01-01',
      words: ['b'],
      tags: [{ text: 'c' }],
      set: [{ text: 'd' }],
      map: { e: { text: 'f' } },
    });
    expect(post).toBeInstanceOf(Post);
    expect(post.rank).toBe(1);
    expect(post.at).toEqual(new Date('2024-01-01'));
    expect(post.tags?.[0]).toBeInstanceOf(Tag);
    expect([...(post.set ?? [])][0]).toBeInstanceOf(Tag);
    expect(post.map?.get('e')).toBeInstanceOf(Tag);
  });

  it('tells every error with its place', () => {
    const { message, errors } = failure(() => posts.parse({ title: 1, words: ['a', 2, 3] }));
    expect(message).toBe(
      'The data is not a valid Post: /title: title must be a string; /words/1: each value in words must be a string; ' +
        '/words/2: each value in words must be a string.',
    );
    expect(errors.map(({ property }) => property)).toEqual(['title', 'words']);
    expect(paths(() => posts.parse({ title: '', tags: [{ text: '' }], set: [{ text: 'a' }, {}], map: { 'x/y': {} } }))).toEqual([
      '/tags/0/text isLength',
      '/set/1/text isLength',
      '/map/x~1y/text isLength',
    ]);
    for (const wrong of [undefined, null, 1, 'a', []]) expect(paths(() => posts.parse(wrong))).toEqual([' isObject']);
  });

  it('drops, keeps or refuses what is not declared; a field without validators is the server’s', () => {
    const plain = { title: 'a', more: 1, secret: 'client', tags: [{ text: 'b', more: 2 }] };
    expect(posts.parse(plain)).toMatchObject({ secret: 'server' });
    expect('more' in posts.parse(plain)).toBe(false);
    expect(compileValidator(Post, { unknown: 'keep' }).parse(plain)).toMatchObject(plain);
    expect(compileValidator(Post, { whitelist: false }).parse(plain)).toMatchObject({ more: 1 });
    const refused = ['/more whitelistValidation', '/secret whitelistValidation', '/tags/0/more whitelistValidation'];
    expect(paths(() => compileValidator(Post, { unknown: 'refuse' }).parse(plain)).sort()).toEqual(refused);
    const whitelisted = compileValidator(Post, { whitelist: true, forbidNonWhitelisted: true });
    expect(paths(() => whitelisted.parse(plain)).sort()).toEqual(refused);
  });

  it('shows validators the objects that the instance will have: what is dropped is gone by then', () => {
    class Part {
      @cv.IsOptional() @cv.IsInt() n?: number;
    }
    class Whole {
      @cv.IsNotEmptyObject({ nullable: false }) @cv.ValidateNested() part!: Part;
    }
    const plain = () => ({ part: { more: 1 } });
    expect(paths(() => compileValidator(Whole).parse(plain()))).toEqual(['/part isNotEmptyObject']);
    expect(compileValidator(Whole, { unknown: 'keep' }).parse(plain())).toMatchObject(plain());
    // `validate` is class-validator's in this too: there the validators on the property come first.
    const instance = () => Object.assign(new Whole(), { part: Object.assign(new Part(), { more: 1 }) });
    expect(compileValidator(Whole, { whitelist: true }).validate(instance())).toEqual([]);
    expect(cv.validateSync(instance(), { whitelist: true })).toEqual([]);
  });

  it('lets no name of a property do harm', () => {
    class Odd {
      toString() {
        return 'odd';
      }
      @IsOptional() @IsString() 'it\'s "quoted"\n'?: string;
      @IsOptional() @IsString() '`${process.exit(1)}`'?: string;
    }
    const plain = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1, "toString": "x", "hasOwnProperty": 1}');
    for (const unknown of ['drop', 'keep'] as const) {
      const made = compileValidator(Odd, { unknown }).parse({ ...plain, 'it\'s "quoted"\n': 'a' });
      expect(Object.getPrototypeOf(made)).toBe(Odd.prototype);
      expect([typeof made.toString, typeof made.hasOwnProperty, made['it\'s "quoted"\n']]).toEqual(['function', 'function', 'a']);
    }
    const { polluted } = {} as { polluted?: number };
    expect(polluted).toBeUndefined();
  });

  it('refuses what is nested so deeply that it exhausts the stack', () => {
    class Node {
      @IsOptional() @ValidateNested() @Type(() => Node) next?: Node;
    }
    let deep: object = {};
    for (let i = 0; i < 100_000; i++) deep = { next: deep };
    expect(paths(() => compileValidator(Node).parse(deep))).toEqual([' maxDepth']);
  });

  it('leaves what asynchronous validators say to parseAsync', async () => {
    expect(() => compileValidator(Slow).parse({ name: 'a' })).toThrow('Slow has asynchronous validators: use await parseAsync');
    expect(await compileValidator(Slow).parseAsync({ name: 'a' })).toBeInstanceOf(Slow);
    await expect(compileValidator(Slow).parseAsync({ name: 'taken' })).rejects.toThrow('/name: name is taken');
  });

  it('leaves no rejection unheard when something else throws first', async () => {
    const custom = (validate: () => Promise<boolean> | boolean) => (target: object, propertyName: string) =>
      cv.registerDecorator({ target: target.constructor, propertyName, validator: { validate } });
    class Failing {
      @custom(() => new Promise((_, reject) => setTimeout(reject, 5, new Error('late')))) late?: string;
      @custom(() => {
        throw new Error('at once');
      })
      now?: string;
    }
    const unheard: unknown[] = [];
    const note = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', note);
    await expect(compileValidator(Failing).parseAsync({})).rejects.toThrow('at once');
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unheard).toEqual([]);
  });

  it('converts texts, where that is asked for', () => {
    expect(compileValidator(Post, { texts: true }).parse({ title: 'a', rank: '5', words: 'b' })).toMatchObject({
      rank: 5,
      words: ['b'],
    });
    expect(paths(() => posts.parse({ title: 'a', rank: '5' }))).toEqual(['/rank min', '/rank isInt']);
  });

  it('knows groups: what has no validator in them is not declared', () => {
    class Grouped {
      @IsInt({ groups: ['create'] }) a!: number;
      @IsInt({ groups: ['update'] }) b!: number;
    }
    expect({ ...compileValidator(Grouped, { groups: ['create'] }).parse({ a: 1, b: 'x' }) }).toEqual({ a: 1, b: undefined });
  });

  it('leaves nested objects what they declare in any group, where they are not validated in those asked for', () => {
    class Outer {
      @IsOptional({ always: true }) @ValidateNested() @Type(() => Tag) tag?: Tag;
    }
    const outer = compileValidator(Outer, { groups: ['update'] }).parse({ tag: { text: 'any', more: 1 } });
    expect(outer).toEqual({ tag: { text: 'any' } });
  });

  it('throws at once for a class that nothing can be made of', () => {
    class Needy {
      @IsInt() n: number;
      constructor(from: { n: number }) {
        this.n = from.n;
      }
    }
    const needy = compileValidator(Needy);
    expect(needy.validate(new Needy({ n: 1 }))).toEqual([]);
    expect(() => needy.parse({ n: 1 })).toThrow(ClassError);
    expect(() => compileValidator({} as never)).toThrow('compileValidator takes a class');
  });
});

describe('class-transformer', () => {
  class Cat {
    @IsString() name!: string;
    @IsInt() lives = 9;
  }
  class Dog {
    @IsString() name!: string;
  }
  class Order {
    @Expose({ name: 'order_no' }) @IsInt() number!: number;
    @Transform(({ value, obj }) => `${value}-${obj.order_no}`) @IsString() label!: string;
    @Transform(({ value }) => value.split(',')) @IsOptional() @IsString({ each: true }) list?: string[];
    @Exclude() @IsString() internal = 'own';
    @IsOptional() @Type(() => Number) @IsInt() size?: number;
    @IsOptional() @ValidateNested() @Type(() => Object, { discriminator: { property: 'kind', subTypes: [
      { name: 'cat', value: Cat }, { name: 'dog', value: Dog }] } }) pet?: Cat | Dog; // biome-ignore format: short
  }
  const plain = () => ({
    order_no: 5,
    label: 'x',
    list: 'a,b',
    internal: 'theirs',
    size: '3',
    pet: { kind: 'cat', name: 'c', x: 1 },
  });

  it('makes the properties that carry its decorators, and only these', () => {
    const order = compileValidator(Order).parse(plain());
    expect(order).toMatchObject({ number: 5, label: 'x-5', list: ['a', 'b'], internal: 'own', size: 3 });
    expect(order.pet).toBeInstanceOf(Cat);
    expect({ ...order.pet }).toEqual({ name: 'c', lives: 9 });
  });

  it('has its names in the places of errors, and refuses what is unknown in what it made', () => {
    expect(paths(() => compileValidator(Order).parse({ ...plain(), order_no: 'x', pet: { kind: 'dog' } }))).toEqual([
      '/order_no isInt',
      '/pet/name isString',
    ]);
    expect(paths(() => compileValidator(Order, { unknown: 'refuse' }).parse(plain()))).toEqual([
      '/internal whitelistValidation',
      '/pet/x whitelistValidation',
    ]);
  });

  it('gets texts as they came where a function makes the value', () => {
    const order = compileValidator(Order, { texts: true }).parse({ order_no: '5', label: 'x', list: 'a,b' });
    expect(order).toMatchObject({ number: 5, list: ['a', 'b'] });
  });

  it('makes a whole class that it excludes or exposes', () => {
    @Exclude()
    class Strict {
      @Expose() @IsString() name!: string;
      @IsOptional() @IsString() role = 'user';
      @Expose() @Type(() => Dog) @ValidateNested() dog!: Dog;
    }
    const strict = compileValidator(Strict).parse({ name: 'a', role: 'admin', dog: { name: 'b' } });
    expect(strict).toMatchObject({ name: 'a', role: 'user', dog: { name: 'b' } });
    expect(strict.dog).toBeInstanceOf(Dog);
  });
});

describe('toStandardSchema', () => {
  it('makes a class a Standard Schema', async () => {
    const schema = toStandardSchema(Post)['~standard'];
    expect([schema.version, schema.vendor]).toEqual([1, 'bottlenose']);
    expect(await schema.validate({ title: 'a' })).toMatchObject({ value: { title: 'a', rank: 1 } });
    expect(await schema.validate({ title: 'a', tags: [{ text: '' }], words: [1] })).toEqual({
      issues: [
        { message: 'each value in words must be a string', path: ['words', 0] },
        { message: 'text must be longer than or equal to 1 characters', path: ['tags', 0, 'text'] },
      ],
    });
    expect(await schema.validate(1)).toEqual({ issues: [{ message: 'an object is expected here', path: [] }] });
    expect(await toStandardSchema(Slow)['~standard'].validate({ name: 'taken' })).toMatchObject({ issues: [{ path: ['name'] }] });
  });
});
