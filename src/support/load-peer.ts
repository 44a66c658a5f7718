import { createRequire } from 'node:module';

/** What to install for each optional peer: a version that works, within the range of package.json. */
const INSTALL: Readonly<Record<string, string>> = {
  '@swc/core': '@swc/core@1',
  'better-sqlite3': 'better-sqlite3@12',
  'class-transformer': 'class-transformer@0.5',
  'class-validator': 'class-validator@0.15',
  ejs: 'ejs@7',
  eta: 'eta@4',
  handlebars: 'handlebars@4',
  nunjucks: 'nunjucks@3',
  pino: 'pino@10',
  'prom-client': 'prom-client@15',
  'swagger-ui-dist': 'swagger-ui-dist@5',
  'uWebSockets.js': 'uNetworking/uWebSockets.js#v20.30.0 (it is not in the npm registry)',
  ws: 'ws@8',
};

/** Finds a package: from `near` if given, then from the application, which is where the program runs, then from this package. */
function requireWith(name: string, near: string | undefined): NodeJS.Require | undefined {
  const own = [`${process.cwd()}/`, import.meta.url];
  for (const place of near === undefined ? own : [near, ...own]) {
    const require = createRequire(place);
    try {
      require.resolve(name);
      return require;
    } catch (error) {
      if (!/MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    }
  }
  return undefined;
}

/**
 * Loads an optional peer: the application's copy before any other, so that it is the one that the application's own code has.
 * Gives `undefined` where it is not installed.
 *
 * @param near a file or `file:` URL to look from first, as `import.meta.url` of a package with optional peers of its own.
 * @throws what the package itself throws.
 * @example const pino = loadPeer<typeof import('pino')>('pino');
 */
export function loadPeer<T>(name: string, near?: string): T | undefined {
  return requireWith(name, near)?.(name) as T | undefined;
}

/** The file that `loadPeer` would load, without loading it. `undefined` where the package is not installed. */
export function findPeer(name: string, near?: string): string | undefined {
  return requireWith(name, near)?.resolve(name);
}

/**
 * The same for a peer that cannot be done without.
 *
 * @param need who needs it, for the message: `logger() needs`.
 * @param otherwise what else can be done, after the command that installs it: `, or pass a logger of your own`.
 * @throws Error that says what to install.
 */
export function neededPeer<T>(name: string, need: string, otherwise = ''): T {
  const peer = loadPeer<T>(name);
  if (peer === undefined) throw new Error(missingPeer(name, need, otherwise));
  return peer;
}

/** The message about a peer that is missing, for errors of other classes. The parameters are those of `neededPeer`. */
export function missingPeer(name: string, need: string, otherwise = ''): string {
  return `${need} the package ${name}, which is not installed: npm install ${INSTALL[name] ?? name}${otherwise}`;
}
