import { resolve } from 'node:path';

/** Where a process that is supervised keeps what leads to its supervisor: it is there before any module of the app is. */
export const SUPERVISOR: unique symbol = Symbol.for('bottlenose.reload');

/** Notes a file that is read besides modules and templates, such as one of configuration. */
export function noteFileRead(file: string): void {
  const { [SUPERVISOR]: supervisor } = globalThis as { [SUPERVISOR]?: { loaded(files: string[]): void } };
  supervisor?.loaded([resolve(file)]);
}
