import { certificate } from '../servers/certificate.js';
import { makeApp } from './app.mjs';
import { childStarter } from './child.js';
import { testServer } from './jest.js';

const shutdownTimeout = 2000;
const startChild = childStarter();

testServer('uws', {
  start: (options) => makeApp().run({ server: 'uws', port: 0, quiet: true, shutdownTimeout, ...options }),
});

testServer('uws, in a process of its own', {
  row: 'uws',
  start: (options) => startChild({ server: 'uws', shutdownTimeout, ...options }),
});

testServer('uws, with TLS', {
  row: 'uws',
  start: (options) => makeApp().run({ server: 'uws', port: 0, quiet: true, shutdownTimeout, ...certificate(), ...options }),
});
