import { describeServer } from './jest.js';
import { makeApp } from './app.mjs';

describeServer('node', {
  start: (options) => makeApp().run({ port: 0, quiet: true, shutdownTimeout: 2000, ...options }),
});
