import { makeApp } from './app.mjs';
import { describeServer } from './jest.js';

describeServer('fetch', {
  start: (options) => makeApp().run({ server: 'fetch', port: 0, quiet: true, shutdownTimeout: 2000, ...options }),
});
