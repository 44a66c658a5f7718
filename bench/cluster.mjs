// CPU per request of two workers, the primary included, against one process: the JSON route of bottlenose.mjs. Since CPU is what
// two cores give twice of, two workers serve 2 / ratio times what one process does. Beside ours, what node:cluster does by itself
// (SCHED_RR: the primary accepts and distributes; SCHED_NONE: workers accept), on connections that last, and with one for each
// request. Linux only; needs wrk, and a build (npm run build).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.mjs';

const TICK = 1e6 / 100;
const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 3);
const contestants = [
  { name: 'one process', script: 'bottlenose' },
  { name: 'cluster, 2 workers', script: 'cluster' },
  { name: 'node:cluster SCHED_NONE', script: 'cluster', env: { SCHEDULING: 'none' } },
  { name: 'node:cluster SCHED_RR', script: 'cluster', env: { SCHEDULING: 'rr' } },
];

/** CPU time of a process and those it has started, in microseconds, each. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [(Number(fields[11]) + Number(fields[12])) * TICK, ...children.flatMap(cpu)];
}

async function start({ script, env }) {
  const file = fileURLToPath(new URL(`./servers/${script}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const [line] = await once(child.stdout, 'data');
  return { child, url: String(line).trim() };
}

async function load({ child, url }, header) {
  const before = cpu(child.pid);
  const args = ['-t1', '-c32', `-d${seconds}s`, ...(header ? ['-H', header] : []), `${url}/api/posts/7`];
  const { stdout } = await promisify(execFile)('wrk', args);
  const used = cpu(child.pid).map((time, i) => time - before[i]);
  const requests = Number(/(\d+) requests in/.exec(stdout)[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  const total = used.reduce((sum, time) => sum + time, 0);
  return { cpu: total / requests, rate, shares: used.map((time) => Math.round((time / total) * 100)) };
}

const servers = [];
for (const contestant of contestants) servers.push(await start(contestant));
try {
  for (const [title, header] of [
    ['Connections that last', undefined],
    ['A connection for each request', 'Connection: close'],
  ]) {
    const results = contestants.map(() => []);
    for (const server of servers) await load(server, header);
    for (let round = 0; round < rounds; round++) {
      for (const [i, server] of servers.entries()) results[i].push(await load(server, header));
    }
    console.log(`\n${title}`);
    for (const [i, { name }] of contestants.entries()) {
      const ratio = median(results[i].map((result, round) => result.cpu / results[0][round].cpu));
      const [time, rate] = ['cpu', 'rate'].map((key) => median(results[i].map((result) => result[key])));
      const times = i === 0 ? '' : `  2 cores: ${(2 / ratio).toFixed(2)} times one process`;
      console.log(
        `  ${name.padEnd(24)} ${time.toFixed(1).padStart(7)} µs/request ${rate.toFixed(0).padStart(7)} requests/s  ${ratio.toFixed(3)}${times}  (shares of CPU: ${results[i].map(({ shares }) => shares.join('/')).join(' ')})`,
      );
    }
  }
} finally {
  for (const { child } of servers) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
