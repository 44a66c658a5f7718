import { describe, expect, it } from '@jest/globals';
import { parseAuth } from '../../../src/http/fields/authorization.js';
import { anyText, fc } from '../../property.js';

const basic = (text: string) => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

describe('parseAuth', () => {
  it('reads Basic, in UTF-8 and whatever the case of the scheme', () => {
    expect(parseAuth(basic('ada:lovelace'))).toEqual({
      scheme: 'Basic',
      username: 'ada',
      password: 'lovelace',
      token: undefined,
    });
    expect(parseAuth(basic('ä:pass:word').replace('Basic', 'bASIC'))).toMatchObject({ username: 'ä', password: 'pass:word' });
    expect(parseAuth(basic(':'))).toMatchObject({ username: '', password: '' });
  });

  it('reads Bearer', () => {
    expect(parseAuth('bearer abc.DEF-_~+/==')).toEqual({
      scheme: 'Bearer',
      username: undefined,
      password: undefined,
      token: 'abc.DEF-_~+/==',
    });
  });

  it('is undefined without a scheme', () => {
    for (const header of [undefined, '', ' ', '"x"', '=']) expect(parseAuth(header)).toBeUndefined();
  });

  it.each([
    'Basic',
    'Basic !!!',
    'Basic YQ==',
    `Basic ${Buffer.from([0xff, 0x3a]).toString('base64')}`,
    basic('a\0b:c'),
    basic('a:b\n'),
    'Basic YTpi YTpi',
    'Bearer',
    'Bearer a b',
    'Bearer a"b',
    'Digest username="a"',
  ])('leaves the parts of %j undefined', (header) => {
    expect(parseAuth(header)).toMatchObject({ username: undefined, password: undefined, token: undefined });
  });

  it('reads back every pair, and never throws', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((part) => !/[\x00-\x1f\x7f]/.test(part));
    fc.assert(
      fc.property(text, text, (username, password) => {
        fc.pre(!username.includes(':'));
        expect(parseAuth(basic(`${username}:${password}`))).toMatchObject({ username, password });
      }),
    );
    fc.assert(fc.property(anyText(), (header) => void [parseAuth(header), parseAuth(`Basic ${header}`)]));
  });
});
