import { bytes, race, wire } from '../in-process.mjs';
import { contestants, scenarios } from '../scenarios.mjs';

const chosen = {
  json: ['node:http', 'bottlenose', 'Fastify', 'Hono', 'Koa', 'Express', 'NestJS + Fastify', 'NestJS + Express'],
  body: ['node:http', 'bottlenose', 'Fastify', 'Hono', 'Koa', 'Express', 'NestJS + Fastify', 'NestJS + Express'],
  query: ['node:http', 'bottlenose', 'Fastify', 'Hono', 'Koa', 'Express', 'NestJS + Fastify', 'NestJS + Express'],
  read: ['node:http', 'bottlenose', 'Fastify'],
};

export const tables = Object.entries(chosen).map(([scenario, names]) => {
  const { title, path, request, check } = scenarios[scenario];
  return {
    id: `${scenario}-in-process`,
    title,
    async measure({ quick, rounds = 11 }) {
      const entered = names.map((name) => ({
        name,
        module: `./contestants/${contestants[name].module}.mjs`,
        env: contestants[name].env,
        scenario,
        request: wire(path, request),
        check: (answer) => check(bodyOf(answer)),
      }));
      const many = quick ? { rounds: Math.min(rounds, 5), requests: 5000 } : { rounds, requests: 10_000 };
      const times = await race(entered, many);
      const allocated = await bytes(entered);
      return {
        columns: ['µs per request', `to ${names[0]}`, 'bytes allocated'],
        note: `${many.rounds} rounds of ${many.requests.toLocaleString('en')} requests, 8 connections.`,
        rows: times.map(({ name, min }, i) => [
          name,
          min.toFixed(2),
          (min / times[0].min).toFixed(2),
          Math.round(allocated[i]).toLocaleString('en'),
        ]),
      };
    },
  };
});

/** The body of an answer with a Content-Length. */
export function bodyOf(answer) {
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4).replace(/^[\da-f]+\r\n|\r\n0\r\n\r\n$/g, '');
}
