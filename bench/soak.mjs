// A soak: a million mixed requests (or as many as the argument says) over keep-alive connections to the node server, every answer
// checked; what the server's heap holds after garbage collection, after the first tenth (100,000) and at the end. A client that
// leaves in the midst of a stream or an upload is among them. `node bench/soak.mjs [requests] [minutes at most]`; build first.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const total = Number(process.argv[2] ?? 1_000_000);
const minutes = Number(process.argv[3] ?? 10);
const CONNECTIONS = 32;
const CHECKPOINTS = 10;
/** How much the heap may grow per request after the first checkpoint, in bytes: less than anything that could be kept. */
const LIMIT = 1;

const post = (path, type, body) =>
  `POST ${path} HTTP/1.1\r\nHost: soak\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\nHost: soak\r\n${headers}\r\n`;
const form = (size) =>
  '--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n' +
  '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n' +
  `${'z'.repeat(size)}\r\n--XX--\r\n`;
const multipart = 'multipart/form-data; boundary=XX';

/** What is asked for, and what must be in the answer. */
const kinds = [
  (n) => [get(`/posts/${n}`), 200, `{"id":${n},`],
  (n) => [post('/form', 'application/x-www-form-urlencoded', `name=Ada+${n}&n=1&n=2`), 200, `Ada ${n} 2`],
  (n) => [
    post('/posts/', 'application/json', `{"title":"T${n}","stars":${n},"tags":["a"]}`),
    200,
    `{"made":true,"title":"T${n}"}`,
  ],
  (n) => [post('/upload', multipart, form(n % 1000)), 200, `hello ${n % 1000}`],
  () => [get('/files/page.html'), 200, '<p>A page</p>'],
  () => [get('/stream'), 200, 'line 4'],
  (n) => [get('/cookie', `Cookie: visit=nonsense${n}\r\n`), 200, 'Set-Cookie'],
  (n) => [get(`/posts/stored/${n % 1000}`), 200, `{"id":${n % 1000},`],
  (n) => [post(`/posts/stored/${n % 1000}`, 'text/plain', ''), 200, `Post ${n % 1000}`],
  // Errors of all sorts, and what is rarer.
  (n) => rare[Math.floor(n / 10) % rare.length](n),
];
/** Stands for an answer when the client leaves. */
const LEAVES = Symbol('leaves');
const rare = [
  (n) => [get(`/nothing/${n}`), 404, `/nothing/${n}`],
  () => [get('/fails', 'Accept: application/json\r\n'), 500, '"status":500'],
  () => [post('/posts/', 'application/json', '{"title":"","stars":-1}'), 422, 'isLength'],
  () => [post('/posts/', 'application/json', '{"title"'), 400, ''],
  () => [get('/files/../soak.db'), 403, ''],
  () => [get('/files/page.html', 'Range: bytes=10-19\r\n'), 206, 'Content-Range: bytes 10-19/'],
  () => [post('/upload', multipart, form(5000)), 200, 'hello 5000'],
  () => [post('/upload', multipart, form(5000).replace('--XX--', '')), 400, ''],
  (n) => [get(`/posts/${n}?${'a=1&'.repeat(50)}`), 200, `{"id":${n},`],
  () => [get('/endless'), 200, LEAVES],
  () => [post('/upload', multipart, form(5000)).slice(0, -2000), 0, LEAVES],
];

const directory = await mkdtemp(join(tmpdir(), 'bn-soak-'));
const script = new URL('./servers/soak.mjs', import.meta.url).pathname;
const server = fork(script, [directory], { execArgv: ['--expose-gc'] });
const [{ url }] = await once(server, 'message');
const { port, hostname } = new URL(url);

let sent = 0;
let until = 0;
const started = performance.now();
const isLate = () => performance.now() - started > minutes * 60_000;

/** Sends requests one after the other, until so many have been sent by all. */
async function client() {
  let socket;
  while (sent < until && !isLate()) {
    const n = sent++;
    const [request, status, part] = kinds[n % kinds.length](n);
    if (socket === undefined || socket.destroyed) {
      socket = connect(Number(port), hostname).setNoDelay(true).setEncoding('latin1');
      await once(socket, 'connect');
    }
    socket.write(request);
    if (part === LEAVES) {
      if (status !== 0) await once(socket, 'data');
      else await new Promise((resolve) => setTimeout(resolve, 2));
      socket.destroy();
      continue;
    }
    const answer = await read(socket);
    if (!answer.startsWith(`HTTP/1.1 ${status} `) || !answer.includes(part))
      throw new Error(`Asked for:\n${request.slice(0, 300)}\nGot:\n${answer.slice(0, 600)}`);
    if (/^Connection: close/im.test(answer)) socket.destroy();
  }
  socket?.destroy();
}

function read(socket) {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (outcome, value) => {
      socket.off('data', onData).off('close', onClose).off('error', onClose);
      outcome(value);
    };
    const onData = (chunk) => {
      text += chunk;
      if (isWhole(text)) done(resolve, text);
    };
    const onClose = () => done(reject, new Error(`The connection was lost after: ${text.slice(0, 300)}`));
    socket.on('data', onData).on('close', onClose).on('error', onClose);
  });
}

function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^Content-Length: (\d+)/im.exec(text.slice(0, end + 2))?.[1];
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length);
}

async function upTo(count) {
  until = count;
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

async function look() {
  server.send('look');
  const [memory] = await once(server, 'message');
  const mega = (bytes) => (bytes / 1e6).toFixed(2).padStart(7);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${String(sent).padStart(9)} requests, ${seconds.padStart(4)} s: heap ${mega(memory.heapUsed)} MB, ` +
      `outside of it ${mega(memory.external)} MB, RSS ${mega(memory.rss)} MB`,
  );
  return memory;
}

try {
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  socket.write(post('/setup', 'text/plain', ''));
  await read(socket);
  socket.destroy();
  await look();
  await upTo(Math.ceil(total / CHECKPOINTS));
  const first = await look();
  const from = sent;
  for (let i = 2; i <= CHECKPOINTS && !isLate(); i++) {
    await upTo(Math.ceil((total * i) / CHECKPOINTS));
    await look();
  }
  const last = await look();
  // The database is the only file that remains.
  const left = (await readdir(directory, { recursive: true })).filter(
    (name) => !/^(?:files|soak\.db|bottlenose-[^/]*$)/.test(name),
  );
  const perRequest = (last.heapUsed - first.heapUsed) / Math.max(1, sent - from);
  const isFlat = perRequest < LIMIT && left.length === 0;
  console.log(
    `the heap has grown by ${perRequest.toFixed(3)} bytes per request since the first ${from}: ` +
      `${isFlat ? 'flat' : `NOT FLAT (limit ${LIMIT})`}; ${left.length} temporary files are left, ${last.logged} errors were logged`,
  );
  if (sent < total) console.log(`stopped after ${minutes} minutes`);
  process.exitCode = isFlat ? 0 : 1;
  server.send('stop');
  await once(server, 'exit');
} finally {
  server.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
}
