import { describe, expect, it } from '@jest/globals';
import { Pieces } from '../../../src/http/body/chunks.js';

const bytes = (length: number, from = 0): Buffer => Buffer.from(Array.from({ length }, (_, i) => (from + i) % 251));

describe('pieces', () => {
  it.each([[[0]], [[5]], [[1, 1, 1]], [[2000]], [[1, 2000, 1, 3000, 1]], [[1024, 1025, 16_384, 20_000, 3]]])(
    'of %j bytes are the same in the end',
    (sizes) => {
      const all = bytes(sizes.reduce((sum, size) => sum + size, 0));
      for (const take of [false, true]) {
        const pieces = new Pieces();
        let at = 0;
        for (const size of sizes) {
          pieces.push(all.subarray(at, at + size));
          at += size;
        }
        expect(pieces.length).toBe(all.length);
        if (take) expect(Buffer.concat(pieces.take())).toEqual(all);
        else for (let i = 0; i < 2; i++) expect(pieces.join()).toEqual(all);
        expect(pieces.length).toBe(take ? 0 : all.length);
        pieces.push(bytes(3));
        expect(pieces.join()).toEqual(take ? bytes(3) : Buffer.concat([all, bytes(3)]));
      }
    },
  );

  it('that were taken are not written to any more', () => {
    const pieces = new Pieces();
    pieces.push(bytes(10));
    pieces.push(bytes(10));
    const taken = pieces.take();
    for (let i = 0; i < 50; i++) pieces.push(Buffer.alloc(10, 255));
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([bytes(10), bytes(10)]));
  });

  it('of one byte cost little more than their bytes', () => {
    const pieces = new Pieces();
    for (let i = 0; i < 200_000; i++) pieces.push(bytes(1, i));
    for (let i = 0; i < 100; i++) {
      pieces.push(bytes(1));
      pieces.push(bytes(1025));
    }
    const list = pieces.take();
    expect(list.length).toBeLessThan(250);
    const memory = new Set(list.map(({ buffer }) => buffer));
    expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(700_000);
  });

  it('keep no large piece of which they are a small part', () => {
    for (const count of [1, 2]) {
      const pieces = new Pieces();
      for (let i = 0; i < count; i++) pieces.push(new Uint8Array(1_000_000).subarray(0, 2000));
      for (const { buffer } of pieces.take()) expect(buffer.byteLength).toBeLessThan(20_000);
    }
  });
});
