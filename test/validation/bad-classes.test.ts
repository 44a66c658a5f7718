import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Body, Bottle, Post, Query, WiringError, type WiringProblem } from 'bottlenose';
import { Transform, Type } from 'class-transformer';
import { IsArray, IsDefined, IsInt, IsNotEmptyObject, IsOptional, IsString, ValidateIf, ValidateNested } from 'class-validator';

class Tag {
  @IsString() text!: string;
}
class Undecorated {
  text = '';
}

function problems(Class: Function, how: typeof Body | typeof Query = Body): readonly WiringProblem[] {
  class Things {
    create(_thing: unknown) {}
  }
  how(Class)(Things.prototype, 'create', 0);
  Post('/')(Things.prototype, 'create', Object.getOwnPropertyDescriptor(Things.prototype, 'create') as never);
  const app = new Bottle();
  app.mount('/', Things);
  try {
    app.check();
  } catch (error) {
    expect(error).toBeInstanceOf(WiringError);
    return (error as WiringError).problems;
  }
  return [];
}

const messages = (Class: Function) => problems(Class).map(({ message, cure }) => `${message} ${cure}`);

describe('the wiring tells what is wrong with a class, by class and property', () => {
  it('a list of nested objects of no known class', () => {
    class Order {
      @ValidateNested({ each: true }) items!: Tag[];
    }
    expect(problems(Order)).toMatchObject([
      {
        code: 'BN_CLASS',
        method: 'Things.create',
        rule: '/',
        index: 0,
        message: expect.stringContaining('Order.items nests a list of objects of an unknown class'),
        cure: 'add @Type(() => …) to it.',
      },
    ]);
  });

  it('a nested object that is declared as an interface, a scalar, or a class without validators', () => {
    class Wrong {
      @ValidateNested() any!: { a: 1 };
      @ValidateNested() text!: string;
      @ValidateNested() bare!: Undecorated;
      @ValidateNested({ each: true }) @Type(() => Undecorated) list!: Undecorated[];
    }
    const [message] = messages(Wrong);
    expect(message).toContain('Wrong.any nests an object of an unknown class');
    expect(message).toContain('Wrong.text is validated as a nested object, but is declared as String');
    expect(message).toContain('Wrong.bare nests objects of Undecorated, which has no validators');
    expect(message).toContain('Wrong.list nests objects of Undecorated');
  });

  it('also within nested classes', () => {
    class Inner {
      @ValidateNested() list!: Tag[];
    }
    class Outer {
      @ValidateNested() inner!: Inner;
    }
    expect(messages(Outer)).toEqual([expect.stringContaining('Inner.list nests a list')]);
  });

  it('validators on a property that the class does not have', () => {
    class Typo {
      @IsString() title!: string;
    }
    IsInt()(Typo.prototype, 'titel');
    expect(messages(Typo)).toEqual([expect.stringContaining('Typo.titel has validators, but the class has no such property')]);
  });

  it('a @Type that gives nothing or fails', () => {
    class Unfinished {
      @ValidateNested() @Type(() => undefined as never) first!: Tag;
      @ValidateNested() @Type(() => { throw new ReferenceError('not yet'); }) second!: Tag; // biome-ignore format: one line
    }
    const [message] = messages(Unfinished);
    expect(message).toContain('Unfinished.first has a @Type that gives undefined');
    expect(message).toContain('Unfinished.second has a @Type that fails (not yet)');
  });

  it('a discriminator whose subclasses have no validators, or cannot be made', () => {
    class Bare extends Undecorated {}
    class Needy extends Tag {
      constructor(from: { text: string }) {
        super();
        this.text = from.text;
      }
    }
    const kinds = (value: new (...args: never[]) => object) => ({
      discriminator: { property: 'kind', subTypes: [{ name: 'it', value: value as new () => object }] },
    });
    class Holder {
      @ValidateNested() @Type(() => Undecorated, kinds(Bare)) bare!: Undecorated;
    }
    class Other {
      @ValidateNested() @Type(() => Tag, kinds(Needy)) needy!: Tag;
    }
    expect(messages(Holder)).toEqual([
      expect.stringContaining('Holder.bare nests objects of subclasses without validators (Bare)'),
    ]);
    expect(messages(Other)).toEqual([expect.stringContaining('Needy cannot be created without arguments')]);
  });

  it('a class that cannot be made without arguments, or makes itself without end', () => {
    class Money {
      @IsInt() cents: number;
      constructor(text: string) {
        this.cents = Number(text.replace('.', ''));
      }
    }
    class Endless {
      @IsOptional() @IsInt() n?: number;
      next = new Endless();
    }
    expect(messages(Money)).toEqual([expect.stringContaining('Money cannot be created without arguments')]);
    expect(messages(Endless)).toEqual([expect.stringContaining('Endless creates objects without end')]);
  });
});

