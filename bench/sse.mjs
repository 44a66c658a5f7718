// Open Server-Sent Events against a bare node:http server that holds the same: memory, and CPU time for opening them, heartbeats
// and events. Linux only. `node bench/sse.mjs [connections] [rounds]`; build first.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';

const wanted = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 3);
const EVENTS = 10;
const HEARTBEAT = 5_000;
const limit = 1.15;

// Both ends of every connection are files; the shell raises the soft limit to the hard one for the processes that it starts.
const files = Number(execFileSync('sh', ['-c', 'ulimit -Hn']).toString().replace('unlimited', '1048576'));
const count = Math.min(wanted, files - 200);
if (count < wanted)
  console.log(`This machine allows ${files} open files per process: ${count} connections instead of ${wanted}.`);
if (process.env.SSE_BENCH === undefined) {
  const again = ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)];
  const child = spawn('sh', again, { stdio: 'inherit', env: { ...process.env, SSE_BENCH: '1' } });
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

async function start(name) {
  const script = new URL(`./servers/${name}.mjs`, import.meta.url).pathname;
  const env = { ...process.env, HEARTBEAT: String(HEARTBEAT) };
  const child = spawn('taskset', ['-c', '0', process.execPath, '--expose-gc', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const [line] = await once(child.stdout, 'data');
  return { child, url: new URL(String(line).trim()) };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const usedBy = async (pid) => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // milliseconds: USER_HZ is 100 on Linux
};
const rss = async (pid) => {
  for (let i = 0; i < 3; i++) {
    process.kill(pid, 'SIGUSR2');
    await sleep(300);
  }
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
};

/** Opens connections, a hundred at a time, and counts the events that arrive. */
async function openAll(url) {
  const counter = { events: 0 };
  const sockets = [];
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () =>
        socket.write(`GET /events HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`),
      );
      socket.once('data', resolve);
      socket.on('data', (chunk) => {
        if (chunk.includes('data:')) counter.events++;
      });
      socket.on('error', reject);
      sockets.push(socket);
    });
  while (sockets.length < count) await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, one));
  return { counter, sockets };
}

async function measure(name) {
  const { child, url } = await start(name);
  const agent = new Agent();
  const emit = async () => {
    const request = get(new URL('/emit', url), { agent });
    const [response] = await once(request, 'response');
    for await (const _ of response);
  };
  try {
    await emit();
    const base = await rss(child.pid);
    const began = await usedBy(child.pid);
    const first = await openAll(url);
    const cold = (await usedBy(child.pid)) - began;
    const idle = await rss(child.pid);
    // A second time, which is measured: most of the first is the compilation of code.
    for (const socket of first.sockets) socket.destroy();
    await sleep(2000);
    const again = await usedBy(child.pid);
    const { counter, sockets } = await openAll(url);
    const open = (await usedBy(child.pid)) - again;
    const before = await usedBy(child.pid);
    for (let i = 0; i < EVENTS; i++) {
      await emit();
      const deadline = Date.now() + 20_000;
      while (counter.events < count * (i + 1) && Date.now() < deadline) await sleep(20);
    }
    if (counter.events !== count * EVENTS) throw new Error(`${name}: ${counter.events} events instead of ${count * EVENTS}`);
    const events = (await usedBy(child.pid)) - before;
    const quiet = await usedBy(child.pid);
    await sleep(2 * HEARTBEAT);
    const beats = (await usedBy(child.pid)) - quiet;
    for (const socket of sockets) socket.destroy();
    return { rss: idle, each: ((idle - base) * 1024) / count, cold, open, events, beats };
  } finally {
    agent.destroy();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const results = { 'sse-bare': [], 'sse-bottlenose': [] };
for (let round = 0; round < rounds; round++) for (const name of Object.keys(results)) results[name].push(await measure(name));
const [bare, ours] = Object.values(results).map((list) =>
  Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list.map((one) => one[key]))])),
);
const total = ({ open, events, beats }) => open + events + beats;
const line = (label, value, of, unit) =>
  console.log(
    `  ${label.padEnd(38)} ${value.toFixed(1).padStart(9)} ${of.toFixed(1).padStart(9)} ${unit.padEnd(4)} ${(value / of).toFixed(3)}`,
  );
console.log(`${count} open event streams, median of ${rounds} rounds: bottlenose, node:http, ratio`);
line('RSS of the process', ours.rss, bare.rss, 'MB');
line('RSS per connection', ours.each, bare.each, 'KB');
line('CPU to open them, compiling included', ours.cold, bare.cold, 'ms');
line('CPU to open them again', ours.open, bare.open, 'ms');
line(`CPU for ${EVENTS} events to all`, ours.events, bare.events, 'ms');
line('CPU for 2 heartbeats to all', ours.beats, bare.beats, 'ms');
line('CPU in all, without compiling', total(ours), total(bare), 'ms');
const worst = Math.max(ours.rss / bare.rss, total(ours) / total(bare));
console.log(worst <= limit ? `within ${limit}` : `OVER ${limit}`);
process.exitCode = worst <= limit ? 0 : 1;
