// Measures servers side by side: CPU time of the server process per request (from the operating system's accounting), in rounds
// that alternate between the contestants, so that the machine's drift hits all alike. Linux only; needs wrk.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TICK = 1e6 / 100; // microseconds per clock tick: USER_HZ is 100 on Linux

/** Starts a server script that prints its URL once it listens. */
export async function start(script, env = {}, nodeArguments = []) {
  const args = ['-c', '0', process.execPath, ...nodeArguments, script];
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const [line] = await once(child.stdout, 'data');
  return { url: String(line).trim().split('\n')[0], pid: child.pid, stop: () => stop(child) };
}

async function stop(child) {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** CPU time that a process has used, in microseconds. */
async function cpu(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** Loads one URL for some seconds; gives CPU microseconds per request, and requests per second. */
export async function load(server, path, { seconds = 3, connections = 32, script } = {}) {
  const before = await cpu(server.pid);
  const args = [
    '-c',
    '1',
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    ...(script ? ['-s', script] : []),
    server.url + path,
  ];
  const { stdout } = await run('taskset', args);
  const used = (await cpu(server.pid)) - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)[1]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(stdout);
  if (bad) throw new Error(`${bad[1]} bad answers from ${server.url}${path}`);
  return { cpu: used / requests, rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]) };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[(sorted.length - 1) / 2] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
}

/** Measures contestants in alternating rounds. The first is what the others are compared with. */
export async function contest(contestants, path, { rounds = 5, ...options } = {}) {
  const results = contestants.map(() => []);
  const servers = [];
  for (const { script, env, nodeArguments } of contestants) servers.push(await start(script, env, nodeArguments));
  try {
    for (const server of servers) await load(server, path, { ...options, seconds: 2 });
    for (let round = 0; round < rounds; round++) {
      for (const [i, server] of servers.entries()) results[i].push(await load(server, path, options));
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  return contestants.map(({ name }, i) => ({
    name,
    cpu: median(results[i].map((result) => result.cpu)),
    rate: median(results[i].map((result) => result.rate)),
    ratio: median(results[i].map((result, round) => result.cpu / results[0][round].cpu)),
  }));
}

export function print(title, rows) {
  console.log(`\n${title}`);
  for (const { name, cpu, rate, ratio } of rows) {
    console.log(
      `  ${name.padEnd(24)} ${cpu.toFixed(1).padStart(8)} µs/request  ${rate.toFixed(0).padStart(8)} requests/s  ${ratio.toFixed(3)}`,
    );
  }
}
