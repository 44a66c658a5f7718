import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../servers/certificate.js';
import { makeApp } from './app.mjs';
import { startChild } from './child.js';
import { describeServer } from './jest.js';

const shutdownTimeout = 2000;

describeServer('node', {
  start: (options) => makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...options }),
});

describeServer('node, in a process of its own', {
  row: 'node',
  start: (options) => startChild({ server: 'node', shutdownTimeout, ...options }),
});

describeServer('node, with TLS', {
  row: 'node',
  start: (options) => makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...certificate(), ...options }),
});

describeServer('node, on a Unix socket', {
  start: (options) => {
    const path = join(tmpdir(), `conformance-${randomUUID()}.sock`);
    return makeApp().run({ port: 0, quiet: true, shutdownTimeout, ...options, ...(options.host ? {} : { socket: path }) });
  },
});
