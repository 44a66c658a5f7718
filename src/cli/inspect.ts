import { WiringError } from '../controllers/binding/wiring-error.js';
import type { Arguments } from './arguments.js';
import { countRoutes, routesTable } from './routes-table.js';
import { loadConfiguredApp } from './configured-app.js';
import { print, writeOutput } from './output.js';

/** Prints the table of an app's routes. */
export async function routes(args: Arguments): Promise<number> {
  const app = await loadConfiguredApp(args);
  // This also completes the wiring, which the table shows.
  const problems = app.wiringProblems();
  await print(routesTable(app));
  if (problems.length === 0) return 0;
  process.stderr.write(`\n${new WiringError(problems).message}`);
  return 1;
}

/** Checks the wiring of an app. */
export async function check(args: Arguments): Promise<number> {
  try {
    const app = await loadConfiguredApp(args);
    await app.checkAll();
    const count = countRoutes(app);
    await print(`${args.target} is whole: ${count} ${count === 1 ? 'route' : 'routes'}, nothing wrong.\n`);
    return 0;
  } catch (error) {
    // In debug mode the error occurs while the module loads.
    if (!(error instanceof WiringError)) throw error;
    await print(error.message);
    return 1;
  }
}

/** Prints the OpenAPI document of an app. */
export async function openapi(args: Arguments): Promise<number> {
  const { openapi: write } = await import('../openapi/index.js');
  const app = await loadConfiguredApp(args);
  await app.ready();
  const { title, version, output } = args;
  const document = write(app, { ...(title !== undefined && { title }), ...(version !== undefined && { version }) });
  await writeOutput(`${JSON.stringify(document, null, 2)}\n`, output);
  return 0;
}
