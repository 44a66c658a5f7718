import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Answer {
  status: number;
  text: string;
  allowed?: string;
}

type Answers = Record<string, Answer> & { canGenerateCode: boolean; constraints: unknown; paths: string[] };

const program = fileURLToPath(new URL('forbidden-app.ts', import.meta.url));

function answersWith(...flags: string[]): Answers {
  const args = [...flags, '--import', 'tsx', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as Answers;
}

describe('an app where code cannot be generated', () => {
  let answers: Answers;
  beforeAll(() => {
    answers = answersWith('--disallow-code-generation-from-strings');
  });

  it('binds parameters by their names', () => {
    expect(answers.canGenerateCode).toBe(false);
    expect(answers.hello).toMatchObject({ status: 200, text: 'Hi ada!' });
    expect(answers.fail).toMatchObject({ status: 500 });
  });

  it('has installed and applied plugins', () => {
    expect(answers.loud).toMatchObject({ status: 200, text: 'HEY!', allowed: '*' });
  });

  it('makes objects of bodies, queries and forms, and cuts results', () => {
    expect(answers.placed?.status).toBe(200);
    expect(JSON.parse(answers.placed?.text ?? '')).toEqual({ name: 'ada', lines: [{ article: 'tea', count: 2 }] });
    expect(answers.partial).toMatchObject({ status: 200, text: '{"name":"b"}' });
    expect(answers.query).toMatchObject({ status: 200, text: '{"limit":5}' });
    expect(answers.form).toMatchObject({ status: 200, text: '{"isLine":true,"count":4}' });
  });

  it('refuses what nested, custom and asynchronous validators refuse', () => {
    const errors = (answer: Answer | undefined) => (JSON.parse(answer?.text ?? '') as { errors: object[] }).errors;
    expect(errors(answers.custom)).toEqual([
      { in: 'body', path: '/lines/0/count', constraint: 'isEven', message: 'count must be even' },
    ]);
    expect(errors(answers.asynchronous)).toMatchObject([{ in: 'body', path: '/name', message: 'taken is taken' }]);
    expect(errors(answers.badQuery)).toMatchObject([{ in: 'query', path: '/limit', constraint: 'max' }]);
    expect(answers.ownErrors).toMatchObject({ status: 422, text: '{"invalid":["/article"]}' });
    expect(answers.constraints).toEqual({ isEven: 'count must be even' });
  });

  it('answers like one where it can', () => {
    const usual = answersWith();
    expect(usual.canGenerateCode).toBe(true);
    expect(answers).toEqual({ ...usual, canGenerateCode: false });
  });
});
