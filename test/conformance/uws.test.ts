import { certificate } from '../servers/certificate.js';
import { makeApp } from './app.mjs';
import { startChild } from './child.js';
import { describeServer } from './jest.js';

const shutdownTimeout = 2000;

describeServer('uws', {
  start: (options) => makeApp().run({ server: 'uws', port: 0, quiet: true, shutdownTimeout, ...options }),
});

describeServer('uws, in a process of its own', {
  row: 'uws',
  start: (options) => startChild({ server: 'uws', shutdownTimeout, ...options }),
});

describeServer('uws, with TLS', {
  row: 'uws',
  start: (options) => makeApp().run({ server: 'uws', port: 0, quiet: true, shutdownTimeout, ...certificate(), ...options }),
});
