import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsString } from 'class-validator';
import { compileSerializer } from '../../src/validation/serializer/index.js';
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
const serialize = compileSerializer(Post);
const json = (value: unknown) => JSON.parse(serialize(value) as string);

describe('a compiled serializer', () => {
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

  it('otherwise is JSON.stringify, to the letter', () => {
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
        new Set([1]),
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
        expect(serialize(made)).toBe(JSON.stringify(made));
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

  it('cannot be made of a class that shows nothing', () => {
    class Empty {}
    class Around {
      @Type(() => Empty) inner?: Empty;
    }
    expect(() => compileSerializer(Empty)).toThrow('Empty declares no properties that exist at run time');
    expect(() => compileSerializer(Around)).toThrow('Empty declares no properties');
  });
});
