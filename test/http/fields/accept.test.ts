import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { preferred, preferredEncoding, preferredLanguage } from '../../../src/http/fields/accept.js';
import { cases, fc } from '../../property.js';

const HTML = 'text/html';
const JSON_TYPE = 'application/json';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

describe('preferred', () => {
  it.each<[string | undefined, string[], string | undefined]>([
    [undefined, [JSON_TYPE, HTML], JSON_TYPE],
    ['', [JSON_TYPE, HTML], JSON_TYPE],
    ['*/*', [JSON_TYPE, HTML], JSON_TYPE],
    ['*', [HTML], HTML],
    [BROWSER, [JSON_TYPE, HTML], HTML],
    ['application/json, text/plain, */*', [HTML, JSON_TYPE], JSON_TYPE],
    ['text/html;q=0.5, application/json', [HTML, JSON_TYPE], JSON_TYPE],
    ['text/*;q=0.3, text/html;q=0', [HTML, 'text/plain'], 'text/plain'],
    ['text/*, text/html;q=0', [HTML], undefined],
    ['image/png', [HTML, JSON_TYPE], undefined],
    ['TEXT/HTML', [HTML], HTML],
    ['text/html;q=0', [HTML], undefined],
    ['text/html;level=1, text/html;q=0.5', ['text/html;level=2', 'text/html; level=1'], 'text/html; level=1'],
    ['text/html;level=1', [HTML], undefined],
    ['text/html', ['text/html; charset=UTF-8'], 'text/html; charset=UTF-8'],
    ['text/html;q=x, application/json;q=0.1', [HTML, JSON_TYPE], JSON_TYPE],
    ['text/html;q=1.0;ext="a,b", application/json;q=.5', [JSON_TYPE], JSON_TYPE],
    [';;,,, ,text/html', [HTML], HTML],
    ['text/html', [], undefined],
  ])('for %j takes of %j: %j', (header, offers, expected) => {
    expect(preferred(header, offers)).toBe(expected);
  });

  it('follows the example of RFC 9110', () => {
    const header = 'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5';
    const ranked = ['text/plain;format=flowed', 'text/plain', 'image/jpeg', 'text/plain;format=fixed', 'text/html'];
    for (let first = 0; first < ranked.length; first++) {
      expect(preferred(header, ranked.slice(first).reverse())).toBe(ranked[first]);
    }
  });

  it('gives one of the offers or nothing, and never throws', () => {
    const header = fc.string({
      unit: fc.constantFrom('a', '/', '*', ',', ';', 'q=', '0', '1', '.5', '"', '\\', ' ', 'text/html'),
    });
    const offers = ['text/html', 'a/a', 'application/json'];
    fc.assert(
      fc.property(header, (text) => {
        expect([...offers, undefined]).toContain(preferred(text, offers));
        preferredEncoding(text, offers);
        preferredLanguage(text, offers);
      }),
      cases(200),
    );
  });

  it('never takes an offer of lower quality than another', () => {
    const offers = ['a/b', 'c/d', 'e/f'];
    const quality = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(fc.tuple(quality, quality, quality), (qualities) => {
        const header = offers.map((offer, at) => `${offer};q=${(qualities[at] as number) / 1000}`).join(', ');
        const best = Math.max(...qualities);
        expect(preferred(header, offers)).toBe(best === 0 ? undefined : offers[qualities.indexOf(best)]);
      }),
    );
  });

  it('stays quick for hostile headers', () => {
    for (const part of ['a,', '"', '",', ';q=', '"\\'])
      expect(ends(() => preferred(part.repeat(200_000), [HTML]))).toBe(undefined);
  });
});

describe('preferredEncoding', () => {
  const all = ['br', 'gzip', 'identity'];
  it.each<[string | undefined, string[], string | undefined]>([
    [undefined, all, 'identity'],
    ['', all, 'identity'],
    ['gzip, deflate, br', all, 'br'],
    ['gzip', all, 'gzip'],
    ['gzip;q=0.1', all, 'gzip'],
    ['x-gzip', all, 'gzip'],
    ['gzip;q=0, *', all, 'br'],
    ['br;q=0.5, gzip', all, 'gzip'],
    ['identity, gzip;q=0.5', all, 'identity'],
    ['deflate', all, 'identity'],
    ['deflate', ['br', 'gzip'], undefined],
    ['identity;q=0', ['identity'], undefined],
    ['*;q=0', all, undefined],
    ['*;q=0, identity', all, 'identity'],
    ['*;q=0, gzip', all, 'gzip'],
    ['*', ['identity', 'gzip'], 'gzip'],
  ])('for %j takes of %j: %j', (header, offers, expected) => {
    expect(preferredEncoding(header, offers)).toBe(expected);
  });
});

describe('preferredLanguage', () => {
  it.each<[string | undefined, string[], string | undefined]>([
    [undefined, ['en', 'de'], 'en'],
    ['de', ['en', 'de'], 'de'],
    ['de-AT, en;q=0.5', ['en', 'de'], 'de'],
    ['en', ['en-GB'], 'en-GB'],
    ['en-US, *;q=0.1', ['de', 'en'], 'en'],
    ['en-US;q=0, *', ['en'], 'en'],
    ['en;q=0, *', ['en-GB', 'de'], 'de'],
    ['fr', ['en', 'de'], undefined],
    ['zh-Hant', ['zh-Hans', 'zh-Hant-TW'], 'zh-Hant-TW'],
    ['eng', ['en'], undefined],
    ['*', ['en'], 'en'],
  ])('for %j takes of %j: %j', (header, offers, expected) => {
    expect(preferredLanguage(header, offers)).toBe(expected);
  });
});
