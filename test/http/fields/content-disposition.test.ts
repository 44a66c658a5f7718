import { describe, expect, it } from '@jest/globals';
import { attachment } from '../../../src/http/fields/content-disposition.js';
import { anyText, fc } from '../../property.js';

describe('a name for a download', () => {
  it.each([
    ['report.pdf', 'attachment; filename="report.pdf"'],
    ['two words (1).pdf', 'attachment; filename="two words (1).pdf"'],
    ['naïve.txt', `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`],
    ['€ rates.csv', `attachment; filename="_ rates.csv"; filename*=UTF-8''%E2%82%AC%20rates.csv`],
    ['😀.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ['100%25.txt', `attachment; filename="100_25.txt"; filename*=UTF-8''100%2525.txt`],
    ["it's*(ü).txt", `attachment; filename="it's*(_).txt"; filename*=UTF-8''it%27s%2A%28%C3%BC%29.txt`],
    ['a/b\\c.txt', 'attachment; filename="c.txt"'],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['x\r\nSet-Cookie: a=b.txt', 'attachment; filename="x__Set-Cookie: a=b.txt"'],
    ['nul\0.txt', 'attachment; filename="nul_.txt"'],
    ['half\ud83d.txt', 'attachment; filename="half_.txt"'],
    ['photo\u202egpj.exe', 'attachment; filename="photo_gpj.exe"'],
  ])('%j', (name, header) => expect(attachment(name)).toBe(header));

  it.each(['', ' ', 'a/'])('cannot be %j', (name) => expect(() => attachment(name)).toThrow('is not a name for a download'));
});

it('whatever the name, the header is one that HTTP can carry, and says the name', () => {
  fc.assert(
    fc.property(anyText(), (name) => {
      fc.pre(!/[/\\]/.test(name) && name.trim() !== '');
      const header = attachment(name);
      expect(header).toMatch(
        /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]+"(?:; filename\*=UTF-8''[!#$&+.^_`|~0-9A-Za-z%-]+)?$/,
      );
      const extended = /''(.*)$/.exec(header)?.[1];
      if (extended !== undefined && !/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name))
        expect(decodeURIComponent(extended)).toBe(name);
    }),
  );
});
