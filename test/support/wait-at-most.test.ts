import { expect, it } from '@jest/globals';
import { waitAtMost } from '../../src/support/wait-at-most.js';

it('waits until a promise is fulfilled or rejected', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await waitAtMost(2 ** 30, Promise.resolve());
  await waitAtMost(2 ** 30, Promise.reject(new Error('lost')));
  // Its own timer no longer keeps the process alive.
  expect(timers()).toBe(before);
});

it('waits no longer than the time', async () => {
  await waitAtMost(1, new Promise(() => undefined));
});
