import { describe, expect, it } from '@jest/globals';
import {
  FastCgiError,
  RecordReader,
  RecordType,
  readPairs,
  writePairs,
  writeRecord,
  writeStream,
} from '../../../src/servers/fastcgi/fastcgi-records.js';
import { FastCgiSession } from '../../../src/servers/fastcgi/fastcgi-session.js';
import { cases, fc } from '../../property.js';

/** A session that answers each request when its body has ended, and what became of the bytes. */
function play(chunks: readonly Buffer[]): unknown[] {
  const seen: unknown[] = [];
  let body: Buffer[] = [];
  const session: FastCgiSession = new FastCgiSession(
    {
      reply: (bytes) => seen.push(['reply', bytes.toString('hex')]),
      close: () => seen.push('close'),
      request: (id, variables) => seen.push(['request', id, { ...variables }]),
      body: (chunk) => body.push(chunk),
      bodyEnd: () => {
        seen.push(['body', Buffer.concat(body).toString('hex'), session.end().keepConn]);
        body = [];
      },
      abort: () => {
        seen.push(['abort', session.end().keepConn]);
        body = [];
      },
    },
    { FCGI_MAX_CONNS: '7', FCGI_MPXS_CONNS: '0' },
  );
  try {
    for (const chunk of chunks) session.push(chunk);
  } catch (error) {
    if (!(error instanceof FastCgiError)) throw error;
    seen.push(error.message);
  }
  return seen;
}

function begin(id: number, { role = 1, flags = 1 } = {}): Buffer {
  return writeRecord(RecordType.beginRequest, id, Buffer.from([0, role, flags, 0, 0, 0, 0, 0]));
}

function params(id: number, variables: Record<string, string>): Buffer {
  const content = writePairs(Object.entries(variables));
  return Buffer.concat([...writeStream(RecordType.params, id, content), writeRecord(RecordType.params, id, Buffer.alloc(0))]);
}

function stdin(id: number, text: string): Buffer {
  const records = writeStream(RecordType.stdin, id, Buffer.from(text));
  return Buffer.concat([...records, writeRecord(RecordType.stdin, id, Buffer.alloc(0))]);
}

function endOf(id: number, status: number): string {
  return writeRecord(RecordType.endRequest, id, Buffer.from([0, 0, 0, 0, status, 0, 0, 0])).toString('hex');
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i]));
}

