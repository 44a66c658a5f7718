import { writeFileSync } from 'node:fs';
import { WiringError } from '../controllers/binding/wiring-error.js';
import type { Arguments } from './arguments.js';
import { CommandError } from './command-error.js';
import { countRoutes, routesTable } from './routes-table.js';
import { appFor } from './configured-app.js';

/** Prints the table of an app's routes. */
export async function routes(given: Arguments): Promise<number> {
  const app = await appFor(given);
  // Also completes the wiring, which is what the table shows.
  const problems = app.wiringProblems();
  await print(routesTable(app));
  if (problems.length === 0) return 0;
  process.stderr.write(`\n${new WiringError(problems).message}`);
  return 1;
}

/** Proves the wiring of an app. */
export async function check(given: Arguments): Promise<number> {
  try {
    const app = await appFor(given);
    await app.checkAll();
    const count = countRoutes(app);
    await print(`${given.target} is whole: ${count} ${count === 1 ? 'route' : 'routes'}, nothing wrong.\n`);
    return 0;
  } catch (error) {
    // In debug mode it is found while the module is loaded.
    if (!(error instanceof WiringError)) throw error;
    await print(error.message);
    return 1;
  }
}

/** Prints an app's OpenAPI document. */
export async function openapi(given: Arguments): Promise<number> {
  const { openapi: write } = await import('../openapi/index.js');
  const app = await appFor(given);
  await app.ready();
  const { title, version, output } = given;
  const document = write(app, { ...(title !== undefined && { title }), ...(version !== undefined && { version }) });
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (output === undefined || output === '-') await print(text);
  else {
    try {
      writeFileSync(output, text);
    } catch (error) {
      throw new CommandError(`${output} cannot be written: ${(error as Error).message}.`, 1, { cause: error });
    }
  }
  return 0;
}

/** Resolves once it is out: the process may end right after. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      // Who reads only the beginning (`| head`) has what he wants.
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}
