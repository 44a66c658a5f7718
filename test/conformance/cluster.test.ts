import { childStarter } from './child.js';
import { testServer } from './jest.js';

const startChild = childStarter();

testServer('cluster', {
  start: (options) => startChild({ server: 'cluster', workers: 2, shutdownTimeout: 2000, ...options }),
});
