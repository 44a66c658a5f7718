import { resolve } from 'node:path';

/** The key of the supervisor in `globalThis`. It is set in a supervised process before any module of the app is loaded. */
export const SUPERVISOR: unique symbol = Symbol.for('bottlenose.reload');

/** Reports a file other than a module or template to the supervisor, such as a configuration file. */
export function noteFileRead(file: string): void {
  const { [SUPERVISOR]: supervisor } = globalThis as { [SUPERVISOR]?: { loaded(files: string[]): void } };
  supervisor?.loaded([resolve(file)]);
}
