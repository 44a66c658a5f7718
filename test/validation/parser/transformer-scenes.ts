import { Exclude, Expose, Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';

/** Draws values from a seed, so that a value can depend on earlier ones. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to `max` (the generator is mulberry32). */
  nat(max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % (max + 1);
  }

  pick<T>(...values: readonly T[]): T {
    return values[this.nat(values.length - 1)] as T;
  }

  /** Some of the values, without repetition and in any order. */
  some<T>(values: readonly T[], count: number): T[] {
    const left = [...values];
    return Array.from({ length: count }, () => left.splice(this.nat(left.length - 1), 1)[0] as T);
  }
}

type Plain = Record<string, unknown>;
type Kind = (typeof KINDS)[number];

const NAMES = ['one', 'two', 'three', 'four'];
const KINDS = [
  'any', 'number', 'text', 'boolean', 'date', 'nested', 'nestedList', 'nestedSet', 'nestedMap', 'ownList', 'numberSet', 'numberMap',
  'numberList', 'subclass', 'subclassList', 'dependent', 'buffer',
] as const; // biome-ignore format: a list

interface PropertyPlan {
  readonly name: string;
  readonly sent: string;
  readonly kind: Kind;
  readonly nested: number;
  /** The decorators, for messages. */
  readonly text: string;
}

interface ClassPlan {
  readonly Class: new () => object;
  readonly properties: PropertyPlan[];
  /** The decorator of the class, for messages. */
  text: string;
}

class OwnList extends Array<unknown> {}

/** Functions that users write, each of which tells something of its arguments. */
const FUNCTIONS: ((params: { value: unknown; key: string; obj: Plain }) => unknown)[] = [
  ({ value }) => value,
  ({ value }) => (typeof value === 'string' ? value.trim() : value),
  ({ value }) => (typeof value === 'number' ? value * 2 : value),
  ({ value }) => [value],
  ({ value }) => value ?? 'nothing',
  ({ key, obj }) => `${key} of ${Object.keys(obj)}`,
  ({ value }) => `(${typeof value})`,
  () => undefined,
];

/**
 * Makes classes that nest each other, with all decorators of class-transformer. Every property has a validator.
 *
 * The decorators differ from any combination only where the guide lists a difference.
 */
export function makeClasses(draw: Draw): ClassPlan[] {
  const parent = class Parent {};
  const plans: ClassPlan[] = [0, 1, 2].map((i) => ({
    Class: i === 0 ? class Root extends parent {} : class Nested {},
    properties: [],
    text: '',
  }));
  const subclasses = [1, 2].map((i) => (plans[i] as ClassPlan).Class);
  for (const [i, plan] of plans.entries()) {
    const names = draw.some(NAMES, 1 + draw.nat(2));
    for (const name of names) {
      const owner = i === 0 && draw.pick(true, false) ? parent : plan.Class;
      plan.properties.push(makeProperty(draw, owner, name, plans, subclasses));
    }
    const onClass = draw.pick(undefined, undefined, Exclude, Expose);
    onClass?.()(plan.Class);
    plan.text = onClass?.name ?? '';
  }
  return plans;
}

function makeProperty(draw: Draw, Class: Function, name: string, plans: ClassPlan[], subclasses: Function[]): PropertyPlan {
  const kind = draw.pick(...KINDS);
  const nested = draw.pick(1, 2);
  const direction = draw.pick({}, {}, { toClassOnly: true }, { toPlainOnly: true });
  const exposure = draw.pick('none', 'none', 'exposed', 'renamed', 'grouped', 'excluded');
  const sent = exposure === 'renamed' ? `${name}_sent` : name;
  const decorators: PropertyDecorator[] = [];
  const texts = [Class.name, exposure, JSON.stringify(direction)];
  if (exposure === 'exposed') decorators.push(Expose(direction));
  if (exposure === 'renamed') decorators.push(Expose({ name: sent }));
  if (exposure === 'grouped') decorators.push(Expose({ groups: ['some'] }));
  if (exposure === 'excluded') decorators.push(Exclude(direction));
  for (const transform of draw.some(FUNCTIONS, draw.pick(0, 0, 1, 2))) {
    const options = draw.pick({}, {}, { toPlainOnly: true }, { groups: ['some'] });
    decorators.push(Transform(transform as never, options));
    texts.push(`Transform ${transform} ${JSON.stringify(options)}`);
  }
  const types = typesOf(kind, () => (plans[nested] as ClassPlan).Class, subclasses, draw.pick(true, false));
  decorators.push(...types.validators);
  if (draw.pick(true, false)) {
    decorators.push(cv.IsOptional({ always: true }));
    texts.push('IsOptional');
  }
  Reflect.defineMetadata('design:type', types.emitted ?? Object, Class.prototype as object, name);
  if (types.type !== undefined) decorators.push(types.type);
  for (const decorate of decorators) decorate(Class.prototype as object, name);
  return { name, sent, kind, nested, text: texts.join(' ') };
}

interface Types {
  type?: PropertyDecorator;
  emitted?: Function;
  validators: PropertyDecorator[];
}

