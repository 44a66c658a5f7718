import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { contentRange, multipartFrames, parseRange } from '../../../src/http/files/ranges.js';
import { cases, fc } from '../../property.js';

describe('one range', () => {
  it.each([
    ['bytes=0-4', { first: 0, last: 4 }],
    ['bytes=3-', { first: 3, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-99', { first: 0, last: 9 }],
    ['bytes=5-99', { first: 5, last: 9 }],
    ['bytes=9-9', { first: 9, last: 9 }],
    ['BYTES=0-0', { first: 0, last: 0 }],
    ['bytes= 0-4 ', { first: 0, last: 4 }],
    ['bytes=,0-4,,', { first: 0, last: 4 }],
    ['bytes=0-99999999999999999999999', { first: 0, last: 9 }],
  ])('%s of ten bytes is read', (header, range) => expect(parseRange(header, 10)).toEqual([range]));

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=99999999999999999999999-', 'bytes=10-,-0'])(
    '%s of ten bytes cannot be satisfied',
    (header) => expect(parseRange(header, 10)).toBe('unsatisfiable'),
  );

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes=-',
    'bytes=4-3',
    'bytes=0-1,4-3',
    'bytes=18014398509481985-18014398509481984',
    'bytes=a-b',
    'bytes=0x0-4',
    'bytes=0-4;q=1',
    'bytes=1.5-4',
    'bytes=--4',
    'bytes=0 - 4',
    'items=0-4',
    'bytes 0-4',
    'bytes=0-1, bytes=3-4',
  ])('%j is ignored', (header) => expect(parseRange(header, 10)).toBeUndefined());
});

describe('an empty representation', () => {
  it('satisfies no position', () => expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable'));
  it('is sent whole when its last bytes are requested', () => expect(parseRange('bytes=-5', 0)).toBeUndefined());
});

describe('several ranges', () => {
  it('keep the order they were asked for in', () =>
    expect(parseRange('bytes=50-59,0-9', 100)).toEqual([
      { first: 50, last: 59 },
      { first: 0, last: 9 },
    ]));

  it('are joined where they overlap or touch', () => {
    expect(parseRange('bytes=0-4,3-9', 100)).toEqual([{ first: 0, last: 9 }]);
    expect(parseRange('bytes=0-4,5-9', 100)).toEqual([{ first: 0, last: 9 }]);
    expect(parseRange('bytes=60-69,0-4,10-14,5-9', 100)).toEqual([
      { first: 60, last: 69 },
      { first: 0, last: 14 },
    ]);
  });

  it('go without those that cannot be satisfied', () =>
    expect(parseRange('bytes=200-,0-0', 100)).toEqual([{ first: 0, last: 0 }]));

  it('are ignored when there are too many', () => {
    const many = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join(',')}`;
    expect(parseRange(many(50), 1000)).toHaveLength(50);
    expect(parseRange(many(51), 1000)).toBeUndefined();
  });

  it('are ignored when they come to more than the whole', () => {
    expect(parseRange('bytes=0-,0-,0-', 100)).toBeUndefined();
    expect(parseRange('bytes=0-99,0-0', 100)).toBeUndefined();
  });

  it('cost little even when a header is nothing but separators', () => {
    const nines = '9'.repeat(500_000);
    for (const text of [', '.repeat(250_000), `${nines}-${nines}`, `${' '.repeat(500_000)}x`])
      expect([undefined, 'unsatisfiable']).toContain(ends(() => parseRange(`bytes=${text}`, 100)));
  });
});

describe('against a naive model', () => {
  const number = fc.integer({ min: 0, max: 30 });
  const spec = fc.oneof(
    fc.tuple(number, number).map(([a, b]) => `${a}-${b}`),
    number.map((first) => `${first}-`),
    number.map((suffix) => `-${suffix}`),
  );
  const size = fc.integer({ min: 1, max: 25 });

  /** Which bytes a set asks for, byte by byte; `undefined` if it is malformed. */
  function model(specs: string[], length: number): Set<number> | undefined {
    const bytes = new Set<number>();
    for (const one of specs) {
      const [from = '', to = ''] = one.split('-');
      if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
      for (let i = 0; i < length; i++) {
        if (from === '' ? i >= length - Number(to) : i >= Number(from) && (to === '' || i <= Number(to))) bytes.add(i);
      }
    }
    return bytes;
  }

  it('the ranges hold exactly the bytes asked for, each once, and never touch', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 8 }), size, (specs, length) => {
        const ranges = parseRange(`bytes=${specs.join(', ')}`, length);
        const wanted = model(specs, length);
        if (wanted === undefined) return expect(ranges).toBeUndefined();
        if (wanted.size === 0) return expect(ranges).toBe('unsatisfiable');
        // Abusive: some bytes were asked for more than once, to more than the whole in all.
        if (ranges === undefined) return expect(specs.length).toBeGreaterThan(1);
        if (ranges === 'unsatisfiable') throw new Error('These can be satisfied.');
        const got = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect([...got].sort((a, b) => a - b)).toEqual([...wanted].sort((a, b) => a - b));
        for (const { last } of ranges) expect(ranges.some(({ first }) => first === last + 1)).toBe(false);
      }),
      cases(300),
    );
  });

  it('a header of any kind gives ranges of what is there, or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'bytes=0-9, ') })), size, (header, length) => {
        for (const text of [header, `bytes=${header}`]) {
          const found = parseRange(text, length);
          if (!Array.isArray(found)) expect([undefined, 'unsatisfiable']).toContain(found);
          else {
            expect(found).not.toEqual([]);
            for (const { first, last } of found) expect(0 <= first && first <= last && last < length).toBe(true);
          }
        }
      }),
      cases(300),
    );
  });
});

describe('Content-Range', () => {
  it('names the bytes and the size', () => expect(contentRange({ first: 1, last: 2 }, 9)).toBe('bytes 1-2/9'));
  it('names the size alone where there is none', () => expect(contentRange(undefined, 9)).toBe('bytes */9'));
  it('stands before each part, without a type where none is known', () => {
    const { heads, tail } = multipartFrames([{ first: 0, last: 1 }], 9, undefined, 'B');
    expect(heads.map(String)).toEqual(['--B\r\nContent-Range: bytes 0-1/9\r\n\r\n']);
    expect(String(tail)).toBe('\r\n--B--\r\n');
  });
});
