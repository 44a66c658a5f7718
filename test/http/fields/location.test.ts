import { describe, expect, it } from '@jest/globals';
import { RedirectError, safeLocation } from '../../../src/http/fields/location.js';
import { cases, fc } from '../../property.js';

const BASE = 'https://home.example/dir/page';

describe('safeLocation', () => {
  it.each([
    ['/posts/1', '/posts/1'],
    ['', ''],
    ['../a?b=c#d', '../a?b=c#d'],
    ['?page=2', '?page=2'],
    ['/a?next=//b&c=\\d', '/a?next=//b&c=%5Cd'],
    ['/a#\\x', '/a#%5Cx'],
    ['/a//b', '/a//b'],
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['HTTP://example.org', 'HTTP://example.org'],
    ['/café/ü b', '/caf%C3%A9/%C3%BC%20b'],
    ['/100%/%20', '/100%/%20'],
    ['/<script>"', '/%3Cscript%3E%22'],
    ['/x\ud800', '/x%EF%BF%BD'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['./a:b', './a:b'],
    [' //evil.example'.trim().slice(1), '/evil.example'],
  ])('takes %j', (location, expected) => {
    expect(safeLocation(location)).toBe(expected);
  });

  it('takes URL objects', () => {
    expect(safeLocation(new URL('https://example.org/ä'))).toBe('https://example.org/%C3%A4');
  });

  it.each([
    '//evil.example',
    '///evil.example',
    ' //evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '\\/evil.example',
    '/a\\..\\..\\',
    'https:\\\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'http:x://evil.example',
    'https://',
    '/a\r\nSet-Cookie: a=b',
    '/a\0',
    '/\t/evil.example',
    'java\nscript:alert(1)',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://a/b',
    'file:///etc/passwd',
    'myapp://callback',
    'mailto:a@b.example',
    'a:b',
  ])('refuses %j', (location) => {
    expect(() => safeLocation(location)).toThrow(RedirectError);
  });

  it('takes other hosts and schemes when told, but never code', () => {
    expect(safeLocation('//cdn.example/', { external: true })).toBe('//cdn.example/');
    expect(safeLocation('myapp://callback?x', { external: true })).toBe('myapp://callback?x');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', '/\\evil', '//a\r\nb']) {
      expect(() => safeLocation(bad, { external: true })).toThrow(RedirectError);
    }
  });

  it('does not repeat the location in its message', () => {
    expect(() => safeLocation('//evil.example?token=secret')).not.toThrow(/secret/);
  });

  it('never leads elsewhere without saying so: what starts with no http: stays on the host', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      ':',
      '@',
      '#',
      '?',
      'a',
      'evil.example',
      ' ',
      '\t',
      '\n',
      '%2f',
      '%5c',
      'é',
      'javascript',
      'data',
      '\u3002',
      '／',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        let location: string;
        try {
          location = safeLocation(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(RedirectError);
          return;
        }
        expect(location).toMatch(/^[\x21-\x7e]*$/);
        expect(new URL(location, BASE).origin).toBe('https://home.example');
      }),
      cases(300),
    );
  });
});
