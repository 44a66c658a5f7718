// Downloads of a file of 1 GB (or as many MiB as the argument says) through the node server, by clients of several kinds: how much
// memory the server process holds at most, by the operating system's accounting. Linux only. Needs `npm run build`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MIB = 1024 * 1024;
const LIMIT = 120; // MB
const size = Number(process.argv[2] ?? 1024) * MIB;

const ways = {
  'a fast reader': (url) => read(url, size),
  // A chunk, and a rest: some 40 MB/s.
  'a slow reader': (url) => read(url, size, { rest: 1 }),
  'a reader of several ranges': (url) =>
    read(url, undefined, { headers: { Range: `bytes=0-${size / 2 - 1000},${size / 2}-${size - 1000}` } }),
  '50 readers that stall, and a fast one': async (url) => {
    const stalled = await Promise.all(Array.from({ length: 50 }, () => begin(url)));
    await read(url, size);
    for (const response of stalled) response.destroy();
  },
};

async function begin(url, headers = {}) {
  const [response] = await once(get(url, { headers, agent: false }), 'response');
  response.on('error', () => undefined);
  return response;
}

async function read(url, expected, { headers, rest } = {}) {
  const response = await begin(url, headers);
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (rest !== undefined) await sleep(rest);
  }
  const promised = expected ?? Number(response.headers['content-length']);
  if (length !== promised) throw new Error(`${response.statusCode}: ${length} bytes came of ${promised}`);
}

async function peak(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
}

/** How many files of a directory a process has open. */
async function openFiles(pid, directory) {
  const names = await readdir(`/proc/${pid}/fd`);
  const paths = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory)).length;
}

const directory = await mkdtemp(join(tmpdir(), 'bn-download-'));
// Without blocks on the disk: it takes no space.
const file = await open(join(directory, 'large.bin'), 'w');
await file.truncate(size);
await file.close();
let failed = false;
try {
  for (const [way, run] of Object.entries(ways)) {
    const script = new URL('./servers/download.mjs', import.meta.url).pathname;
    const server = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(server.stdout, 'data');
      const idle = await peak(server.pid);
      const start = performance.now();
      await run(`${String(line).trim()}/large.bin`);
      const seconds = (performance.now() - start) / 1000;
      await sleep(100);
      const [most, left] = [await peak(server.pid), await openFiles(server.pid, directory)];
      failed ||= most > LIMIT || left > 0;
      console.log(
        `${size / MIB} MiB, ${way}: ${most.toFixed(1)} MB of RSS at most (${idle.toFixed(1)} MB before; limit ${LIMIT}), ` +
          `${seconds.toFixed(1)} s, ${left} files left open`,
      );
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
