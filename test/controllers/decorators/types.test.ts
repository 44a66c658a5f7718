import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const run = promisify(execFile);

it.each([
  ['standard decorators', []],
  ['experimentalDecorators', ['--experimentalDecorators']],
  ['experimentalDecorators with metadata', ['--experimentalDecorators', '--emitDecoratorMetadata']],
])(
  'decorators type-check, and fail where they do not belong, with %s',
  async (_name, mode) => {
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const flags = '--ignoreConfig --noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node'.split(' ');
    const lib = ['--lib', 'es2023,dom,dom.iterable,dom.asynciterable'];
    const args = [tsc, 'test/controllers/fixtures/types.ts', ...flags, ...lib, ...mode];
    const { stdout } = await run(process.execPath, args).catch((error: { stdout: string }) => error);
    expect(stdout.split('\n').filter((line) => line.includes('fixtures/types.ts'))).toEqual([]);
    expect(stdout).not.toContain('error TS5');
  },
  60_000,
);
