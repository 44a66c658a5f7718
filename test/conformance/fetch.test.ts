import { makeApp } from './app.mjs';
import { testServer } from './jest.js';

testServer('fetch', {
  start: (options) => makeApp().run({ server: 'fetch', port: 0, quiet: true, shutdownTimeout: 2000, ...options }),
});
