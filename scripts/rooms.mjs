/**
 * The rooms of `src`, top to bottom, each with the rooms that it may import. Imports run downward in this list, never up and
 * never in a circle. `src/index.ts` stands above all of them.
 */
export const rooms = {
  cli: ['testing', 'servers', 'openapi', 'plugins', 'app', 'controllers', 'validation', 'templates', 'http', 'routing'],
  testing: ['app'],
  servers: ['http'],
  openapi: ['app', 'validation'],
  plugins: ['app'],
  app: ['controllers', 'templates', 'http', 'routing'],
  controllers: ['http', 'routing', 'validation'],
  validation: [],
  templates: [],
  http: [],
  routing: [],
};

const oneRoom = Object.entries(rooms).map(([room, below]) => ({
  name: room,
  comment: below.length ? `${room}/ may import ${below.map((name) => `${name}/`).join(', ')}` : `${room}/ imports no other room`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...below].join('|')})/` },
}));

/** The same as rules of dependency-cruiser, with the two borders around `src`. */
export const forbidden = [
  ...oneRoom,
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
