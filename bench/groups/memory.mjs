// Resident memory: idle, under load, and its slope over a long run of two kinds of requests.
import { load, rss, start } from '../measure.mjs';
import { contestants, scenarios } from '../scenarios.mjs';

const serve = new URL('../serve.mjs', import.meta.url).pathname;
const names = [
  'node:http',
  'bottlenose',
  'Fastify',
  'Hono',
  'Koa',
  'Express',
  'NestJS + Fastify',
  'uWebSockets.js',
  'bottlenose, uws',
];

const begin = (name, scenario) => start([serve, contestants[name].module, scenario], contestants[name].env);

/** The least that was seen in a while: what is there just before a collection says nothing. */
async function settled(pid) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    least = Math.min(least, rss(pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return least;
}

async function here(list) {
  const { serverNames } = await import('../../dist/servers/index.js');
  return list.filter((name) => serverNames.includes(contestants[name].env?.SERVER ?? 'node'));
}

export const tables = [
  {
    id: 'rss',
    title: 'MB of the JSON route, idle after its first answer, and at most under load',
    async measure({ quick, seconds = quick ? 1 : 4 }) {
      const rows = [];
      for (const name of await here(names)) {
        const server = await begin(name, 'json');
        try {
          await (await fetch(server.url + scenarios.json.path)).text();
          const idle = await settled(server.pid);
          let most = 0;
          const watch = setInterval(() => {
            most = Math.max(most, rss(server.pid));
          }, 50);
          await load(server, scenarios.json.path, { seconds, connections: 64 });
          clearInterval(watch);
          rows.push([name, idle, most]);
        } finally {
          await server.stop();
        }
      }
      const [[, base, full]] = rows;
      const more = (value) => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(1);
      return {
        columns: ['idle', 'to node:http', 'under load', 'to node:http'],
        note: `${seconds} s of load, 64 connections.`,
        rows: rows.map(([name, idle, most]) => [name, idle.toFixed(1), more(idle - base), most.toFixed(1), more(most - full)]),
      };
    },
  },
  {
    id: 'slope',
    title: 'MB over a long run, in tenths',
    async measure({ quick, requests = quick ? 50_000 : 200_000 }) {
      const rows = [];
      for (const name of ['node:http', 'bottlenose', 'Fastify']) {
        for (const scenario of ['json', 'body']) {
          const { path, request, title } = scenarios[scenario];
          const server = await begin(name, scenario);
          try {
            const seen = [];
            let sent = 0;
            for (let tenth = 1; tenth <= 10; tenth++) {
              let seconds = 1;
              while (sent < (requests * tenth) / 10) {
                const { requests: now, rate } = await load(server, path, { seconds, request });
                sent += now;
                // Long pieces, but not far beyond the tenth.
                seconds = Math.max(1, Math.min(60, Math.floor(((requests * tenth) / 10 - sent) / rate)));
              }
              seen.push({ sent, mb: await settled(server.pid) });
            }
            // The first tenths fill what a process keeps: the slope is of the second half.
            const half = seen.slice(4);
            rows.push([
              `${name}: ${title.replace(/ \(.*/, '')}`,
              sent.toLocaleString('en'),
              ...[seen[0], seen[4], seen[9]].map(({ mb }) => mb.toFixed(1)),
              half[0].sent === half.at(-1).sent ? '–' : (slope(half) * 1e6).toFixed(2),
            ]);
          } finally {
            await server.stop();
          }
        }
      }
      return { columns: ['requests', 'after a tenth', 'half', 'the end', 'MB per million in the second half'], rows };
    },
  },
];

/** MB per request: least squares. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(({ sent }) => sent)), mean(points.map(({ mb }) => mb))];
  const of = points.reduce((sum, { sent, mb }) => sum + (sent - x) * (mb - y), 0);
  return of / points.reduce((sum, { sent }) => sum + (sent - x) ** 2, 0);
}
