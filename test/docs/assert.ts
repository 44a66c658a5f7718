import assert from 'node:assert/strict';

/**
 * `node:assert/strict` for programs that Jest runs, where an array that comes from outside of Jest's realm (of `fetch`, of a native
 * module) has another prototype than one that the program writes down.
 */
const acrossRealms: typeof assert = Object.assign((...args: Parameters<typeof assert>) => assert(...args), assert, {
  deepEqual: (actual: unknown, expected: unknown, message?: string) =>
    assert.deepEqual(structuredClone(actual), structuredClone(expected), message),
});

export default acrossRealms;
