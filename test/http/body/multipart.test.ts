import { describe, expect, it } from '@jest/globals';
import { parseFormDisposition } from '../../../src/http/body/form-disposition.js';
import { ends } from '../../ends.js';
import {
  answerTo,
  contentsOf,
  field,
  file,
  latin1,
  multipartBody,
  multipartType,
  type PartInit,
  post,
  receiving,
} from './form-bodies.js';

type Options = Parameters<typeof receiving>[1];

const contents = receiving((request) => contentsOf(request));

interface Contents {
  fields: [string, string][];
  files: [name: string, filename: string, type: string, bytes: string][];
}

async function read(body: Uint8Array | Uint8Array[], type = multipartType): Promise<Contents> {
  const [status, text] = await answerTo(contents, post(body, type));
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text);
}

/** The status that a body is refused with, and why. */
async function refusal(body: Uint8Array, type = multipartType, options: Options = {}): Promise<string> {
  const app = Object.keys(options).length === 0 ? contents : receiving((request) => contentsOf(request), options);
  const request = post(body, type);
  request.headers.set('Accept', 'application/json');
  const [status, text] = await answerTo(app, request);
  return status === 200 ? `200 ${text}` : `${status} ${JSON.parse(text).detail}`;
}

function cut(body: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));
}

/** The same sequence of numbers each time (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe('multipart forms', () => {
  it('give text fields and files, in their order, repeated ones too', async () => {
    const parts = [
      field('a', '1'),
      file('f', 'x.txt', 'hi', 'text/plain'),
      field('b', 'ü'),
      field('a', '2'),
      file('f', 'y', '\0'),
    ];
    expect(await read(multipartBody(parts))).toEqual({
      fields: [
        ['a', '1'],
        ['b', 'ü'],
        ['a', '2'],
      ],
      files: [
        ['f', 'x.txt', 'text/plain', 'hi'],
        ['f', 'y', 'application/octet-stream', '\0'],
      ],
    });
  });

  it('may arrive in pieces of any size', async () => {
    const body = multipartBody([field('a', '\r\n--X\r\n-'), file('f', 'x', 'a\r\n--XY\r\n--X-X'.repeat(50)), field('b', '')]);
    const whole = await read(body);
    for (const size of [1, 2, 3, 5, 7, 64]) expect(await read(cut(body, size))).toEqual(whole);
    expect(whole.fields).toEqual([
      ['a', '\r\n--X\r\n-'],
      ['b', ''],
    ]);
  });

  it('may have text before the first boundary and after the last', async () => {
    const body = Buffer.concat([latin1('This is a form.\r\n'), multipartBody([field('a', '1')]), latin1('\r\n--XX\r\nThe end.')]);
    for (const size of [1, 1000]) expect((await read(cut(body, size))).fields).toEqual([['a', '1']]);
  });

  it('may be empty', async () => {
    expect(await read(latin1('--XX--\r\n'))).toEqual({ fields: [], files: [] });
    const { body, headers } = new globalThis.Response(new FormData());
    const type = headers.get('content-type') as string;
    expect(await read(Buffer.from(await new globalThis.Response(body).arrayBuffer()), type)).toEqual({ fields: [], files: [] });
  });

  it('have any boundary that may be written', async () => {
    for (const boundary of ["a'()+_,-./:=?z", '-'.repeat(70), 'b b']) {
      const type = `Multipart/Form-Data ; charset=utf-8; BOUNDARY="${boundary}"`;
      expect((await read(multipartBody([field('a', '1')], boundary), type)).fields).toEqual([['a', '1']]);
    }
  });

  it('have fields of every name, which reach no prototype', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'a[__proto__][x]', '', 'a.b', 'size'];
    const app = receiving(({ forms, files }) => {
      const object = forms.toObject();
      expect(Object.keys(object)).toEqual(names);
      expect(files.getAll('__proto__')).toHaveLength(1);
      expect(Object.getPrototypeOf(forms.toObject())).toBeNull();
      return [({} as Record<string, unknown>).x, ({} as Record<string, unknown>).polluted];
    });
    const parts = [...names.map((name) => field(name, 'polluted')), file('__proto__', 'x')];
    expect(await answerTo(app, post(multipartBody(parts), multipartType))).toEqual([200, '[null,null]']);
  });

  it('take a file input in which nothing was chosen for an empty text', async () => {
    const { fields, files } = await read(multipartBody([file('f', '', '', 'application/octet-stream'), file('g', '', 'x')]));
    expect(fields).toEqual([['f', '']]);
    expect(files).toEqual([['g', '', 'application/octet-stream', 'x']]);
  });

  it('have texts of any type where there is no filename', async () => {
    const head = 'Content-Disposition: form-data; name="meta"\r\nContent-Type: application/json';
    expect((await read(multipartBody([{ head, body: '{"a":1}' }]))).fields).toEqual([['meta', '{"a":1}']]);
  });

  it('are part of params, after the query', async () => {
    const app = receiving(({ params }) => [...params]);
    const request = post(multipartBody([field('a', 'form')]), multipartType, '/?a=query');
    expect(await answerTo(app, request)).toEqual([200, '[["a","query"],["a","form"]]']);
  });

  it('leave no plain body', async () => {
    for (const what of ['body', 'text', 'stream'] as const) {
      const [status, text] = await answerTo(
        receiving((request) => request[what]),
        post(multipartBody([field('a')]), multipartType),
      );
      expect([status, text]).toEqual([415, expect.stringContaining('no multipart form')]);
    }
  });

  it('of other kinds are bodies as any', async () => {
    const app = receiving(({ body, forms, files }) => [body.length, forms.size, files.size]);
    expect(await answerTo(app, post(multipartBody([field('a')]), 'multipart/mixed; boundary=XX'))).toEqual([200, '[60,0,0]']);
  });
});

describe('the names of fields and files', () => {
  const names = async (disposition: string, type = multipartType, before: PartInit[] = []): Promise<string[]> => {
    const { fields, files } = await read(multipartBody([...before, { disposition, body: 'x' }]), type);
    return files.length > 0 ? files[0]!.slice(0, 2) : [fields.at(-1)![0]];
  };

  it.each([
    ['form-data; name="a"', ['a']],
    ['form-data; name=a', ['a']],
    ['FORM-DATA;NAME="a";FileName=b', ['a', 'b']],
    ['form-data ; name = "a" ; filename = "b" ;', ['a', 'b']],
    ['form-data; filename="b"; name="a"; x=y', ['a', 'b']],
    ['form-data; name="a;b=c"; filename="d;e"', ['a;b=c', 'd;e']],
    ['form-data; name="say %22hi%22%0D%0A%41"', ['say "hi"\r\n%41']],
    ['form-data; name="say \\"hi\\""; filename="a\\\\b\\c"', ['say "hi"', 'a\\b\\c']],
    ['form-data; name="ends in \\"; filename="C:\\dir\\"', ['ends in \\', 'C:\\dir\\']],
    ['form-data; name="a"; filename="C:\\dir\\new.txt"', ['a', 'C:\\dir\\new.txt']],
    ['form-data; name="a"; filename="\xc3\xbc.txt"', ['a', 'ü.txt']],
    ['form-data; name="a"; filename="\xfc.txt"', ['a', 'ü.txt']],
    ['form-data; name="a"; filename="u.txt"; filename*=UTF-8\'\'%c3%bc%20.txt', ['a', 'ü .txt']],
    ['form-data; name="a"; filename*=iso-8859-1\'de\'%fc.txt', ['a', 'ü.txt']],
    ['form-data; name="a"; filename="u.txt"; filename*=nope\'\'%fc', ['a', 'u.txt']],
    ["form-data; name*=utf-8''%e2%82%ac", ['€']],
  ])('are read from %j', async (disposition, expected) => {
    expect(await names(disposition)).toEqual(expected);
  });

  it('are in the charset of the form where they are not UTF-8', async () => {
    const cyrillic = `form-data; name="${latin1('\xef\xf0\xe8').toString('latin1')}"`;
    expect(await names(cyrillic, `${multipartType}; charset=windows-1251`)).toEqual(['при']);
    expect(await names(cyrillic, multipartType, [field('_charset_', 'windows-1251')])).toEqual(['при']);
  });

  it('are read in a time that grows with their length only', () => {
    for (const evil of [' ', '\t', ';', '"', '\\', '\\"', 'a', ';a=', '; ', '="', "'", '%', '%22', ';a=" ']) {
      const long = evil.repeat(200_000 / evil.length);
      for (const value of [`form-data; name=${long}"x`, `form-data; name="${long}`, `form-data; name=a; filename*=${long}`])
        expect(ends(() => parseFormDisposition(value, undefined))).toBeDefined();
    }
  });
});

describe('charsets of multipart forms', () => {
  const typed = (name: string, charset: string, body: Uint8Array): PartInit => ({
    head: `Content-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain; charset=${charset}`,
    body,
  });

  it('are what a part says', async () => {
    const parts = [
      typed('a', 'ISO-8859-1', latin1('\xe9')),
      typed('b', '"Shift_JIS"', latin1('\x93\xfa')),
      typed('c', 'UTF-8', Buffer.from('é')),
      field('d', 'é'),
    ];
    expect((await read(multipartBody(parts))).fields.map(([, value]) => value)).toEqual(['é', '日', 'é', 'é']);
  });

  it('are what the field _charset_ says, wherever it stands, for parts that do not say', async () => {
    const parts = [field('a', latin1('\xcf\xf0')), field('_charset_', 'windows-1251'), typed('b', 'latin1', latin1('\xe9'))];
    expect((await read(multipartBody(parts))).fields).toEqual([
      ['a', 'Пр'],
      ['_charset_', 'windows-1251'],
      ['b', 'é'],
    ]);
    expect((await read(multipartBody([field('_charset_', ''), field('a', 'é')]))).fields[1]).toEqual(['a', 'é']);
  });

  it('that are not known are refused', async () => {
    expect(await refusal(multipartBody([typed('a', 'klingon', latin1('x'))]))).toMatch(/^400 .*"a" is in the charset "klingon"/);
    expect(await refusal(multipartBody([field('a', 'x'), field('_charset_', 'base64')]))).toMatch(/^400 .*"base64"/);
    expect(await refusal(multipartBody([typed('a', 'UTF-7', latin1('+ADw-'))]))).toMatch(/^400 .*"utf-7"/);
    // That of a file is the file's affair.
    const head = 'Content-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: text/plain; charset=klingon';
    expect((await read(multipartBody([{ head, body: 'x' }]))).files[0]![2]).toBe('text/plain; charset=klingon');
  });

  it('have their invalid bytes replaced, and byte order marks kept', async () => {
    const parts = [field('a', latin1('x\xff')), field('b', '\ufeffx')];
    expect((await read(multipartBody(parts))).fields.map(([, value]) => value)).toEqual(['x\ufffd', '\ufeffx']);
  });
});

describe('malformed multipart forms', () => {
  const whole = multipartBody([field('a', 'value'), file('f', 'x.txt', 'content', 'text/plain')]);
  const text = whole.toString('latin1');
  const cd = 'Content-Disposition: form-data; name="a"';

  it.each([
    ['no boundary', 'multipart/form-data', whole, 'no boundary'],
    ['an empty boundary', 'multipart/form-data; boundary=""', whole, 'no boundary'],
    ['an impossible boundary', 'multipart/form-data; boundary="a\tb"', whole, 'impossible boundary'],
    ['a huge boundary', `multipart/form-data; boundary=${'x'.repeat(300)}`, whole, 'impossible boundary'],
    ['another boundary', 'multipart/form-data; boundary=YY', whole, 'closing boundary'],
    ['no byte', multipartType, '', 'closing boundary'],
    ['no final boundary', multipartType, text.slice(0, -8), 'closing boundary'],
    ['half a final boundary', multipartType, text.slice(0, -4), 'closing boundary'],
    ['a first boundary only', multipartType, '--XX\r\n', 'closing boundary'],
    ['garbage', multipartType, 'garbage', 'closing boundary'],
    ['JSON', multipartType, '{"a":1}', 'closing boundary'],
    ['line feeds only', multipartType, text.replaceAll('\r\n', '\n'), 'closing boundary'],
    ['carriage returns only', multipartType, text.replaceAll('\r\n', '\r'), 'closing boundary'],
    ['line feeds in headers', multipartType, `--XX\r\nX: y\n${cd}\r\n\r\nx\r\n--XX--`, 'no Content-Disposition'],
    ['line feeds after headers', multipartType, `--XX\r\n${cd}\n\nx\r\n--XX--`, 'headers of part 1 have no end'],
    ['a boundary with a tail', multipartType, `--XX tail\r\n${cd}\r\n\r\nx\r\n--XX--`, 'no Content-Disposition'],
    ['headers without an end', multipartType, `--XX\r\n${cd}\r\n--XX--`, 'headers of part 1 have no end'],
    ['headers right before a boundary', multipartType, `--XX\r\n${cd}\r\n\r\n--XX--`, 'headers of part 1 have no end'],
    ['no headers', multipartType, '--XX\r\n\r\nx\r\n--XX--', 'no Content-Disposition'],
    ['no colon in a header', multipartType, '--XX\r\nContent-Disposition\r\n\r\nx\r\n--XX--', 'no Content-Disposition'],
    ['another disposition', multipartType, multipartBody([{ disposition: 'attachment; name="a"' }]), 'not form-data'],
    ['no name', multipartType, multipartBody([{ disposition: 'form-data' }]), 'part 1 has no name'],
    [
      'a filename but no name',
      multipartType,
      multipartBody([field('a'), { disposition: 'form-data; filename="x"' }]),
      'part 2 has no name',
    ],
    ['two names', multipartType, multipartBody([{ disposition: 'form-data; name="a"; name="b"' }]), 'name twice'],
    [
      'two filenames',
      multipartType,
      multipartBody([{ disposition: 'form-data; name="a"; filename=x; FILENAME="b"' }]),
      'filename twice',
    ],
    ['a name without its end', multipartType, multipartBody([{ disposition: 'form-data; name="a' }]), 'cannot be read'],
    ['something after a name', multipartType, multipartBody([{ disposition: 'form-data; name="a"b' }]), 'cannot be read'],
    [
      'an unreadable filename*',
      multipartType,
      multipartBody([{ disposition: "form-data; name=a; filename*=utf-8''%zz" }]),
      'filename*',
    ],
    ['two dispositions', multipartType, multipartBody([{ head: `${cd}\r\n${cd}` }]), 'more than one content-disposition'],
    [
      'two types',
      multipartType,
      multipartBody([{ head: `${cd}\r\nContent-Type: a/b\r\ncontent-type: c/d` }]),
      'more than one content-type',
    ],
    [
      'a nested form',
      multipartType,
      multipartBody([{ head: `${cd}\r\nContent-Type: multipart/mixed; boundary=YY` }]),
      'itself of several',
    ],
    ['base64', multipartType, multipartBody([{ head: `${cd}\r\nContent-Transfer-Encoding: base64` }]), '"base64"'],
  ])('are refused with 400: %s', async (_what, type, body, message) => {
    const bytes = typeof body === 'string' ? latin1(body) : body;
    expect(await refusal(bytes, type)).toMatch(new RegExp(`^400 .*${message.replace('*', '\\*')}`));
    for (const size of [1, 7]) expect((await answerTo(contents, post(cut(bytes, size), type)))[0]).toBe(400);
  });

  it('are refused wherever they break off', async () => {
    for (let length = 0; length < whole.length - 2; length++) {
      expect([length, await refusal(whole.subarray(0, length))]).toEqual([length, expect.stringMatching(/^400 /)]);
    }
    expect(await refusal(whole.subarray(0, -2))).toMatch(/^200/);
  });

  it('of an empty body that is announced are refused when they are asked for', async () => {
    const init = { method: 'POST', headers: { 'Content-Type': multipartType, 'Content-Length': '0' } };
    const request = new globalThis.Request('http://localhost/', init);
    expect((await contents.fetch(request)).status).toBe(400);
  });

  it('are told apart by a code', async () => {
    const codes: unknown[] = [];
    const app = receiving(() => '', { multipart: { maxFields: 0 } });
    app.error([400, 413], (error: { code: string }) => codes.push(error.code) && '');
    await answerTo(app, post(latin1('x'), multipartType));
    await answerTo(app, post(whole, multipartType));
    expect(codes).toEqual(['BN_MULTIPART', 'BN_MULTIPART_LIMIT']);
  });

  it('never give 500, or no answer, however they are mutated', async () => {
    const next = random(20240229);
    const wrong: string[] = [];
    const tokens = [
      '\r\n',
      '\n',
      '\r',
      '--',
      '--XX',
      '\r\n--XX',
      '\r\n--XX--',
      '\r\n\r\n',
      ':',
      ';',
      '"',
      '=',
      '\0',
      '\xff',
      'Content-Type: multipart/mixed\r\n',
    ];
    for (let round = 0; round < 1500; round++) {
      let body = text;
      for (let changes = 1 + next(3); changes > 0; changes--) {
        const at = next(body.length + 1);
        const to = next(2) === 0 ? at : Math.min(body.length, at + next(12));
        body = body.slice(0, at) + (next(3) > 0 ? tokens[next(tokens.length)] : '') + body.slice(to);
      }
      const pieces = cut(latin1(body), 1 + next(40));
      const [status] = await answerTo(contents, post(pieces, multipartType));
      if (status !== 200 && status !== 400) wrong.push(`${status} for ${JSON.stringify(body)} in ${pieces.length} pieces`);
    }
    expect(wrong).toEqual([]);
  }, 30_000);
});

describe('limits of multipart forms', () => {
  const many = (count: number, make: (i: number) => PartInit): Buffer =>
    multipartBody(Array.from({ length: count }, (_, i) => make(i)));

  it.each([
    ['maxFiles', 2, 413, (n: number) => many(n, (i) => file(`f${i}`, 'x', 'y'))],
    ['maxFields', 3, 413, (n: number) => many(n, (i) => field(`f${i}`, 'y'))],
    ['maxParts', 4, 413, (n: number) => many(n, (i) => (i % 2 === 0 ? field('a', 'b') : file('f', 'x', 'y')))],
    ['maxFileSize', 5000, 413, (n: number) => multipartBody([file('f', 'x', 'y'.repeat(n))])],
    ['maxFieldSize', 5000, 413, (n: number) => multipartBody([field('a', 'y'.repeat(n))])],
    ['maxFieldsSize', 300, 413, (n: number) => multipartBody([field('a', 'y'.repeat(100)), field('b', 'y'.repeat(n - 100))])],
    [
      'maxHeaderSize',
      300,
      431,
      (n: number) => multipartBody([{ head: `Content-Disposition: form-data; name="a"\r\nX: ${'y'.repeat(n - 47)}` }]),
    ],
  ] as const)('%s: as much is taken, and one more is refused', async (key, limit, status, make) => {
    const options = { multipart: { [key]: limit } };
    expect(await refusal(make(limit), multipartType, options)).toMatch(/^200 /);
    expect(await refusal(make(limit + 1), multipartType, options)).toMatch(new RegExp(`^${status} .*\\(multipart.${key}\\)`));
    const app = receiving(() => 'taken', { multipart: { [key]: limit } });
    expect((await answerTo(app, post(cut(make(limit + 1), 11), multipartType)))[0]).toBe(status);
  });

  it('hold by default', async () => {
    expect(await refusal(many(101, () => file('f', 'x')))).toMatch(/^413 .*more than 100 files/);
    expect(await refusal(many(1001, () => field('a')))).toMatch(/^413 .*more than 1000/);
    expect(await refusal(multipartBody([field('a', 'x'.repeat(1024 * 1024 + 1))]))).toMatch(/^413 .*more than 1048576 bytes/);
    expect(await refusal(multipartBody([{ head: `X: ${'y'.repeat(9000)}` }]))).toMatch(/^431 .*8192 bytes/);
  });

  it('may be set for one route', async () => {
    const app = receiving(() => '');
    app.post('/one', { config: { multipart: { maxFiles: 1 } } }, (_args, { request }) => request.files.size);
    const two = multipartBody([file('f', 'x'), file('f', 'y')]);
    expect((await answerTo(app, post(two, multipartType)))[0]).toBe(200);
    expect((await answerTo(app, post(two, multipartType, '/one')))[0]).toBe(413);
  });

  it('count headers that never end', async () => {
    for (const filler of ['x', 'x: y\r\n', ' \r\n', ' ', '\n']) {
      const body = latin1(`--XX\r\nContent-Disposition: form-data; name="a"\r\n${filler.repeat(60_000 / filler.length)}`);
      expect((await answerTo(contents, post(cut(body, 1000), multipartType)))[0]).toBe(431);
    }
    const names = Array.from({ length: 3000 }, (_, i) => `x${i}: y`).join('\r\n');
    expect(await refusal(multipartBody([{ head: `Content-Disposition: form-data; name="a"\r\n${names}` }]))).toMatch(/^431/);
  });

  it('keep maxBody as well', async () => {
    const body = multipartBody([file('f', 'x', 'y'.repeat(1000))]);
    expect(await refusal(body, multipartType, { maxBody: body.length })).toMatch(/^200/);
    expect(await refusal(body, multipartType, { maxBody: body.length - 1 })).toMatch(/^413 .*\(maxBody\)/);
  });
});

describe('every form', () => {
  const alphabet = [
    'a',
    'Z',
    '0',
    ' ',
    '"',
    "'",
    ';',
    '=',
    '%',
    '\\',
    '/',
    '.',
    '\r\n',
    '-',
    '--',
    '\r\n--',
    'é',
    '日',
    '😀',
    '\0',
    '\t',
    '&',
    '<',
  ];
  const textOf = (next: (below: number) => number, longest: number): string =>
    Array.from({ length: next(longest) }, () => alphabet[next(alphabet.length)]).join('');

  it('that FormData makes arrives as it was made, in pieces of any size', async () => {
    const next = random(7578);
    for (let round = 0; round < 150; round++) {
      const form = new FormData();
      const fields: [string, string][] = [];
      const files: Contents['files'] = [];
      for (let parts = next(6); parts > 0; parts--) {
        // Two backslashes in a row, or an escape that was typed, are read as other clients mean them.
        const name = textOf(next, 8)
          .replace(/\\{2,}/g, '\\')
          .replace(/%/g, '')
          .replace(/\\(?=")/g, '');
        if (next(2) === 0) {
          const value = textOf(next, 60);
          form.append(name, value);
          fields.push([name, value.replace(/\r\n|\r|\n/g, '\r\n')]);
        } else {
          const bytes = Buffer.from(textOf(next, 400));
          const filename = `f${name}`;
          form.append(name, new File([bytes], filename, { type: 'text/x-test' }));
          files.push([name, filename, 'text/x-test', bytes.toString('latin1')]);
        }
      }
      const encoded = new globalThis.Response(form);
      const type = encoded.headers.get('content-type') as string;
      const body = Buffer.from(await encoded.arrayBuffer());
      const given = await read(cut(body, 1 + next(200)), type);
      expect(given).toEqual({ fields, files });
    }
  });

  it('that is written by hand arrives as it was written, in memory and in files', async () => {
    const next = random(2388);
    const small = receiving((request) => contentsOf(request), { memfileMax: 0 });
    let rounds = 0;
    for (let round = 0; round < 100; round++) {
      const fields: [string, string][] = [];
      const files: Contents['files'] = [];
      const parts = Array.from({ length: next(6) }, (): PartInit => {
        const name = `n${next(4)}`;
        // Everything that looks nearly like a boundary, in bytes of every value.
        const pieces = ['\r\n--X', '\r\n--', '\r', '\n', '-', 'XX', '--XX', '\r\n-XX', String.fromCharCode(next(256))];
        const content = Array.from({ length: next(2000) }, () => pieces[next(pieces.length)])
          .join('')
          .replace(/\r\n--X{2,}/g, '\r\n--X');
        if (next(3) === 0) {
          fields.push([name, content.replace(/[^\0-\x7f]/g, '')]);
          return field(name, content.replace(/[^\0-\x7f]/g, ''));
        }
        files.push([name, `${next(10)}.bin`, 'application/octet-stream', content]);
        return file(name, files.at(-1)![1], latin1(content));
      });
      const body = multipartBody(parts);
      // The rest of a boundary that was removed may have formed another one.
      if (parts.some(({ body: content }) => `\r\n${Buffer.from(content as Uint8Array).toString('latin1')}`.includes('\r\n--XX')))
        continue;
      rounds++;
      const pieces = cut(body, 1 + next(3000));
      expect(await read(pieces)).toEqual({ fields, files });
      const [, text] = await answerTo(small, post(pieces, multipartType));
      expect(JSON.parse(text)).toEqual({ fields, files });
    }
    expect(rounds).toBeGreaterThan(50);
  });
});
