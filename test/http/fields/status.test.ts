import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { parseStatus, reasonPhrase, reasonToSend, StatusError } from '../../../src/http/fields/status.js';

describe('parseStatus', () => {
  it.each([
    [200, 200, 'OK'],
    [418, 418, "I'm a teapot"],
    [413, 413, 'Content Too Large'],
    [299, 299, 'Unknown'],
    [999, 999, 'Unknown'],
    ['404', 404, 'Not Found'],
    ['404 ', 404, 'Not Found'],
    ['404 Not here', 404, 'Not here'],
    ['777 Günther', 777, 'Günther'],
  ])('reads %j', (status, code, reason) => {
    expect(parseStatus(status)).toEqual({ code, reason });
  });

  it.each([99, 1000, 0, -200, 200.5, Number.NaN, '', 'OK', '99 No', '1000', '200OK', '200 a\r\nb', '200 →', null, undefined, {}])(
    'refuses %j',
    (status) => {
      expect(() => parseStatus(status as never)).toThrow(StatusError);
      expect(() => parseStatus(status as never)).toThrow(expect.objectContaining({ code: 'BN_STATUS' }));
    },
  );
});

describe('reasonPhrase', () => {
  it('knows every code that Node knows, except for those never registered', () => {
    for (const code of Object.keys(STATUS_CODES).map(Number)) {
      if (code !== 509) expect(reasonPhrase(code)).not.toBe('Unknown');
    }
    expect(reasonPhrase(599)).toBe('Unknown');
  });
});

describe('reasonToSend', () => {
  it('leaves to servers what node:http fills in alike, and no other phrase', () => {
    for (let code = 200; code <= 599; code += 1) {
      const { reason } = parseStatus(code);
      expect([code, reasonToSend(code, reason) || STATUS_CODES[code]]).toEqual([code, reason]);
    }
    expect([200, 404, 500].map((code) => reasonToSend(code, reasonPhrase(code)))).toEqual(['', '', '']);
  });

  it('gives what an app has chosen', () => {
    expect(reasonToSend(200, 'Fine')).toBe('Fine');
    expect(reasonToSend(413, 'Payload Too Large')).toBe('Payload Too Large');
  });
});
