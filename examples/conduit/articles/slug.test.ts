import { expect, it } from '@jest/globals';
import { slugFor } from './slug.js';

const free = () => false;

it.each([
  ['How to train your dragon', 'how-to-train-your-dragon'],
  ['  \u00bfQu\u00e9 tal, \u00c6sop?! ', 'que-tal-\u00e6sop'],
  ['C++ & C#', 'c-c'],
  ['\u65e5\u672c\u8a9e 101', '\u65e5\u672c\u8a9e-101'],
  ['!', 'article'],
])('the slug of %j is %s', (title, slug) => {
  expect(slugFor(title, free)).toBe(slug);
});

it('a slug that is taken gets a number', () => {
  expect(slugFor('Tea', (slug) => ['tea', 'tea-2'].includes(slug))).toBe('tea-3');
});

it('no slug is the name of another page', () => {
  expect(slugFor('Feed', free)).toBe('feed-2');
});
