import 'reflect-metadata';
import { Ajv } from 'ajv';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { compileValidator } from '../../dist/index.js';
import { dtos, schemas, zodSchemas } from '../contestants/data.mjs';
import { microRace, microTable } from '../micro.mjs';

const good = { title: 'A validated post', author: 'Ada', rating: 5, tags: ['a', 'b', 'c'] };
const bad = { ...good, rating: 6 };
/** Several objects in turn, so that no answer can be known before the question. */
const TURNS = 16;

/** What was made last: without anybody to keep it, the optimizer would not make it at all. */
let kept;
export const last = () => kept;

const turns = (value, work) => {
  const values = Array.from({ length: TURNS }, () => structuredClone(value));
  return () => {
    let right = 0;
    for (const one of values) if (work(one)) right++;
    return right;
  };
};

async function contestants(value, isGood) {
  const { NewPost } = await dtos();
  const { post: zod } = await zodSchemas();
  const compiled = compileValidator(NewPost);
  const ajv = new Ajv().compile(schemas.post);
  const asked = {
    'bottlenose: checked, and made an instance': (plain) => {
      try {
        kept = compiled.parse(plain);
        return kept instanceof NewPost;
      } catch {
        return false;
      }
    },
    'Ajv: checked only': (plain) => ajv(plain),
    'Zod: checked and copied': (plain) => {
      kept = zod.safeParse(plain);
      return kept.success;
    },
    'class-transformer and class-validator': (plain) => validateSync(plainToInstance(NewPost, plain)).length === 0,
  };
  const works = {};
  for (const [name, work] of Object.entries(asked)) {
    if (work(structuredClone(value)) !== isGood) throw new Error(`${name} judges wrongly`);
    works[name] = turns(value, work);
  }
  return works;
}

const table = (id, title, value, isGood) => ({
  id,
  title,
  async measure({ quick, rounds = quick ? 3 : 7 }) {
    const figures = await microRace(await contestants(value, isGood), { rounds });
    return microTable(figures, { unit: TURNS });
  },
});

export const tables = [
  table('valid', 'Four fields, all valid', good, true),
  table('invalid', 'Four fields, one of them wrong: its error is described', bad, false),
];
