import 'reflect-metadata';
import assert from 'node:assert/strict';
import { afterEach, describe, expect, it } from '@jest/globals';
import { compileValidator, IntersectionType, OmitType, PartialType, PickType } from 'bottlenose';
import { Exclude, Expose, instanceToPlain, plainToInstance, Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { compileSerializer } from '../../../src/validation/serializer/index.js';
import { cases, fc } from '../../property.js';
import {
  type ClassPlan,
  classPlan,
  forgetClasses,
  makeClass,
  makeValue,
  propertyValue,
  validatorOptions,
} from '../compiler/generate.js';

class Address {
  @cv.IsString() street!: string;
}

class Account {
  @cv.IsInt() id!: number;
  @cv.Length(1, 5) name!: string;
  @cv.IsOptional() @cv.IsString() note: string | null = null;
  @cv.IsInt({ groups: ['admin'] }) rank = 1;
  @cv.ValidateNested() @Type(() => Address) address!: Address;
  @cv.IsDate() @Type(() => Date) born!: Date;
  @Exclude({ toPlainOnly: true }) @cv.IsString() password!: string;
  @Transform(({ value }) => String(value).trim()) @cv.IsString() trimmed!: string;
  @Expose({ name: 'e_mail' }) @cv.IsEmail() email!: string;

  @Expose() get label() {
    return `${this.id}: ${this.name}`;
  }

  isAdmin() {
    return this.rank > 1;
  }

  toJSON() {
    return { ...this };
  }
}

const valid = {
  id: 1,
  name: 'Ada',
  address: { street: 'a' },
  born: '1815-12-10',
  password: 'x',
  trimmed: ' t ',
  e_mail: 'a@b.co',
};

describe('PartialType', () => {
  class Update extends PartialType(Account) {}
  const update = compileValidator(Update);

  it('makes every property optional, and checks what is there', () => {
    expect(update.parse({})).toBeInstanceOf(Update);
    expect(update.parse({ id: null, address: null })).toMatchObject({ id: null, address: null });
    expect(update.parse({ address: { street: 'b' } }).address).toBeInstanceOf(Address);
    expect(() => update.parse({ name: '', address: { street: 5 } })).toThrow('name must be longer');
    expect(() => update.parse({ address: { street: 5 } })).toThrow('street must be a string');
  });

  it('is optional in every group too', () => {
    const admin = compileValidator(PartialType(Account), { groups: ['admin'] });
    expect(admin.validate(new Update())).toEqual([]);
    expect(admin.validate(Object.assign(new Update(), { rank: 'x' }))).toMatchObject([{ property: 'rank' }]);
  });

  it('leaves out default values, so that an update does not reset what it does not name', () => {
    const names = Object.keys(update.parse({ name: 'Bob' }));
    expect(names).toContain('name');
    for (const name of ['id', 'note', 'rank', 'born', 'password']) expect(names).not.toContain(name);
    const account = Object.assign(new Account(), { id: 1, rank: 5 });
    expect(Object.assign(account, update.parse({ name: 'Bob' }))).toMatchObject({ id: 1, name: 'Bob', rank: 5 });
  });

  it('sends fields without decorators too', () => {
    class Plain {
      one = 1;
      two = 2;
    }
    expect(compileSerializer(PartialType(Plain))({ one: 5, other: 1 })).toBe('{"one":5}');
  });

  it('leaves the given class as it was', () => {
    expect(() => compileValidator(Account).parse({})).toThrow('id must be an integer');
    expect(new Account().rank).toBe(1);
  });
});

describe('PickType and OmitType', () => {
  class Login extends PickType(Account, ['name', 'password', 'note']) {}
  class Public extends OmitType(Account, ['password', 'address', 'born', 'email']) {}

  it('have the kept properties only, with validators and default values', () => {
    const login = compileValidator(Login).parse({ ...valid, rank: 5 });
    expect({ ...login }).toEqual({ name: 'Ada', password: 'x', note: null });
    expect(() => compileValidator(Login).parse({ name: 'Ada' })).toThrow('password must be a string');
    const shown = compileValidator(Public).parse({ id: 1, name: 'Ada', trimmed: ' t ', password: 'x' });
    expect({ ...shown }).toEqual({ id: 1, name: 'Ada', note: null, rank: 1, trimmed: 't' });
  });

  it('keep the methods and accessors that belong to kept names', () => {
    const shown = Object.assign(new Public(), { id: 1, name: 'Ada', rank: 2 });
    expect(shown.isAdmin()).toBe(true);
    expect(shown.label).toBe('1: Ada');
    expect('label' in new Login()).toBe(false);
  });

  it('send what @Returns sends of the given class, without the omitted properties', () => {
    const row = { ...valid, rank: 2, email: 'a@b.co' };
    const text = compileSerializer(PickType(Account, ['id', 'email', 'password', 'address']))(row);
    expect(JSON.parse(text as string)).toEqual({ id: 1, e_mail: 'a@b.co', address: { street: 'a' } });
    // The toJSON of the class would write all properties.
    expect(
      JSON.parse(
        compileSerializer(OmitType(Account, ['name', 'trimmed', 'email', 'born', 'address', 'password']))(row) as string,
      ),
    ).toEqual({
      id: 1,
      rank: 2,
    });
  });
});

describe('IntersectionType', () => {
  class Page {
    @cv.IsInt() @cv.Max(100) limit = 20;
    @cv.IsString() sort!: string;
  }
  class Filter {
    @cv.IsString() text!: string;
    @cv.Length(2, 4) sort: string = 'text';
  }
  class More {
    @cv.IsBoolean() deep = false;
  }
  class Search extends IntersectionType(Page, Filter, More) {}

  it('has the properties of all classes', () => {
    const search: Page & Filter & More = compileValidator(Search).parse({ text: 'a' });
    expect({ ...search }).toEqual({ limit: 20, sort: 'text', text: 'a', deep: false });
    expect(() => compileValidator(Search).parse({ text: 'a', limit: 101 })).toThrow('limit must not be greater');
  });

  it('applies the validators of all classes to a common property', () => {
    const [error] = compileValidator(Search).validate(Object.assign(new Search(), { text: 'a', sort: 5 }));
    expect(Object.keys(error?.constraints ?? {}).sort()).toEqual(['isLength', 'isString']);
  });
});

describe('mapped types', () => {
  afterEach(forgetClasses);

  it('build on each other, and may be used without a class of their own', () => {
    const Update = PartialType(OmitType(Account, ['id', 'email']));
    expect(compileValidator(Update).parse({ name: 'Bob' }).name).toBe('Bob');
    expect(Update.name).toBe('PartialOmitAccount');
  });

  it('refuse what is not a class', () => {
    expect(() => PartialType(undefined as unknown as typeof Account)).toThrow('PartialType takes a class, not undefined.');
  });

  it('validate like classes written by hand', () => {
    const values = fc.dictionary(fc.constantFrom('one', 'two', '3', 'four', 'extra'), propertyValue(false), { maxKeys: 5 });
    fc.assert(
      fc.property(
        classPlan(false),
        values,
        validatorOptions,
        fc.constantFrom('pick', 'omit', 'partial', 'both'),
        (plan, given, options, kind) => {
          const [source, mapped, byHand] = variants(plan, kind);
          Object.defineProperty(mapped, 'name', { value: byHand.name });
          const make = (Class: new () => object) =>
            Object.assign(
              new Class(),
              Object.fromEntries(Object.entries(given).map(([name, one]) => [name, makeValue(one, () => new source())])),
            );
          const shown = { ...options, validationError: { target: false } } as cv.ValidatorOptions;
          const theirs = outcome(() => cv.validateSync(make(byHand), shown));
          assert.deepEqual(
            outcome(() => cv.validateSync(make(mapped), shown)),
            theirs,
          );
          assert.deepEqual(
            outcome(() => compileValidator(mapped, shown).validate(make(mapped))),
            theirs,
          );
          forgetClasses();
        },
      ),
      cases(300),
    );
  });

  it('are converted by class-transformer like the given class', () => {
    class Base {
      @Transform(({ value }) => `${value}<base>`) one!: string;
      @Exclude({ toPlainOnly: true }) two!: string;
      @Expose({ name: 'third' }) three!: string;
    }
    class Source extends Base {
      @Transform(({ value }) => `${value}<first>`) @Transform(({ value }) => `${value}<second>`) declare one: string;
      @Exclude({ toClassOnly: true }) declare two: string;
      @Type(() => Address) address!: Address;
    }
    const plain = { one: 'a', two: 'b', third: 'c', address: { street: 'd' } };
    const instance = () => ({ one: 'a', two: 'b', three: 'c', address: Object.assign(new Address(), { street: 'd' }) });
    for (const Mapped of [PartialType(Source), OmitType(Source, []), PickType(Source, ['one', 'two', 'three', 'address'])]) {
      expect({ ...plainToInstance(Mapped, plain) }).toEqual({ ...plainToInstance(Source, plain) });
      expect(instanceToPlain(Object.assign(new Mapped(), instance()))).toEqual(
        instanceToPlain(Object.assign(new Source(), instance())),
      );
    }
    @Exclude()
    class Hidden {
      @Expose() shown = 1;
      secret = 2;
    }
    expect(instanceToPlain(new (OmitType(Hidden, []))())).toEqual({ shown: 1 });
  });
});

/** A generated class, its mapped type, and the same class written by hand. */
function variants(plan: ClassPlan, kind: string): [source: new () => object, mapped: new () => object, byHand: new () => object] {
  const source = makeClass(
    plan.parent !== undefined && (kind === 'partial' || kind === 'both') ? { properties: plan.properties } : plan,
  );
  const kept = ['one', '3'];
  if (kind === 'pick')
    return [source, PickType(source, kept as never[]), makeClass(filtered(plan, (name) => kept.includes(name)))];
  if (kind === 'omit')
    return [source, OmitType(source, kept as never[]), makeClass(filtered(plan, (name) => !kept.includes(name)))];
  if (kind === 'both') {
    const Other = makeClass({ properties: plan.properties.map((one) => ({ ...one, name: `${one.name}Other` })) });
    const byHand = makeClass({
      properties: [...plan.properties, ...plan.properties.map((one) => ({ ...one, name: `${one.name}Other` }))],
    });
    return [source, IntersectionType(source, Other), byHand];
  }
  const make = (options: cv.ValidationOptions) => cv.IsOptional({ ...options, always: true });
  const properties = plan.properties.map(({ name, decorators }) => ({
    name,
    decorators: [...decorators, { make, options: {} }],
  }));
  return [source, PartialType(source), makeClass({ properties })];
}

function filtered({ properties, parent }: ClassPlan, keeps: (name: string) => boolean): ClassPlan {
  const own = { properties: properties.filter(({ name }) => keeps(name)) };
  return parent === undefined ? own : { ...own, parent: filtered(parent, keeps) };
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}
