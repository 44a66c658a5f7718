import { describe, expect, it } from '@jest/globals';
import { Bottle, HTTPError } from 'bottlenose';
import { type Answer, exchange, get, RawClient, serving, wait } from './raw-client.js';
import { cases, fc } from '../property.js';

const REQUESTS = cases(2000).numRuns;
const PER_CONNECTION = 5;
const AT_ONCE = 100;
/** How long a connection has to be silent before it counts as answered, in milliseconds. */
const QUIET = 30;

/** How often each request was sent, less how often it came to the app. Mutation may send one twice, but spoils no number unseen. */
const owed = new Map<string, number>();
const NUMBER = /x-id: (\d+)-\1(?!\d)/gi;
let called = 0;

function count(id: string, by: number): void {
  owed.set(id, (owed.get(id) ?? 0) + by);
}

function arrived(header: string | undefined): void {
  called++;
  for (const [, id] of `X-Id: ${header}`.matchAll(NUMBER)) count(id as string, -1);
}

function fuzzedApp(log: unknown[]): Bottle {
  const app = new Bottle({ maxBody: 4096, logger: (_message, error) => log.push(error) });
  app.hook('beforeRequest', ({ request }) => arrived(request.getHeader('x-id')));
  app.hook('afterRequest', ({ request, response }) => response.setHeader('X-Verb', request.method));
  app.get('/probe/<n:int>', ({ n }) => ({ n }));
  app.any('/text/<name>', ({ name }) => name);
  app.post('/json', (_args, { request }) => ({ json: request.json ?? null }));
  app.post('/form', (_args, { request }) => ({ fields: [...request.forms], files: [...request.files.keys()] }));
  app.post('/stream', { stream: true }, async (_args, { request }) => {
    let size = 0;
    for await (const chunk of request.stream) size += chunk.length;
    return String(size);
  });
  app.get('/all', (_args, { request }) => {
    const { method, url, path, fullPath, query, cookies, headers, auth, isXhr, contentLength, remoteAddr } = request;
    const seen = { method, url, path, fullPath, query, cookies, headers, auth, isXhr, contentLength, remoteAddr };
    return { ...seen, signed: request.getCookie('a', { secret: 's' }) ?? null };
  });
  app.get('/pieces', function* () {
    yield 'one';
    yield 'two';
  });
  app.get('/refuse', () => {
    throw new HTTPError(418);
  });
  return app;
}

