import { describe, expect, it } from '@jest/globals';
import * as reference from 'cookie';
import {
  CookieError,
  type CookieOptions,
  deleteCookie,
  parseCookies,
  serializeCookie,
  signValue,
  unsignValue,
} from '../../../src/http/fields/cookies.js';
import { ends } from '../../ends.js';
import { anyText, cases, fc } from '../../property.js';

const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const graphemes = fc.string({ unit: 'grapheme', maxLength: 80 });

function pairOf(setCookie: string): string {
  return setCookie.split(';')[0] as string;
}

describe('parseCookies', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['a=1; b=2', { a: '1', b: '2' }],
    ['a=1;b=2 ;  c = 3 ', { a: '1', b: '2', c: '3' }],
    ['a="quoted"', { a: 'quoted' }],
    ['a="', { a: '"' }],
    ['a=" b "', { a: ' b ' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    ['a=x%20y', { a: 'x y' }],
    ['a=100%; b=%zz', { a: '100%', b: '%zz' }],
    ['rubbish; =x; ; a=1;;;', { a: '1' }],
  ])('reads %j', (header, cookies) => {
    expect(parseCookies(header).toObject()).toEqual(cookies);
  });

  it('gives the first of several, which is the most specific one, and keeps them all', () => {
    const cookies = parseCookies('a=1; b=2; a=3; a=4');
    expect(cookies.get('a')).toBe('1');
    expect(cookies.a).toBe('1');
    expect(cookies.getAll('a').sort()).toEqual(['1', '3', '4']);
    expect([...cookies.keys()]).toEqual(['a', 'b']);
  });

  it('has names of prototypes as ordinary data', () => {
    expect(parseCookies('__proto__=x; constructor=y').get('__proto__')).toBe('x');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('reads what the cookie package reads (which leaves quotes on), and never throws', () => {
    const header = fc.string({
      unit: fc.constantFrom('a', 'b', '=', ';', ' ', '\xa0', '%', '%20', '%c3%a9', ',', 'é', '\t'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(header, (text) => {
        const ours = parseCookies(text);
        // RFC 6265 section 5.2: without a name there is no cookie; the package keeps it.
        const theirs = Object.entries(reference.parseCookie(text)).filter(([key]) => key !== '');
        expect([...ours.keys()].sort()).toEqual(theirs.map(([key]) => key).sort());
        for (const [key, value] of theirs) expect(ours.get(key)).toBe(value);
      }),
      cases(200),
    );
  });
});

describe('serializeCookie', () => {
  it('writes every attribute', () => {
    const options: CookieOptions = {
      maxAge: 60,
      expires: new Date(0),
      domain: 'example.org',
      path: '/a',
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
      partitioned: true,
      priority: 'high',
    };
    expect(serializeCookie('a', 'b', options)).toBe(
      'a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.org; Path=/a' +
        '; Secure; HttpOnly; SameSite=Lax; Partitioned; Priority=High',
    );
    expect(serializeCookie('a', 'b')).toBe('a=b');
    expect(serializeCookie('a', 'b', { secure: false, sameSite: false, path: undefined })).toBe('a=b');
    expect(serializeCookie('a', 'b', { sameSite: true })).toBe('a=b; SameSite=Strict');
    expect(serializeCookie('a', 'b', { expires: '1994-11-06T08:49:37Z' })).toBe('a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT');
    expect(serializeCookie('a', 'b', { expires: 1000, maxAge: -1 })).toBe(
      'a=b; Max-Age=-1; Expires=Thu, 01 Jan 1970 00:00:01 GMT',
    );
  });

  it('brings any text through a browser and back', () => {
    fc.assert(
      fc.property(name, graphemes, (key, text) => {
        const pair = pairOf(serializeCookie(key, text));
        expect(pair.slice(key.length + 1)).toMatch(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/);
        expect(parseCookies(`${pair}; y=2`).get(key)).toBe(text);
        expect(reference.parseCookie(pair)[key]).toBe(text);
      }),
      cases(300),
    );
  });

  it('replaces lone surrogates, which no charset can carry', () => {
    expect(parseCookies(pairOf(serializeCookie('a', 'x\ud800y'))).get('a')).toBe('x\ufffdy');
  });

  it.each<[string, string, string, CookieOptions, RegExp]>([
    ['a name with a space', 'a b', '', {}, /not a cookie name/],
    ['an empty name', '', '', {}, /not a cookie name/],
    ['a name with a line break', 'a\r\nb', '', {}, /not a cookie name/],
    ['a value that browsers drop', 'a', 'x'.repeat(4096), {}, /4097 bytes.*4096/],
    ['a fraction of a second', 'a', '', { maxAge: 1.5 }, /whole number of seconds/],
    ['no number of seconds', 'a', '', { maxAge: '60' as never }, /whole number of seconds/],
    ['an endless life', 'a', '', { maxAge: Number.POSITIVE_INFINITY }, /whole number of seconds/],
    ['a malformed date', 'a', '', { expires: 'tomorrow-ish' }, /expires is tomorrow-ish/],
    ['an invalid date', 'a', '', { expires: new Date(Number.NaN) }, /valid Date/],
    ['a path with a semicolon', 'a', '', { path: '/a; Secure' }, /not a cookie path/],
    ['a path with a line break', 'a', '', { path: '/a\r\n' }, /not a cookie path/],
    ['a relative path', 'a', '', { path: 'a' }, /start it with \//],
    ['a domain with a semicolon', 'a', '', { domain: 'a.org; x' }, /not a domain/],
    ['a domain that is not ASCII', 'a', '', { domain: 'bücher.example' }, /Punycode/],
    ['a domain with empty parts', 'a', '', { domain: 'a..org' }, /not a domain/],
    ['an unknown sameSite', 'a', '', { sameSite: 'laxx' as never }, /lax, strict, none/],
    ['sameSite none without secure', 'a', '', { sameSite: 'none' }, /secure: true/],
    ['partitioned without secure', 'a', '', { partitioned: true }, /secure: true/],
    ['an unknown priority', 'a', '', { priority: 'urgent' as never }, /low, medium, high/],
    ['a misspelled option', 'a', '', { httponly: true } as never, /"httponly" is unknown.*httpOnly/],
    ['__Secure- without secure', '__Secure-a', '', {}, /__Secure-.*secure: true/],
    ['__Host- without secure', '__Host-a', '', { path: '/' }, /__Host-.*secure: true/],
    ['__Host- with another path', '__host-a', '', { secure: true, path: '/x' }, /path: '\/'/],
    ['__Host- with a domain', '__Host-a', '', { secure: true, path: '/', domain: 'a.org' }, /allows no domain/],
    ['__Http- for scripts', '__Http-a', '', { secure: true }, /httpOnly: true/],
    ['an unsigned value that is not text', 'a', 3 as never, {}, /give a string, or a secret/],
    ['an empty secret', 'a', '', { secret: '' }, /Cookie "a": the secret is empty; give .* or leave `secret` out/],
    ['a list of no secrets', 'a', '', { secret: [] }, /the list of secrets is empty; give/],
    [
      'a secret that is not set',
      'a',
      'b',
      { secret: undefined as never },
      /the secret is undefined, .*is the environment variable set\?/,
    ],
    ['a secret that is null', 'a', 'b', { secret: null as never }, /the secret is null, not a string; give/],
    ['a secret that is a number', 'a', 'b', { secret: 7 as never }, /the secret is number, not a string; give/],
    [
      'a list with a secret that is not set',
      'a',
      'b',
      { secret: ['new', undefined as never] },
      /one of the secrets is undefined, not/,
    ],
    ['a list with an empty secret', 'a', 'b', { secret: ['', 'old'] }, /one of the secrets is empty; give/],
  ])('refuses %s', (_, key, value, options, message) => {
    const action = () => serializeCookie(key, value, options);
    expect(action).toThrow(CookieError);
    expect(action).toThrow(message);
    expect(action).toThrow(expect.objectContaining({ code: 'BN_COOKIE' }));
  });

  it('takes what the prefixes allow', () => {
    expect(serializeCookie('__Host-a', 'b', { secure: true, path: '/' })).toBe('__Host-a=b; Path=/; Secure');
    expect(serializeCookie('__Secure-a', 'b', { secure: true, domain: 'a.org' })).toBe('__Secure-a=b; Domain=a.org; Secure');
  });

  it('never writes what would end the header or add an attribute', () => {
    const attribute = fc.option(anyText(), { nil: undefined });
    fc.assert(
      fc.property(anyText(), anyText(), attribute, attribute, (key, value, path, domain) => {
        let text = '';
        try {
          text = serializeCookie(key, value, { path, domain });
        } catch (error) {
          expect(error).toBeInstanceOf(CookieError);
        }
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(text.split(';').length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('takes linear time to refuse a domain', () => {
    const domain = `${'a-'.repeat(120)}!`;
    expect(() => ends(() => serializeCookie('a', '', { domain }))).toThrow(CookieError);
  });
});

describe('deleteCookie', () => {
  it('expires it under the same path and domain', () => {
    expect(deleteCookie('a', { path: '/', domain: 'a.org', secret: 's', maxAge: 100 })).toBe(
      'a=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=a.org; Path=/',
    );
  });

  it.each([[undefined], [''], [[]], [['key', '']]])('refuses the secret %j, as the cookie was not set with it', (secret) => {
    expect(() => deleteCookie('a', { secret: secret as string })).toThrow(/^Cookie "a": .*secret.*; give a long random string/);
  });
});

describe('signed cookies', () => {
  it('bring any JSON value back', () => {
    fc.assert(
      fc.property(name, fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        expect(unsignValue(key, signValue(key, value, 'secret'), 'secret')).toEqual({ value: json });
      }),
    );
  });

  it('pass through a Set-Cookie header as they are', () => {
    const pair = pairOf(serializeCookie('user', { id: 7 }, { secret: 'secret' }));
    expect(pair).toBe(`user=${signValue('user', { id: 7 }, 'secret')}`);
    expect(unsignValue('user', parseCookies(pair).get('user'), 'secret')).toEqual({ value: { id: 7 } });
  });

  it('tell a signed null from a failure', () => {
    expect(unsignValue('a', signValue('a', null, 's'), 's')).toEqual({ value: null });
    expect(unsignValue('a', undefined, 's')).toBeUndefined();
  });

  it('follow the rotation of secrets: the first signs, all verify', () => {
    const old = signValue('a', 1, 'old');
    expect(unsignValue('a', old, ['new', 'old'])).toEqual({ value: 1 });
    expect(signValue('a', 1, ['new', 'old'])).toBe(signValue('a', 1, 'new'));
    expect(unsignValue('a', old, 'new')).toBeUndefined();
  });

  it('hold under their own name only', () => {
    expect(unsignValue('admin', signValue('user', true, 's'), 's')).toBeUndefined();
  });

  it('fail quietly for every single change and every truncation', () => {
    const text = signValue('a', { id: 1 }, 's');
    for (let at = 0; at < text.length; at++) {
      expect(unsignValue('a', text.slice(0, at), 's')).toBeUndefined();
      for (const other of ['A', 'B', '0', '_', '=', '?', '!', '\0', 'é']) {
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        if (changed !== text) expect(unsignValue('a', changed, 's')).toBeUndefined();
      }
    }
    expect(unsignValue('a', `${text}=`, 's')).toBeUndefined();
  });

  it.each([[undefined], [null], [''], [[]], [[undefined]], [['key', '']], [7]])('are not read with the secret %j', (secret) => {
    for (const text of [undefined, 'root', signValue('a', 1, 'key')])
      expect(() => unsignValue('a', text, secret as string)).toThrow(/^Cookie "a": .*secret/);
  });

  it('never throw for what a client sends', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(unsignValue('a', text, 's')).toBeUndefined();
        expect(unsignValue('a', `!${text}?${text}`, 's')).toBeUndefined();
      }),
    );
  });

  it('refuse values that JSON does not hold', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [undefined, () => 1, 1n, cycle]) expect(() => signValue('a', value, 's')).toThrow(/not a JSON value/);
  });
});
