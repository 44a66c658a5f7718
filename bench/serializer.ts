/**
 * The serializers that `@Returns` compiles against `JSON.stringify` of the same objects: `node --import tsx bench/serializer.ts`.
 * Numbers are the medians of interleaved rounds in one process, so they compare with each other and with nothing else.
 */
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { compileSerializer } from '../src/validation/serializer/index.js';

class User {
  id = 0;
  name = '';
  email = '';
  isActive = false;
  created = new Date(0);
}

class Post {
  id = 0;
  title = '';
  body = '';
  author?: User;
  tags: string[] = [];
}
Type(() => User)(Post.prototype, 'author');

const user = (id: number) => ({
  id,
  name: `User ${id}`,
  email: `user${id}@example.org`,
  isActive: id % 2 === 0,
  created: new Date(1.7e12 + id),
});
const post = (id: number, body: string) => ({ id, title: `Post ${id}`, body, author: user(id), tags: ['a', 'b', 'c'] });
const rows = (count: number, make: (id: number) => object) => Array.from({ length: count }, (_, i) => make(i));

const cases: [title: string, Class: new () => object, values: unknown[]][] = [
  ['a user', User, rows(16, user)],
  ['a post with its author and 60 letters', Post, rows(16, (id) => post(id, 'Once upon a time there was a bottle. '.repeat(2)))],
  ['a post of 20,000 letters', Post, rows(16, (id) => post(id, 'Once upon a time there was a bottle.\n'.repeat(540)))],
  ['100 users', User, rows(4, () => rows(100, user))],
];

for (const [title, Class, values] of cases) {
  const serialize = compileSerializer(Class);
  if (serialize(values[0]) !== JSON.stringify(values[0])) throw new Error(`${title}: not the same`);
  const contestants = [JSON.stringify as (value: unknown) => string | undefined, serialize];
  let calls = 16;
  while (time(JSON.stringify, values, calls) * calls < 20e6) calls *= 2;
  const times: number[][] = [[], []];
  for (let round = 0; round < 15; round++) for (const [i, run] of contestants.entries()) times[i]?.push(time(run, values, calls));
  const [native, ours] = times.map((all) => median(all)) as [number, number];
  console.log(
    `${title.padEnd(40)} JSON.stringify ${native.toFixed(0).padStart(7)} ns   compiled ${ours.toFixed(0).padStart(7)} ns   ${(native / ours).toFixed(2)} ×`,
  );
}

function median(all: number[]): number {
  return [...all].sort((a, b) => a - b)[all.length >> 1] as number;
}

/** Nanoseconds per call. What was made is written out, as a text that is only put together from parts costs something then. */
function time(run: (value: unknown) => string | undefined, values: unknown[], calls: number): number {
  const began = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) Buffer.byteLength(run(values[i % values.length]) as string);
  return Number(process.hrtime.bigint() - began) / calls;
}
