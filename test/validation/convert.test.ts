import { describe, expect, it } from '@jest/globals';
import { converterFor, INVALID } from '../../src/validation/convert.js';
import { fc } from '../property.js';

const convert = (type: unknown, text: string) => converterFor(type)!.convert(text);
const fromJson = (type: unknown, value: unknown) => converterFor(type)!.fromJson(value);

describe('numbers', () => {
  it('round-trip through their text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(convert(Number, String(value))).toBe(value + 0);
        expect(convert(Number, ` ${value.toExponential()} `)).toBe(value + 0);
      }),
    );
  });

  it('either keep the digits of a whole number, or are refused', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
        const converted = convert(Number, String(value));
        if (converted !== INVALID) expect([String(converted), BigInt(converted as number).toString()]).toContain(String(value));
      }),
    );
    expect(convert(Number, '9007199254740993')).toBe(INVALID);
    expect(convert(Number, '9007199254740992')).toBe(2 ** 53);
    expect(convert(Number, `${'0'.repeat(500)}7`)).toBe(7);
    expect(Object.is(convert(Number, '-0'), 0)).toBe(true);
  });

  it('are nothing but finite numbers, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+.\dexEX_, \t]{0,12}$/)), (text) => {
        const value = convert(Number, text);
        if (value === INVALID) return;
        expect(Number.isFinite(value)).toBe(true);
        expect(text.trim()).toMatch(/^[-+]?[\d.]+([eE][-+]?\d+)?$/);
        expect(value).toBe(Number(text) + 0);
      }),
    );
  });

  it.each(['', ' ', '.', '-', '+', 'e5', '5e', '1 2', '--1', '0b1', '0o7', '1n', '१', 'null', '[1]'])('refuse %j', (text) => {
    expect(convert(Number, text)).toBe(INVALID);
  });

  it('of JSON are numbers already, or their text', () => {
    expect(fromJson(Number, 1.5)).toBe(1.5);
    expect(fromJson(Number, '1.5')).toBe(1.5);
    for (const value of [true, null, {}, [], [1], '']) expect(fromJson(Number, value)).toBe(INVALID);
  });
});

describe('big integers', () => {
  it('round-trip through their text', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(convert(BigInt, String(value))).toBe(value);
        if (value >= 0n) expect(convert(BigInt, `+${value}`)).toBe(value);
      }),
    );
  });

  it('are refused when they are none, or so long that reading them takes time', () => {
    for (const text of ['', '1.0', '1e3', '0x1', '1n', '+-1', '9'.repeat(1001)]) expect(convert(BigInt, text)).toBe(INVALID);
  });

  it('of JSON are whole numbers that JSON can carry, or their text', () => {
    expect(fromJson(BigInt, 5)).toBe(5n);
    expect(fromJson(BigInt, '9007199254740993')).toBe(9007199254740993n);
    for (const value of [1.5, 2 ** 53, true, null]) expect(fromJson(BigInt, value)).toBe(INVALID);
  });
});

describe('dates', () => {
  it('round-trip through their text', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(convert(Date, date.toISOString())).toEqual(date);
        expect(convert(Date, date.toISOString().slice(0, 10))).toEqual(new Date(date.toISOString().slice(0, 10)));
      }),
    );
  });

  it('may be written in every way of ISO 8601', () => {
    const date = new Date('2024-05-01T08:20:30.500Z');
    for (const text of ['2024-05-01 10:20:30,5+0200', '2024-05-01t08:20:30.5z', '2024-05-01T03:20:30.500-05:00'])
      expect(convert(Date, text)).toEqual(date);
    expect(convert(Date, ' 2024-05-01 ')).toEqual(new Date('2024-05-01'));
    // Without an offset it is the server's time, as in JavaScript.
    expect(convert(Date, '2024-05-01 08:20')).toEqual(new Date(2024, 4, 1, 8, 20));
  });

  it('exist in the calendar', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(14), fc.nat(33), (year, month, day) => {
        const text = [String(year).padStart(4, '0'), ...[month, day].map((n) => String(n).padStart(2, '0'))].join('-');
        const value = convert(Date, text);
        if (value !== INVALID) expect((value as Date).toISOString().slice(0, 10)).toBe(text);
        else if (month >= 1 && month <= 12 && day >= 1 && day <= 28) throw new Error(`${text} is refused`);
      }),
    );
    expect(convert(Date, '0000-02-29')).toBeInstanceOf(Date);
    expect(convert(Date, '1900-02-29')).toBe(INVALID);
  });

  it('are refused when they are anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = convert(Date, text);
        if (value !== INVALID) expect((value as Date).getTime()).not.toBeNaN();
      }),
    );
    for (const text of [
      '1',
      '2024',
      '2024-1-1',
      '01/02/2024',
      'now',
      '2024-01-01T',
      '2024-01-01T10',
      '2024-01-01T10:00+99:99',
      '2024-01-01 25:00',
      '2024-01-01T10:60',
    ])
      expect(convert(Date, text)).toBe(INVALID);
    for (const value of [0, null, {}, true]) expect(fromJson(Date, value)).toBe(INVALID);
  });
});

describe('booleans', () => {
  it('are words that forms and people write', () => {
    for (const text of ['true', 'TRUE', ' 1 ', 'on', 'yes', '']) expect(convert(Boolean, text)).toBe(true);
    for (const text of ['false', '0', 'off', 'No']) expect(convert(Boolean, text)).toBe(false);
    for (const text of ['2', 'y', 'null', 'truefalse']) expect(convert(Boolean, text)).toBe(INVALID);
  });

  it('of JSON are neither numbers nor empty texts', () => {
    expect(fromJson(Boolean, false)).toBe(false);
    expect(fromJson(Boolean, 'false')).toBe(false);
    for (const value of [1, 0, '', null, []]) expect(fromJson(Boolean, value)).toBe(INVALID);
  });
});

it('strings are texts, and of JSON nothing else', () => {
  fc.assert(fc.property(fc.string(), (text) => expect(convert(String, text)).toBe(text)));
  for (const value of [1, true, null, {}]) expect(fromJson(String, value)).toBe(INVALID);
});

it('other types have no converter', () => {
  for (const type of [Object, Array, Map, Symbol, undefined, class {}]) expect(converterFor(type)).toBeUndefined();
});
