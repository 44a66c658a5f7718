// Validation side by side: a DTO of four structural fields, one with an @IsEmail, and a nested one with an array of 100 children;
// by class-transformer and class-validator, by Ajv's compiled validator for the equivalent schema, and by us. Numbers are medians
// of interleaved rounds in one process. `npm run build` first.
import 'reflect-metadata';
import { Ajv } from 'ajv';
import { plainToInstance, Type } from 'class-transformer';
import { IsArray, IsEmail, IsInt, IsString, Length, Max, Min, ValidateNested, validateSync } from 'class-validator';
import { compileValidator } from '../dist/index.js';
import { median } from './measure.mjs';

const rounds = Number(process.argv[2] ?? 15);

/** What TypeScript makes of decorators on a field. */
function field(Class, name, type, ...decorators) {
  Reflect.defineMetadata('design:type', type, Class.prototype, name);
  for (const decorate of decorators.reverse()) decorate(Class.prototype, name);
}

class Post {
  title;
  body;
  rank;
  tags;
}
field(Post, 'title', String, IsString(), Length(1, 80));
field(Post, 'body', String, IsString());
field(Post, 'rank', Number, IsInt(), Min(0), Max(100));
field(Post, 'tags', Array, IsArray(), IsString({ each: true }));

class Account {
  name;
  email;
  age;
  roles;
}
field(Account, 'name', String, IsString(), Length(1, 80));
field(Account, 'email', String, IsEmail());
field(Account, 'age', Number, IsInt(), Min(0), Max(150));
field(Account, 'roles', Array, IsArray(), IsString({ each: true }));

class Item {
  sku;
  quantity;
  price;
}
field(Item, 'sku', String, IsString(), Length(1, 20));
field(Item, 'quantity', Number, IsInt(), Min(1));
field(Item, 'price', Number, Min(0));

class Order {
  customer;
  items;
}
field(Order, 'customer', String, IsString());
field(
  Order,
  'items',
  Array,
  IsArray(),
  ValidateNested({ each: true }),
  Type(() => Item),
);

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const object = (properties) => ({ type: 'object', required: Object.keys(properties), properties });
const item = object({
  sku: { type: 'string', minLength: 1, maxLength: 20 },
  quantity: { type: 'integer', minimum: 1 },
  price: { type: 'number', minimum: 0 },
});
const schemas = {
  post: object({
    title: { type: 'string', minLength: 1, maxLength: 80 },
    body: text,
    rank: { type: 'integer', minimum: 0, maximum: 100 },
    tags: texts,
  }),
  order: object({ customer: text, items: { type: 'array', items: item } }),
};

const post = {
  title: 'Hello, world',
  body: 'Once upon a time there was a bottle with a nose.',
  rank: 5,
  tags: ['a', 'bc', 'def'],
};
const account = { name: 'Ada Lovelace', email: 'ada.lovelace@example.org', age: 36, roles: ['admin', 'editor'] };
const order = {
  customer: 'Ada',
  items: Array.from({ length: 100 }, (_, i) => ({ sku: `item-${i}`, quantity: i + 1, price: i / 2 })),
};

const cases = [
  { title: 'four structural fields', Class: Post, plain: post, schema: schemas.post, bad: { ...post, rank: 'x' } },
  { title: 'four fields, one @IsEmail', Class: Account, plain: account, bad: { ...account, email: 'x' } },
  { title: 'nested, 100 children', Class: Order, plain: order, schema: schemas.order, bad: { ...order, customer: 1 } },
];

// Several objects in turn, so that no answer can be known before the question.
const TURNS = 16;

for (const { title, Class, plain, schema, bad } of cases) {
  const compiled = compileValidator(Class);
  const plains = Array.from({ length: TURNS }, () => structuredClone(plain));
  const instances = plains.map((one) => plainToInstance(Class, one));
  const bads = plains.map(() => plainToInstance(Class, bad));
  const contestants = {
    'plainToInstance + validateSync': (i) => validateSync(plainToInstance(Class, plains[i])).length === 0,
    'validateSync alone': (i) => validateSync(instances[i]).length === 0,
    'compiled parse': (i) => compiled.parse(plains[i]) instanceof Class,
    'compiled validate': (i) => compiled.validate(instances[i]).length === 0,
    'validateSync, refused': (i) => validateSync(bads[i]).length === 1,
    'compiled validate, refused': (i) => compiled.validate(bads[i]).length === 1,
  };
  if (schema !== undefined) {
    const check = new Ajv().compile(schema);
    contestants['Ajv (validates only)'] = (i) => check(plains[i]);
  }
  print(title, measure(contestants));
}

/** Nanoseconds per call, in rounds that alternate between the contestants. */
function measure(contestants) {
  const entries = Object.entries(contestants);
  const calls = entries.map(([name, run]) => calibrated(name, run));
  const times = entries.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, run]] of entries.entries()) times[i].push(time(run, calls[i]));
  }
  return entries.map(([name], i) => ({ name, ns: median(times[i]) }));
}

/** How often a contestant can run in about 20 ms, after it is warm. */
function calibrated(name, run) {
  if (run(0) !== true) throw new Error(`${name} does not do what it should`);
  let calls = 50;
  while (time(run, calls) * calls < 20e6) calls *= 2;
  return calls;
}

function time(run, calls) {
  let right = 0;
  const began = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) if (run(i % TURNS)) right++;
  const taken = Number(process.hrtime.bigint() - began);
  if (right !== calls) throw new Error('a call failed');
  return taken / calls;
}

function print(title, rows) {
  const [first] = rows;
  console.log(`\n${title}`);
  for (const { name, ns } of rows) {
    console.log(`  ${name.padEnd(32)} ${ns.toFixed(0).padStart(9)} ns   ${(first.ns / ns).toFixed(1).padStart(7)} ×`);
  }
}
