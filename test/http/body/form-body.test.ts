import { describe, expect, it } from '@jest/globals';
import { Body, Bottle, Controller, Form, type FormsDict, Post } from 'bottlenose';
import { answerTo, field, latin1, multipartBody, multipartType, post, receiving } from './form-bodies.js';

const urlencoded = 'application/x-www-form-urlencoded';
const pairs = receiving(({ forms }) => [...forms]);

async function read(body: string | Uint8Array, type = urlencoded): Promise<[string, string][]> {
  const [status, text] = await answerTo(pairs, post(typeof body === 'string' ? latin1(body) : body, type));
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text);
}

describe('an urlencoded form', () => {
  it.each([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1&a=2&a=',
      [
        ['a', '1'],
        ['a', '2'],
        ['a', ''],
      ],
    ],
    ['a+b=c+d%2Be', [['a b', 'c d+e']]],
    ['a=1;b=2', [['a', '1;b=2']]],
    [
      '=nameless&=&x',
      [
        ['', 'nameless'],
        ['', ''],
        ['x', ''],
      ],
    ],
    ['&&a=1&&', [['a', '1']]],
    ['a==b=c', [['a', '=b=c']]],
    ['a=%', [['a', '%']]],
    [
      'a=%4&b=%zz&c=100%25&%C3%A9=%',
      [
        ['a', '%4'],
        ['b', '%zz'],
        ['c', '100%'],
        ['é', '%'],
      ],
    ],
    [
      'a=%C3%28&b=%FF',
      [
        ['a', '\ufffd('],
        ['b', '\ufffd'],
      ],
    ],
    ['a=\xc3\xa9', [['a', 'é']]],
    ['a=%F0%9F%98%80', [['a', '😀']]],
    ['a=%0D%0A', [['a', '\r\n']]],
    [
      'a[]=1&a[]=2&b[x][y]=3',
      [
        ['a[]', '1'],
        ['a[]', '2'],
        ['b[x][y]', '3'],
      ],
    ],
    [
      '__proto__=x&constructor=y',
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
    ['', []],
  ])('%j is read to the letter', async (body, expected) => {
    expect(await read(body)).toEqual(expected);
  });

  it('is in the charset that it claims', async () => {
    expect(await read('a=%E9&b=\xe9', `${urlencoded}; charset=ISO-8859-1`)).toEqual([
      ['a', 'é'],
      ['b', 'é'],
    ]);
    expect(await read('%EF=%F0%E8+%2B', `${urlencoded};charset="windows-1251"`)).toEqual([['п', 'ри +']]);
    for (const utf8 of ['UTF-8', 'utf8']) expect(await read('a=%C3%A9', `${urlencoded}; charset=${utf8}`)).toEqual([['a', 'é']]);
  });

  it('is refused in a charset that is not known', async () => {
    expect((await answerTo(pairs, post(latin1('a=1'), `${urlencoded}; charset=klingon`)))[0]).toBe(415);
  });

  it('is refused when it has too many fields', async () => {
    const body = (count: number): Buffer => latin1('a&'.repeat(count));
    expect((await answerTo(pairs, post(body(1000), urlencoded)))[0]).toBe(200);
    expect((await answerTo(pairs, post(body(1001), urlencoded)))[0]).toBe(413);
    const few = receiving(({ forms }) => forms.size, { multipart: { maxFields: 3 } });
    expect(await answerTo(few, post(body(3), urlencoded))).toEqual([200, '3']);
    expect((await answerTo(few, post(body(4), urlencoded)))[0]).toBe(413);
  });

  it('is a form whatever the case and spaces of its type', async () => {
    expect(await read('a=1', ' Application/X-WWW-Form-URLencoded ;x')).toEqual([['a', '1']]);
  });

  it('is plain bytes as well', async () => {
    const app = receiving(({ body, text, forms }) => [body.toString(), text, forms.a]);
    expect(await answerTo(app, post(latin1('a=1'), urlencoded))).toEqual([200, '["a=1","a=1","1"]']);
  });
});

describe('a body that is not a form', () => {
  it.each(['text/plain', 'application/json', 'multipart/mixed; boundary=x', '', 'nonsense'])(
    'has no fields: %j',
    async (type) => {
      expect(await read('a=1', type || 'x/y')).toEqual([]);
    },
  );

  it('is text in its charset', async () => {
    const app = receiving(({ text }) => ({ text }));
    expect(await answerTo(app, post(latin1('\xe9'), 'text/plain; charset=latin1'))).toEqual([200, '{"text":"é"}']);
    expect((await answerTo(app, post(latin1('\xe9'), 'text/plain; charset=klingon')))[0]).toBe(415);
  });

  it('may be none at all', async () => {
    const app = receiving(({ forms, files, params, body, text }) => [forms.size, files.size, params.size, body.length, text]);
    for (const type of [urlencoded, multipartType, 'text/plain']) {
      const request = new globalThis.Request('http://localhost/', { method: 'POST', headers: { 'Content-Type': type } });
      expect(await (await app.fetch(request)).json()).toEqual([0, 0, 0, 0, '']);
    }
  });
});

describe('parameters of a form', () => {
  class Profile {
    name!: string;
    tags?: string | string[];
  }

  @Controller()
  class Forms {
    @Post('/named')
    named(@Form('name') name: string, @Form('age') age: number, @Form('tag') tags: string[]) {
      return [name, age, tags];
    }

    @Post('/whole')
    whole(@Form() profile: Profile) {
      return profile;
    }

    @Post('/body')
    body(@Body() profile: Profile) {
      return profile;
    }

    @Post('/dict')
    dict(@Form() form: FormsDict) {
      return [...form];
    }
  }

  const app = new Bottle();
  app.mount(Forms);

  it.each([
    ['urlencoded', latin1('name=Ada&age=36&tag=a&tag=b'), urlencoded],
    ['multipart', multipartBody([field('name', 'Ada'), field('age', '36'), field('tag', 'a'), field('tag', 'b')]), multipartType],
  ])('are the same in every encoding: %s', async (_what, body, type) => {
    expect(await answerTo(app, post(body, type, '/named'))).toEqual([200, '["Ada",36,["a","b"]]']);
    for (const path of ['/whole', '/body']) {
      const [status, text] = await answerTo(app, post(body, type, path));
      expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ name: 'Ada' })]);
    }
  });

  it('that cannot be converted tell where they came from', async () => {
    for (const [body, type] of [
      [latin1('age=old'), urlencoded],
      [multipartBody([field('age', 'old')]), multipartType],
    ] as const) {
      const request = post(body, type, '/named');
      request.headers.set('Accept', 'application/json');
      const response = await app.fetch(request);
      expect([response.status, (await response.json()).errors]).toEqual([
        422,
        [{ in: 'form', path: '/age', constraint: 'isNumber', message: 'age must be a number' }],
      ]);
    }
  });
});
