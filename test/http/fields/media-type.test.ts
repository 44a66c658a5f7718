import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { charsetOf, isJsonType, parseContentType, withCharset } from '../../../src/http/fields/media-type.js';
import { cases, fc } from '../../property.js';

describe('parseContentType', () => {
  it.each<[string | undefined, string, Record<string, string>]>([
    [undefined, '', {}],
    ['', '', {}],
    ['rubbish', '', {}],
    ['a b/c', '', {}],
    ['application/json', 'application/json', {}],
    [' Text/HTML ; Charset = x', 'text/html', {}],
    ['text/html;charset=utf-8', 'text/html', { charset: 'utf-8' }],
    ['text/html; Charset="UTF-8"; a=b', 'text/html', { charset: 'UTF-8', a: 'b' }],
    ['text/html; a="x\\"y;z"; b=c', 'text/html', { a: 'x"y;z', b: 'c' }],
    ['text/html;;; ; a=1; a=2', 'text/html', { a: '1' }],
    ['multipart/form-data; boundary="open', 'multipart/form-data', { boundary: 'open' }],
    ['multipart/form-data; boundary=----WebKit=x ', 'multipart/form-data', { boundary: '----WebKit=x' }],
    ['a/b; __proto__=x; constructor=y', 'a/b', { ['__proto__']: 'x', constructor: 'y' }],
  ])('reads %j', (header, type, parameters) => {
    const parsed = parseContentType(header);
    expect(parsed.type).toBe(type);
    expect(Object.entries(parsed.parameters)).toEqual(Object.entries(parameters));
  });

  it('never throws, and stays quick for hostile headers', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', ';', '=', '"', '\\', ' ', 'é') }), (text) => {
        parseContentType(text);
        parseContentType(`a/b;${text}`);
      }),
      cases(200),
    );
    for (const part of [';', '; a="', ';a=\\"', ' ', ';\t ', '"\\'])
      expect(ends(() => parseContentType(`a/b;${part.repeat(300_000)}`)).type).toBe('a/b');
  });
});

describe('charsets of content types', () => {
  it('are found in lower case', () => {
    expect(charsetOf('text/html; charset=UTF-8')).toBe('utf-8');
    expect(charsetOf('text/html; charset=')).toBeUndefined();
    expect(charsetOf('text/html')).toBeUndefined();
    expect(charsetOf(undefined)).toBeUndefined();
  });

  it('are replaced, other parameters kept', () => {
    expect(withCharset('text/html', 'UTF-8')).toBe('text/html; charset=UTF-8');
    expect(withCharset('text/html; charset=UTF-8; a="b c"', 'latin1')).toBe('text/html; charset=latin1; a="b c"');
    expect(() => withCharset('text/html', 'a\r\nb')).toThrow(TypeError);
  });
});

describe('isJsonType', () => {
  it('knows JSON by its names', () => {
    expect(['application/json', 'text/json', 'application/problem+json'].every(isJsonType)).toBe(true);
    expect(['text/html', '', 'application/jsonp', 'application/json-seq'].some(isJsonType)).toBe(false);
  });
});