const path = fc.oneof(
  fc.constantFrom('/probe/1', '/text/a', '/json', '/form', '/stream', '/all', '/pieces', '/refuse', '/', '*', '//', '/text/%ff'),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => `/text/${encodeURIComponent(text)}`),
  fc
    .string({ unit: fc.constantFrom('%', '/', '.', 'a', '\\', '?', '#', ';', '\xff', '2', 'f', '<', '>') })
    .map((text) => `/${text}`),
);
const query = fc.oneof(
  fc.constant(''),
  fc.string({ unit: fc.constantFrom('%', '&', '=', 'a', '+', ';', '_', '[', ']', 'f'), maxLength: 40 }).map((text) => `?${text}`),
);
/** Requests that end the connection, or should end it. */
const RUDE = fc.oneof(
  fc.constantFrom(
    'Host: again',
    'Transfer-Encoding: gzip',
    'Connection: close',
    'Content-Length: 7',
    'Connection: upgrade',
    ' folded',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => `X-Any: ${text}`),
);
const POLITE = fc.oneof(
  fc.constantFrom(
    'Accept: application/json',
    'Accept: ;q=,,*/*;q=9',
    'Content-Type: application/json',
    'Content-Type: application/x-www-form-urlencoded; charset=utf-16le',
    'Content-Type: multipart/form-data; boundary=b',
    'Content-Type: text/plain; charset=absurd',
    'Cookie: a=1; a="2; =; ;;b',
    'Cookie: a=!AAAA?BBBB',
    'Authorization: Basic !!!!',
    'Authorization: Basic YTpi',
    'Connection: keep-alive',
    'Expect: 100-continue',
    'Range: bytes=5-1',
    'If-None-Match: *',
    'X-Requested-With: XMLHttpRequest',
    'X-Forwarded-For: 1.2.3.4',
    'Upgrade: websocket',
    'TE: trailers',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => `X-Any: ${text}`),
);
const header = fc.oneof({ weight: 12, arbitrary: POLITE }, { weight: 1, arbitrary: RUDE });
const content = fc.oneof(
  fc.json(),
  fc.constantFrom(
    '{"__proto__": 1}',
    '{"a":',
    '['.repeat(400),
    'a=1&b=%zz&&=',
    '--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.constant('x'.repeat(5000)),
);
const body = fc.oneof(
  fc.constant({ head: [] as string[], bytes: '' }),
  content.map((text) => {
    const bytes = Buffer.from(text).toString('latin1');
    return { head: [`Content-Length: ${bytes.length}`], bytes };
  }),
  content.map((text) => {
    const bytes = Buffer.from(text).toString('latin1');
    const chunk = bytes === '' ? '' : `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
    return { head: ['Transfer-Encoding: chunked'], bytes: `${chunk}0\r\n\r\n` };
  }),
);
const verb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH') },
  { weight: 1, arbitrary: fc.constantFrom('PROPFIND', 'TRACE', 'get', 'X', 'SOURCE') },
);
const version = fc.oneof(
  { weight: 15, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/9.9', '') },
);

/** What is done to the bytes of a request: mostly nothing. */
type Mutation = { at: number; kind: 'none' | 'replace' | 'insert' | 'delete' | 'cut' | 'double'; text: string };
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('none' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('replace' as const, 'insert' as const, 'delete' as const, 'cut' as const, 'double' as const),
    },
  ),
  text: fc.oneof(
    fc.constantFrom('\r\n', '\n', '\0', ' ', ':', '\r', '\r\n\r\n', 'GET ', '0'),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 4 }),
  ),
});

function mutate(bytes: string, { at, kind, text }: Mutation): string {
  const place = Math.floor(at * bytes.length);
  const [before, after] = [bytes.slice(0, place), bytes.slice(place)];
  if (kind === 'replace') return before + text + after.slice(text.length);
  if (kind === 'insert') return before + text + after;
  if (kind === 'delete') return before + after.slice(text.length);
  if (kind === 'cut') return before;
  if (kind === 'double') return bytes + after;
  return bytes;
}

const fuzzed = fc.record({ verb, path, query, version, headers: fc.array(header, { maxLength: 4 }), body, mutation });

/** One connection's worth of requests; each says who it is, so that a handler that runs for it is counted. */
const batches = fc.array(fuzzed, { minLength: PER_CONNECTION, maxLength: PER_CONNECTION });

let sent = 0;

function toBytes(given: typeof fuzzed extends fc.Arbitrary<infer T> ? T : never): string {
  const id = String(sent++);
  const number = `X-Id: ${id}-${id}`;
  const head = [`${given.verb} ${given.path}${given.query} ${given.version}`, 'Host: localhost', number];
  const bytes = mutate(
    `${[...head, ...given.headers, ...given.body.head].join('\r\n')}\r\n\r\n${given.body.bytes}`,
    given.mutation,
  );
  for (const [, found] of bytes.matchAll(NUMBER)) count(found as string, 1);
  return bytes;
}

/** Sends a batch, leaves the server alone until it has no more to say, and reads everything that came back. */
async function converse(url: string, bytes: string): Promise<Answer[]> {
  const client = await RawClient.connect(url);
  client.send(bytes);
  for (let before = -1; before !== client.count; ) {
    before = client.count;
    await wait(QUIET);
    // Where the timer comes late, what arrived meanwhile is read now.
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.socket.end();
  await Promise.race([client.closed, wait(1000)]);
  client.close();
  await client.closed;
  const answers: Answer[] = [];
  for (;;) {
    const answer = await client.answer('UNKNOWN');
    if (answer === undefined) return answers;
    answers.push(answer);
  }
}

describe('thousands of mutated requests', () => {
  it('leave the server alive, get well-formed answers, run no handler twice, and find no fault', async () => {
    const log: unknown[] = [];
    const rejections: unknown[] = [];
    const note = (error: unknown): void => {
      rejections.push(error);
    };
    process.on('unhandledRejection', note);
    const statuses = new Map<number, number>();

    await serving(fuzzedApp(log), async (url) => {
      const given = fc.sample(batches, REQUESTS / PER_CONNECTION);
      const one = async (batch: (typeof given)[number]): Promise<void> => {
        // What is not mutated first, so that the rest meets a connection in use.
        const ordered = [...batch].sort((a, b) => Number(a.mutation.kind !== 'none') - Number(b.mutation.kind !== 'none'));
        const bytes = ordered.map(toBytes).join('');
        const answers = await converse(url, bytes).catch((error: unknown) => {
          throw new Error(`${error}\nto ${JSON.stringify(bytes)}`);
        });
        for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        for (const answer of answers) {
          if (answer.status >= 500 && answer.status !== 501)
            throw new Error(`${answer.status}: ${log.map(String)}\nto ${JSON.stringify(bytes)}`);
        }
        expect(answers.filter(({ status }) => status >= 200).length).toBeLessThanOrEqual(batch.length * 4);
      };
      for (let from = 0; from < given.length; from += AT_ONCE) {
        await Promise.all(given.slice(from, from + AT_ONCE).map(one));
        const probe = await exchange(url, get(`/probe/${from}`));
        expect([probe.status, probe.text]).toEqual([200, `{"n":${from}}`]);
      }
    });
    process.off('unhandledRejection', note);

    expect(sent).toBe(REQUESTS);
    expect([log, rejections]).toEqual([[], []]);
    expect([...owed].filter(([, times]) => times < 0)).toEqual([]);
    expect(called).toBeGreaterThan(REQUESTS / 4);
    // The fuzz is of use only if many requests come through, and many are refused.
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20);
    expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 40);
    expect(statuses.get(404)).toBeGreaterThan(REQUESTS / 100);
  }, 600_000);
});