describe('a FastCGI connection', () => {
  it('has one request after the other, with variables and bodies of any length', () => {
    const [long, body] = ['x'.repeat(200_000), 'y'.repeat(150_000)];
    const bytes = [
      begin(1),
      params(1, { A: '', LONG: long, ['N'.repeat(300)]: 'é' }),
      stdin(1, body),
      begin(2),
      params(2, {}),
      stdin(2, ''),
    ];
    expect(play(bytes)).toEqual([
      ['request', 1, { A: '', LONG: long, ['N'.repeat(300)]: 'é' }],
      ['body', Buffer.from(body).toString('hex'), true],
      ['request', 2, {}],
      ['body', '', true],
    ]);
  });

  it('tells whether the front end keeps it', () => {
    expect(play([begin(1, { flags: 0 }), params(1, {}), stdin(1, '')]).at(-1)).toEqual(['body', '', false]);
  });

  it('refuses a second request at a time, and goes on with the first', () => {
    expect(play([begin(1), params(1, {}), begin(2), params(2, {}), stdin(2, 'b'), stdin(1, 'a')])).toEqual([
      ['request', 1, {}],
      ['reply', endOf(2, 1)],
      ['body', '61', true],
    ]);
  });

  it('refuses other roles than that of a responder', () => {
    expect(play([begin(1, { role: 2 }), params(1, {}), begin(2, { role: 3, flags: 0 })])).toEqual([
      ['reply', endOf(1, 3)],
      ['reply', endOf(2, 3)],
      'close',
    ]);
  });

  it('answers FCGI_GET_VALUES with what it knows, and other management records with FCGI_UNKNOWN_TYPE', () => {
    const asked = writePairs([
      ['FCGI_MPXS_CONNS', ''],
      ['FCGI_OTHER', ''],
      ['FCGI_MAX_CONNS', ''],
    ]);
    const [values, unknown] = play([writeRecord(RecordType.getValues, 0, asked), writeRecord(99, 0, Buffer.from('?'))]) as [
      string,
      string,
    ][];
    const reader = new RecordReader();
    reader.push(Buffer.from(`${values?.[1]}${unknown?.[1]}`, 'hex'));
    const [result, other] = [reader.next(), reader.next()];
    expect([result?.type, readPairs(result?.content as Buffer)]).toEqual([
      10,
      [
        ['FCGI_MPXS_CONNS', '0'],
        ['FCGI_MAX_CONNS', '7'],
      ],
    ]);
    expect([other?.type, other?.id, other?.content[0]]).toEqual([11, 0, 99]);
  });

  it('reports an abort, before and after the variables are complete', () => {
    const abort = writeRecord(RecordType.abortRequest, 1, Buffer.alloc(0));
    expect(play([begin(1), params(1, {}), abort])).toEqual([
      ['request', 1, {}],
      ['abort', true],
    ]);
    expect(play([begin(1), abort, begin(1), params(1, {})])).toEqual([
      ['reply', endOf(1, 0)],
      ['request', 1, {}],
    ]);
  });

  it('passes over records of requests that have ended, and of types that it does not know', () => {
    expect(play([stdin(1, 'late'), begin(1), writeRecord(77, 1, Buffer.from('?')), params(1, {}), stdin(1, '')])).toHaveLength(2);
  });

  it('ends when it receives bytes other than FastCGI', () => {
    const long = params(1, { A: 'x'.repeat(1024 * 1024) });
    for (const [bytes, why] of [
      [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /version 71/],
      [Buffer.concat([begin(1), begin(1)]), /second time/],
      [writeRecord(RecordType.beginRequest, 1, Buffer.from([0])), /too short/],
      [Buffer.concat([begin(1), stdin(1, 'x')]), /before its variables/],
      [
        Buffer.concat([begin(1), writeRecord(RecordType.params, 1, Buffer.from([5, 5, 65])), params(1, {}).subarray(-8)]),
        /truncated/,
      ],
      [Buffer.concat([begin(1), long]), /more than/],
    ] as const) {
      expect(play([bytes]).at(-1)).toMatch(why);
    }
  });

  it('reads no further while it is held', () => {
    const seen: string[] = [];
    const session = new FastCgiSession(
      {
        reply: () => undefined,
        close: () => undefined,
        request: () => session.pause(),
        body: (chunk) => seen.push(chunk.toString()),
        bodyEnd: () => seen.push('end'),
        abort: () => undefined,
      },
      {},
    );
    session.push(Buffer.concat([begin(1), params(1, {}), stdin(1, 'body')]));
    expect(seen).toEqual([]);
    session.resume();
    expect(seen).toEqual(['body', 'end']);
  });

  const text = fc.string({ unit: 'binary-ascii', maxLength: 200 });
  const request = fc.record({
    id: fc.integer({ min: 1, max: 65_535 }),
    variables: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
    body: fc.string({ maxLength: 300 }),
    flags: fc.integer({ min: 0, max: 1 }),
    role: fc.constantFrom(1, 1, 1, 2),
    isAborted: fc.boolean(),
  });

  it('comes to the same, however its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 40 }), (requests, at) => {
        const bytes = Buffer.concat(
          requests.flatMap(({ id, variables, body, flags, role, isAborted }) => [
            begin(id, { role, flags }),
            params(id, variables),
            isAborted ? writeRecord(RecordType.abortRequest, id, Buffer.alloc(0)) : stdin(id, body),
          ]),
        );
        const whole = play([bytes]);
        expect(play(cut(bytes, at))).toEqual(whole);
        expect(play([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
        expect(whole.filter((event) => (event as string[])[0] === 'request')).toHaveLength(
          requests.filter(({ role }) => role === 1).length,
        );
      }),
      cases(150),
    );
  });

  it('throws nothing but FastCgiError, whatever comes', () => {
    const record = fc
      .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 2 }), fc.uint8Array({ maxLength: 40 }))
      .map(([type, id, content]) => writeRecord(type, id, content));
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(fc.oneof(record, record, noise), { maxLength: 20 }), (chunks) => {
        expect(() => play(chunks)).not.toThrow();
      }),
      cases(300),
    );
  });
});
