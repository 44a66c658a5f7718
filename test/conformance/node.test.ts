import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../servers/certificate.js';
import { makeApp } from './app.mjs';
import { childStarter } from './child.js';
import { testServer } from './jest.js';

const shutdownTimeout = 2000;
const startChild = childStarter();

testServer('node', {
  start: (options) => makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...options }),
});

testServer('node, in a process of its own', {
  row: 'node',
  start: (options) => startChild({ server: 'node', shutdownTimeout, ...options }),
});

testServer('node, with TLS', {
  row: 'node',
  start: (options) => makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...certificate(), ...options }),
});

testServer('node, on a Unix socket', {
  start: (options) => {
    const path = join(tmpdir(), `conformance-${randomUUID()}.sock`);
    return makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...options, ...(options.host ? {} : { socket: path }) });
  },
});
