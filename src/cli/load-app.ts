import { Bottle } from '../app/bottle.js';
import { deferRuns } from '../app/run.js';
import { AppStack, defaultApp } from '../app/app-stack.js';
import { evaluate, isClass, namesOf } from './expression.js';
import { usage } from './command-error.js';
import { findModule, displayPath, splitTarget } from './find-module.js';
import { importModule } from './import-module.js';

/**
 * Loads the app of `module:app`. `run()` does nothing while the module loads, as with Bottle's command line.
 *
 * @throws CommandError if the module does not exist, or the expression is not an app. Errors of the module itself are passed on.
 */
export async function loadApp(target: string): Promise<Bottle> {
  const { module, expression } = splitTarget(target);
  const url = findModule(module);
  // The command starts the app itself later.
  const runs = deferRuns();
  const namespace = await importModule(url);
  const name = displayPath(url);
  if (expression === undefined) return appOf(namespace) ?? defaultOf(runs) ?? missingApp(namespace, name);
  const names = namesOf(namespace);
  // Users write `app` also for a module that adds its routes to the default app.
  if (expression === 'app' && !names.has('app')) {
    const app = defaultOf(runs);
    if (app !== undefined) return app;
  }
  const value = await evaluate(expression, names, name);
  return asApp(value) ?? rejectValue(value, expression, name);
}

function asApp(value: unknown): Bottle | undefined {
  if (value instanceof Bottle) return value;
  return value instanceof AppStack ? value() : undefined;
}

/** The export `app`, or the default export. */
function appOf(namespace: object): Bottle | undefined {
  const names = namesOf(namespace);
  return asApp(names.get('app')) ?? asApp(names.get('default'));
}

/** The default app, if the module added routes to it, or the app that the module would have run. */
function defaultOf(runs: readonly Bottle[]): Bottle | undefined {
  return defaultApp().routes.length > 0 ? defaultApp() : runs.at(-1);
}

function missingApp(namespace: object, name: string): never {
  const apps = [...namesOf(namespace)].filter(([, value]) => asApp(value) !== undefined).map(([key]) => key);
  const hint =
    apps.length > 0 ? `it has ${apps.map((key) => `${name}:${key}`).join(', ')}` : `write export const app = new Bottle()`;
  throw usage(`${name} exports no app, and adds no route to the default app: ${hint}.`);
}

function rejectValue(value: unknown, expression: string, name: string): never {
  const what = kindOf(value);
  const call = typeof value === 'function' && !isClass(value) ? ` If it creates an app, call it: '${name}:${expression}()'.` : '';
  const mount = isClass(value) ? ` Mount a controller on an app: new Bottle().mount(${expression}).` : '';
  throw usage(`${name}:${expression} is not an app, but ${what}.${call}${mount}`);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (isClass(value)) return `the class ${value.name}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const type = value.constructor?.name ?? 'Object';
  // Two copies of the package have two different classes of this name.
  if (type === 'Bottle') return 'an app of another copy of bottlenose: install it once';
  return type === 'Object' ? 'a plain object' : `an instance of ${type}`;
}
