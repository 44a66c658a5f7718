import { describe, expect, it } from '@jest/globals';
import { decodeTarget, replacePath, shiftPath } from '../../../src/http/fields/request-target.js';
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
        const encoded = replacePath('/', `/${text}`);
        expect(encoded).toMatch(/^[\x21-\x7e]*$/);
        expect(encoded).not.toMatch(/[?#]/);
        expect(decodeTarget(encoded)).toBe(`/${text}`);
      }),
    );
  });
});

describe('a path that replaces another one', () => {
  it.each([
    ['a stripped trailing slash', '/t/a%2Fb/', '/t/a/b', '/t/a%2Fb'],
    ['a stripped prefix', '/api/t/a%2Fb', '/t/a/b', '/t/a%2Fb'],
    ['an added prefix', '/a%2Fb', '/api/a/b', '/api/a%2Fb'],
    ['a replaced middle', '/x%2Fy/v1/a%2Fb', '/x/y/v2/a/b', '/x%2Fy/v2/a%2Fb'],
    ['another case', '/T/A%2Fb/Q', '/t/a/b/q', '/t/a%2Fb/q'],
    ['undecodable bytes', '/t/%E4/', '/t/%E4', '/t/%E4'],
    ['an encoded percent sign', '/100%25/x%2Fy', '/100%/x/y', '/100%25/x%2Fy'],
    ['raw bytes', '/gr\xc3\xbc/a%2Fb/', '/grü/a/b', '/gr\xc3\xbc/a%2Fb'],
    ['a character of two code units', '/%F0%9F%90%AF/a%2Fb/', '/🐯/a/b', '/%F0%9F%90%AF/a%2Fb'],
    ['doubled leading slashes', '//%2Fx/', '/x', '//%2Fx'],
    ['a stripped prefix and a stripped slash', '/api/t/a%2Fb/', '/t/a/b', '/t/a%2Fb'],
    ['a replaced prefix and a stripped slash', '/v1/a%2Fb/', '/v2/a/b', '/v2/a%2Fb'],
    ['a stripped extension', '/x/a%2Fb.json', '/x/a/b', '/x/a%2Fb'],
    ['another path', '/a%2Fb', '/ü/?', '/%C3%BC/%3F'],
  ])('keeps what was encoded: %s', (_name, raw, path, expected) => {
    expect(replacePath(raw, path)).toBe(expected);
  });

  it('is refused for long paths that have nothing in common', () => {
    expect(() => replacePath(`/%2F${'a'.repeat(1000)}`, `/${'b'.repeat(1000)}`)).toThrow(RangeError);
    expect(replacePath(`/%2F${'a'.repeat(5000)}/`, `/${'a'.repeat(5000)}`)).toBe(`/%2F${'a'.repeat(5000)}`);
  });

  it('decodes to the new path, whatever it replaces', () => {
    const part = fc.oneof(
      fc.constantFrom('/', '%2F', '%2f', '%25', 'a', '%C3%BC', '\xc3\xbc', '%E4', '%'),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.array(part), fc.string({ unit: 'grapheme' }), (parts, text) => {
        const raw = `/x${parts.join('')}`;
        // A path that the router refuses stays one that it refuses.
        fc.pre(decodeTarget(raw) !== raw);
        expect(decodeTarget(replacePath(raw, `/x${text}`))).toBe(`/x${text}`);
      }),
    );
  });

  it('is the same path if nothing changes', () => {
    const part = fc.constantFrom('/', '%2F', '%25', 'a', '%C3%BC', '\xc3\xbc', '%E4', '%', '\xff');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const raw = `/x${parts.join('')}`;
        expect(replacePath(raw, decodeTarget(raw))).toBe(raw);
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
