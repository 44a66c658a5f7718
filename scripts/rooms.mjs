/** The parts of `http/`, from top to bottom: each may import those that follow. */
const http = [
  'http/context',
  'http/events',
  'http/answer',
  'http/files',
  'http/sockets',
  'http/request',
  'http/response',
  'http/body',
  'http/http-error',
  'http/gateway',
  'http/fields',
];
/** The concerns of an app, below the class Bottle. */
const concerns = ['app/mount', 'app/debug-page', 'app/wiring', 'app/config', 'app/road'];
const controllers = ['controllers/binding', 'controllers/decorators'];
const belowApp = [...controllers, ...http, 'routing'];
const kit = ['kit'];

/**
 * The rooms of `src`, from top to bottom, each with the rooms that it may import besides itself. A room is a folder or a file. The
 * files of a folder that is a room itself belong to the most specific one. Imports run downward in this list, never up and never in
 * a circle. `src/index.ts` stands above all of them.
 */
const table = {
  cli: 'all below',
  testing: ['openapi', 'app', ...concerns, ...belowApp, 'validation'],
  client: [],
  servers: ['http/gateway', 'http/fields'],
  plugins: kit,
  jobs: [...kit, 'sqlite', 'postgres'],
  mcp: [...kit, 'validation'],
  openapi: [...kit, 'validation'],
  otel: kit,
  postgres: [...kit, 'sql'],
  redis: kit,
  sqlite: [...kit, 'sql'],
  sql: kit,
  kit: ['app', ...concerns, ...belowApp],
  app: [...concerns, 'templates/engines', 'templates', ...belowApp],
  'app/mount': ['app/wiring', 'app/config', 'app/road', ...belowApp],
  'app/debug-page': ['app/wiring', 'app/config', 'app/road', 'templates', ...belowApp],
  'app/wiring': ['app/config', 'app/road', ...belowApp],
  'app/config': ['app/road', ...belowApp],
  'app/road': [...http, 'routing'],
  'controllers/binding': ['controllers/decorators', ...http, 'routing', 'validation'],
  'controllers/decorators': [...http, 'routing', 'validation'],
  validation: ['codegen'],
  'templates/engines': ['templates', 'codegen'],
  templates: ['codegen'],
  codegen: [],
  ...Object.fromEntries(http.map((room, i) => [room, http.slice(i + 1)])),
  routing: [],
  support: [],
};

const names = Object.keys(table);

/** Each room with all the rooms that it may import. The client goes to browsers, so it imports nothing, and all others may import `support`. */
export const rooms = Object.fromEntries(
  names.map((room, i) => {
    if (table[room] === 'all below') return [room, names.slice(i + 1)];
    return [room, room === 'client' || room === 'support' ? [] : [...table[room], 'support']];
  }),
);

/** The room of a file, such as `src/app/road/match.ts`; `undefined` where the table has none. */
export function roomOf(file) {
  const path = file.replace(/^src\//, '');
  const found = names.filter((room) => path === `${room}.ts` || path.startsWith(`${room}/`));
  return found.sort((a, b) => b.length - a.length)[0];
}

/** The borders around `src`, as rules of dependency-cruiser. */
export const forbidden = [
  {
    name: 'published',
    comment: 'what src/ imports must be a dependency or a peer, because users have no devDependencies',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer', 'npm-optional'] },
  },
  {
    name: 'resolvable',
    comment: 'the file does not exist',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^\\.', couldNotResolve: true },
  },
  {
    name: 'examples',
    comment: "an example imports 'bottlenose', as its readers will, and nothing from src/",
    severity: 'error',
    from: { path: '^examples/' },
    to: { path: '^src/' },
  },
];
