// Process start to first response, in wall-clock milliseconds, and the CPU time of it, alternating between the contestants.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { cpu, median } from '../measure.mjs';
import { contestants, scenarios } from '../scenarios.mjs';

const serve = new URL('../serve.mjs', import.meta.url).pathname;
const names = ['node:http', 'bottlenose', 'Fastify', 'Hono', 'Koa', 'Express', 'NestJS + Fastify', 'NestJS + Express'];

function firstAnswer(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

async function start(name, scenario) {
  const { module, env } = contestants[name];
  const began = performance.now();
  const child = spawn(process.execPath, [serve, module, scenario], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  try {
    const [line] = await once(child.stdout, 'data');
    await firstAnswer(String(line).trim() + scenarios[scenario].path);
    return { wall: performance.now() - began, cpu: cpu(child.pid) / 1000 };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

export const tables = [
  {
    id: 'startup',
    title: 'The JSON route, from process start to first response',
    async measure({ quick, rounds = quick ? 5 : 15 }) {
      const all = names.map(() => []);
      for (const name of names) await start(name, 'json');
      for (let round = 0; round < rounds; round++) {
        for (const [i, name] of names.entries()) all[i].push(await start(name, 'json'));
      }
      return {
        columns: ['ms', `to ${names[0]}`, 'CPU ms'],
        note: `${rounds} starts of each.`,
        rows: names.map((name, i) => [
          name,
          median(all[i].map(({ wall }) => wall)).toFixed(0),
          median(all[i].map(({ wall }, round) => wall / all[0][round].wall)).toFixed(2),
          median(all[i].map((one) => one.cpu)).toFixed(0),
        ]),
      };
    },
  },
];
