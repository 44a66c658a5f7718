// The one app that the conformance suite asks, on every server. Plain JavaScript without decorators, so that node, Bun and Deno
// load it as it is. What its handlers notice goes into files, as the next request may come to another process.
import { createHash, randomUUID } from 'node:crypto';
import { appendFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { abort, Bottle, eventStream, HTTPError, HTTPResponse, redirect, staticFile } from 'bottlenose';

const marks = process.env.CONFORMANCE_MARKS ?? join(tmpdir(), 'bottlenose-conformance');
const files = join(marks, 'files');
/** For files: text that no two places of are alike. */
export const ALPHABET = Array.from({ length: 1000 }, (_, i) => String(i).padStart(4, '0')).join('\n');

async function mark(id, text) {
  await mkdir(marks, { recursive: true });
  await appendFile(join(marks, id), `${text}\n`);
}

/** Waits until a request to `/go/<id>` has come, perhaps to another process. The deadline only ends what hangs. */
async function untilTold(id, signal) {
  const deadline = Date.now() + 300_000;
  while (!signal.aborted && Date.now() < deadline) {
    if ((await readFile(join(marks, `${id}-go`), 'utf8').catch(() => '')) !== '') return;
    await wait(20);
  }
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of any length, the same every time, and different everywhere. */
function pattern(length) {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 8) * 13) & 255;
  return bytes;
}

export function makeApp() {
  const quiet = process.env.CONFORMANCE_LOG === undefined;
  const app = new Bottle({ logger: quiet ? () => undefined : undefined, maxBody: 32 * 1024 * 1024 });
  requests(app);
  bodies(app);
  answers(app);
  streams(app);
  errors(app);
  sockets(app);
  return app;
}

function requests(app) {
  app.get('/', () => 'home');
  app.any(['/seen', '/seen/<rest:path>'], ({ rest = null }, { request, exchange }) => ({
    method: request.method,
    path: request.path,
    rawPath: request.rawPath,
    rest,
    queryString: request.queryString,
    query: [...request.query],
    url: request.url,
    scriptName: request.scriptName,
    fullPath: request.fullPath,
    host: request.getHeader('host'),
    remoteAddr: request.remoteAddr,
    remoteRoute: request.remoteRoute,
    contentType: request.contentType,
    contentLength: request.contentLength,
    headers: [...request.headers],
    cookies: [...request.cookies],
    auth: request.auth,
    secure: exchange.secure,
    httpVersion: exchange.httpVersion,
  }));
  app.get('/segment/<name>', ({ name }) => ({ name }));
  app.get('/slow/<ms:int>', async ({ ms }) => {
    await wait(ms);
    return `slept ${ms}`;
  });
  app.get('/slow/<ms:int>/<id>', async ({ ms, id }) => {
    await mark(id, 'begun');
    await wait(ms);
    return `slept ${ms}`;
  });
  app.get('/process', () => ({ pid: process.pid }));
  for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT']) {
    app.route('/verb', { method: verb }, () => verb);
  }
  app.get('/only-get', () => 'got');
  app.get('/marks/<id:re:[\\w-]+>', async ({ id }) =>
    (await readFile(join(marks, id), 'utf8').catch(() => '')).split('\n').slice(0, -1),
  );
  const inner = new Bottle();
  inner.get('/where/<rest:path>', ({ rest }, { request }) => ({
    rest,
    path: request.path,
    scriptName: request.scriptName,
    url: request.url,
  }));
  app.mount('/mounted', inner);
  app.mount('/listener', (request, response) => {
    response.setHeader('X-Listener', 'node');
    response.end(`${request.method} ${request.url}`);
  });
}

