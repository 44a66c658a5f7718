// Measures servers side by side: CPU time of the server process and its children per request (from the operating system's
// accounting), in rounds that alternate between the contestants, so that the machine's drift hits all alike. Linux only; wrk where
// it is, else autocannon.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TICK = 1e6 / 100; // microseconds per clock tick: USER_HZ is 100 on Linux
const hasWrk = (process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/wrk`));
export const loader = hasWrk ? 'wrk' : 'autocannon';

/** A command that stays on one core, as far as there is more than one. */
function pinned(core, command, args) {
  return availableParallelism() > 1 ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
}

/** Starts a server script, with its arguments, that prints its URL once it listens. */
export async function start(script, env = {}, nodeArguments = []) {
  const [command, args] = pinned(0, process.execPath, [...nodeArguments, ...[script].flat()]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${[script].flat().join(' ')} ended (${code}) before it listened`);
  });
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
  return { url: String(line).trim().split('\n')[0], pid: child.pid, stop: () => stop(child) };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  // One that stops too leisurely, such as on connections that stay.
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await once(child, 'exit');
  clearTimeout(timer);
}

/** CPU time that a process and those it started have used, in microseconds. */
export function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return (Number(fields[11]) + Number(fields[12])) * TICK + children.reduce((sum, child) => sum + cpu(child), 0);
}

/** Resident memory of a process and those it started, in MB. */
export function rss(pid) {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return (pages * 4096) / 1e6 + children.reduce((sum, child) => sum + rss(child), 0);
}

/**
 * Loads one URL for some seconds; gives CPU microseconds per request, and requests per second.
 *
 * @param request what is sent, as `fetch` takes it: method, headers, body. Default: a GET.
 */
export async function load(server, path, { seconds = 3, connections = 32, script, request = {} } = {}) {
  const before = cpu(server.pid);
  const { requests, rate } = await (hasWrk ? wrk : autocannon)(server.url + path, { seconds, connections, script, request });
  return { cpu: (cpu(server.pid) - before) / requests, rate, requests };
}

async function wrk(url, { seconds, connections, script, request }) {
  const { method = 'GET', headers = {}, body } = request;
  const lua = script ?? (method === 'GET' ? undefined : new URL('./request.lua', import.meta.url).pathname);
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    ...(lua === undefined ? [] : ['-s', lua]),
    url,
  ];
  for (const [name, value] of Object.entries(headers)) args.splice(3, 0, '-H', `${name}: ${value}`);
  const env = { ...process.env, WRK_METHOD: method, WRK_BODY: body ?? '' };
  const { stdout } = await run(...pinned(1, 'wrk', args), { env });
  const bad = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout);
  if (bad) throw new Error(`${url}: ${bad[0]}`);
  return { requests: Number(/(\d+) requests in/.exec(stdout)[1]), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]) };
}

async function autocannon(url, { seconds, connections, request }) {
  const { method = 'GET', headers = {}, body } = request;
  const program = new URL('./node_modules/autocannon/autocannon.js', import.meta.url).pathname;
  const args = [program, '--json', '--no-progress', '-c', String(connections), '-d', String(seconds), '-m', method];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`);
  if (body !== undefined) args.push('-b', body);
  const { stdout } = await run(...pinned(1, process.execPath, [...args, url]), { maxBuffer: 1e8 });
  const { requests, non2xx, errors, duration } = JSON.parse(stdout);
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} bad answers, ${errors} errors`);
  return { requests: requests.total, rate: requests.total / duration };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[(sorted.length - 1) / 2] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
}

/**
 * Measures contestants in alternating rounds. The first is what the others are compared with.
 *
 * @param prove is called with each contestant and its URL, before anything is measured.
 */
export async function contest(contestants, path, { rounds = 5, warm = 2, prove, ...options } = {}) {
  const results = contestants.map(() => []);
  const servers = [];
  try {
    for (const { script, env, nodeArguments } of contestants) servers.push(await start(script, env, nodeArguments));
    for (const [i, { url }] of servers.entries()) await prove?.(contestants[i], url);
    for (const server of servers) await load(server, path, { ...options, seconds: warm });
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
