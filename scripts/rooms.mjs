/**
 * The rooms of `src`, top to bottom, each with the rooms right below it. Imports run downward in this list, never up and never in
 * a circle; a room may also use what the rooms below it stand on. `src/index.ts` stands above all of them.
 */
const below = {
  cli: ['testing', 'servers', 'openapi', 'plugins', 'app'],
  testing: ['app'],
  servers: ['http'],
  openapi: ['app', 'validation'],
  plugins: ['kit'],
  kit: ['app'],
  app: ['controllers', 'templates', 'http', 'routing'],
  controllers: ['http', 'routing', 'validation'],
  validation: ['peers'],
  templates: ['peers'],
  http: ['peers'],
  routing: [],
  peers: [],
};

const reach = (room) => [...new Set(below[room].flatMap((name) => [name, ...reach(name)]))];

/** Each room with all the rooms that it may import. */
export const rooms = Object.fromEntries(Object.keys(below).map((room) => [room, reach(room)]));

/**
 * Packages that the build puts into dist/, so that users need not install them: tiny ones, and such as are slow to load by
 * themselves. Their licences go along, in dist/THIRD-PARTY.txt.
 */
export const bundled = ['acorn', 'get-tsconfig', 'mrmime', 'reflect-metadata', 'resolve-pkg-maps'];

const oneRoom = Object.entries(rooms).map(([room, reached]) => ({
  name: room,
  comment: reached.length
    ? `${room}/ may import ${reached.map((name) => `${name}/`).join(', ')}`
    : `${room}/ imports no other room`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...reached].join('|')})/` },
}));

/** The same as rules of dependency-cruiser, with the two borders around `src`. */
export const forbidden = [
  ...oneRoom,
  {
    name: 'published',
    comment: 'what src/ imports must be a dependency, a peer, or `bundled`, because users have no devDependencies',
    severity: 'error',
    from: { path: '^src/' },
    to: {
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['npm-peer', 'npm-optional'],
      pathNot: `^node_modules/(${bundled.join('|')})/`,
    },
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