function bodies(app) {
  app.route('/echo', { method: ['POST', 'PUT', 'PATCH', 'DELETE'] }, (_args, { request, response }) => {
    response.contentType = request.contentType || 'application/octet-stream';
    return request.body;
  });
  app.post('/json', (_args, { request }) => ({ got: request.json }));
  app.post('/form', (_args, { request }) => ({ fields: [...request.forms] }));
  app.post('/upload', async (_args, { request }) => {
    const uploads = [];
    for (const [field, { filename, rawFilename, contentType, file }] of request.files) {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of file) {
        hash.update(chunk);
        size += chunk.length;
      }
      uploads.push({ field, filename, rawFilename, contentType, size, sha256: hash.digest('hex') });
    }
    return { fields: [...request.forms], uploads };
  });
  app.post('/digest', (_args, { request }) => ({ length: request.body.length, sha256: digest(request.body) }));
  app.post('/digest-stream', { stream: true }, async (_args, { request }) => {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request.stream) {
      hash.update(chunk);
      length += chunk.length;
    }
    return { length, sha256: hash.digest('hex') };
  });
  app.post('/limited', { config: { maxBody: 1000 } }, (_args, { request }) => ({ length: request.body.length }));
  app.post('/unread', { stream: true }, () => 'not read');
  // Tells how much has come as soon as it comes, while the rest is still to be sent.
  app.post('/arriving/<id>', { stream: true }, async ({ id }, { request }) => {
    let text = '';
    for await (const chunk of request.stream) {
      text += chunk;
      await mark(id, text);
    }
    return text;
  });
  // Takes nothing of the body until told to by a file, so that the sender has to wait.
  app.post('/reluctant/<id>', { stream: true }, async ({ id }, { request }) => {
    const { stream } = request;
    stream.pause();
    await mark(id, 'waiting');
    await untilTold(id, request.signal);
    let length = 0;
    for await (const chunk of stream) length += chunk.length;
    return { length };
  });
  app.post('/go/<id>', async ({ id }) => {
    await mark(`${id}-go`, 'go');
    return 'gone';
  });
  app.post('/both-ways', { stream: true }, async function* (_args, { request }) {
    for await (const chunk of request.stream) yield Buffer.from(chunk.toString().toUpperCase());
  });
  app.post('/broken-body/<id>', { stream: true }, async ({ id }, { request }) => {
    await mark(`${id}-begun`, 'begun');
    try {
      for await (const chunk of request.stream) void chunk;
      await mark(id, 'whole');
    } catch {
      await mark(id, 'broken');
    }
    return 'read';
  });
}

