// A multipart upload of 1 GB (or as many MiB as the argument says) into a file, through the node server: how much memory the
// process holds at most, by the operating system's accounting. Linux only. Needs `npm run build`, and twice the space on disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const LIMIT = 120; // MB
const megabytes = Number(process.argv[2] ?? 1024);
const ways = ['save', 'stream'];

/** Sends a form with one file of so many bytes. At most one chunk of it is in memory. */
async function upload(url, size) {
  const head = Buffer.from('--XX\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n');
  const tail = Buffer.from('\r\n--XX--\r\n');
  const headers = { 'Content-Type': 'multipart/form-data; boundary=XX', 'Content-Length': head.length + size + tail.length };
  const client = request(url, { method: 'POST', headers });
  const answered = once(client, 'response');
  client.write(head);
  const piece = Buffer.alloc(MIB, 'not quite random, and with \r\n--X in it ');
  for (let sent = 0; sent < size; sent += piece.length) if (!client.write(piece)) await once(client, 'drain');
  client.end(tail);
  const [response] = await answered;
  let text = '';
  for await (const chunk of response) text += chunk;
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text}`);
  return text;
}

async function peak(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
}

let failed = false;
for (const way of ways) {
  const directory = await mkdtemp(join(tmpdir(), 'bn-upload-'));
  const script = new URL('./servers/upload.mjs', import.meta.url).pathname;
  const server = spawn(process.execPath, [script, directory, way], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(server.stdout, 'data');
    const url = String(line).trim();
    const idle = await peak(server.pid);
    const start = performance.now();
    const saved = await upload(url, megabytes * MIB);
    const seconds = (performance.now() - start) / 1000;
    const most = await peak(server.pid);
    const { size } = await stat(join(directory, saved));
    const left = (await readdir(directory)).filter((name) => name !== saved && !name.startsWith('bottlenose-'));
    const whole = size === megabytes * MIB && left.length === 0;
    failed ||= most > LIMIT || !whole;
    console.log(
      `${megabytes} MiB, ${way}: ${most.toFixed(1)} MB of RSS at most (${idle.toFixed(1)} MB before; limit ${LIMIT}), ` +
        `${seconds.toFixed(1)} s, ${whole ? 'saved whole' : 'NOT SAVED WHOLE'}`,
    );
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(directory, { recursive: true, force: true });
  }
}
process.exitCode = failed ? 1 : 0;