function typesOf(kind: Kind, nested: () => Function, subclasses: Function[], keepDiscriminatorProperty: boolean): Types {
  const always = { always: true };
  const all = { always: true, each: true };
  const subTypes = subclasses.map((value, i) => ({ value: value as never, name: `kind ${i}` }));
  switch (kind) {
    case 'any':
      return { validators: [cv.Allow(always)] };
    case 'number':
      return { type: Type(() => Number), validators: [cv.IsInt(always)] };
    case 'text':
      return { type: Type(() => String), validators: [cv.IsString(always)] };
    case 'boolean':
      return { type: Type(() => Boolean), validators: [cv.IsBoolean(always)] };
    case 'date':
      return { type: Type(() => Date), validators: [cv.IsDate(always)] };
    case 'buffer':
      return { type: Type(() => Buffer), validators: [cv.IsInstance(Buffer, always)] };
    case 'numberList':
      return { type: Type(() => Number), validators: [cv.IsInt(all), cv.IsArray(always)] };
    case 'numberSet':
      return { type: Type(() => Number), emitted: Set, validators: [cv.IsInt(all), cv.IsInstance(Set, always)] };
    case 'numberMap':
      return { type: Type(() => Number), emitted: Map, validators: [cv.IsInt(all), cv.IsInstance(Map, always)] };
    case 'nested':
      return { type: Type(nested), validators: [cv.ValidateNested(always)] };
    case 'nestedList':
      return { type: Type(nested), validators: [cv.ValidateNested(all), cv.IsArray(always)] };
    case 'nestedSet':
      return { type: Type(nested), emitted: Set, validators: [cv.ValidateNested(always)] };
    case 'nestedMap':
      return { type: Type(nested), emitted: Map, validators: [cv.ValidateNested(always)] };
    case 'ownList':
      return { type: Type(nested), emitted: OwnList, validators: [cv.ValidateNested(all), cv.IsInstance(OwnList, always)] };
    case 'dependent':
      return {
        type: Type((context) => (context?.newObject === undefined ? Object : nested())),
        validators: [cv.ValidateNested(always)],
      };
    default: {
      const options = { keepDiscriminatorProperty, discriminator: { property: 'kind', subTypes } };
      return { type: Type(nested, options), validators: [cv.ValidateNested(kind === 'subclass' ? always : all)] };
    }
  }
}

const ANY = [null, 0, ' a ', '5', true, [], [1, 'b'], { c: 1 }, { c: { d: [] } }];
const NUMBERS = [1, 2.5, '12', 'x', null];
const OTHER = [null, 7, 'text', true];

/** Makes data for a class: mostly of the right form, in any order, with properties that the class does not declare. */
export function makePlain(draw: Draw, plans: readonly ClassPlan[], index = 0, depth = 0): Plain {
  const { properties } = plans[index] as ClassPlan;
  const entries: [string, unknown][] = [];
  for (const property of properties) {
    if (draw.nat(4) > 0) entries.push([property.sent, makeValue(draw, plans, property, depth)]);
  }
  if (draw.nat(3) === 0) entries.push([draw.pick('other', 'kind'), draw.pick(...ANY)]);
  return Object.fromEntries(draw.some(entries, entries.length));
}

function makeValue(draw: Draw, plans: readonly ClassPlan[], { kind, nested }: PropertyPlan, depth: number): unknown {
  const list = (make: () => unknown): unknown[] => Array.from({ length: draw.nat(2) }, make);
  const record = (make: () => unknown): Plain => Object.fromEntries(list(make).map((value, i) => [`key ${i}`, value]));
  const object = (index = nested): unknown =>
    depth > 2 || draw.nat(6) === 0 ? draw.pick(...OTHER) : makePlain(draw, plans, index, depth + 1);
  const named = (): unknown => {
    const at = draw.nat(2);
    const isNamed = draw.nat(4) > 0;
    const made = depth > 2 ? {} : makePlain(draw, plans, isNamed && at < 2 ? at + 1 : nested, depth + 1);
    return { ...made, ...(isNamed && { kind: `kind ${at}` }) };
  };
  switch (kind) {
    case 'any':
      return draw.pick(...ANY);
    case 'number':
      return draw.pick(...NUMBERS);
    case 'text':
      return draw.pick<unknown>(' a ', 5, true, null, ['b', 6]);
    case 'boolean':
      return draw.pick(true, false, null);
    case 'date':
      return draw.pick<unknown>('2024-01-31T10:00:00.000Z', '2024-01-31', 1700000000000, 'soon', null);
    case 'buffer':
      return draw.pick<unknown>('text', null);
    case 'numberList':
      return draw.nat(5) === 0
        ? draw.pick(...NUMBERS)
        : draw.nat(5) === 0
          ? [list(() => draw.pick(...NUMBERS))]
          : list(() => draw.pick(...NUMBERS));
    case 'numberSet':
      return list(() => draw.pick(...NUMBERS));
    case 'numberMap':
      return record(() => draw.pick(...NUMBERS));
    case 'nestedList':
    case 'nestedSet':
    case 'ownList':
      return list(object);
    case 'nestedMap':
      return record(object);
    case 'nested':
      return draw.nat(6) === 0 ? list(object) : object();
    case 'dependent':
      return object();
    case 'subclass':
      return draw.nat(6) === 0 ? draw.pick(...OTHER) : named();
    case 'subclassList':
      return list(named);
  }
}
