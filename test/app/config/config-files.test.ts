import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigDict } from '../../../src/app/config/config-dict.js';
import { ConfigError } from '../../../src/app/config/config-files.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function load(name: string, content: string | Uint8Array): Record<string, unknown> {
  return new ConfigDict().loadFile(file(name, content)).toObject();
}

/** The message, with the folder left out. */
function complaint(name: string, content: string | Uint8Array, config = new ConfigDict()): string {
  try {
    config.loadFile(file(name, content));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(config.size).toBe(0);
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
  throw new Error('nothing to complain about');
}

describe('loadFile', () => {
  it('tells the format by the name, or is told', () => {
    for (const name of ['a.ini', 'a.cfg', 'A.INI', 'a.conf']) expect(load(name, '[a]\nb=1')).toEqual({ 'a.b': '1' });
    for (const name of ['.env', '.env.local', 'production.env']) expect(load(name, 'a.b=1')).toEqual({ 'a.b': '1' });
    expect(load('a.json', '{"a": {"b": 1}}')).toEqual({ 'a.b': 1 });
    const path = file('settings', '[a]\nb=1');
    expect(new ConfigDict().loadFile(path, { format: 'ini' }).toObject()).toEqual({ 'a.b': '1' });
    expect(() => new ConfigDict().loadFile(path)).toThrow("call loadFile(path, { format: 'ini' })");
    expect(() => new ConfigDict().loadFile(path, { format: 'toml' as 'ini' })).toThrow(`there is no format "toml"`);
  });

  it('takes relative paths and URLs, adds to what is there, and returns the config', () => {
    const path = file('b.json', '{"b": 2}');
    const config = new ConfigDict({ a: 1, b: 1 });
    expect(config.loadFile(relative(process.cwd(), path))).toBe(config);
    expect(config.toObject()).toEqual({ a: 1, b: 2 });
    expect(new ConfigDict().loadFile(pathToFileURL(path)).get('b')).toBe(2);
  });

  it('reads files with a byte order mark and any line ends', () => {
    expect(load('mark.json', '\ufeff{"a": 1}')).toEqual({ a: 1 });
    expect(load('mark.ini', '\ufeff[a]\r\nb = 1\r\n  2\rc = 3')).toEqual({ 'a.b': '1\n2', 'a.c': '3' });
    expect(load('mark.env', '\ufeffA=1\r\nB="x\r\ny"\r\n')).toEqual({ A: '1', B: 'x\ny' });
  });

  it('names a file that is missing, a directory, or not UTF-8', () => {
    const config = new ConfigDict();
    expect(() => config.loadFile('no/such.ini')).toThrow(
      `Configuration file no/such.ini: there is no such file (looked for ${join(process.cwd(), 'no/such.ini')}). Create it, or`,
    );
    expect(() => config.loadFile(folder, { format: 'ini' })).toThrow('this is a directory. Name a file in it.');
    expect(complaint('latin.ini', Buffer.from('[a]\nb=\xe9', 'latin1'))).toBe(
      'Configuration file latin.ini: it is not UTF-8. Save it in that encoding.',
    );
  });

  it('names file and line of a value or a key that is refused, and then loads nothing', () => {
    const defined = (): ConfigDict => new ConfigDict().define('server.port', { convert: Number });
    const refused = 'the value of config "server.port" is refused: it is not a number.';
    expect(complaint('a.ini', '[server]\nhost = x\nport = many', defined())).toBe(`a.ini:3: ${refused}`);
    expect(complaint('a.env', 'A=1\nSERVER__PORT=many', defined())).toBe(`a.env:2: ${refused}`);
    expect(complaint('a.json', '{"server": {"port": "many"}}', defined())).toBe(`a.json: ${refused}`);
    expect(complaint('b.ini', '[a.]\nb = 1')).toMatch('b.ini:2: "a..b" cannot be a config key');
    expect(complaint('b.json', '{"a": {"": 1}}')).toMatch('b.json: "a." cannot be a config key');
    expect(new ConfigDict().define('port', { convert: Number }).loadFile(file('c.ini', '[bottle]\nport=80')).get('port')).toBe(
      80,
    );
  });
});

describe('JSON files', () => {
  it('keep the types of their values', () => {
    expect(load('types.json', '{"a": {"n": 1.5, "t": true, "l": [1, {"x": 1}], "z": null, "s": "é"}, "e": {}}')).toEqual({
      'a.n': 1.5,
      'a.t': true,
      'a.l': [1, { x: 1 }],
      'a.z': null,
      'a.s': 'é',
    });
  });

  it.each([
    ['{\n  "a": x\n}', 2, '"x" is unexpected. Write names and texts in double quotes.'],
    ['{\n  "a": 1,\n}', 3, '"}" is unexpected. JSON allows no comma after the last entry: remove it.'],
    ['{"a": [1,\n2,]}', 2, '"]" is unexpected. JSON allows no comma after the last entry: remove it.'],
    ['{\n  // why\n  "a": 1\n}', 2, '"/" is unexpected. JSON has no comments: remove it.'],
    ['# why\n{}', 1, '"#" is unexpected. JSON has no comments: remove it.'],
    ["{\n\n'a': 1}", 3, `"'" is unexpected. Write names and texts in double quotes.`],
    ['{"a": 1\n"b": 2}', 2, '"\\"" is unexpected. Correct it there.'],
    ['{"a": True}', 1, '"True" is unexpected. Correct it there.'],
    ['{"a": "x\ny"}', 1, '"\\n" is unexpected. Correct it there.'],
    ['{"a": 01}', 1, '"1" is unexpected. Correct it there.'],
    ['{"a": {\n"b": 1}', 2, 'the file ends too early. Close what was opened.'],
    ['{"a": [1}\n]', 1, '"}" is unexpected. Correct it there.'],
    ['{} {}', 1, '"{" is unexpected. Correct it there.'],
    ['', 1, 'the file ends too early. Close what was opened.'],
  ])('that are broken, as %j, are refused with line and cure', (content, line, problem) => {
    expect(complaint('broken.json', content)).toBe(`broken.json:${line}: this is not valid JSON: ${problem}`);
  });

  it('must hold an object', () => {
    for (const content of ['[1]', '"a"', 'null', '1']) {
      expect(complaint('list.json', content)).toBe('list.json:1: the file must contain one JSON object: { "key": value, … }.');
    }
  });
});

describe('INI files', () => {
  // Every expected value here is what Python 3.11's configparser gives with the options that Bottle sets.
  it('make prefixes of their sections, except of those for the root', () => {
    const content = '[bottlenose]\na=1\n[bottle]\nb=2\n[ROOT]\nc=3\n[sqlite]\nFile = Blog.db\n[x.Y]\nz.w: 1\n[root]\nd=4';
    expect(load('sections.ini', content)).toEqual({
      a: '1',
      b: '2',
      c: '3',
      'sqlite.file': 'Blog.db',
      'x.y.z.w': '1',
      'root.d': '4',
    });
  });

  it('split a line at the first = or :, and have strings as values', () => {
    expect(load('split.ini', '[a]\nb = c = d : e\nf: g = h\ni j =k\n  l =\nm\nn = true\no = "q"')).toEqual({
      'a.b': 'c = d : e',
      'a.f': 'g = h',
      'a.i j': 'k\nl =',
      'a.m': null,
      'a.n': 'true',
      'a.o': '"q"',
    });
  });

  it('have comments on lines of their own only', () => {
    expect(load('comments.ini', '# one\n; two\n[a] ; three\n  # four\nb = c ; d # e\n#f = g')).toEqual({ 'a.b': 'c ; d # e' });
  });

  it('continue a value on lines that are indented deeper', () => {
    const content = '[a]\nb = one\n  two\n\n  # comment\n    three = 3\n\n\nc =\n  x\n  [y]\n d = 1\n  e\n f = 2\n';
    expect(load('lines.ini', content)).toEqual({ 'a.b': 'one\ntwo\n\nthree = 3', 'a.c': '\nx\n[y]\nd = 1\ne\nf = 2' });
    expect(load('indented.ini', '  [a]\n  b = 1\n    2\n  c = 3\nd = 4\n e')).toEqual({
      'a.b': '1\n2',
      'a.c': '3',
      'a.d': '4\ne',
    });
  });

  it('have defaults for all sections', () => {
    expect(load('defaults.ini', '[DEFAULT]\nx = 1\ny = 2\n[a]\ny = 3\n[b]\n[DEFAULT]\nz = 4')).toEqual({
      'a.x': '1',
      'a.y': '3',
      'a.z': '4',
      'b.x': '1',
      'b.y': '2',
      'b.z': '4',
    });
  });

  it('insert other values', () => {
    const content =
      '[DEFAULT]\nhome = /srv\n[a]\nFile = ${home}/${b:name}.db\nnone\nall = <${none}>\n[b]\nname = ${first}-x\nfirst = 1$$2';
    expect(load('insert.ini', content)).toEqual({
      'a.home': '/srv',
      'a.file': '/srv/1$2-x.db',
      'a.none': null,
      'a.all': '<>',
      'b.home': '/srv',
      'b.name': '1$2-x',
      'b.first': '1$2',
    });
    expect(load('dollar.ini', '[a]\npassword = pa$word$')).toEqual({ 'a.password': 'pa$word$' });
  });

  it.each([
    ['\na = 1', 2, 'this is not in a section. Put a line [bottlenose] above it for keys without a prefix.'],
    ['[a]\n= 1', 2, 'there is no key before "=". Write key = value.'],
    ['[a]\nb=1\nB=2', 3, '"b" occurs twice in this section. Remove one.'],
    ['[a]\n[b]\n[a]', 3, 'section [a] occurs twice in this file. Merge the two.'],
    ['[a]\nb\n  c', 3, 'this continues a key without a value. Indent it less, or write "=" after that key.'],
    ['[a]\nfile=1\nb=${fil}', 3, '${fil} refers to a key that section [a] does not have. Did you mean "file"?'],
    [
      '[a]\nb=${c:d}',
      2,
      '${c:d} refers to a key that section [c] does not have. Correct the reference, or write $$ for a plain $.',
    ],
    ['[a]\nb=x${c', 2, '"${c" is never closed. Write a closing brace, or $$ for a plain $.'],
    ['[a]\nb=${c}\nc=${b}', 2, '${c} refers back to itself. Remove the circular reference.'],
  ])('that are broken, as %j, are refused with line and cure', (content, line, problem) => {
    expect(complaint('broken.ini', content)).toBe(`broken.ini:${line}: ${problem}`);
  });
});

describe('.env files', () => {
  const content = [
    '# comment',
    'PLAIN=value',
    '  SPACED  =  two words  ',
    'export EXPORTED=yes',
    'EMPTY=',
    'AFTER=1 # comment',
    'CLOSE=1#comment',
    'EQUALS=a=b==',
    `SINGLE='a # b \\n "c"' # comment`,
    'DOUBLE="a # b \\n c"',
    'BACK=`it\'s "so"`',
    'LINES="one',
    '  two=2',
    'three"',
    "INNER=it's",
    'a.b=dotted',
    'PLAIN=again',
    'LAST="end"',
  ].join('\n');

  it('are read as Node reads them', () => {
    const expected = {
      PLAIN: 'again',
      SPACED: 'two words',
      EXPORTED: 'yes',
      EMPTY: '',
      AFTER: '1',
      CLOSE: '1',
      EQUALS: 'a=b==',
      SINGLE: 'a # b \\n "c"',
      DOUBLE: 'a # b \n c',
      BACK: 'it\'s "so"',
      LINES: 'one\n  two=2\nthree',
      INNER: "it's",
      'a.b': 'dotted',
      LAST: 'end',
    };
    expect(load('all.env', content)).toEqual(expected);
    expect({ ...util.parseEnv(content) }).toEqual(expected);
  });

  it('reach dotted keys by two underscores, and leave other names as they are', () => {
    expect(load('dots.env', 'SQLITE__FILE=blog.db\nA_B__C__D=1\nSECRET_KEY=x\n__X=1\nY__=2\n__proto__=3')).toEqual(
      Object.fromEntries([
        ['sqlite.file', 'blog.db'],
        ['a_b.c.d', '1'],
        ['SECRET_KEY', 'x'],
        ['__X', '1'],
        ['Y__', '2'],
        ['__proto__', '3'],
      ]),
    );
  });

  it.each([
    ['A=1\nbroken line\nB=2', 2, 'this is neither NAME=value nor a comment. Write one of them, a comment with # before it.'],
    ['=1', 1, 'this is neither NAME=value nor a comment. Write one of them, a comment with # before it.'],
    ['\n\nA="open\nB=1', 3, 'the quote " is never closed. Close it, or put the value in another kind of quotes.'],
  ])('that are broken, as %j, are refused with line and cure', (broken, line, problem) => {
    expect(complaint('broken.env', broken)).toBe(`broken.env:${line}: ${problem}`);
  });
});
