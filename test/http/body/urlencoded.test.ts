import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { HTTPError } from '../../../src/http/http-error.js';
import { asForms, FormsDict, formsDict, parseUrlencoded } from '../../../src/http/body/urlencoded.js';
import { cases, fc } from '../../property.js';

// Text that is made of what matters to the parser.
const query = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    '&',
    '=',
    '+',
    '%',
    '%41',
    '%c3%a9',
    '%C3',
    '%e2%82',
    '%zz',
    '%00',
    '%EF%BB%BF',
    ';',
    'é',
    '😀',
    '[]',
  ),
  maxLength: 30,
});

describe('FormsDict', () => {
  it('gives the newest value, and all of them', () => {
    const forms = new FormsDict([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    expect(forms.get('a')).toBe('3');
    expect(forms.getAll('a')).toEqual(['1', '3']);
    expect(forms.get('c')).toBeUndefined();
    expect(forms.get('c', 'default')).toBe('default');
    expect(forms.getAll('c')).toEqual([]);
    expect(forms.has('b')).toBe(true);
    expect(forms.size).toBe(3);
  });

  it('keeps the order over all pairs', () => {
    const forms = new FormsDict([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    expect([...forms]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    expect([...forms.keys()]).toEqual(['a', 'b']);
    expect([...forms.values()]).toEqual(['1', '2', '3']);
    expect(forms.toObject()).toEqual({ a: ['1', '3'], b: '2' });
    expect(JSON.stringify(forms)).toBe('{"a":["1","3"],"b":"2"}');
  });

  it('holds values of any type', () => {
    const forms = new FormsDict<number>([['a', 1]]);
    const value: number | undefined = forms.get('a');
    expect(value).toBe(1);
  });

  it('has names of prototypes as ordinary data, and pollutes nothing', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype'];
    const forms = parseUrlencoded(names.map((name) => `${name}=x`).join('&'));
    for (const name of names) {
      expect(forms.get(name)).toBe('x');
      expect(name in forms).toBe(true);
    }
    const object = forms.toObject();
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.keys(object)).toEqual(names);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(parseUrlencoded('a=1').has('constructor')).toBe(false);
    expect(Object.getPrototypeOf(Object.assign({}, forms))).toBe(Object.prototype);
  });

  it('does what URLSearchParams does, short and long, apart from get', () => {
    const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'd');
    const step = fc.record({ do: fc.constantFrom('append', 'append', 'append', 'set', 'delete'), key, value: fc.string() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const forms = new FormsDict();
        const reference = new URLSearchParams();
        for (const action of steps) {
          if (action.do === 'append') {
            forms.append(action.key, action.value);
            reference.append(action.key, action.value);
          } else if (action.do === 'set') {
            forms.replace(action.key, action.value);
            reference.set(action.key, action.value);
          } else {
            expect(forms.delete(action.key)).toBe(reference.has(action.key));
            reference.delete(action.key);
          }
          expect([...forms]).toEqual([...reference]);
          expect(forms.getAll(action.key)).toEqual(reference.getAll(action.key));
          expect(forms.get(action.key)).toBe(reference.getAll(action.key).at(-1));
          expect(forms.has(action.key)).toBe(reference.has(action.key));
        }
      }),
      cases(200),
    );
  });
});

describe('attribute access', () => {
  it('reads the newest value, and an empty text for an absent name', () => {
    const forms = parseUrlencoded('page=1&page=2');
    const page: string = forms.page as string;
    expect(page).toBe('2');
    expect(forms.nothing).toBe('');
    expect('page' in forms).toBe(true);
    expect('nothing' in forms).toBe(false);
    expect({ ...forms }).toEqual({ page: '2' });
    expect(Object.keys(forms)).toEqual(['page']);
    expect(formsDict().page).toBe('');
  });

  it('gives undefined for absent values that are not text', () => {
    const forms = formsDict<{ size: number }>(undefined);
    forms.append('avatar', { size: 3 });
    expect(forms.avatar?.size).toBe(3);
    expect(forms.other?.size).toBeUndefined();
    expect(asForms(new FormsDict<number>(), undefined).x).toBeUndefined();
  });

  it('lets the own members win over names of the client', () => {
    const forms = parseUrlencoded('size=9&get=x&constructor=y&__proto__=z&toString=t');
    expect(forms.size).toBe(5);
    expect(forms.get('get')).toBe('x');
    expect(forms.constructor).toBe(FormsDict);
    expect(Reflect.get(forms, '__proto__')).toBe('z');
    expect(`${forms}`).toBe('[object Object]');
    expect(forms).toBeInstanceOf(FormsDict);
  });

  it('works with await, console.log, equality and JSON', async () => {
    const forms = parseUrlencoded('then=now&a=1&a=2&inspect=i&toJSON=j');
    expect(await forms).toBe(forms);
    expect(inspect(forms)).toBe("FormsDict { then: 'now', a: [ '1', '2' ], inspect: 'i', toJSON: 'j' }");
    expect(forms).toEqual(parseUrlencoded('then=now&a=1&a=2&inspect=i&toJSON=j'));
    expect(forms).not.toEqual(parseUrlencoded('then=now&a=1&a=3&inspect=i&toJSON=j'));
    expect(JSON.stringify({ forms })).toBe('{"forms":{"then":"now","a":["1","2"],"inspect":"i","toJSON":"j"}}');
  });

  it('is read-only, and says what to do instead', () => {
    const forms = parseUrlencoded('a=1') as unknown as Record<string, unknown>;
    expect(() => {
      forms.a = '2';
    }).toThrow(/use set\("a", value\)/);
    expect(() => {
      delete forms.a;
    }).toThrow(/delete\("a"\)/);
    expect(() => Object.defineProperty(forms, 'b', { value: 1 })).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(forms, null)).toThrow(TypeError);
    expect(forms.a).toBe('1');
  });
});

