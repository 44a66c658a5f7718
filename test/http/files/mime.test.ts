import { describe, expect, it } from '@jest/globals';
import { isTextType, mediaTypeOf } from '../../../src/http/files/mime.js';

describe('the type of a file', () => {
  it.each([
    ['index.html', 'text/html'],
    ['INDEX.HTM', 'text/html'],
    ['site.css', 'text/css'],
    ['app.js', 'text/javascript'],
    ['app.mjs', 'text/javascript'],
    ['data.json', 'application/json'],
    ['app.js.map', 'application/json'],
    ['logo.svg', 'image/svg+xml'],
    ['photo.jpeg', 'image/jpeg'],
    ['photo.avif', 'image/avif'],
    ['favicon.ico', 'image/x-icon'],
    ['font.woff2', 'font/woff2'],
    ['lib.wasm', 'application/wasm'],
    ['song.mp3', 'audio/mpeg'],
    ['film.mp4', 'video/mp4'],
    ['paper.pdf', 'application/pdf'],
    ['notes.md', 'text/markdown'],
    ['app.webmanifest', 'application/manifest+json'],
    ['table.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['page.html.gz', 'application/gzip'],
    ['backup.tar.zst', 'application/zstd'],
  ])('%s is %s', (name, type) => expect(mediaTypeOf(name)).toBe(type));

  it.each(['README', 'a.unknown', '.html', '', 'a.', 'a.constructor', 'a.__proto__', 'a.toString'])('%j is unknown', (name) =>
    expect(mediaTypeOf(name)).toBeUndefined(),
  );
});

it.each([
  'text/plain',
  'text/html',
  'text/javascript',
  'application/json',
  'application/ld+json',
  'image/svg+xml',
  'application/xml',
])('%s is text', (type) => expect(isTextType(type)).toBe(true));

it.each(['image/png', 'application/pdf', 'application/gzip', 'font/woff2', 'application/octet-stream', ''])('%j is not', (type) =>
  expect(isTextType(type)).toBe(false),
);
