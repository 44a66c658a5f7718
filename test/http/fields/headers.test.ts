import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { asHeaderAccess, HeaderDict, HeaderError } from '../../../src/http/fields/headers.js';
import { anyText, cases, fc } from '../../property.js';

const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const value = fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,20}$/);

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as HeaderError).code;
  }
  return 'nothing was thrown';
}

describe('HeaderDict', () => {
  it('finds headers whatever the case, and keeps the spelling of who set them last', () => {
    const headers = new HeaderDict({ 'content-TYPE': 'text/plain' });
    expect(headers.get('Content-Type')).toBe('text/plain');
    expect(headers.has('CONTENT-TYPE')).toBe(true);
    headers.set('Content-Type', 'text/html');
    expect(headers.toFlat()).toEqual(['Content-Type', 'text/html']);
  });

  it('keeps several values and the order of all', () => {
    const headers = new HeaderDict().append('Set-Cookie', 'a=1').add('X-A', 'x').append('set-cookie', 'b=2');
    expect(headers.toFlat()).toEqual(['Set-Cookie', 'a=1', 'X-A', 'x', 'set-cookie', 'b=2']);
    expect(headers.getAll('SET-COOKIE')).toEqual(['a=1', 'b=2']);
    expect(headers.get('set-cookie')).toBe('b=2');
    expect([...headers.keys()]).toEqual(['Set-Cookie', 'X-A']);
    expect([...headers.values()]).toEqual(['a=1', 'x', 'b=2']);
    expect([...headers]).toEqual([
      ['Set-Cookie', 'a=1'],
      ['X-A', 'x'],
      ['set-cookie', 'b=2'],
    ]);
    expect(headers.size).toBe(3);
    expect(JSON.parse(JSON.stringify(headers))).toEqual({ 'Set-Cookie': ['a=1', 'b=2'], 'X-A': 'x' });
  });

  it('replaces several headers with one, in the place of the first', () => {
    const headers = new HeaderDict([
      ['Vary', 'a'],
      ['X', '1'],
      ['vary', 'b'],
      ['Y', '2'],
    ]);
    headers.set('Vary', 'c');
    expect(headers.toFlat()).toEqual(['Vary', 'c', 'X', '1', 'Y', '2']);
    headers.set('X', ['3', '4']);
    expect(headers.getAll('x')).toEqual(['3', '4']);
    headers.set('X', []);
    expect(headers.has('x')).toBe(false);
  });

  it('deletes, clears, and sets what is not there', () => {
    const headers = new HeaderDict({ A: ['1', '2'], B: '3', C: undefined });
    expect(headers.delete('a')).toBe(true);
    expect(headers.delete('a')).toBe(false);
    expect(headers.setDefault('b', '4')).toBe('3');
    expect(headers.setDefault('D', 5)).toBe('5');
    expect(headers.get('nope')).toBeUndefined();
    expect(headers.get('nope', 'default')).toBe('default');
    headers.clear();
    expect(headers.size).toBe(0);
  });

  it('turns numbers and dates into text, and drops space around values', () => {
    const headers = new HeaderDict({ 'Content-Length': 12, 'Last-Modified': new Date(0), Big: 10n, Space: ' \t a b ' });
    expect(headers.toJSON()).toEqual({
      'Content-Length': '12',
      'Last-Modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
      Big: '10',
      Space: 'a b',
    });
  });

  it('takes fetch Headers and other dictionaries', () => {
    const fetched = new Headers({ 'X-A': '1' });
    fetched.append('Set-Cookie', 'a=1');
    fetched.append('Set-Cookie', 'b=2');
    expect(new HeaderDict(fetched).getAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(new HeaderDict(new HeaderDict(fetched)).get('x-a')).toBe('1');
  });

  it('takes another dictionary as it is, and itself, but checks what a client sent', () => {
    const first = new HeaderDict([
      ['Vary', 'a'],
      ['X-A', 'b'],
      ['vary', 'c'],
    ]);
    const copy = new HeaderDict(first);
    first.set('X-A', 'later');
    expect([...copy]).toEqual([
      ['Vary', 'a'],
      ['X-A', 'b'],
      ['vary', 'c'],
    ]);
    expect([...new HeaderDict(asHeaderAccess(copy))]).toEqual([...copy]);
    expect(copy.extend(copy).getAll('x-a')).toEqual(['b', 'b']);
    const sent = HeaderDict.fromRaw(['X-A', 'one', 'X-B', 'a\r\nSet-Cookie: x=1']);
    expect(codeOf(() => new HeaderDict(sent))).toBe('BN_HEADER_VALUE');
  });

  it.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\rb', 'a\0b', '\x7f', '\x1b'])('refuses the value %j', (bad) => {
    const headers = new HeaderDict({ 'X-A': 'before' });
    expect(codeOf(() => headers.set('X-A', bad))).toBe('BN_HEADER_VALUE');
    expect(codeOf(() => headers.append('X-A', bad))).toBe('BN_HEADER_VALUE');
    expect(codeOf(() => headers.setDefault('X-B', bad))).toBe('BN_HEADER_VALUE');
    expect(codeOf(() => headers.set('X-A', ['good', bad]))).toBe('BN_HEADER_VALUE');
    expect(codeOf(() => headers.append('X-A', ['good', bad]))).toBe('BN_HEADER_VALUE');
    expect(headers.toFlat()).toEqual(['X-A', 'before']);
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'é', 'a\0', '"a"'])('refuses the name %j', (bad) => {
    expect(codeOf(() => new HeaderDict().set(bad, 'x'))).toBe('BN_HEADER_NAME');
    expect(codeOf(() => new HeaderDict([[bad, 'x']]))).toBe('BN_HEADER_NAME');
  });

  it.each([null, {}, true, Number.NaN, new Date(Number.NaN), Symbol('s')])('refuses %p as a value', (bad) => {
    expect(codeOf(() => new HeaderDict().set('X', bad as never))).toBe('BN_HEADER_VALUE');
  });

  it('names the header, the place and the cure, but never the value', () => {
    const headers = new HeaderDict();
    expect(() => headers.set('X-Token', 'secret\nx')).toThrow(/X-Token contains a line feed at position 6/);
    expect(() => headers.set('X-Token', 'secret\nx')).not.toThrow(/secret/);
    expect(() => headers.set('X-Name', '→')).toThrow(/U\+2192.*percent-encode.*RFC 8187/);
  });

  it('has names of prototypes as ordinary headers', () => {
    const headers = new HeaderDict([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(headers.get('__proto__')).toBe('x');
    expect(Object.keys(headers.toJSON())).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('never sends a line break, whatever it is given', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (anyName, anyValue) => {
        const headers = new HeaderDict();
        try {
          headers.append(anyName, anyValue);
        } catch (error) {
          expect(error).toBeInstanceOf(HeaderError);
        }
        expect(headers.toFlat().join('')).not.toMatch(/[\r\n\0]/);
      }),
      cases(300),
    );
  });

  it('does what a plain list of pairs would do', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('set'), name, value }),
      fc.record({ do: fc.constant('append'), name, value }),
      fc.record({ do: fc.constant('delete'), name, value }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const headers = new HeaderDict();
        let pairs: [string, string][] = [];
        for (const action of steps) {
          const same = (pair: [string, string]) => pair[0].toLowerCase() === action.name.toLowerCase();
          if (action.do === 'append') {
            headers.append(action.name, action.value);
            pairs.push([action.name, action.value]);
          } else if (action.do === 'delete') {
            headers.delete(action.name);
            pairs = pairs.filter((pair) => !same(pair));
          } else {
            headers.set(action.name, action.value);
            const first = pairs.findIndex(same);
            if (first < 0) pairs.push([action.name, action.value]);
            else pairs = pairs.flatMap((pair, at) => (at === first ? [[action.name, action.value]] : same(pair) ? [] : [pair]));
          }
          expect([...headers]).toEqual(pairs);
          expect(headers.get(action.name)).toBe(pairs.filter(same).at(-1)?.[1]);
        }
      }),
      cases(200),
    );
  });
});

