import { describe, expect, it } from '@jest/globals';
import { decodeText, encodeText, isCharset } from '../../../src/http/body/charset.js';
import { HTTPError } from '../../../src/http/http-error.js';
import { fc } from '../../property.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('charsets', () => {
  it.each([
    ['é€', 'UTF-8', 'c3a9e282ac'],
    ['é', 'latin1', 'e9'],
    ['é', ' ISO-8859-1 ', 'e9'],
    ['e', 'us-ascii', '65'],
    ['é', 'utf-16le', 'e900'],
    ['€', 'windows-1252', '80'],
    ['日本', 'Shift_JIS', '93fa967b'],
    ['€', 'iso-8859-15', 'a4'],
    ['中', 'gb18030', 'd6d0'],
  ])('carry %j as %s', (text, charset, bytes) => {
    expect(hex(encodeText(text, charset))).toBe(bytes);
    expect(decodeText(Buffer.from(bytes, 'hex'), charset)).toBe(text);
  });

  it('replace what they do not hold, and never make markup of it', () => {
    expect(hex(encodeText('\u013c€😀', 'latin1'))).toBe(hex(Buffer.from('???')));
    expect(hex(encodeText('\u013cé', 'ascii'))).toBe(hex(Buffer.from('??')));
    expect(decodeText(Buffer.from([0xbc, 0x61]), 'ascii')).toBe('\ufffda');
    expect(decodeText(Buffer.from([0xff, 0x61]), 'utf-8')).toBe('\ufffda');
  });

  it('drop a byte order mark', () => {
    expect(decodeText(Buffer.from('\ufeffa', 'utf8'), 'utf-8')).toBe('a');
    expect(decodeText(Buffer.from('\ufeffa', 'utf16le'), 'utf-16le')).toBe('a');
  });

  it('refuse invalid bytes when they are fatal', () => {
    const fatal = { fatal: true };
    expect(() => decodeText(Buffer.from([0x61, 0xff]), 'utf-8', fatal)).toThrow(
      expect.objectContaining({ status: 400, code: 'BN_ENCODING' }),
    );
    expect(() => decodeText(Buffer.from([0xe2, 0x82]), 'utf-8', fatal)).toThrow(HTTPError);
    expect(() => decodeText(Buffer.from([0xe9]), 'ascii', fatal)).toThrow(HTTPError);
    expect(decodeText(Buffer.from('\ufeff\ufffdé'), 'utf-8', fatal)).toBe('\ufffdé');
  });

  it('work on views into larger buffers', () => {
    const bytes = new Uint8Array([0x41, 0xe9, 0x42]).subarray(1, 2);
    expect(decodeText(bytes, 'latin1')).toBe('é');
    expect(decodeText(bytes, 'windows-1251')).toBe('й');
  });

  it.each(['nonsense', '', 'constructor', '__proto__', 'hex', 'base64', 'binary', 'utf-7', 'UTF_7', 'x'.repeat(1000)])(
    'do not include %j',
    (charset) => {
      expect(isCharset(charset)).toBe(false);
      expect(() => decodeText(new Uint8Array(), charset)).toThrow(expect.objectContaining({ status: 415, code: 'BN_CHARSET' }));
      expect(() => encodeText('', charset)).toThrow(expect.objectContaining({ code: 'BN_CHARSET' }));
      expect(() => encodeText('', charset)).toThrow(TypeError);
    },
  );

  it('bring all text back through the Unicode ones', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const charset of ['utf-8', 'utf-16le', 'gb18030'])
          expect(decodeText(encodeText(text, charset), charset)).toBe(text.replace(/^\ufeff/, ''));
      }),
    );
  });
});
