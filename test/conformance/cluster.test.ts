import { startChild } from './child.js';
import { describeServer } from './jest.js';

describeServer('cluster', {
  start: (options) => startChild({ server: 'cluster', workers: 2, shutdownTimeout: 2000, ...options }),
});
