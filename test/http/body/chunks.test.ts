import { describe, expect, it } from '@jest/globals';
import { ChunkList } from '../../../src/http/body/chunks.js';

const bytes = (length: number, from = 0): Buffer => Buffer.from(Array.from({ length }, (_, i) => (from + i) % 251));

describe('chunks', () => {
  it.each([[[0]], [[5]], [[1, 1, 1]], [[2000]], [[1, 2000, 1, 3000, 1]], [[1024, 1025, 16_384, 20_000, 3]]])(
    'of %j bytes are the same in the end',
    (sizes) => {
      const all = bytes(sizes.reduce((sum, size) => sum + size, 0));
      for (const take of [false, true]) {
        const chunks = new ChunkList();
        let at = 0;
        for (const size of sizes) {
          chunks.push(all.subarray(at, at + size));
          at += size;
        }
        expect(chunks.length).toBe(all.length);
        if (take) expect(Buffer.concat(chunks.drain())).toEqual(all);
        else for (let i = 0; i < 2; i++) expect(chunks.toBuffer()).toEqual(all);
        expect(chunks.length).toBe(take ? 0 : all.length);
        chunks.push(bytes(3));
        expect(chunks.toBuffer()).toEqual(take ? bytes(3) : Buffer.concat([all, bytes(3)]));
      }
    },
  );

  it('that were taken are not written to any more', () => {
    const chunks = new ChunkList();
    chunks.push(bytes(10));
    chunks.push(bytes(10));
    const taken = chunks.drain();
    for (let i = 0; i < 50; i++) chunks.push(Buffer.alloc(10, 255));
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([bytes(10), bytes(10)]));
  });

  it('of one byte cost little more than their bytes', () => {
    const chunks = new ChunkList();
    for (let i = 0; i < 200_000; i++) chunks.push(bytes(1, i));
    for (let i = 0; i < 100; i++) {
      chunks.push(bytes(1));
      chunks.push(bytes(1025));
    }
    const list = chunks.drain();
    expect(list.length).toBeLessThan(250);
    const memory = new Set(list.map(({ buffer }) => buffer));
    expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(700_000);
  });

  it('do not keep a large buffer for a small part of it', () => {
    for (const count of [1, 2]) {
      const chunks = new ChunkList();
      for (let i = 0; i < count; i++) chunks.push(new Uint8Array(1_000_000).subarray(0, 2000));
      for (const { buffer } of chunks.drain()) expect(buffer.byteLength).toBeLessThan(20_000);
    }
  });
});
