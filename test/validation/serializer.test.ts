import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsString } from 'class-validator';
import { compileSerializer as compile } from '../../src/validation/serializer/index.js';
import { generateWriter, interpretWriter } from '../../src/validation/serializer/object-writer.js';
import { anyText, cases, fc } from '../property.js';

class Author {
  name = '';
  @Exclude() hash = '';
}
class Post {
  id!: number;
  title!: string;
  at?: Date;
  @Type(() => Author) author?: Author;
  @Type(() => Author) editors?: Author[];
  more?: unknown;
  'odd "name"\n\u2028'?: unknown;
}

/** What `JSON.stringify` writes for sets and maps in a value of an undeclared class. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value];
  return value instanceof Map ? Object.fromEntries(value) : value;
}

describe.each([
  ['generated', generateWriter],
  ['interpreted', interpretWriter],
] as const)('a serializer (%s)', (_, make) => {
  const compileSerializer = (Class: new () => object) => compile(Class, make);
  const serialize = compileSerializer(Post);
  const json = (value: unknown) => JSON.parse(serialize(value) as string);

  it('leaves out what is not declared, in nested objects and lists too', () => {
    const author = { name: 'a', hash: 'x', token: 'y' };
    expect(json({ id: 1, title: 'b', secret: 2, author, editors: [author, null, author] })).toEqual({
      id: 1,
      title: 'b',
      author: { name: 'a' },
      editors: [{ name: 'a' }, null, { name: 'a' }],
    });
    expect(json([{ id: 1, secret: 2 }, { secret: 3 }])).toEqual([{ id: 1 }, {}]);
    expect(json(Object.assign(new Post(), { id: 1, secret: 2 }))).toEqual({ id: 1 });
  });

  it('otherwise is JSON.stringify, to the letter, with sets as arrays and maps as objects', () => {
    const text = fc.oneof(
      fc.string(),
      anyText(),
      fc.constantFrom('"', '\\', '\ud800', 'x'.repeat(50), `${'x'.repeat(50)}\n`, 'y'.repeat(5000)),
    );
    const value = fc.oneof(
      { weight: 3, arbitrary: text },
      { weight: 3, arbitrary: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY)) },
      fc.constantFrom(undefined, null, true, false, Symbol('x'), () => 1, new String('s'), new Number(5), new Boolean(false)),
      fc.constantFrom(
        new Date(0),
        new Date(Number.NaN),
        new Map([[1, 2]]),
        new Set([1, new Map([['a', new Set(['b'])]])]),
        [new Set([1])],
        /x/,
        new URL('http://a/'),
        new Uint8Array(2),
      ),
      fc.constantFrom(
        { toJSON: (key: string) => `under ${key}` },
        { toJSON: () => undefined },
        Object.assign(() => 1, { toJSON: () => 2 }),
      ),
      fc.jsonValue().map((any) => any as unknown),
    );
    const keys = ['id', 'title', 'at', 'more', 'odd "name"\n\u2028'];
    const post = fc.dictionary(fc.constantFrom(...keys), value).map((found) => {
      // In the order in which they are declared, as the serializer writes them.
      const all: Record<string, unknown> = {};
      for (const key of keys) if (key in found) all[key] = found[key];
      return all;
    });
    fc.assert(
      fc.property(fc.oneof(post, fc.array(post)), (made) => {
        expect(serialize(made)).toBe(JSON.stringify(made, plain));
      }),
      cases(300),
    );
    for (const odd of [null, 1, 'a', true, undefined]) expect(serialize(odd)).toBe(JSON.stringify(odd));
    expect(() => serialize({ id: 1n })).toThrow(TypeError);
  });

  it('asks a toJSON, and cuts what it gives', () => {
    const document = { toJSON: () => ({ id: 1, secret: 2 }) };
    expect(json(document)).toEqual({ id: 1 });
    expect(json([document])).toEqual([{ id: 1 }]);
    class Money {
      cents = 0;
      toJSON() {
        return { amount: this.cents / 100 };
      }
    }
    class Bill {
      total = new Money();
    }
    expect(compileSerializer(Money)({ cents: 150, secret: 1 })).toBe('{"amount":1.5}');
    expect(compileSerializer(Bill)({ total: Object.assign(new Money(), { cents: 250 }) })).toBe('{"total":{"amount":2.5}}');
  });

  it('honours class-transformer', () => {
    class User {
      @Expose({ name: 'user_id' }) id = 1;
      @Transform(({ value }) => String(value).toUpperCase()) name = '';
      @Exclude() hash = '';
      @Exclude({ toClassOnly: true }) seen = true;
      @Expose() get label() {
        return `${this.id}:${this.name}`;
      }
    }
    @Exclude()
    class Strict {
      @Expose() name = '';
      hash = '';
    }
    const text = compileSerializer(User)(Object.assign(new User(), { name: 'ada', hash: 'x', more: 1 }));
    expect(JSON.parse(text as string)).toEqual({ user_id: 1, name: 'ADA', seen: true, label: '1:ada' });
    expect(JSON.parse(compileSerializer(User)({ id: 2, name: 'b' }) as string)).toMatchObject({ user_id: 2, name: 'B' });
    expect(compileSerializer(Strict)({ name: 'a', hash: 'x' })).toBe('{"name":"a"}');
  });

  it('knows what is inherited, and classes that nest each other', () => {
    class Base {
      @IsString() name!: string;
    }
    class Tree extends Base {
      @Type(() => Tree) children?: Tree[];
    }
    const tree = { name: 'a', x: 1, children: [{ name: 'b', x: 1, children: [{ name: 'c', x: 1 }] }] };
    expect(JSON.parse(compileSerializer(Tree)(tree) as string)).toEqual({
      name: 'a',
      children: [{ name: 'b', children: [{ name: 'c' }] }],
    });
  });

  it('writes sets and maps of a class, cut to its properties', () => {
    class Album {
      @Type(() => Author) set = new Set<Author>();
      @Type(() => Author) map: Map<string, Author> = new Map();
      @Type(() => Number) counts = new Map<string, number>();
    }
    const author = { name: 'a', hash: 'x', token: 'y' };
    const album = { set: new Set([author, null]), map: new Map([['"k"', author]]), counts: new Map([['a', '5']]) };
    const sent = { set: [{ name: 'a' }, null], map: { '"k"': { name: 'a' } }, counts: { a: 5 } };
    expect(JSON.parse(compileSerializer(Album)(album) as string)).toEqual(sent);
    // A row of a database has an object instead of a map.
    expect(JSON.parse(compileSerializer(Album)({ map: { k: author }, counts: { a: 5 } }) as string)).toEqual({
      map: { k: { name: 'a' } },
      counts: { a: 5 },
    });
    expect(json(new Set([{ id: 1, secret: 2 }]))).toEqual([{ id: 1 }]);
  });

  it('writes subclasses of arrays, sets and maps by their elements', () => {
    class Authors extends Array<Author> {}
    class Words extends Set<string> {}
    class Counts extends Map<string, number> {}
    class Shelf {
      @Type(() => Author) authors = new Authors();
      others = new Authors();
      words = new Words();
      counts = new Counts();
    }
    const shelf = new Shelf();
    shelf.authors.push(Object.assign(new Author(), { name: 'a', hash: 'x', more: 1 }));
    shelf.others.push(Object.assign(new Author(), { name: 'b', hash: 'x' }));
    shelf.words.add('c');
    shelf.counts.set('d', 1);
    expect(JSON.parse(compileSerializer(Shelf)(shelf) as string)).toEqual({
      authors: [{ name: 'a' }],
      others: [{ name: 'b' }],
      words: ['c'],
      counts: { d: 1 },
    });
  });

  it('writes the properties of subtypes, of instances and of plain objects', () => {
    class Shape {}
    class Circle extends Shape {
      @IsString() kind = '';
      @Expose() radius = 0;
      @Exclude() cost = 5;
    }
    class Disk extends Circle {
      extra = 1;
    }
    class Square extends Shape {
      side = 0;
    }
    const subTypes = [
      { value: Circle, name: 'circle' },
      { value: Square, name: 'square' },
    ];
    class Drawing {
      @Type(() => Shape, { discriminator: { property: 'kind', subTypes } }) main?: Shape;
      @Type(() => Shape, { discriminator: { property: 'kind', subTypes } }) more?: Shape[];
    }
    const text = compileSerializer(Drawing)({
      main: Object.assign(new Circle(), { radius: 2, secret: 1 }),
      more: [new Square(), new Disk(), { kind: 'circle', radius: 3, cost: 1, secret: 1 }, { kind: 'other', secret: 1 }],
    });
    expect(JSON.parse(text as string)).toEqual({
      main: { kind: 'circle', radius: 2 },
      more: [{ kind: 'square', side: 0 }, { kind: 'circle', radius: 0 }, { kind: 'circle', radius: 3 }, {}],
    });
  });

  it('finds the class of an object with a @Type that depends on it', () => {
    class Box {
      kind = '';
      @Type((help) => ((help?.object as Box | undefined)?.kind === 'author' ? Author : Object)) content: unknown;
    }
    const content = { name: 'a', hash: 'x', token: 'y' };
    const text = compileSerializer(Box)([
      { kind: 'author', content },
      { kind: 'other', content: { any: 1 } },
    ]);
    expect(JSON.parse(text as string)).toEqual([
      { kind: 'author', content: { name: 'a' } },
      { kind: 'other', content: { any: 1 } },
    ]);
  });

  it('sends what any decorator of class-transformer marks, and what an exposed method returns', () => {
    class User {
      declare id: number;
      declare name: string;
      declare born: Date;
      declare secret: string;
      declare admin: boolean;
      title() {
        return `User ${this.id}`;
      }
      // Fails for a user without a name.
      get initial() {
        return this.name[0] as string;
      }
      hidden() {
        return 1;
      }
    }
    Expose()(User.prototype, 'id');
    Expose()(User.prototype, 'title');
    Expose()(User.prototype, 'initial');
    Transform(({ value }) => String(value).toUpperCase())(User.prototype, 'name');
    Type(() => Date)(User.prototype, 'born');
    Exclude({ toPlainOnly: true })(User.prototype, 'secret');
    Expose({ groups: ['admin'] })(User.prototype, 'admin');
    const user = Object.assign(new User(), { id: 1, name: 'ada', born: '1815-12-10', secret: 'x', admin: true });
    expect(JSON.parse(compileSerializer(User)(user) as string)).toEqual({
      id: 1,
      title: 'User 1',
      initial: 'a',
      name: 'ADA',
      born: '1815-12-10T00:00:00.000Z',
    });
  });

  it('leaves out what a class excludes, where the class is not declared', () => {
    class Page {
      anything: unknown;
      list: unknown[] = [];
    }
    const author = Object.assign(new Author(), { name: 'a', hash: 'x' });
    const text = compileSerializer(Page)({ anything: { deep: new Map([['k', author]]) }, list: [author] });
    expect(JSON.parse(text as string)).toEqual({ anything: { deep: { k: { name: 'a' } } }, list: [{ name: 'a' }] });
  });

  it('sends only what an excluded class exposes', () => {
    @Exclude()
    class Hidden {
      hash = 'x';
    }
    @Expose()
    class Shown {
      @Expose() name = 'a';
      other = 'b';
    }
    expect(() => compileSerializer(Hidden)).toThrow('Hidden declares no properties');
    expect(JSON.parse(compileSerializer(Shown)(new Shown()) as string)).toEqual({ name: 'a', other: 'b' });
  });

  it('cannot be made of a class that shows nothing', () => {
    class Empty {}
    class Around {
      @Type(() => Empty) inner?: Empty;
    }
    expect(() => compileSerializer(Empty)).toThrow('Empty declares no properties that exist at run time');
    expect(() => compileSerializer(Around)).toThrow('Empty declares no properties');
  });
});
