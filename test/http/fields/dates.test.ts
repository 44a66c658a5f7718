import { describe, expect, it } from '@jest/globals';
import { formatHttpDate, parseHttpDate } from '../../../src/http/fields/dates.js';
import { fc } from '../../property.js';

describe('HTTP dates', () => {
  const example = Date.UTC(1994, 10, 6, 8, 49, 37);

  it('are written as IMF-fixdate', () => {
    expect(formatHttpDate(example)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(formatHttpDate(new Date(example + 999))).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(() => formatHttpDate(Number.NaN)).toThrow(RangeError);
    expect(() => formatHttpDate(Date.UTC(10_000, 0))).toThrow(RangeError);
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'are read from %j',
    (text) => {
      expect(parseHttpDate(text)?.getTime()).toBe(example);
    },
  );

  it('take two digits of a year for the nearest century that is not far ahead', () => {
    const now = new Date().getUTCFullYear();
    for (const year of [now - 49, now, now + 49]) {
      const text = `Monday, 01-Jan-${String(year % 100).padStart(2, '0')} 00:00:00 GMT`;
      expect(parseHttpDate(text)?.getUTCFullYear()).toBe(year);
    }
  });

  it('take a leap second', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT')?.getTime()).toBe(Date.UTC(2017, 0, 1));
  });

  it.each([
    undefined,
    '',
    'yesterday',
    '0',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT; x',
  ])('are not read from %j', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });

  it('come back as they were, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
        expect(parseHttpDate(formatHttpDate(seconds * 1000))?.getTime()).toBe(seconds * 1000);
      }),
    );
  });
});
