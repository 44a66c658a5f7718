import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { byteLengthOf, toBuffer, toChunk } from '../../src/support/bytes.js';

describe('toChunk', () => {
  it.each<[string, unknown, number[]]>([
    ['bytes', new Uint8Array([1, 2]), [1, 2]],
    ['a buffer', new Uint8Array([1, 2]).buffer, [1, 2]],
    ['a view of a part', new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1), [2]],
    ['a view of larger elements', new Uint16Array([258]), [2, 1]],
    ['a buffer of another realm', runInNewContext('new Uint8Array([1, 2]).buffer'), [1, 2]],
    ['shared memory', new SharedArrayBuffer(2), [0, 0]],
  ])('takes %s', (_name, value, bytes) => {
    expect([...(toChunk(value) as Uint8Array)]).toEqual(bytes);
  });

  it('copies shared memory, which another thread may change', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(1));
    const chunk = toChunk(shared) as Uint8Array;
    shared[0] = 1;
    expect([...chunk]).toEqual([0]);
  });

  it.each([[null], [undefined], [1], [true], [{}], [[1]], [() => 'a']])('takes no %p', (value) => {
    expect(toChunk(value)).toBeUndefined();
  });
});

it('counts and converts text as UTF-8', () => {
  expect([byteLengthOf('ä€'), toBuffer('ä€').length]).toEqual([5, 5]);
  expect([...toBuffer(new Uint8Array([1, 2, 3]).subarray(1))]).toEqual([2, 3]);
});
