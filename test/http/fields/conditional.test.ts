import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { checkPreconditions, matchesETag, isRangeApplicable, type Validators } from '../../../src/http/fields/conditional.js';

const OLD = 'Sat, 05 Nov 1994 08:49:37 GMT';
const NOW = 'Sun, 06 Nov 1994 08:49:37 GMT';
const NEW = 'Mon, 07 Nov 1994 08:49:37 GMT';
const strong: Validators = { etag: '"a"', lastModified: Date.parse(NOW) + 321 };
const weak: Validators = { etag: 'W/"a"', lastModified: Date.parse(NOW) };
const none: Validators = { etag: undefined, lastModified: Date.parse(NOW) };

const check = (headers: Record<string, string>, validators = strong) => checkPreconditions((name) => headers[name], validators);

describe('each precondition', () => {
  it.each([
    [{}, 200],
    [{ 'if-match': '"a"' }, 200],
    [{ 'if-match': '"b", "a"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"b"' }, 412],
    [{ 'if-match': 'W/"a"' }, 412],
    [{ 'if-match': 'a' }, 412],
    [{ 'if-unmodified-since': NOW }, 200],
    [{ 'if-unmodified-since': NEW }, 200],
    [{ 'if-unmodified-since': OLD }, 412],
    [{ 'if-unmodified-since': 'yesterday' }, 200],
    [{ 'if-none-match': '"a"' }, 304],
    [{ 'if-none-match': 'W/"a"' }, 304],
    [{ 'if-none-match': '"x,y" ,"a"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"b"' }, 200],
    [{ 'if-none-match': '' }, 200],
    [{ 'if-none-match': '"a' }, 200],
    [{ 'if-modified-since': NOW }, 304],
    [{ 'if-modified-since': NEW }, 304],
    [{ 'if-modified-since': OLD }, 200],
    [{ 'if-modified-since': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 304],
    [{ 'if-modified-since': '1994-11-06' }, 200],
  ])('%j gives %i', (headers, verdict) => expect(check(headers as Record<string, string>)).toBe(verdict));
});

describe('the order of RFC 9110 section 13.2.2', () => {
  it.each([
    [{ 'if-match': '"a"', 'if-unmodified-since': OLD }, 200],
    [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 412],
    [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 304],
    [{ 'if-unmodified-since': OLD, 'if-none-match': '"a"' }, 412],
    [{ 'if-none-match': '"b"', 'if-modified-since': NEW }, 200],
    [{ 'if-none-match': '"a"', 'if-modified-since': OLD }, 304],
    [{ 'if-unmodified-since': NEW, 'if-modified-since': NOW }, 304],
  ])('%j gives %i', (headers, verdict) => expect(check(headers as Record<string, string>)).toBe(verdict));
});

describe('a weak ETag', () => {
  it('matches for caches', () => expect(check({ 'if-none-match': '"a"' }, weak)).toBe(304));
  it('never matches for updates', () => expect(check({ 'if-match': 'W/"a"' }, weak)).toBe(412));
  it('resumes no download', () => expect(isRangeApplicable('W/"a"', weak)).toBe(false));
});

describe('without an ETag', () => {
  it('If-Match fails, but for *', () => {
    expect(check({ 'if-match': '"a"' }, none)).toBe(412);
    expect(check({ 'if-match': '*' }, none)).toBe(200);
  });
  it('If-None-Match finds nothing', () => expect(check({ 'if-none-match': '"a"' }, none)).toBe(200));
});

describe('If-Range', () => {
  it.each([
    [undefined, true],
    ['"a"', true],
    ['"b"', false],
    ['W/"a"', false],
    [NOW, true],
    [OLD, false],
    [NEW, false],
    ['nonsense', false],
    ['*', false],
    ['', false],
  ])('%j lets a range pass: %j', (header, passes) => expect(isRangeApplicable(header, strong)).toBe(passes));
});

it('lists of ETags are read in linear time', () => {
  expect(ends(() => matchesETag('"'.repeat(1_000_001), '"a"', false))).toBe(false);
  expect(ends(() => matchesETag('W/"'.repeat(500_000), '"a"', true))).toBe(false);
});