describe('parseUrlencoded', () => {
  it.each([
    ['', []],
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a', [['a', '']]],
    ['=x', [['', 'x']]],
    ['=', [['', '']]],
    ['&&a=1&&', [['a', '1']]],
    ['a+b=c+d', [['a b', 'c d']]],
    ['a%2Bb=%2b', [['a+b', '+']]],
    ['a=1;b=2', [['a', '1;b=2']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=%', [['a', '%']]],
    ['a=%zz%4', [['a', '%zz%4']]],
    ['a=%ff', [['a', '\ufffd']]],
    ['a=%e2%82%ac', [['a', '€']]],
    ['a=%e2%82', [['a', '\ufffd']]],
    [
      'tag[]=1&tag[]=2',
      [
        ['tag[]', '1'],
        ['tag[]', '2'],
      ],
    ],
  ])('reads %j', (text, pairs) => {
    expect([...parseUrlencoded(text)]).toEqual(pairs);
  });

  it('reads what URLSearchParams reads', () => {
    fc.assert(
      fc.property(query, (text) => {
        // The reference gets plain ASCII: Node's garbles other characters beside invalid escapes.
        const ascii = text.replace(/[^\x00-\x7f]/gu, encodeURIComponent);
        expect([...parseUrlencoded(text)]).toEqual([...new URLSearchParams(`?${ascii}`)]);
      }),
      cases(300),
    );
  });

  it('reads back what URLSearchParams writes', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        expect([...parseUrlencoded(new URLSearchParams(pairs).toString())]).toEqual([...new URLSearchParams(pairs)]);
      }),
    );
  });

  it('refuses too many pairs with 413', () => {
    expect(parseUrlencoded('a&'.repeat(1000)).size).toBe(1000);
    const refusal = () => parseUrlencoded('a&'.repeat(1001));
    expect(refusal).toThrow(HTTPError);
    expect(refusal).toThrow('More than 1000 form fields.');
    expect(() => parseUrlencoded('a=1&b=2', { limit: 1 })).toThrow(
      expect.objectContaining({ status: 413, code: 'BN_FORM_TOO_LARGE' }),
    );
  });

  it('decodes other charsets, escaped or raw', () => {
    const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    expect(parseUrlencoded('a=%e9+\xe9', { decode }).get('a')).toBe('é é');
  });

  it('takes linear time for hostile input', () => {
    expect(ends(() => parseUrlencoded('a&'.repeat(300_000), { limit: 1_000_000 })).size).toBe(300_000);
    expect([...ends(() => parseUrlencoded('%'.repeat(1_000_000))).keys()]).toEqual(['%'.repeat(1_000_000)]);
  });
});