function answers(app) {
  app.get('/headers', (_args, { response }) => {
    response.setHeader('X-One', 'one');
    response.addHeader('X-Many', 'first');
    response.addHeader('X-Many', 'second');
    response.setHeader('X-Letters', 'caf\u00e9');
    response.setHeader('X-Empty', '');
    return 'headers';
  });
  app.get('/cookies', (_args, { response }) => {
    response.setCookie('plain', 'a b', { path: '/' });
    response.setCookie('signed', { id: 7 }, { secret: 'hush', httpOnly: true, sameSite: 'lax' });
    response.deleteCookie('gone');
    return 'cookies';
  });
  app.get('/signed', (_args, { request }) => ({ value: request.getCookie('signed', { secret: 'hush' }) ?? null }));
  app.get('/object', () => ({ text: 'gr\u00fc\u00df', list: [1, 2] }));
  app.get('/text', () => 'gr\u00fc\u00df');
  app.get('/nothing', () => undefined);
  app.get('/bytes/<length:int>', ({ length }) => pattern(length));
  app.route('/status/<code:int>', { method: ['GET', 'POST'] }, ({ code }, { response }) => {
    response.status = code;
    return code === 204 || code === 304 ? undefined : `status ${code}`;
  });
  app.get('/reason', (_args, { response }) => {
    response.status = '210 Quite Well';
    return 'reason';
  });
  app.get('/bodiless/<code:int>', ({ code }) => new HTTPResponse('never to be seen', { status: code }));
  app.get('/redirect', () => redirect('/seen?a=b'));
  app.get(
    '/fetch',
    () =>
      new globalThis.Response('fetched', {
        status: 201,
        headers: [
          ['X-Fetch', 'yes'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ],
      }),
  );
  app.get('/vary', (_args, { response }) => {
    response.setHeader('Vary', 'Accept');
    response.setHeader('ETag', '"v1"');
    response.setHeader('Cache-Control', 'max-age=60');
    return 'cacheable';
  });
  app.get('/file', async (_args, { request }) => {
    await mkdir(files, { recursive: true });
    const path = join(files, 'alphabet.txt');
    // Written once, as its date is part of what the cases ask about. Other processes find all of it, or nothing.
    const own = `${path}.${randomUUID()}`;
    await writeFile(own, ALPHABET);
    await link(own, path).catch(() => undefined);
    await rm(own);
    return staticFile('alphabet.txt', { root: files });
  });
}

function streams(app) {
  app.get('/stream/<count:int>', async function* ({ count }) {
    for (let i = 0; i < count; i++) yield `piece ${i}\n`;
  });
  app.get('/generator', function* () {
    yield 'one ';
    yield Buffer.from('two ');
    yield 'three';
  });
  app.get('/node-stream', () => Readable.from([Buffer.from('from '), Buffer.from('node')]));
  app.get('/web-stream', () => new Blob(['from ', 'the web']).stream());
  app.get('/blob', () => new Blob(['<p>blob</p>'], { type: 'text/html' }));
  app.get('/with-length', function* (_args, { response }) {
    response.setHeader('Content-Length', '10');
    yield '01234';
    yield '56789';
  });
  // Makes the second piece only when a client asks for it by `/go/<id>`, which it does when it has the first.
  app.get('/held/<id>', async function* ({ id }, { request }) {
    await mark(id, 'begun');
    yield 'first\n';
    await untilTold(id, request.signal);
    yield 'second\n';
  });
  app.get('/flood/<id>', async function* ({ id }) {
    const piece = pattern(64 * 1024);
    for (let i = 1; i <= 1024; i++) {
      yield piece;
      if (i % 16 === 0) await mark(id, i);
    }
  });
  app.get('/endless/<id>', async function* ({ id }, { request }) {
    try {
      for (;;) {
        yield 'more\n';
        await wait(20, undefined, { signal: request.signal });
      }
    } finally {
      await mark(id, 'closed');
    }
  });
  app.get('/pending/<id>', async ({ id }, { request }) => {
    await mark(id, 'pending');
    await new Promise((resolve) => {
      if (request.signal.aborted) resolve();
      request.signal.addEventListener('abort', resolve);
      setTimeout(resolve, 300_000).unref();
    });
    await mark(id, request.signal.aborted ? 'aborted' : 'forgotten');
    return 'too late';
  });
  app.get('/events', () =>
    eventStream(async function* (lastEventId) {
      const from = Number(lastEventId ?? 0);
      for (let id = from + 1; id <= from + 3; id++) yield { id, event: 'count', data: { id } };
      yield 'plain\ntext';
    }),
  );
  app.get('/ticks/<id>', ({ id }) =>
    eventStream(async function* (_last, { signal }) {
      try {
        for (let n = 0; ; n++) {
          yield { data: n };
          await wait(20, undefined, { signal });
        }
      } finally {
        await mark(id, 'closed');
      }
    }),
  );
}

function errors(app) {
  app.get('/throw', () => {
    throw new Error('a secret of the server');
  });
  app.get('/reject', async () => {
    await wait(1);
    throw new Error('a secret of the server');
  });
  app.get('/abort/<code:int>', ({ code }) => abort(code, 'You asked for it.'));
  app.get('/error-headers', () => {
    throw new HTTPError(503, 'Come back later.', { headers: { 'Retry-After': '7' } });
  });
  app.get('/unserialisable', () => Symbol('nothing to send'));
  // biome-ignore lint/correctness/useYield: what it does before its first yield is the point.
  app.get('/early-error', async function* () {
    await wait(1);
    throw new HTTPError(418, 'No tea yet.');
  });
  app.get('/late-error', async function* () {
    yield 'a good beginning\n';
    await wait(20);
    throw new Error('a secret of the server');
  });
  app.get('/late-error-with-length', async function* (_args, { response }) {
    response.setHeader('Content-Length', '1000');
    yield 'a good beginning\n';
    await wait(20);
    throw new Error('a secret of the server');
  });
  // The same, once the client has the beginning.
  app.get('/held-error/<id>', async function* ({ id }, { request }) {
    yield 'a good beginning\n';
    await untilTold(id, request.signal);
    throw new Error('a secret of the server');
  });
  app.get('/held-error-with-length/<id>', async function* ({ id }, { request, response }) {
    response.setHeader('Content-Length', '1000');
    yield 'a good beginning\n';
    await untilTold(id, request.signal);
    throw new Error('a secret of the server');
  });
}

function sockets(app) {
  const socket = (rule, handler, options = {}) => app.route(rule, { method: 'WEBSOCKET', ...options }, handler);
  socket('/ws/echo', async ({ socket: peer }) => {
    for await (const message of peer) await peer.send(message);
  });
  const echo = async ({ socket: peer }) => {
    await peer.send(peer.protocol);
    for await (const message of peer) await peer.send(message);
  };
  socket('/ws/protocol', echo, { socket: { protocols: ['two', 'one'] } });
  socket('/ws/small', echo, { socket: { maxMessage: 1000 } });
  socket('/ws/greet/<name>', async ({ socket: peer, name }, { request }) => {
    await peer.send(JSON.stringify({ name, query: request.query.get('q'), agent: request.getHeader('x-agent') }));
  });
  socket('/ws/close', ({ socket: peer }) => peer.close(4001, 'enough'));
  socket('/ws/throw', async ({ socket: peer }) => {
    await peer.send('before');
    throw new Error('a secret of the server');
  });
  const refuse = () => () => abort(403, 'Not you.');
  socket('/ws/refuse', ({ socket: peer }) => peer.close(), { apply: [refuse] });
  socket('/ws/mark/<id>', async ({ socket: peer, id }) => {
    await mark(id, 'open');
    for await (const message of peer) void message;
    await mark(id, 'closed');
  });
  // Reads when it is told to, and notes what it has read.
  socket('/ws/late/<id>', async ({ socket: peer, id }) => {
    await mark(id, 'open');
    await untilTold(id, new AbortController().signal);
    const numbers = [];
    for await (const message of peer) numbers.push(Number.parseInt(Buffer.from(message).toString('latin1', 0, 8), 10));
    const { code } = await peer.closed;
    const isInOrder = numbers.every((number, i) => number === i);
    await mark(id, JSON.stringify({ count: numbers.length, isInOrder, code, isSent: await peer.send('late') }));
  });
  // Replies at once, and notes how many replies were accepted.
  socket('/ws/told/<id>', async ({ socket: peer, id }) => {
    let accepted = 0;
    for await (const message of peer) if (await peer.send(message)) accepted++;
    await mark(id, `accepted ${accepted}`);
  });
  socket(
    '/ws/big',
    async ({ socket: peer }) => {
      for await (const message of peer) await peer.send(message);
    },
    { socket: { maxMessage: 3 * 1024 * 1024 } },
  );
  const plain = async ({ socket: peer }) => {
    for await (const message of peer) await peer.send(message);
  };
  socket('/ws/compressed', plain, { socket: { compression: true } });
  socket('/ws/pattern/<length:int>/<id>', async ({ socket: peer, length, id }) => {
    await mark(id, `sent ${await peer.send(pattern(length))}`);
  });
  socket('/ws/flood/<id>', async ({ socket: peer, id }) => {
    const piece = pattern(64 * 1024);
    for (let i = 1; i <= 1024; i++) {
      if ((await peer.send(piece)) === false) break;
      if (i % 16 === 0) await mark(id, i);
    }
  });
}

export const app = makeApp();
