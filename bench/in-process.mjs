// CPU time per request without the kernel: a system call costs more than all JavaScript of a request, and its noise hides what
// frameworks differ in. Each contestant is a process of its own, which feeds its server from memory (in-process-child.mjs); they
// take turns, and the fastest round of each counts. On its own: node bench/in-process.mjs json [rounds]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./in-process-child.mjs', import.meta.url));

/** A request as it goes over the wire. */
export function wire(path, { method = 'GET', headers = {}, body } = {}) {
  const all = { Host: 'localhost', ...headers, ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }) };
  if (method !== 'GET' && body === undefined) all['Content-Length'] = 0;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

/**
 * Starts contestants that are measured from memory.
 *
 * @param contestants each with `name`, `module` (a URL or a path relative to this file), `scenario`, `request` (its bytes on the
 * wire), and maybe `env` and `check`, which gets the answer as it came.
 */
async function begin({ name, module, scenario, request, env, execArgv = [], check }) {
  const child = fork(program, [module, scenario, request], { env: { ...process.env, ...env }, execArgv });
  const [{ answer }] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${name} ended (${code}) before it was asked`);
    }),
  ]);
  check?.(answer);
  const ask = async (what, requests) => {
    child.send({ what, requests });
    const [figure] = await once(child, 'message');
    return figure;
  };
  return { ask, stop: () => child.disconnect() };
}

/** The CPU microseconds per request of each contestant: the minimum and the median of rounds in which they take turns. */
export async function race(contestants, { rounds = 15, requests = 10_000 } = {}) {
  const running = [];
  try {
    for (const contestant of contestants) running.push(await begin(contestant));
    const times = running.map(() => []);
    for (let round = -3; round < rounds; round++) {
      for (const [i, { ask }] of running.entries()) {
        const time = await ask('time', requests);
        if (round >= 0) times[i].push(time);
      }
    }
    return contestants.map(({ name }, i) => {
      const sorted = times[i].sort((a, b) => a - b);
      return { name, min: sorted[0], median: sorted[sorted.length >> 1] };
    });
  } finally {
    for (const { stop } of running) stop();
  }
}

/**
 * The bytes that each contestant allocates per request, in windows without garbage collection: the median of rounds.
 *
 * @param semiSpace in MiB: all that a round allocates has to fit in.
 */
export async function bytes(contestants, { rounds = 5, requests = 1000, warm = 20_000, semiSpace = 256, flags = [], pick } = {}) {
  const execArgv = ['--expose-gc', `--min-semi-space-size=${semiSpace}`, `--max-semi-space-size=${semiSpace}`, ...flags];
  const figures = [];
  for (const contestant of contestants) {
    const { ask, stop } = await begin({ ...contestant, execArgv });
    try {
      await ask('time', warm);
      const all = [];
      for (let round = 0; round < rounds; round++) all.push(await ask('bytes', requests));
      figures.push(all.sort((a, b) => a - b)[pick === 'min' ? 0 : rounds >> 1]);
    } finally {
      stop();
    }
  }
  return figures;
}

/**
 * The same as a count that can be relied on: every object that the code makes is there, since nothing is optimized away at a moment
 * that differs between runs; one connection, and the least of the rounds, for now and then V8 or node make something of their own.
 * Twenty runs on a busy machine differ by some 10 bytes, and rarely by 100.
 */
export function countedBytes(contestants) {
  const flags = ['--no-opt', '--no-lazy-feedback-allocation', '--single-threaded'];
  const alone = contestants.map((contestant) => ({
    ...contestant,
    env: { ...contestant.env, CONNECTIONS: '1', NODE_OPTIONS: '' },
  }));
  return bytes(alone, { rounds: 15, requests: 300, warm: 1000, semiSpace: 64, flags, pick: 'min' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { contestants, scenarios } = await import('./scenarios.mjs');
  const [scenario = 'json', rounds = '15'] = process.argv.slice(2);
  const { path, request } = scenarios[scenario];
  const entered = scenarios[scenario].who
    .filter((name) => !/uws|uWeb|cluster/.test(name))
    .map((name) => ({
      name,
      module: `./contestants/${contestants[name].module}.mjs`,
      env: contestants[name].env,
      scenario,
      request: wire(path, request),
    }));
  const times = await race(entered, { rounds: Number(rounds) });
  const allocated = await bytes(entered);
  for (const [i, { name, min, median }] of times.entries()) {
    console.log(`${name.padEnd(22)} min ${min.toFixed(2)} µs  median ${median.toFixed(2)} µs  ${allocated[i].toFixed(0)} bytes`);
  }
}
