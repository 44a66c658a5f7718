import { certificate } from '../servers/certificate.js';
import { makeApp } from './app.mjs';
import { http2Target } from './http2-client.js';
import { testServer } from './jest.js';

const options = { server: 'http2', port: 0, quiet: true, shutdownTimeout: 2000 };

testServer('http2', {
  client: http2Target,
  start: (more) => makeApp().run({ ...options, ...more }),
});

testServer('http2, with TLS', {
  row: 'http2',
  client: http2Target,
  start: (more) => makeApp().run({ ...options, ...certificate(), ...more }),
});

testServer('http2, to clients of HTTP/1.1', {
  row: 'node',
  start: (more) => makeApp().run({ ...options, ...more }),
});

testServer('http2, with TLS, to clients of HTTP/1.1', {
  row: 'node',
  start: (more) => makeApp().run({ ...options, ...certificate(), ...more }),
});