describe('the headers of a request', () => {
  it('are joined by commas, cookies by semicolons, Set-Cookie never', () => {
    const headers = HeaderDict.fromRaw([
      'Accept',
      'a',
      'Cookie',
      'a=1',
      'accept',
      'b',
      'cookie',
      'b=2',
      'Set-Cookie',
      'x',
      'Set-Cookie',
      'y',
    ]);
    expect(headers.get('ACCEPT')).toBe('a, b');
    expect(headers.get('Cookie')).toBe('a=1; b=2');
    expect(headers.get('set-cookie')).toBe('y');
    expect(headers.getAll('accept')).toEqual(['a', 'b']);
  });
});

describe('asHeaderAccess', () => {
  it('reads, sets, finds and deletes headers as attributes', () => {
    const dict = new HeaderDict({ 'Content-Type': 'a/b' });
    const headers = asHeaderAccess(dict);
    expect(headers['content-type']).toBe('a/b');
    expect(headers['x-foo']).toBeUndefined();
    headers['X-Foo'] = 'bar';
    expect(dict.get('x-foo')).toBe('bar');
    expect('x-FOO' in headers).toBe(true);
    expect({ ...headers }).toEqual({ 'Content-Type': 'a/b', 'X-Foo': 'bar' });
    delete headers['x-foo'];
    expect('x-foo' in headers).toBe(false);
    headers['content-type'] = undefined;
    expect(headers.size).toBe(0);
  });

  it('keeps the methods and their checks', () => {
    const headers = asHeaderAccess(new HeaderDict());
    headers.append('A', '1').append('A', '2');
    expect(headers.getAll('a')).toEqual(['1', '2']);
    expect(() => {
      headers['X-Foo'] = 'a\r\nb';
    }).toThrow(HeaderError);
    expect(() => {
      (headers as unknown as Record<string, string>).get = 'x';
    }).toThrow(/use set\(name, value\)/);
    expect(headers).toBeInstanceOf(HeaderDict);
    expect(JSON.stringify(headers)).toBe('{"A":["1","2"]}');
    expect(inspect(headers)).toBe("HeaderDict { A: [ '1', '2' ] }");
  });
});
