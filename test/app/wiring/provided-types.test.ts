import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const run = promisify(execFile);

const AUGMENTED = `
import { Bottle } from 'bottlenose';
declare module 'bottlenose' {
  interface Provided { clock: () => Date }
  interface RequestState { tenant?: string }
}
new Bottle().get('/<id:int>', ({ id, clock }) => clock().getTime() + id);
new Bottle().get('/', ({ request }) => request.state.tenant?.toUpperCase());
// @ts-expect-error nothing declares this name
new Bottle().get('/', ({ calendar }) => calendar);
`;
const SECOND = `
declare module 'bottlenose' {
  interface Provided { mailer: { send(to: string): void } }
}
export {};
`;
const USING = `
import { Bottle } from 'bottlenose';
import 'bottlenose/sqlite';
import { logger } from 'bottlenose/plugins';
const app = new Bottle();
app.install(logger());
app.get('/', ({ db, clock, mailer, request }) => {
  mailer.send(String(clock().getTime()) + request.state.requestId?.length + request.state.tenant?.length);
  return db.prepare('SELECT 1').all();
});
`;

it.each([
  ['before', ['a-augmented', 'b-using', 'c-second']],
  ['after', ['c-augmented', 'a-using', 'b-second']],
])(
  'users add names that functions destructure, beside those of the plugins: %s their import',
  async (_order, [augmented, using, second]) => {
    const build = join(process.cwd(), 'build');
    mkdirSync(build, { recursive: true });
    const folder = mkdtempSync(join(build, 'provided-'));
    try {
      writeFileSync(join(folder, `${augmented}.ts`), AUGMENTED);
      writeFileSync(join(folder, `${using}.ts`), USING);
      writeFileSync(join(folder, `${second}.ts`), SECOND);
      const config = { extends: join(process.cwd(), 'tsconfig.json'), compilerOptions: {}, include: ['*.ts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
      expect(stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
