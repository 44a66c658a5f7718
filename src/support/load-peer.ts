import { createRequire } from 'node:module';

/** The install specifier of each optional peer, within the range of package.json. */
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

/** Returns a `require` that resolves a package: from `near` if given, then from the working directory, then from this package. */
function requireFor(name: string, near: string | undefined): NodeJS.Require | undefined {
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
 * Loads an optional peer. Prefers the application's copy, so that the application and this package share one. Returns `undefined` if
 * it is not installed.
 *
 * @param near A file or `file:` URL to resolve from first, such as `import.meta.url` of a package with its own optional peers.
 * @throws errors of the package itself.
 * @example const pino = loadPeer<typeof import('pino')>('pino');
 */
export function loadPeer<T>(name: string, near?: string): T | undefined {
  return requireFor(name, near)?.(name) as T | undefined;
}

/** The file that `loadPeer` would load, without loading it. `undefined` if the package is not installed. */
export function findPeer(name: string, near?: string): string | undefined {
  return requireFor(name, near)?.resolve(name);
}

/**
 * Loads a peer that a feature requires.
 *
 * @param need The start of the message: `logger() needs`.
 * @param otherwise An alternative, appended to the install command: `, or pass a logger of your own`.
 * @throws Error with the install command.
 */
export function neededPeer<T>(name: string, need: string, otherwise = ''): T {
  const peer = loadPeer<T>(name);
  if (peer === undefined) throw new Error(missingPeer(name, need, otherwise));
  return peer;
}

/** The message about a missing peer, for errors of other classes. The parameters are those of `neededPeer`. */
export function missingPeer(name: string, need: string, otherwise = ''): string {
  return `${need} the package ${name}, which is not installed: npm install ${INSTALL[name] ?? name}${otherwise}`;
}