describe('classes that nest each other', () => {
  class Employee {
    @IsString() name!: string;
    boss!: unknown;
  }
  class Team {
    @IsDefined() @ValidateNested() lead!: Employee;
  }
  nest(Employee, 'boss', Team, IsNotEmptyObject());

  it('without end, as each object must hold another one, are told with the way round', () => {
    class Ring {
      @IsInt() n!: number;
    }
    nest(Ring, 'next', Ring, IsDefined());
    const [ring] = problems(Ring);
    expect(ring).toMatchObject({ code: 'BN_CLASS', cure: 'make one of them optional: add @IsOptional() to it.' });
    expect(ring?.message).toContain('Ring.next nests objects without end (Ring.next → Ring.next)');
    expect(messages(Team)).toEqual([
      expect.stringContaining('Team.lead nests objects without end (Team.lead → Employee.boss → Team.lead)'),
    ]);
  });

  it('are fine where one may be missing, has a default, is only asked for in a group, or lies in a list', () => {
    class Fine {
      @IsInt() n!: number;
      kept: unknown = {};
      @IsDefined() @IsArray() @ValidateNested({ each: true }) @Type(() => Fine) list!: Fine[];
      @IsDefined() @ValidateNested() @Type(() => Fine) either!: Fine | Fine[];
    }
    nest(Fine, 'plain', Fine);
    nest(Fine, 'kept', Fine, IsDefined());
    nest(Fine, 'perhaps', Fine, IsOptional(), IsDefined());
    nest(Fine, 'conditional', Fine, ValidateIf(({ n }) => n > 1), IsDefined()); // biome-ignore format: one line
    nest(Fine, 'grouped', Fine, IsDefined({ groups: ['create'] }));
    expect(problems(Fine)).toEqual([]);
  });

  /** A property as the compiler declares it, also of a class that is not there yet. */
  function nest(Class: Function, name: string, type: Function, ...decorators: PropertyDecorator[]): void {
    Reflect.defineMetadata('design:type', type, Class.prototype as object, name);
    for (const decorate of [ValidateNested(), ...decorators]) decorate(Class.prototype as object, name);
  }
});

describe('what is right stays right', () => {
  it('classes that nest each other', () => {
    class Node {
      @IsInt() n!: number;
      @IsOptional() @ValidateNested() @Type(() => Node) next?: Node;
      @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => Node) children?: Node[];
    }
    expect(problems(Node)).toEqual([]);
  });

  it('nested objects that a function makes, accessors, and properties that are named by hand throughout', () => {
    class Fine {
      @ValidateNested() @Transform(({ value }) => Object.assign(new Tag(), value)) tag!: unknown;
      @IsString() get upper() {
        return 'A';
      }
      @IsOptional() @IsInt() declare size?: number;
    }
    class ByHand {
      name?: string;
    }
    IsString()(ByHand.prototype, 'name');
    IsString()(ByHand.prototype, 'other');
    expect(problems(Fine)).toEqual([]);
    expect(problems(ByHand)).toEqual([]);
  });
});
