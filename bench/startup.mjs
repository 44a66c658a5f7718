// From process start to the first answered request, in wall-clock milliseconds, alternating between the contestants.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { median } from './measure.mjs';

const contestants = ['bare', 'bottlenose'];
const rounds = Number(process.argv[2] ?? 15);
const times = contestants.map(() => []);

function firstAnswer(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

async function measure(name) {
  const began = performance.now();
  const child = spawn(process.execPath, [new URL(`./servers/${name}.mjs`, import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  await firstAnswer(`${String(line).trim()}/api/posts/7`);
  const taken = performance.now() - began;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return taken;
}

for (const name of contestants) await measure(name);
for (let round = 0; round < rounds; round++) {
  for (const [i, name] of contestants.entries()) times[i].push(await measure(name));
}
console.log('\nProcess start to first response');
for (const [i, name] of contestants.entries()) {
  const ratio = median(times[i].map((time, round) => time / times[0][round]));
  console.log(`  ${name.padEnd(24)} ${median(times[i]).toFixed(1).padStart(8)} ms  ${ratio.toFixed(2)}`);
}
