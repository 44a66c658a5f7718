// Reloads a cluster (SIGHUP) again and again while clients ask it: on connections that they keep, without pause and with, and on
// new ones. Counts the requests that failed. There must be none. Needs a build (npm run build).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';

const reloads = Number(process.argv[2] ?? 50);
const script = fileURLToPath(new URL('./servers/reload.mjs', import.meta.url));
const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
const [line] = await once(child.stdout, 'data');
const url = String(line).trim();
let done = 0;
createInterface({ input: child.stderr }).on('line', (note) => {
  if (note.startsWith('All 2 workers')) done++;
  else console.error(note);
});

const agent = new Agent({ keepAlive: true });
const pids = new Set();
const failures = [];
let answered = 0;
let isOver = false;

function ask(path, options) {
  return new Promise((resolve, reject) => {
    const request = get(url + path, options, async (response) => {
      let text = '';
      response.on('error', reject);
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      const { pid } = JSON.parse(text);
      pids.add(pid);
      resolve();
    });
    request.on('error', reject);
  });
}

async function client(path, options, pause) {
  while (!isOver) {
    try {
      await ask(path, options);
      answered++;
    } catch (error) {
      failures.push(`${path} ${error.code ?? error}`);
    }
    await wait(pause());
  }
}

const clients = [
  ...Array.from({ length: 8 }, () => client('/', { agent }, () => 0)),
  ...Array.from({ length: 8 }, () => client('/', { agent }, () => Math.random() * 1000)),
  ...Array.from({ length: 4 }, () => client('/slow', { agent }, () => Math.random() * 300)),
  ...Array.from({ length: 4 }, () => client('/', { agent: false }, () => 2)),
];
const begun = Date.now();
for (let i = 0; i < reloads; i++) {
  child.kill('SIGHUP');
  while (done <= i) await wait(10);
}
const seconds = (Date.now() - begun) / 1000;
isOver = true;
await Promise.all(clients);
agent.destroy();
child.kill('SIGTERM');
await once(child, 'exit');
console.log(
  `${done} reloads in ${seconds.toFixed(1)} s, ${pids.size} workers answered ${answered} requests; ${failures.length} failed`,
);
for (const failure of new Set(failures)) console.log(`  ${failure}: ${failures.filter((one) => one === failure).length}`);
process.exitCode = failures.length > 0 ? 1 : 0;
