import { describe, expect, it } from '@jest/globals';
import { HTTPError } from '../../../src/http/http-error.js';
import { parseJson } from '../../../src/http/body/json.js';
import { findJsonError } from '../../../src/http/body/json-error.js';
import { cases, fc } from '../../property.js';

function refusal(text: string, depth?: number): HTTPError {
  try {
    parseJson(text, depth === undefined ? {} : { depth });
  } catch (error) {
    expect(error).toBeInstanceOf(HTTPError);
    expect((error as HTTPError).status).toBe(400);
    return error as HTTPError;
  }
  throw new Error(`${text} was taken`);
}

describe('parseJson', () => {
  it('reads JSON, with or without a byte order mark', () => {
    expect(parseJson('{"a": [1, "x", null, true]}')).toEqual({ a: [1, 'x', null, true] });
    expect(parseJson('\ufeff1')).toBe(1);
    expect(parseJson('"__proto__"')).toBe('__proto__');
  });

  it.each([
    '{"__proto__": {"admin": true}}',
    '[{"a": {"__proto__": null}}]',
    '{"\\u005f_proto__": 1}',
    '{"__pr\\u006Fto__": 1}',
    '{"constructor": {"prototype": {"admin": true}}}',
    '{"\\u0063onstructor": {"prototyp\\u0065": 1}}',
    '{"__proto__\\u005f": 1, "__proto\\u005F\\u005f": 2}',
  ])('refuses the poison %s', (text) => {
    expect(refusal(text).code).toBe('BN_JSON_KEY');
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it('takes texts that only look suspicious', () => {
    expect(parseJson('{"a": "__proto__", "constructor": "Ford", "b": ["prototype", "\\u005f"]}')).toEqual({
      a: '__proto__',
      constructor: 'Ford',
      b: ['prototype', '_'],
    });
    expect(parseJson('{"prototype": 1}')).toEqual({ prototype: 1 });
  });

  it('refuses deep nesting, and only that', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(200))).toHaveLength(1);
    expect(refusal(nested(201)).code).toBe('BN_JSON_DEPTH');
    expect(refusal('['.repeat(5_000_000)).code).toBe('BN_JSON_DEPTH');
    expect(refusal('{"a":'.repeat(100_000)).code).toBe('BN_JSON_DEPTH');
    expect(refusal('[[1]]', 1).code).toBe('BN_JSON_DEPTH');
    expect(parseJson(`[${'[],'.repeat(500)}1]`)).toHaveLength(501);
    expect(parseJson(JSON.stringify('[{'.repeat(500)))).toHaveLength(1000);
    expect(parseJson(JSON.stringify(`\\"${'['.repeat(500)}`))).toHaveLength(502);
    expect(refusal(`["\\\\", ${'['.repeat(300)}`).code).toBe('BN_JSON_DEPTH');
  });

  it.each([
    ['', 'line 1, column 1: expected a value, found the end of the text'],
    ['{"a": }', 'line 1, column 7: expected a value, found "}"'],
    ["{'a': 1}", 'line 1, column 2: expected a property name in double quotes, found "\'"'],
    ['{"a" 1}', 'line 1, column 6: expected \':\' after the property name, found "1"'],
    ['{"a": 1,}', 'line 1, column 9: expected a property name in double quotes, found "}"'],
    ['[1,]', 'line 1, column 4: expected a value, found "]"'],
    ['[1 2]', "line 1, column 4: expected ',' or ']', found \"2\""],
    ['{"a": 1\n "b": 2}', "line 2, column 2: expected ',' or '}', found \"\\\"\""],
    ['{"a": [1, 2}', "line 1, column 12: expected ',' or ']', found \"}\""],
    ['"abc', 'line 1, column 5: expected a closing quote, found the end of the text'],
    ['"a\nb"', 'line 1, column 3: expected no control character in a string, found "\\n"'],
    ['"\\x"', 'line 1, column 2: expected a valid escape, found "\\\\"'],
    ['1 x', 'line 1, column 3: expected the end, found "x"'],
    ['01', 'line 1, column 2: expected the end, found "1"'],
    ['nul', 'line 1, column 1: expected a value, found "n"'],
    ['😀', 'line 1, column 1: expected a value, found "😀"'],
  ])('says what is wrong with %j', (text, place) => {
    const error = refusal(text);
    expect(error.body).toBe(`Broken JSON at ${place}.`);
    expect(error.code).toBe('BN_JSON_SYNTAX');
  });

  it('does not echo the text', () => {
    const error = refusal('{"password": "hunter2", }');
    expect(error.message).not.toContain('hunter2');
  });

  it('agrees with JSON.parse on what is broken, and always finds the place', () => {
    const broken = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '1', 'e', '.', '\\', '-', ' ', '\n', 'true'),
      )
      .map(([json, at, insert]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + insert + json.slice(place + 1);
      });
    fc.assert(
      fc.property(broken, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(findJsonError(text) === undefined).toBe(valid);
      }),
      cases(300),
    );
  });
});
