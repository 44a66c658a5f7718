import { describe, expect, it } from '@jest/globals';
import { decodeTarget, encodePath, shiftPath } from '../../../src/http/fields/request-target.js';
import { fc } from '../../property.js';

describe('a path for people', () => {
  it.each([
    ['/plain', '/plain'],
    ['/gr%C3%BC%C3%9Fe', '/grüße'],
    ['/gr\xc3\xbc', '/grü'],
    ['/a%2Fb', '/a/b'],
    ['/%', '/%'],
    ['/%ff', '/%ff'],
    ['/\xff', '/\xff'],
  ])('is decoded where that is possible: %s', (raw, path) => {
    expect(decodeTarget(raw)).toBe(path);
  });

  it('comes back from what it is encoded to', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = encodePath(`/${text}`);
        expect(encoded).toMatch(/^[\x21-\x7e]*$/);
        expect(encoded).not.toMatch(/[?#]/);
        expect(decodeTarget(encoded)).toBe(`/${text}`);
      }),
    );
  });
});

describe('shifting', () => {
  it('keeps script name and path together the same, and can be undone', () => {
    const segment = fc.stringMatching(/^[a-z]{1,3}$/);
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), fc.nat(5), fc.boolean(), (segments, count, hasSlash) => {
        const path = `/${segments.join('/')}${hasSlash && segments.length > 0 ? '/' : ''}`;
        if (count > segments.length) {
          expect(() => shiftPath('/', path, count)).toThrow(RangeError);
          return;
        }
        const shifted = shiftPath('/', path, count);
        expect((shifted.scriptName + shifted.path.slice(1)).replace(/\/$/, '')).toBe(path.replace(/\/$/, ''));
        const back = shiftPath(shifted.scriptName, shifted.path, -count);
        expect(back.scriptName).toBe('/');
        expect(back.path.replace(/\/$/, '')).toBe(path.replace(/\/$/, ''));
      }),
    );
  });
});
